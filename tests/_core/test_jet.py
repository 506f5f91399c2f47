"""Jets against symbolic derivatives computed in extended precision."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings

from residuum._core import Index, Jet, OptionError, closure, in_double_precision
from residuum._core import _jet as jets

# Order 4 in one, two and three coordinates, pure and mixed.
INDICES: dict[int, tuple[Index, ...]] = {
    1: closure([(4,)]),
    2: closure([(4, 0), (2, 2), (1, 3)]),
    3: closure([(2, 1, 1), (0, 3, 1)]),
}
ORDER, POINTS = 4, 3
# Measured: at most 5e-15 of the largest derivative over 500 examples.
TOLERANCE = 1e-12

Rule = Callable[[Jet], Jet]


def power(exponent: float) -> tuple[Rule, Callable[[Any], Any]]:
    return lambda u: u**exponent, lambda u: u ** sp.Rational(exponent)


# Jet rule and its symbolic twin. Inner values lie in [0.6, 2.6], away from the poles.
RULES: dict[str, tuple[Rule, Callable[[Any], Any]]] = {
    "tanh": (jets.tanh, sp.tanh),
    "sin": (lambda u: jets.sin_cos(u)[0], sp.sin),
    "cos": (lambda u: jets.sin_cos(u)[1], sp.cos),
    "exp": (jets.exp, sp.exp),
    "log": (jets.log, sp.log),
    "sigmoid": (jets.sigmoid, lambda u: 1 / (1 + sp.exp(-u))),
    "power -1": power(-1.0),
    "power -3": power(-3.0),
    "power -1/2": power(-0.5),
    "power 7/4": power(1.75),
    "power 0": power(0.0),
    "power 1": power(1.0),
    "power 2": power(2.0),
    "power 5": power(5.0),
    "power 7": power(7.0),
    "power 17": power(17.0),
    "compose": (lambda u: jets.compose(jnp.arctan, u), sp.atan),
    "transport": (lambda u: jets.transport(lambda v: jnp.tanh(v) * v, u), lambda u: u * sp.tanh(u)),
    "product": (lambda u: u * jets.tanh(u) * u, lambda u: u * u * sp.tanh(u)),
    "quotient": (lambda u: jets.exp(u) / u, lambda u: sp.exp(u) / u),
    "reciprocal": (lambda u: 2.0 / u, lambda u: 2 / u),
    "arithmetic": (lambda u: 3.0 - u * 2.0 + 1.0 - (-u) / 4.0, lambda u: 4 - 7 * u / 4),
}


def monomials(dimension: int) -> list[Index]:
    """All of total degree at most three: every mixed derivative up to order three is present."""
    every = itertools.product(range(4), repeat=dimension)
    return sorted(k for k in every if sum(k) <= 3)


@functools.cache
def chain_rule(dimension: int) -> Callable[..., list[Any]]:
    """Return every derivative of F(polynomial), given F, F', … there, as SymPy finds it."""
    x = sp.symbols(f"x:{dimension}", real=True)
    every = monomials(dimension)
    a = sp.symbols(f"a:{len(every)}", real=True)
    slopes = sp.symbols(f"F:{ORDER + 1}", real=True)
    powers = [sp.Mul(*(z**n for z, n in zip(x, k, strict=True))) for k in every]
    inner = sp.Add(*(c * power for c, power in zip(a, powers, strict=True)))
    found: dict[Index, Any] = {}
    for index in INDICES[dimension]:
        if not any(index):
            found[index] = slopes[0]
            continue
        axis = next(i for i, order in enumerate(index) if order)
        lower = found[tuple(n - (i == axis) for i, n in enumerate(index))]
        outer = [lower.diff(s) * t for s, t in itertools.pairwise(slopes)]
        found[index] = lower.diff(x[axis]) + sp.Add(*outer) * inner.diff(x[axis])
    function: Callable[..., list[Any]] = sp.lambdify(
        (*x, *a, *slopes), [inner, *found.values()], "numpy", cse=True
    )
    return function


