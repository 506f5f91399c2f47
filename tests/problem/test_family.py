"""Families: members by key, wrong names, a family that travels."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import OptionError, ProblemError
from residuum.problem import GaussianField, LogNormal, RandomHoles, StarShapes

x, y = rs.space("x", "y")
u, a, f = rs.unknown("u", x, y), rs.coefficient("a", x, y), rs.coefficient("f", x)
k = rs.parameter("k", 2.0)
SQUARE = rs.Box(x=(0, 1), y=(0, 1))


def statement(**changes: Any) -> rs.Problem:
    return rs.Problem(
        SQUARE,
        rs.Eq(-rs.div(a * rs.grad(u)), k * f),
        [rs.dirichlet(u, 0)],
        given={a: 1, f: 1},
        name="flow",
    ).replace(**changes)


def test_members_are_problems_by_key() -> None:
    family = rs.Family(statement(), a=LogNormal(), k=rs.UniformDistribution(1, 3))
    one, same, other = family.draw(5), family.draw(5), family.draw(6)
    assert isinstance(one, rs.Problem) and 1 <= one.given["k"] <= 3
    assert one.given["k"] == same.given["k"] != other.given["k"]
    assert np.array_equal(one.given["a"].amplitudes, same.given["a"].amplitudes)
    assert one.given["f"] == 1 and one.name == "flow"
    assert family.draw(5, 0).given["k"] not in (one.given["k"], family.draw(5, 1).given["k"])


def test_what_one_value_is_drawn_to_does_not_hang_on_the_others() -> None:
    alone = rs.Family(statement(), a=LogNormal()).draw(5)
    both = rs.Family(statement(), f=GaussianField(), a=LogNormal()).draw(5)
    assert np.array_equal(alone.given["a"].amplitudes, both.given["a"].amplitudes)
    assert both.given["f"].amplitudes.ndim == 1


def test_declared_distributions_count() -> None:
    drawn = rs.parameter("m", distribution=rs.NormalDistribution(1, 0.1))
    posed = rs.Problem(SQUARE, rs.Eq(-rs.laplacian(u), drawn), [rs.dirichlet(u, 0)])
    family = rs.Family(posed)
    assert family.varied == ("m",) and abs(family.draw(3).given["m"] - 1) < 1


def test_domains_are_drawn_in_space_and_go_on_in_time() -> None:
    t = rs.time("t")
    v = rs.unknown("v", t, x, y)
    posed = rs.Problem(
        rs.Box(t=(0, 2), x=(0, 1), y=(0, 1)),
        rs.Eq(v.diff(t) - rs.laplacian(v), 0),
        [rs.initial(v, 0), rs.dirichlet(v, 0)],
    )
    member = rs.Family(posed, domain=RandomHoles(2)).draw(3)
    assert member.interval == (0.0, 2.0)
    assert member.shape is not None
    assert "hole" in member.shape.parts and member.shape.measure() < 1


def test_a_family_travels_as_text() -> None:
    posed = statement()
    family = rs.Family(posed, domain=StarShapes(), bounds={"u": (0, math.inf)}, a=LogNormal())
    again = pickle.loads(pickle.dumps(family))
    assert again.text == family.text and again.bounds == family.bounds
    one, two = family.draw(9, 4), again.draw(9, 4)
    assert np.array_equal(one.given["a"].amplitudes, two.given["a"].amplitudes)
    assert one.domain == two.domain
    assert family.text != rs.Family(posed, a=LogNormal()).text
    assert "a ~ LogNormal(" in family.text and "0.0 <= u <= inf" in family.text


def test_wrong_use_is_named() -> None:
    with pytest.raises(OptionError, match="names among a, f, k, or domain"):
        rs.Family(statement(), b=LogNormal())
    with pytest.raises(OptionError, match="one distribution or more"):
        rs.Family(statement())
    with pytest.raises(OptionError, match="a distribution for a"):
        rs.Family(statement(), a=3)
    with pytest.raises(OptionError, match="a distribution for domain"):
        rs.Family(statement(), domain=rs.UniformDistribution(0, 1))  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="bounds of"):
        rs.Family(statement(), bounds={"w": (0, 1)}, a=LogNormal())


def test_members_that_are_no_sound_statements_are_found_at_once() -> None:
    t = rs.time("t")
    v, c = rs.unknown("v", t, x), rs.parameter("c", 1.0)
    posed = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(v.diff(t), c * v.diff(x, x)),
        [rs.initial(v, 0), rs.dirichlet(v, 0)],
    )
    with pytest.raises(ProblemError, match="stable sign"):
        rs.Family(posed, c=rs.UniformDistribution(-3, -1))
