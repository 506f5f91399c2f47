"""Rates and constraints of a statement: reductions, derivatives, free parameters."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.ode import Evolution, consistent
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, parameter, time, unknown

from ._posed import circuit, columns, decay, diode, oscillator, pendulum

t = time("t")


def motion(evolution: Evolution, now: float, whole: np.ndarray) -> np.ndarray:
    return np.asarray(evolution.motion(jnp.asarray(now), jnp.asarray(whole), evolution.defaults))


def test_second_order_becomes_a_chain() -> None:
    with double_precision():
        found = Evolution(oscillator())
        levels = np.array([0.3, 0.7])
        rates = found.place @ motion(found, 0.0, found.lift @ levels)
    assert found.rows == [(0, 0), (0, 1)]
    np.testing.assert_allclose(rates, [0.7, -0.3], rtol=1e-15)


def test_varying_factors_are_divided_out() -> None:
    u, v = unknown("u", "v", t)
    problem = Problem(
        Box(t=(0, 1)),
        [Eq((2 + u) * u.diff(t) + v.diff(t), 1), Eq(u.diff(t) - v.diff(t), v)],
        [initial(u, 1), initial(v, 2)],
    )
    with double_precision():
        found = Evolution(problem)
        rate = motion(found, 0.0, consistent(found)[0])
    # 3 u' + v' = 1 and u' - v' = 2.
    np.testing.assert_allclose(rate[columns(problem, "u", "v")], [0.75, -1.25], rtol=1e-14)


def test_singular_constant_factors_leave_a_constraint() -> None:
    with double_precision():
        found = Evolution(circuit())
        whole, settled = consistent(found)
        rate = found.place @ motion(found, 0.0, whole)
    assert (found.states, found.hiddens) == (1, 1)
    assert settled
    # v + w = sin t at all times: so do the rates, and v' - w' = -v at the start.
    v, w = columns(found.problem, "v", "w")
    np.testing.assert_allclose((found.place @ whole)[[v, w]], [0.5, -0.5], atol=1e-13)
    np.testing.assert_allclose([rate.sum(), rate[v] - rate[w]], [1.0, -0.5], rtol=1e-12)


@pytest.mark.parametrize("problem", [diode(), pendulum(1)], ids=["diode", "pendulum"])
def test_prediction_moves_with_the_solution(problem: Problem) -> None:
    """The rate of the hidden part equals a difference of two solutions along the motion."""
    with double_precision():
        found = Evolution(problem)
        whole, _ = consistent(found)
        rate, step = motion(found, 0.0, whole), 1e-5
        ends = [
            np.asarray(
                found.projected(jnp.asarray(s), jnp.asarray(whole + s * rate), found.defaults)
            )
            for s in (-step, step)
        ]
    # Central differences: the error is a few times step² times the third derivative.
    slope = (ends[1] - ends[0])[found.states :] / (2 * step)
    np.testing.assert_allclose(rate[found.states :], slope, rtol=1e-6, atol=1e-8)


def test_joint_reduction_with_a_varying_factor_and_a_hidden_unknown() -> None:
    u, p = unknown("u", "p", t)
    problem = Problem(
        Box(t=(0, 1)), [Eq((1 + u**2) * u.diff(t), p), Eq(p**3 + p, u)], [initial(u, 2)]
    )
    with double_precision():
        found = Evolution(problem)
        whole, settled = consistent(found)
        rate = motion(found, 0.0, whole)
    assert found.joint and settled
    # p³ + p = 2 has the root 1.
    values = (found.unknowns @ whole)[columns(problem, "u", "p")]
    assert values == pytest.approx([2.0, 1.0], rel=1e-12)
    assert rate[0] == pytest.approx(0.2, rel=1e-12)


def test_free_parameters_stay_open() -> None:
    with double_precision():
        found = Evolution(decay(rate=2.0), free=("k",))

        def rate(k: jax.Array) -> jax.Array:
            return found.motion(jnp.asarray(0.0), jnp.asarray([3.0]), {"k": k})[0]

        scale = found.place[0, 0]
        value, slope = jax.value_and_grad(rate)(jnp.asarray(5.0))
    assert found.defaults == {"k": 2.0}
    assert float(value) * scale == pytest.approx(-15.0 * scale)
    assert float(slope) == pytest.approx(-3.0)


def test_parameters_of_events_are_filled() -> None:
    with double_precision():
        found = Evolution(decay())
        form = found.form(found.problem.unknowns[0] - parameter("level", 0.25))
        value = found.evaluate(form, jnp.asarray(0.0), jnp.asarray([1.0]), {})
    assert float(value) == pytest.approx(0.75)
