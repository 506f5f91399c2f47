"""The strong form on a grid equals the exact expression at its nodes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import double_precision
from residuum.discretise.spectral import ChebyshevAxis, Grid, GridForm
from residuum.problem import pointwise

from ._posed import exact, exact_rate, heated


def test_residual_vanishes_at_the_exact_solution() -> None:
    problem, grid = heated(), Grid((ChebyshevAxis(0.0, 1.0, 20),))
    x = grid.axes[0].nodes
    with double_precision():
        form = GridForm(pointwise(problem, problem.residuals[0]), grid.shape, True)
        nodes = jax.tree.map(jnp.asarray, grid.nodes(form.needs))
        levels = [jnp.asarray(f(0.4, x)[:, None]) for f in (exact, exact_rate)]
        found = np.asarray(form(0.4, levels, nodes))
        # The rate may come in as a slot of its own instead of a level.
        extra: dict[tuple[int, tuple[int, ...]], Array] = {(0, (1, 0)): levels[1][:, 0] + 1.0}
        shifted = np.asarray(form(0.4, levels[:1], nodes, extra=extra))
    assert np.abs(found).max() < 1e-9
    assert np.abs(shifted - 1.0).max() < 1e-9
    assert set(form.needs) == {(0,), (2,)}
