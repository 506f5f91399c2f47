"""Known functions as fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import ProblemError, double_precision, generator
from residuum.problem import ExpressionField

t, (x, y) = rs.time("t"), rs.space("x", "y")


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    with double_precision():
        yield


def places(n: int = 7) -> jax.Array:
    return jnp.asarray(generator(37).uniform(-1, 1, (n, 2)))


def test_values_and_derivatives_are_those_of_the_expressions() -> None:
    chosen: tuple[Any, ...] = (sp.exp(-t) * sp.sin(3 * x), t**2 * x**3)
    field, points = ExpressionField(chosen, (t, x)), places()
    jet = field.jet(points, [(1, 2), (0, 3)])
    for index in ((0, 0), (1, 0), (0, 2), (1, 2), (0, 3)):
        for j, expression in enumerate(chosen):
            exact = sp.diff(expression, t, index[0], x, index[1])
            expected = sp.lambdify((t, x), exact, "numpy")(*np.asarray(points).T)
            # Elementary functions and a dozen products in double precision.
            np.testing.assert_allclose(
                jet.derivative(index)[:, j], expected, rtol=1e-12, atol=1e-13
            )


def test_columns_follow_the_coordinates_given() -> None:
    points = places()
    assert (ExpressionField((x,), (t, x))(points)[:, 0] == points[:, 1]).all()
    assert (ExpressionField((x,), (x, t))(points)[:, 0] == points[:, 0]).all()


def test_constants_have_one_row_per_point_and_no_slope() -> None:
    jet = ExpressionField((sp.Integer(3), sp.Float(0.5)), (t, x)).jet(places(5), [(1, 0)])
    assert jet.value.tolist() == [[3.0, 0.5]] * 5
    assert (jet.derivative((1, 0)) == 0).all()


def test_fields_pass_through_compilation() -> None:
    field = ExpressionField((x * y,), (x, y))
    points = places()
    found = jax.jit(lambda p: field(p))(points)
    np.testing.assert_allclose(found, field(points), rtol=1e-15)


def test_unknown_symbols_are_refused_when_evaluated() -> None:
    with pytest.raises(ProblemError, match="none for y"):
        ExpressionField((x + y,), (t, x))(places())


def test_numpy_gives_derivatives_without_compiling() -> None:
    field = ExpressionField((sp.exp(-t) * sp.sin(3 * x), t**2), (t, x))
    points, indices = np.asarray(places()), [(0, 0), (1, 2), (2, 0)]
    found = field.numeric_derivatives(points, indices)
    assert found is not None
    jet = field.jet(jnp.asarray(points), indices)
    for index in indices:
        np.testing.assert_allclose(found[index], jet.derivative(index), rtol=0, atol=1e-13)


def test_numpy_leaves_to_jets_what_it_cannot_do() -> None:
    points = np.array([[0.0, 0.5], [0.0, 0.0]])
    singular = ExpressionField((sp.sqrt(x),), (t, x))
    assert singular.numeric(points) is not None
    assert singular.numeric_derivatives(points, [(0, 1)]) is None
    long = ExpressionField((sum(sp.sin(k * x) for k in range(1, 200)),), (t, x))
    assert long.numeric(points) is not None
    assert long.numeric_derivatives(points, [(0, 1)]) is None
