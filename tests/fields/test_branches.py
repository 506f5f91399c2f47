"""A network of its own for every unknown."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.fields import MLP, Branches, BranchField, Frame

FRAME = Frame(np.array([0.5, 0.0]), np.array([0.5, 1.0]), (), 2)


@pytest.mark.slow
@in_double_precision
def test_nothing_is_shared_between_branches() -> None:
    field = Branches(MLP(5, 2)).build(FRAME, 7)
    assert isinstance(field, BranchField)
    at = jnp.asarray(np.random.default_rng(31).uniform(0, 1, (4, 2)))
    slope = eqx.filter_grad(lambda f: f(at)[:, 0].sum())(field)
    first, second = ([jnp.abs(a).max() for a in jax.tree.leaves(p)] for p in slope.parts)
    assert max(first) > 0 and max(second) == 0
    both = field(at)
    assert float(jnp.abs(both[:, 0] - both[:, 1]).max()) > 1e-3, "each branch has its own weights"
    np.testing.assert_allclose(
        field.features(at, [(0, 0)], 1).value @ field.head[:, 1], both[:, 1], atol=1e-14
    )
