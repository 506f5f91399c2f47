"""One field per stretch of time."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import DataError, in_double_precision
from residuum.fields import SlabField
from residuum.problem import ExpressionField, space, time

t, x = time("t"), space("x")
EARLY, LATE = (ExpressionField((e,), (t, x)) for e in (sp.sin(x) * t, sp.cos(x) + t**2))
KNOTS = np.array([0.0, 0.4, 1.0])


@in_double_precision
def test_each_part_counts_in_its_own_time() -> None:
    field = SlabField(KNOTS, (EARLY, LATE))
    at = jnp.asarray([[-0.1, 1.0], [0.0, 1.0], [0.3, 2.0], [0.4, 2.0], [0.9, 3.0], [1.2, 3.0]])
    early, late = EARLY.jet(at, [(1, 2)]), LATE.jet(at, [(1, 2)])
    for jet in (
        field.jet(at, [(1, 2)]),
        eqx.filter_jit(lambda f, p: f.jet(p, [(1, 2)]))(field, at),
    ):
        for index in [(0, 0), (1, 0), (0, 2), (1, 2)]:
            a, b = early.derivative(index), late.derivative(index)
            expected = np.concatenate([a[:3], b[3:]])
            np.testing.assert_allclose(jet.derivative(index), expected, atol=1e-14)
    plain = field.numeric(np.asarray(at))
    assert plain is not None
    np.testing.assert_allclose(plain, field(at), atol=1e-15)


@pytest.mark.parametrize("knots", [[0.0, 1.0], [0.0, 0.5, 0.5], [0.0, 0.7, 0.5]])
def test_knots_must_fit_and_increase(knots: list[float]) -> None:
    with pytest.raises(DataError):
        SlabField(np.array(knots), (EARLY, LATE))
