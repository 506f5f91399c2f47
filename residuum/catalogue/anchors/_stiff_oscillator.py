"""Van der Pol's oscillator: relaxed, and so stiff that it switches in a millionth."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._collocation import Pieces, collocate
from residuum.catalogue.anchors._papers import HAIRER
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, parameter, time, unknown

START = (2.0, 0.0)


def statement(eps: float, end: float, name: str) -> Problem:
    """Return the oscillator ε y'' = (1 - y²) y' - y as a system for y and z = y'."""
    t = time("t")
    y, z = unknown("y", "z", t)
    return Problem(
        domain=Box(t=(0, end)),
        equations=[
            Eq(y.diff(t), z),
            Eq(parameter("eps", eps) * z.diff(t), (1 - y**2) * z - y),
        ],
        conditions=[initial(y, START[0]), initial(z, START[1])],
        name=name,
    )


@lru_cache(maxsize=4)
def trajectory(eps: float, end: float, tolerance: float = 1e-11) -> Pieces:
    """Return y and z up to ``end``."""

    def defect(state: np.ndarray, rate: np.ndarray) -> np.ndarray:
        (y, z), (dy, dz) = state, rate
        return np.stack([dy - z, eps * dz - (1 - y**2) * z + y])

    return collocate(defect, np.array(START), end, tolerance=tolerance, first=1e-2 * eps)


def _reference(points: np.ndarray, eps: float, end: float) -> np.ndarray:
    """Return y and z at points (n, 1) of the column t within the domain, as (n, 2)."""
    return trajectory(eps, end)(np.asarray(points, float)[:, 0])


def _case(name: str, title: str, eps: float, end: float, floor: float, trust: str) -> Case:
    return Case(
        name=name,
        title=title,
        build=partial(statement, eps, end, name),
        reference=partial(_reference, eps=eps, end=end),
        trust=trust,
        floor=floor,
        points=(2001,),
        source=HAIRER,
        group="anchors",
    )


van_der_pol = _case(
    "van_der_pol",
    "Van der Pol's oscillator (eps = 0.2): not stiff",
    0.2,
    10.0,
    1e-12,
    "1e-12 relative L2: Radau collocation of order 13, changed by 3e-13 when its tolerance goes "
    "from 1e-12 to 1e-13",
)
van_der_pol_stiff = _case(
    "van_der_pol_stiff",
    "Van der Pol's oscillator (eps = 1e-6): very stiff",
    1e-6,
    2.0,
    2e-9,
    "2e-9 relative L2: Radau collocation of order 13, changed by 1e-9 when its tolerance goes from "
    "1e-13 to 1e-14 (rounding moves the switches); twelve digits of the published end value",
)
