"""Expressions on NumPy arrays give what SymPy's own functions give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import ProblemError
from residuum.problem import numeric, parameter, unknown
from tests.discretise.elements._posed import v, x, y

GRID = np.random.default_rng(31).uniform(0.1, 0.9, (2, 5, 4))
PLACE = {x: GRID[0], y: GRID[1]}
EXPRESSIONS = [
    sp.sin(x) * sp.cos(y) + sp.tan(x * y),
    sp.asin(x) + sp.acos(y) - sp.atan(x / y),
    sp.sinh(x) - sp.cosh(y) + sp.tanh(x - y),
    sp.exp(-x) * sp.log(y) + sp.sqrt(x * y),
    sp.Abs(x - y) + sp.sign(x - sp.Rational(1, 2)) + sp.floor(7 * x),
    x**7 - y**-3 + x ** sp.Rational(3, 2) + 2**x + x**20 + y**-20,
    sp.Max(x, y, sp.Rational(1, 2)) - sp.Min(x, y),
    sp.erf(x) + sp.erfc(2 * y),
    sp.pi * x + sp.E + sp.Rational(1, 3),
    sp.Piecewise((x, x < y), (2 * y, x < 0.6), (sp.Integer(1), True)),
    sp.Piecewise((x, sp.And(x < y, y > 0.5)), (y, sp.Or(x > 0.7, y >= 0.2)), (0, True)),
    sp.Piecewise((x, sp.Not(sp.And(x < y, y > 0.5))), (y, True)),
    sp.Heaviside(x - y),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_arrays_agree_with_exact_numbers(expression: Any) -> None:
    (found,) = numeric([expression], PLACE)
    assert found.shape == GRID[0].shape
    for place in ((0, 0), (2, 3), (4, 1)):
        exact = expression.subs({x: sp.Float(GRID[0][place], 30), y: sp.Float(GRID[1][place], 30)})
        assert found[place] == pytest.approx(float(exact.evalf(25)), rel=1e-13, abs=1e-13)


def test_numbers_stay_numbers() -> None:
    found = numeric([sp.Integer(3), sp.pi / 2, sp.Integer(0), sp.sqrt(2)], {})
    assert found == pytest.approx([3.0, np.pi / 2, 0.0, np.sqrt(2)], rel=1e-15)
    assert all(isinstance(item, float) for item in found)


def test_unknowns_and_their_derivatives_are_looked_up_whole() -> None:
    values = {**PLACE, v: GRID[1], v.diff(x): GRID[0] * 2}
    found, other = numeric([v * v.diff(x) + v**2, v.diff(x)], values)
    np.testing.assert_allclose(found, 2 * GRID[0] * GRID[1] + GRID[1] ** 2, rtol=1e-15)
    np.testing.assert_array_equal(other, 2 * GRID[0])


def test_common_parts_are_computed_once() -> None:
    calls = []

    class Counted(np.ndarray):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
            calls.append(ufunc.__name__)
            plain = [np.asarray(item) for item in inputs]
            return getattr(ufunc, method)(*plain, **options)

    place = {x: GRID[0].view(Counted)}
    numeric([sp.sin(x) + 1, sp.sin(x) ** 2, sp.exp(sp.sin(x))], place)
    assert calls.count("sin") == 1


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (x + parameter("q", bounds=(0.0, 1.0)), "q"),
        (unknown("other", x) + 1, "other"),
        (sp.gamma(x), "gamma"),
        (sp.I * sp.Integer(2), "real"),
        (sp.zoo, "finite"),
    ],
)
def test_what_has_no_value_is_an_error(expression: Any, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        numeric([expression], PLACE)


def test_values_outside_of_a_function_are_nan_and_silent() -> None:
    found = numeric([sp.log(x - 1), sp.sqrt(x - 1)], PLACE)
    assert all(np.isnan(item).all() for item in found)


def test_a_piecewise_without_a_matching_part_is_nan() -> None:
    (found,) = numeric([sp.Piecewise((x, x < 0.5))], PLACE)
    np.testing.assert_array_equal(np.isnan(found), GRID[0] >= 0.5)


def test_jumps_and_what_differentiating_them_leaves() -> None:
    (at_jump,) = numeric([sp.Heaviside(x - 0.5)], {x: np.array([0.4, 0.5, 0.6])})
    np.testing.assert_array_equal(at_jump, [0.0, 0.5, 1.0])
    (measure,) = numeric([sp.DiracDelta(x - 0.5)], {x: np.array([0.4, 0.5])})
    np.testing.assert_array_equal(measure, [0.0, 0.0])