@functools.cache
def outer_slopes(name: str) -> Callable[[Any], list[Any]]:
    """Return the derivatives of a rule's symbolic twin."""
    u = sp.Symbol("u", positive=True)
    outer = RULES[name][1](u)
    every = [outer.diff(u, k) for k in range(ORDER + 1)]
    function: Callable[[Any], list[Any]] = sp.lambdify(u, every, "numpy", cse=True)
    return function


def expected(name: str, points: Any, coefficients: Any) -> list[Any]:
    """Return all derivatives, in 64 bits of mantissa where the machine has them."""
    derivatives = chain_rule(points.shape[1])
    wide = [np.asarray(v, np.longdouble) for v in (*points.T, *coefficients)]
    value = derivatives(*wide, *[0] * (ORDER + 1))[0]
    found = derivatives(*wide, *outer_slopes(name)(value))[1:]
    return [np.broadcast_to(np.asarray(v, float), POINTS) for v in found]


def polynomial(points: Any, coefficients: Any) -> Jet:
    """Return the jet of a polynomial, by nothing but products and sums of jets."""
    d = points.shape[1]
    start = jets.coordinates(jnp.asarray(points), INDICES[d])
    total = jets.constant(jnp.zeros((POINTS, 1)), start.indices)
    for c, k in zip(coefficients, monomials(d), strict=True):
        term = jets.constant(jnp.full((POINTS, 1), c), start.indices)
        for axis, order in enumerate(k):
            for _ in range(order):
                term = term * start[:, axis : axis + 1]
        total = total + term
    return total


def inner_values(dimension: int, seed: int) -> tuple[Any, Any]:
    """Points and coefficients that keep the polynomial between 0.6 and 2.6."""
    random = np.random.default_rng([seed, dimension])
    points = random.uniform(-1, 1, (POINTS, dimension))
    coefficients = random.uniform(-1, 1, len(monomials(dimension)))
    coefficients *= random.uniform(0.2, 1.0) / np.abs(coefficients[1:]).sum()
    coefficients[0] = 1.6
    return points, coefficients


def assert_exact(name: str, dimension: int, points: Any, coefficients: Any) -> None:
    found = RULES[name][0](polynomial(points, coefficients))
    assert found.indices == INDICES[dimension]
    true = expected(name, points, coefficients)
    size = TOLERANCE * max(float(np.abs(v).max()) for v in true)
    for index, value in zip(INDICES[dimension], true, strict=True):
        got = np.asarray(found.derivative(index))[:, 0]
        np.testing.assert_allclose(got, value, rtol=TOLERANCE, atol=size, err_msg=str(index))


EVERY = [pytest.param(d, n, id=f"{d}-{n}") for d in (1, 2, 3) for n in RULES if n != "transport"]


@pytest.mark.parametrize(
    ("dimension", "name"), [*EVERY, pytest.param(2, "transport", id="2-transport")]
)
@in_double_precision
def test_every_rule_is_exact(dimension: int, name: str) -> None:
    assert_exact(name, dimension, *inner_values(dimension, 11))


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.sampled_from([n for n in RULES if n != "transport"]), st.integers(0, 10**6))
@in_double_precision
def test_every_rule_is_exact_on_random_polynomials(name: str, seed: int) -> None:
    assert_exact(name, 2, *inner_values(2, seed))


index_sets = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=4)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(index_sets)
def test_closure_is_the_smallest_downward_closed_set(wanted: list[Index]) -> None:
    found = closure(wanted)
    assert set(wanted) <= set(found) and len(set(found)) == len(found)
    for index in found:
        for axis, order in enumerate(index):
            lower = tuple(n - (i == axis) for i, n in enumerate(index))
            assert order == 0 or lower in found
        assert any(all(a <= b for a, b in zip(index, top, strict=True)) for top in wanted)
    orders = [sum(index) for index in found]
    assert orders == sorted(orders) and orders[0] == 0


