"""Symbols: what they are called, what they carry, when two are the same."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import residuum as rs
from residuum._core import ProblemError
from residuum.problem._symbols import RESERVED, Closure, Coefficient, Coordinate, Unknown

t = rs.time("t")
x, y = rs.space("x", "y")


def test_coordinates_know_their_role() -> None:
    assert (t.role, x.role) == ("time", "space")
    assert isinstance(x, Coordinate) and x.is_real
    assert str(rs.space("r_1")) == "r_1"


def test_coordinates_are_equal_by_name_and_role() -> None:
    assert rs.space("x") == x
    assert hash(rs.space("x")) == hash(x)
    assert rs.time("x") != x
    assert sp.Symbol("x", real=True) != x


def test_one_name_gives_one_symbol_and_several_a_tuple() -> None:
    assert isinstance(rs.space("x"), Coordinate)
    assert rs.space("x", "y") == (x, y)
    assert isinstance(rs.unknown("u", x), Unknown)
    assert [str(u.func) for u in rs.unknown("u", "v", x, y)] == ["u", "v"]


def test_functions_keep_kind_and_arguments() -> None:
    made: list[tuple[Any, type[Any]]] = [
        (rs.unknown("kept_u", t, x), Unknown),
        (rs.coefficient("kept_a", x), Coefficient),
        (rs.closure("kept_c", rs.unknown("u", x) ** 2), Closure),
    ]
    for function, kind in made:
        assert isinstance(function, kind) and function.is_real
    assert made[0][0].args == (t, x)
    assert made[0][0] == rs.unknown("kept_u", t, x)


def test_functions_of_one_name_and_two_kinds_are_not_mixed_up() -> None:
    old = 2 * rs.unknown("mixed_up", x)
    assert old.atoms(Unknown)
    new = 2 * rs.coefficient("mixed_up", x)
    assert rs.unknown("a", x) != rs.coefficient("a", x)
    assert new.atoms(Coefficient) and not new.atoms(Unknown)


def test_unknowns_differentiate() -> None:
    u = rs.unknown("u", t, x)
    assert u.diff(t, x) == u.diff(x, t)
    assert (x * u).diff(x) == u + x * u.diff(x)
    assert u.diff(y) == 0


def test_parameters_carry_value_bounds_and_distribution() -> None:
    known = rs.parameter("D", sp.Rational(1, 4))
    assert (known.value, known.bounds, known.distribution) == (0.25, None, None)
    inferred = rs.parameter("D", 0.3, bounds=(0, 1))
    assert inferred.bounds == (0.0, 1.0) and inferred.value == 0.3
    drawn = rs.parameter("D", distribution=rs.UniformDistribution(0, 1))
    assert drawn.distribution == rs.UniformDistribution(0, 1)
    assert known != inferred and known == rs.parameter("D", 0.25)
    assert all(isinstance(item, float) for item in [known.value, inferred.value])


def test_a_guess_may_lie_on_its_bound() -> None:
    assert rs.parameter("D", 1.0, bounds=(0.0, 1.0)).value == 1.0


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_words_of_the_language_are_no_names(name: str) -> None:
    with pytest.raises(ProblemError, match="are taken"):
        rs.parameter(name, 1.0)


@pytest.mark.parametrize(
    "name", ["2x", "x-y", "", "x y", "x.y", "μ", "_x", "x\n", "__import__", "a" * 65]
)
def test_names_are_letters_digits_and_underscores(name: str) -> None:
    with pytest.raises(ProblemError, match="a letter, then letters"):
        rs.space(name)


def test_long_names_are_allowed_up_to_64_letters() -> None:
    assert rs.space("a" * 64).name == "a" * 64


@pytest.mark.parametrize(
    "make",
    [
        lambda: rs.UniformDistribution(2.0, 1.0),
        lambda: rs.UniformDistribution(0.0, float("nan")),
        lambda: rs.NormalDistribution(0.0, -1.0),
    ],
)
def test_distributions_refuse_impossible_numbers(make: Any) -> None:
    with pytest.raises(ProblemError):
        make()
