"""Robertson's reaction: rates over nine orders of magnitude."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._collocation import Pieces, collocate
from residuum.catalogue.anchors._papers import HAIRER
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, parameter, time, unknown

SLOW, FAST, MIDDLE = 0.04, 3e7, 1e4
END = 40.0


def _statement(algebraic: bool) -> Problem:
    t = time("t")
    a, b, c = unknown("a", "b", "c", t)
    slow, fast, middle = (
        parameter(name, value)
        for name, value in (("slow", SLOW), ("fast", FAST), ("middle", MIDDLE))
    )
    last = Eq(a + b + c, 1) if algebraic else Eq(c.diff(t), fast * b**2)
    start = [initial(a, 1), initial(b, 0)]
    return Problem(
        domain=Box(t=(0, END)),
        equations=[
            Eq(a.diff(t), -slow * a + middle * b * c),
            Eq(b.diff(t), slow * a - middle * b * c - fast * b**2),
            last,
        ],
        conditions=start if algebraic else [*start, initial(c, 0)],
        name="robertson_dae" if algebraic else "robertson",
    )


@lru_cache(maxsize=2)
def trajectory(tolerance: float = 1e-11) -> Pieces:
    """Return the three concentrations."""

    def defect(state: np.ndarray, rate: np.ndarray) -> np.ndarray:
        (a, b, c), (da, db, dc) = state, rate
        made, back, lost = SLOW * a, MIDDLE * b * c, FAST * b**2
        return np.stack([da + made - back, db - made + back + lost, dc - lost])

    return collocate(defect, np.array([1.0, 0.0, 0.0]), END, tolerance=tolerance, first=1e-6)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return a, b and c at points (n, 1) of the column t within the domain, as (n, 3)."""
    return trajectory()(np.asarray(points, float)[:, 0])


def _case(name: str, title: str, algebraic: bool) -> Case:
    return Case(
        name=name,
        title=title,
        build=lambda: _statement(algebraic),
        reference=_reference,
        trust="1e-13 relative L2: Radau collocation of order 13, changed by 2e-14 by its tolerance",
        floor=1e-13,
        points=(2001,),
        source=HAIRER,
        group="anchors",
    )


robertson = _case("robertson", "Robertson's stiff chemical reaction up to t = 40", False)
robertson_dae = _case(
    "robertson_dae", "Robertson's reaction with the total mass as an algebraic equation", True
)
