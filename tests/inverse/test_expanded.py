"""Tabled rows are the rows of the library."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.fields import TensorChebyshev, constrain, frame_of
from residuum.inverse._expanded import Expanded
from residuum.learning import system
from residuum.objectives import Collocation
from residuum.problem import hard_conditions, scaling
from residuum.problem._places import interior_points

from ._statements import decay, decayed


@in_double_precision
def test_residual_and_slopes_are_those_of_rows() -> None:
    problem = decay(*decayed(), noise=0.02).replace(observations=())
    sizes, hard = scaling(problem), hard_conditions(problem)
    field = constrain(TensorChebyshev(5).build(frame_of(problem, sizes), 7), problem, hard, sizes)
    rows = Collocation(1, 1).equations(problem, sizes, interior_points(problem, 9, 7))
    head = np.random.default_rng(3).normal(size=field.head.shape)
    found = Expanded(rows, field).linearised(head, {"r": 0.7})
    moved = field.with_head(jnp.asarray(head))
    residual, matrix = system(moved, [rows], {"r": jnp.asarray(0.7)})
    # The same sums in another order.
    assert found[0] == pytest.approx(residual, abs=1e-12)
    assert found[1] == pytest.approx(matrix, abs=1e-12)
    more = Expanded(rows, field).linearised(head, {"r": 0.8}, whole=False)
    # The residual is linear in r.
    assert found[2] is not None
    assert found[2][:, 0] == pytest.approx((more[0] - found[0]) / 0.1, abs=1e-10)
