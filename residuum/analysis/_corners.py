"""Cause: conditions that disagree where they meet."""

from __future__ import annotations

import ast
import dataclasses
import warnings

import numpy as np

from residuum._core import ConditionError
from residuum.analysis._evidence import FRESH, Evidence, dimensionless, rms
from residuum.analysis._finding import Finding, grade
from residuum.geometry import Uniform
from residuum.problem._places import interior_points

CAUSE = "incompatible conditions"
NEAR = 0.25
"""Distance from the place that counts as near, in half-widths."""
UNEVEN, SURE = 1.5, 10.0
"""Residual near the place against elsewhere: noticed, and plain."""


def corners(evidence: Evidence) -> Finding | None:
    """Look for jumps that the statement allows, and whether the residual gathers there.

    No continuous field takes two values at one place: near it the residual of a smooth field stays
    large however long it is trained.
    """
    problem = evidence.problem
    jumps = [c for c in problem.conditions if c.jump]
    if not jumps or not evidence.smooth:
        return None
    strict = [dataclasses.replace(c, jump=False) if c.jump else c for c in problem.conditions]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problem.replace(conditions=strict)
        return None
    except ConditionError as error:
        said = error.got
    place = ast.literal_eval(said[said.rindex("{") :])
    ratio = _gathered(evidence, np.array([[place[c.name] for c in problem.coordinates]]))
    strength = max(0.3, grade(ratio, UNEVEN, SURE))
    said = f"{said}; near it the residual is {ratio:.1e} times that elsewhere"
    first = problem.coordinates[0].name
    remedy = (
        "If the jump is not meant, correct a condition. If it is, let it set in smoothly (multiply "
        f"by 1 - exp(-{first}/tau), say), leave it to the weighted rows of PINN(weight=10.0), or "
        f"take a method that spreads it over one cell: {evidence.alternatives}."
    )
    return Finding(CAUSE, said, remedy, strength, {"ratio": ratio})


def _gathered(evidence: Evidence, place: np.ndarray) -> float:
    """Return the residual near a place against that elsewhere."""
    pool = interior_points(evidence.problem, 16 * FRESH, 7877, Uniform())
    gaps = np.abs(dimensionless(evidence, pool) - dimensionless(evidence, place)).max(axis=1)
    near, far = pool[gaps < NEAR][:FRESH], pool[gaps > 4 * NEAR][:FRESH]
    if not len(near) or not len(far):
        return 1.0
    one, other = (np.abs(evidence.terms_at(points).residual) for points in (near, far))
    sizes = np.maximum([rms(row) for row in other], 1e-300)
    return float(max(rms(row) / size for row, size in zip(one, sizes, strict=True)))
