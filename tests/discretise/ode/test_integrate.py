"""Derivatives of solutions against finite differences and closed forms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.discretise.ode import Evolution, integrate
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, parameter, unknown

from ._posed import columns, decay, oscillator, t

TIMES = np.array([0.5, 1.5, 3.0])


def test_parameter_and_initial_value() -> None:
    with double_precision():
        found = Evolution(decay(), free=("k",))

        def end(k: jax.Array, start: jax.Array) -> jax.Array:
            return integrate(found, {"k": k}, times=TIMES, start=start)[-1, 0]

        both = jax.value_and_grad(end, (0, 1))
        value, (by_k, by_start) = both(jnp.asarray(0.7), jnp.ones(1))
    exact = np.exp(-0.7 * 3)
    # Local tolerance 1e-8, and a solution that damps errors.
    assert float(value) == pytest.approx(exact, rel=1e-7)
    assert float(by_k) == pytest.approx(-3 * exact, rel=1e-6)
    assert float(by_start[0]) == pytest.approx(exact, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("stiff", [False, True])
def test_hidden_unknowns(stiff: bool) -> None:
    u, p, k = unknown("u", t), unknown("p", t), parameter("k", 1.0)
    problem = Problem(Box(t=(0, 2)), [Eq(u.diff(t), -p), Eq(p**3 + p, k * u)], [initial(u, 2)])
    with double_precision():
        found = Evolution(problem, free=("k",))

        def total(k: jax.Array) -> jax.Array:
            values = integrate(found, {"k": k}, times=[1.0, 2.0], tol=1e-9, stiff=stiff)
            return jnp.sum(values[:, jnp.asarray(columns(problem, "p", "u"))] ** 2)

        at, step = jnp.asarray(1.3), 1e-4
        slope, total = float(jax.grad(total)(at)), jax.jit(total)
        differences = float((total(at + step) - total(at - step)) / (2 * step))
    # The error of the differences: step² and 1e-9 over the step.
    assert slope == pytest.approx(differences, rel=1e-5)


def test_levels_of_second_order_and_jit() -> None:
    with double_precision():
        found = Evolution(oscillator())
        solve = jax.jit(lambda start: integrate(found, times=TIMES, start=start)[:, 0])
        values = np.asarray(solve(jnp.asarray([0.0, 2.0])))
    np.testing.assert_allclose(values, 2 * np.sin(TIMES), atol=1e-6)


def test_missing_values_and_too_few_steps() -> None:
    with double_precision():
        with pytest.raises(OptionError, match="k"):
            integrate(Evolution(decay(), free=("k",)), times=TIMES)
        few = integrate(Evolution(oscillator(end=500.0)), times=[500.0], steps=20)
        assert np.isnan(np.asarray(few)).all()
