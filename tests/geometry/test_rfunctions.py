"""R-functions join signs as logic does and keep unit slopes."""

from __future__ import annotations

import pytest
import sympy

from residuum.geometry._rfunctions import (
    conjunction,
    disjunction,
    equivalence,
    number,
    pair,
    trim,
)

a, b, c = sympy.symbols("a b c", real=True)


@pytest.mark.parametrize("values", [(1, 2, 3), (-1, 2, 3), (-1, -2, 3), (-1, -2, -3)])
def test_signs(values: tuple[int, int, int]) -> None:
    place = dict(zip((a, b, c), values, strict=True))
    assert (conjunction([a, b, c]).subs(place) > 0) == all(value > 0 for value in values)
    assert (disjunction([a, b, c]).subs(place) > 0) == any(value > 0 for value in values)


def test_slopes_are_one_where_one_term_vanishes() -> None:
    assert conjunction([a, b]).diff(a).subs({a: 0, b: 3}) == 1
    assert conjunction([a, b]).diff(b).subs({a: 0, b: 3}) == 0
    assert disjunction([a, b]).diff(a).subs({a: 0, b: -3}) == 1
    for power in (1, 2):
        joined = equivalence([a, b, c], power)
        assert joined.subs({a: 0, b: 2, c: 3}) == 0
        assert joined.diff(a).subs({a: 0, b: 2, c: 3}) == 1
        assert joined.subs({a: 2, b: 2, c: 2}) == sympy.Integer(2) / 3 ** sympy.Rational(1, power)


def test_trim_cuts_off_and_does_not_depend_on_the_unit() -> None:
    kept = trim(a, b, 1.0)
    assert kept.subs({a: 0, b: 2}) == 0
    assert kept.subs({a: 0, b: -2}) == 2
    small = trim(a, b, 1e-9).subs({a: 3e-10, b: -2e-10})
    assert float(small) == pytest.approx(1e-9 * float(kept.subs({a: 0.3, b: -0.2})), rel=1e-12)


def test_pair_and_number() -> None:
    assert pair(a, -1, 3).diff(a).subs(a, -1) == 1
    assert pair(a, -1, 3).diff(a).subs(a, 3) == -1
    assert number(2.0) is sympy.Integer(2)
    assert number(1e300).is_Float
