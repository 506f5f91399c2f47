"""Does a field belong to the problem it is paired with?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from residuum.discretise import ElementField, GridField, VolumeField
from residuum.problem import ExpressionField, Problem, Solution

SLACK = 1e-6
"""Share of an extent by which bounds may differ: they are the same numbers, but for rounding."""
BULGE = 0.1
"""The same for meshes, whose straight cells leave out what a curved boundary has."""


def mispaired(solution: Solution) -> str | None:
    """Return why a field is not one of the problem, as far as its numbers can tell, or ``None``.

    What the shapes of values do not show: expressions in other coordinates or in another order,
    grids and meshes of another domain, fields without time for problems that evolve, and numbers
    that are not finite. The order of unknowns of equal shape is known to nobody.
    """
    problem, field = solution.problem, solution.field
    arrays = [item for item in jax.tree.leaves(field) if isinstance(item, jax.Array | np.ndarray)]
    if not all(bool(np.isfinite(np.asarray(item)).all()) for item in arrays):
        return "NaN or infinity among the numbers of the field"
    for part in _parts(field):
        reason = _differs(part, problem)
        if reason is not None:
            return reason
    return None


def _parts(field: Any) -> Iterator[Any]:
    kinds = (ExpressionField, GridField, ElementField, VolumeField)
    for leaf in jax.tree.leaves(field, is_leaf=lambda item: isinstance(item, kinds)):
        if isinstance(leaf, kinds):
            yield leaf


def _differs(part: Any, problem: Problem) -> str | None:
    if isinstance(part, ExpressionField):
        own = [c.name for c in part.coordinates]
        wanted = [c.name for c in problem.coordinates]
        return None if own == wanted else f"a field of {own}, not of {wanted}"
    steady = getattr(part, "steady", None)
    if steady is not None and steady != (problem.interval is None):
        return f"a field {'without' if steady else 'with'} time"
    if problem.shape is None:
        return None
    order = [problem.shape.axes.index(c.name) for c in problem.space]
    bounds = np.asarray(problem.shape.bounds, float)[order]
    if isinstance(part, GridField):
        ends = np.array([data[2][:2] for data in part.axes]).reshape(-1, 2)
        return _outside(ends, bounds, SLACK)
    if isinstance(part, VolumeField):
        return _outside(np.array([part.low, part.high]).T, bounds, SLACK)
    if isinstance(part, ElementField):
        nodes = np.asarray(part.nodes)[:, np.argsort(part.axes)]
        return _outside(np.stack([nodes.min(axis=0), nodes.max(axis=0)], axis=1), bounds, BULGE)
    return None


def _outside(found: np.ndarray, wanted: np.ndarray, slack: float) -> str | None:
    if found.shape != wanted.shape:
        return f"a field of {len(found)} space coordinates, not of {len(wanted)}"
    if (np.abs(found - wanted) > slack * np.ptp(wanted, axis=1, keepdims=True)).any():
        return f"a field on {found.tolist()}, not on {wanted.tolist()}"
    return None