def test_below_and_factorial() -> None:
    assert jets.below((1, 2)) == [(0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (1, 2)]
    assert jets.factorial((3, 0, 2)) == 12


@in_double_precision
def test_coordinates_are_the_identity() -> None:
    points = jnp.asarray([[1.0, -2.0], [0.5, 3.0]])
    jet = jets.coordinates(points, [(2, 1)])
    assert jet.indices == closure([(2, 1)])
    np.testing.assert_array_equal(jet.value, points)
    np.testing.assert_array_equal(jet.derivative((1, 0)), [[1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_array_equal(jet.derivative((0, 1)), [[0.0, 1.0], [0.0, 1.0]])
    for index in [(1, 1), (2, 0), (2, 1)]:
        assert jet.parts[index] is None
        np.testing.assert_array_equal(jet.derivative(index), np.zeros((2, 2)))


@in_double_precision
def test_one_coordinate_has_no_derivative_along_others_in_a_traced_program_either() -> None:
    def column(points: jnp.ndarray) -> jnp.ndarray:
        jet = jets.coordinates(points, [(1, 1)])[:, 1:]
        assert jet.parts[(1, 0)] is None and jet.parts[(0, 1)] is not None
        return (jet * jet).derivative((0, 1))

    points = jnp.asarray([[1.0, -2.0], [0.5, 3.0]])
    np.testing.assert_array_equal(jax.jit(column)(points), [[-4.0], [6.0]])


@in_double_precision
def test_concatenate_joins_features_of_every_kind() -> None:
    points = jnp.asarray([[1.0, -2.0], [0.5, 3.0]])
    start = jets.coordinates(points, [(2, 0), (0, 1)])
    square, one = start[:, :1] * start[:, :1], jets.constant(jnp.ones((2, 1)), start.indices)
    joined = jets.concatenate([square, start, one])
    np.testing.assert_array_equal(joined.value, [[1, 1, -2, 1], [0.25, 0.5, 3, 1]])
    np.testing.assert_array_equal(joined.derivative((1, 0)), [[2, 1, 0, 0], [1, 1, 0, 0]])
    np.testing.assert_array_equal(joined.derivative((0, 1)), [[0, 0, 1, 0], [0, 0, 1, 0]])
    np.testing.assert_array_equal(joined.derivative((2, 0)), [[2, 0, 0, 0], [2, 0, 0, 0]])


@in_double_precision
def test_transport_mixes_features() -> None:
    """A function of several features at once, where no elementwise rule applies."""
    points = jnp.asarray([[0.3, -0.4], [0.7, 0.2], [-0.6, 0.9]])
    start = jets.coordinates(points, INDICES[2])
    both = jets.transport(lambda x: jnp.sin(x[:, :1]) * jnp.exp(x[:, 1:]), start)
    x, y = np.asarray(points).T
    sines = [np.sin(x), np.cos(x), -np.sin(x), -np.cos(x), np.sin(x)]
    for index in INDICES[2]:
        # ∂_x^a ∂_y^b sin(x) e^y = sin^(a)(x) e^y; rounding of at most 4! terms of size one.
        true = sines[index[0]] * np.exp(y)
        np.testing.assert_allclose(both.derivative(index)[:, 0], true, rtol=0, atol=1e-13)


@in_double_precision
def test_arrays_stand_on_either_side() -> None:
    start = jets.coordinates(jnp.asarray([[1.0], [2.0]]), [(1,)])
    factor = jnp.asarray([[3.0], [5.0]])
    for found in (factor * start, start * factor, start * np.asarray(factor)):
        np.testing.assert_array_equal(found.value, [[3.0], [10.0]])
        np.testing.assert_array_equal(found.derivative((1,)), [[3.0], [5.0]])
    for found in (factor + start, start + factor):
        np.testing.assert_array_equal(found.value, [[4.0], [7.0]])
    np.testing.assert_array_equal((factor - start).value, [[2.0], [3.0]])
    np.testing.assert_array_equal((factor - start).derivative((1,)), [[-1.0], [-1.0]])


@in_double_precision
def test_a_derivative_that_was_not_carried_is_refused() -> None:
    jet = jets.coordinates(jnp.ones((2, 2)), [(1, 0)])
    with pytest.raises(OptionError, match=r"got \(0, 1\)") as caught:
        jet.derivative((0, 1))
    assert "(1, 0)" in caught.value.wanted
