"""What members of a family have in common, as text."""

from __future__ import annotations

import numpy as np
import sympy as sp

import residuum as rs
from residuum.problem import read_problem_text, write_problem
from residuum.problem._statement_text import difference, read_family, statement_text
from tests.operators._families import rod

VARIED = ("a", "s")
FLAT, BENT = np.ones(17), np.linspace(1, 2, 17)
x = rs.space("x")
u = rs.unknown("u", x)


def test_members_have_one_statement() -> None:
    text = statement_text(rod(FLAT), VARIED)
    assert text == statement_text(rod(BENT, 2.0).replace(name="other"), VARIED)
    assert difference(text, rod(BENT, 2.0), VARIED) is None


def test_it_survives_being_written_and_read() -> None:
    text = statement_text(rod(BENT), VARIED)
    assert statement_text(read_problem_text(write_problem(rod(BENT))), VARIED) == text


def test_the_text_of_a_family_is_read_without_its_distributions() -> None:
    told = write_problem(rod(FLAT)) + "\na ~ GaussianField(2.0)\ns ~ UniformDistribution(0, 1)"
    assert read_family(told, VARIED) == statement_text(rod(BENT), VARIED)
    assert read_family("heat in a rod", VARIED) is None


def test_another_statement_is_told_apart_with_what_differs() -> None:
    text = statement_text(rod(FLAT), VARIED)
    shorter = rs.Problem(
        rs.Box(x=(0, 1)), rs.Eq(-u.diff(x, 2), sp.Integer(1)), [rs.dirichlet(u, 0)]
    )
    assert "equations" in str(difference(text, shorter, VARIED))
    # What varies by name varies; the same value held fixed does not.
    assert "given" in str(difference(statement_text(rod(FLAT), ("a",)), rod(FLAT, 2.0), ("a",)))


def test_a_function_that_does_not_vary_cannot_be_compared() -> None:
    a = rs.coefficient("a", x)
    problem = rs.Problem(
        rs.Box(x=(0, 1)),
        rs.Eq(-(a * u.diff(x)).diff(x), 1),
        [rs.dirichlet(u, 0)],
        given={a: lambda places: 1 + places},
    )
    assert "cannot be compared" in str(difference("", problem, ()))
    assert difference(statement_text(problem, ("a",)), problem, ("a",)) is None
