"""The lid-driven cavity at four Reynolds numbers, and the tables it is compared with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from residuum._core import DataError, Source
from residuum.catalogue._case import Case
from residuum.catalogue.anchors._flow import momentum, no_slip
from residuum.catalogue.anchors._papers import JUDGED_BY_REFINEMENT
from residuum.geometry import Box
from residuum.problem import Problem, dirichlet, parameter, point_value, space, unknown

REYNOLDS = (100, 400, 1000, 3200)
MISPRINTS = {(400, "v", 0.9063)}
"""Entries (Reynolds number, component, place) of the tables that are known to be wrong."""

GHIA = Source(
    id="ghia-cavity",
    title="High-Re solutions for incompressible flow using the Navier-Stokes equations and a "
    "multigrid method",
    authors="U. Ghia, K. N. Ghia, C. T. Shin",
    year=1982,
    identifier="doi:10.1016/0021-9991(82)90058-4",
)


def statement(reynolds: float, name: str = "cavity") -> Problem:
    """Return the unit cavity under a lid of speed one, with the pressure zero at the origin."""
    x, y = space("x", "y")
    u, v, p = unknown("u", "v", "p", x, y)
    nu = parameter("nu", 1 / reynolds)
    lid = [dirichlet(u, 1, on="y_max", jump=True), dirichlet(v, 0, on="y_max")]
    return Problem(
        domain=Box(x=(0, 1), y=(0, 1)),
        equations=momentum((u, v), p, nu),
        conditions=[
            *lid,
            *no_slip((u, v), "x_min", "x_max", "y_min"),
            point_value(p, 0, at={"x": 0, "y": 0}),
        ],
        name=name,
    )


@dataclass(frozen=True)
class CentreLines:
    """Velocities on the two centre lines of the cavity.

    Args:
        y, u: places on x = 1/2 and the horizontal velocity there, shape (n,) each.
        x, v: places on y = 1/2 and the vertical velocity there, shape (m,) each.
    """

    y: np.ndarray
    u: np.ndarray
    x: np.ndarray
    v: np.ndarray


def centre_lines(path: str | Path, reynolds: int) -> CentreLines:
    """Read the tables of Ghia, Ghia and Shin, without the entries known to be misprints.

    Five digits are printed, not all of them right: see `benchmarks/shared_data.py`.

    Args:
        path: a JSON file with ``y_of_u``, ``u_at_x_half``, ``x_of_v`` and ``v_at_y_half``, the
            second and fourth by Reynolds number.
        reynolds: 100, 400, 1000, 3200 or 5000.

    Raises:
        DataError: the file has no table for this Reynolds number, or is no such file.
    """
    try:
        table = json.loads(Path(path).read_text())
        rows = {
            "u": (table["y_of_u"], table["u_at_x_half"][str(reynolds)]),
            "v": (table["x_of_v"], table["v_at_y_half"][str(reynolds)]),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        wanted = f"tables for Reynolds number {reynolds} in {path}"
        raise DataError(wanted, repr(error), "Name the file of the published tables.") from error
    found = {}
    for component, (places, values) in rows.items():
        kept = [
            (a, b)
            for a, b in zip(places, values, strict=True)
            if (reynolds, component, a) not in MISPRINTS
        ]
        found[component] = np.array(kept, float).T
    return CentreLines(*found["u"], *found["v"])


def _case(reynolds: int) -> Case:
    return Case(
        name=f"cavity_{reynolds}",
        title=f"lid-driven cavity at Reynolds number {reynolds}",
        build=partial(statement, reynolds, f"cavity_{reynolds}"),
        reference=None,
        trust=JUDGED_BY_REFINEMENT + "; Ghia's tables of the centre lines agree to about 1e-3",
        floor=0,
        points=(65, 65),
        source=GHIA,
        group="anchors",
        notes="The lid's speed jumps at both upper corners, where the pressure is infinite; "
        "the pressure is fixed at the origin, which the tables leave open.",
    )


CAVITIES = tuple(_case(reynolds) for reynolds in REYNOLDS)
