"""Two parts of a loss over one small field, whose gradients are known."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from residuum.fields import TensorChebyshev, frame_of
from residuum.geometry import Box
from residuum.learning import flatten
from residuum.objectives import Collocation, Inferred, Rows
from residuum.problem import Eq, Problem, hard_conditions, initial, scaling, time, unknown

t = time("t")
v = unknown("v", t)
PROBLEM = Problem(Box(t=(0, 1)), Eq(v.diff(t), -v), [initial(v, 1)])
NOTHING = Inferred({}, (), ())


def parts() -> tuple[tuple[eqx.Module, Inferred], list[Rows], list[np.ndarray], list[np.ndarray]]:
    """Return the trained parts, two rows, their residuals and their Jacobians."""
    sizes, hard = scaling(PROBLEM), hard_conditions(PROBLEM, False)
    field = TensorChebyshev(3).build(frame_of(PROBLEM, sizes), 5)
    field = field.with_head(jnp.array([[0.3], [-0.2], [0.5], [0.7], [0.1]]))
    inside, around = Collocation(20, 5).build(PROBLEM, sizes, hard, 7)
    rows = [*inside, *around]
    found, slopes = zip(*(item.linearised(field) for item in rows), strict=True)
    assert flatten((field, NOTHING)).vector.size == 5
    return (field, NOTHING), rows, [np.asarray(r) for r in found], [np.asarray(a) for a in slopes]
