"""Expressions on arrays and on jets, against SymPy's own evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Jet, ProblemError, double_precision, generator
from residuum._core import _jet as jets
from residuum.problem import evaluate

x, y = rs.space("x", "y")

# Every function of the grammar, nested, and pieces that meet between the sampled points.
EXPRESSIONS: dict[str, Any] = {
    "polynomial": 3 * x**3 * y - 2 * x * y**2 + sp.Rational(1, 3),
    "powers": x**-2 + y ** sp.Rational(5, 2) + (x + y) ** 17 / 1e4 + sp.sqrt(x),
    "real power": (x + y) ** sp.Float(1.7),
    "symbolic power": (1 + x) ** (y + sp.sin(x)),
    "trigonometric": sp.sin(x * y) + sp.cos(x - y) ** 2 + sp.tan(x / 4),
    "inverse trigonometric": sp.asin(x / 4) + sp.acos(y / 4) + sp.atan(x * y),
    "hyperbolic": sp.sinh(x) + sp.cosh(y) - sp.tanh(x * y),
    "exponential": sp.exp(-x * y) + sp.log(1 + x**2 * y),
    "error functions": sp.erf(x - y) + sp.erfc(x * y),
    "constants": sp.pi * x + sp.E * y + sp.sqrt(2),
    "nested": sp.exp(sp.sin(sp.log(1 + x * sp.cosh(sp.tanh(y))))),
    "division": (x - y) / (x**2 + sp.sin(y) ** 2 + 1),
    "absolute": sp.Abs(x - y) ** 3 + sp.sign(x - 1) * y,
    "piecewise": sp.Piecewise((x**2, x < 0.7), (sp.sin(x * y), y < 1), (x + y, True)),
    "nested piecewise": sp.exp(sp.Piecewise((x, sp.And(x < 1, y > 0.8)), (-y, True))) * x,
    "either": sp.Piecewise((x, sp.Or(x < 0.6, y >= 1.1)), (y**2, True)),
    "maximum": sp.Max(x, y**2, x * y) * x,
    "minimum": sp.Min(sp.sin(x), y) + sp.Max(sp.Min(x, y), 0.9),
}
STEPS = {"steps": sp.floor(5 * x) + sp.Heaviside(x - y)}


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    with double_precision():
        yield


def places(n: int = 40) -> np.ndarray:
    """Points of [0.3, 1.5]², where every expression above is real and smooth."""
    return generator(11).uniform(0.3, 1.5, (n, 2))


def by_sympy(expression: Any, points: np.ndarray) -> np.ndarray:
    """Evaluate with 30 digits."""
    rule = sp.lambdify((x, y), expression, "mpmath")
    return np.array([float(rule(*map(sp.Float, row))) for row in points.tolist()])


@pytest.mark.parametrize("name", [*EXPRESSIONS, *STEPS])
def test_arrays_agree_with_sympy(name: str) -> None:
    expression, points = {**EXPRESSIONS, **STEPS}[name], places()
    found = evaluate(expression, {x: jnp.asarray(points[:, 0]), y: jnp.asarray(points[:, 1])})
    # Double precision, with room for a sum of a hundred roundings.
    np.testing.assert_allclose(np.asarray(found), by_sympy(expression, points), rtol=1e-13)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_jets_agree_with_sympy(name: str) -> None:
    expression, points = EXPRESSIONS[name], places(12)
    orders = [(2, 1), (0, 3)] if name in ("exponential", "maximum") else [(1, 1), (2, 0)]

    @jax.jit
    def compute(place: jax.Array) -> Any:
        start = jets.coordinates(place, orders)
        return evaluate(expression, {x: start[:, :1], y: start[:, 1:]})

    found = compute(jnp.asarray(points))
    assert isinstance(found, Jet)
    for index in found.indices:
        exact = by_sympy(_derived(expression, index), points)
        value = np.asarray(found.derivative(index))[:, 0]
        # Measured: at most 7e-16 of the largest value.
        np.testing.assert_allclose(value, exact, atol=4e-15 * max(1.0, np.abs(exact).max()))


def _derived(expression: Any, index: tuple[int, ...]) -> Any:
    found = sp.diff(expression, x, index[0], y, index[1]) if any(index) else expression
    smooth = found.doit().replace(sp.DiracDelta, lambda *_: sp.S.Zero)
    return smooth.replace(sp.Derivative, lambda *_: sp.S.Zero)


def test_floats_give_a_number() -> None:
    found = evaluate(sp.sin(x) + y**2, {x: 0.5, y: 2.0})
    assert float(found) == pytest.approx(np.sin(0.5) + 4, rel=1e-15)


def test_numbers_need_no_values() -> None:
    assert evaluate(sp.pi / 2, {}) == pytest.approx(np.pi / 2, rel=1e-16)


def test_arrays_and_jets_mix() -> None:
    points = jnp.asarray(places(5))
    start = jets.coordinates(points, [(1, 0)])
    factor = jnp.arange(5.0)[:, None]
    b = sp.Symbol("b")
    found = evaluate(b * x**2 + b, {x: start[:, :1], b: factor})
    expected = 2 * factor * points[:, :1]
    np.testing.assert_allclose(found.derivative((1, 0)), expected, rtol=1e-15)


def test_values_by_node_come_before_their_parts() -> None:
    w = rs.unknown("w", x)
    values = {w: 2.0, w.diff(x): 3.0, w.diff(x, 2): 5.0, x: 7.0}
    assert float(evaluate(w * w.diff(x) + x * w.diff(x, 2), values)) == 41.0


def test_pieces_outside_all_cases_are_not_a_number() -> None:
    found = evaluate(sp.Piecewise((x, x < 1)), {x: jnp.asarray([0.5, 2.0])})
    assert np.isnan(found[1]) and found[0] == 0.5


def test_equal_and_unequal_are_compared() -> None:
    a = sp.Piecewise((1, sp.Eq(x, 1)), (2, True))
    b = sp.Piecewise((1, sp.Not(sp.And(x > 1, x < 3))), (2, True))
    values = {x: jnp.asarray([1.0, 2.0])}
    assert evaluate(a, values).tolist() == [1.0, 2.0]
    assert evaluate(b, values).tolist() == [1.0, 2.0]


def test_the_kink_of_a_maximum_has_the_slope_of_one_side() -> None:
    start = jets.coordinates(jnp.asarray([[1.0, 1.0]]), [(1, 0)])
    found = evaluate(sp.Max(x, 2 * x - 1), {x: start[:, :1]})
    assert float(found.derivative((1, 0))[0, 0]) in (1.0, 2.0)


def test_evaluation_can_be_compiled_and_differentiated() -> None:
    def rule(s: Any) -> Any:
        return evaluate(sp.Max(sp.exp(x), x**2) * sp.Piecewise((x, x < 2), (1, True)), {x: s})

    found = jax.jit(jax.vmap(jax.grad(rule)))(jnp.asarray([0.5, 1.0]))
    exact = [np.exp(s) * (1 + s) for s in (0.5, 1.0)]
    # One exponential and two products.
    np.testing.assert_allclose(found, exact, rtol=1e-14)


def test_shared_parts_are_computed_once() -> None:
    tower: Any = x
    for _ in range(40):  # 2^40 leaves if visited one by one
        tower = sp.Add(sp.sin(tower, evaluate=False), sp.cos(tower, evaluate=False))
    assert np.isfinite(float(evaluate(tower, {x: 0.3})))


def test_an_unknown_without_value_is_refused() -> None:
    w = rs.unknown("w", x)
    with pytest.raises(ProblemError, match=r"none for w\(x\)"):
        evaluate(w + x, {x: 1.0})


@pytest.mark.parametrize("number", [sp.I, sp.sqrt(-2), sp.oo, sp.log(0)])
def test_numbers_that_are_not_real_and_finite_are_refused(number: Any) -> None:
    with pytest.raises(ProblemError, match="real finite"):
        evaluate(sp.Add(x, number, evaluate=False), {x: 1.0})


def test_functions_keep_the_length_of_floats() -> None:
    with double_precision():
        short = {x: jnp.linspace(0.1, 0.9, 5, dtype=jnp.float32)}
        found = evaluate(
            3 * sp.pi**2 * sp.sin(sp.pi * x) + sp.Heaviside(x, sp.Rational(1, 2)), short
        )
        assert found.dtype == jnp.float32
        whole = evaluate(sp.sin(x), {x: jnp.arange(3)})
        assert whole.dtype == jnp.float64
