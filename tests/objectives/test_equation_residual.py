"""The residual of a statement as an objective: zero where it is met, like the error elsewhere."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, in_double_precision
from residuum.datasets import Layout
from residuum.objectives import EquationResidual

x = rs.space("x")
u = rs.unknown("u", x)
NODES = np.linspace(0, 1, 33)
LAYOUT = Layout((NODES,), ("zero",), ("f",), ("u",))


def rope() -> rs.Problem:
    f = rs.coefficient("f", x)
    return rs.Problem(
        rs.Box(x=(0, 1)), rs.Eq(-u.diff(x, 2), f), [rs.dirichlet(u, 0)], given={f: 1.0}
    )


def wave(k: int) -> np.ndarray:
    return np.sin(k * np.pi * NODES)[None, :, None]


@in_double_precision
def test_the_dual_norm_measures_the_slope_of_the_error() -> None:
    value = EquationResidual(rope()).on(LAYOUT)
    given, exact = jnp.asarray(np.pi**2 * wave(1)), jnp.asarray(wave(1))
    assert float(value(exact, exact, given)[0]) < 1e-4
    low, high = (float(value(exact + 1e-2 * wave(k), exact, given)[0]) for k in (1, 5))
    # R̂_k = (kπ)² e_k with weight 1/(π² (1 + k²)): a ratio of 25 √(2 / 26) = 6.93.
    np.testing.assert_allclose(high / low, 25 * np.sqrt(2 / 26), rtol=2e-2)
    plain = EquationResidual(rope(), "L2").on(LAYOUT)
    low, high = (float(plain(exact + 1e-2 * wave(k), exact, given)[0]) for k in (1, 5))
    np.testing.assert_allclose(high / low, 25, rtol=2e-2)


def test_values_that_are_given_are_no_business_of_the_answer() -> None:
    value = EquationResidual(rope()).on(LAYOUT)
    given, exact = jnp.asarray(np.pi**2 * wave(1)), jnp.asarray(wave(1))
    spoiled = exact.at[:, 0].set(7.0)
    np.testing.assert_allclose(value(spoiled, exact, given), value(exact, exact, given))


def test_what_it_does_not_hold_is_refused() -> None:
    with pytest.raises(OptionError, match="conditions among"):
        EquationResidual(
            rs.Problem(
                rs.Box(x=(0, 1)),
                rs.Eq(-u.diff(x, 2), sp.Integer(1)),
                [rs.dirichlet(u, 0, on="x_min"), rs.neumann(u, 0, on="x_max")],
            )
        )
    with pytest.raises(OptionError, match="dual"):
        EquationResidual(rope(), "H1")  # type: ignore[arg-type]
