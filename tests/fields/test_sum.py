"""Sums of fields: values, derivatives, files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from jax import Array

import residuum as rs
from residuum._core import DataError, Field, Index, Jet, Result, in_double_precision
from residuum.discretise.elements import Space, steady_field
from residuum.fields import SumField
from residuum.geometry.mesh import mesh_of
from residuum.problem import ExpressionField

x, y = rs.space("x", "y")
u = rs.unknown("u", x, y)
SQUARE = rs.Box(x=(0, 1), y=(0, 1))


def both() -> SumField:
    """A formula and a piecewise polynomial x² - y."""
    space = Space(mesh_of(SQUARE, 0.4), (2,), degree=4)
    places = space.places(0)
    elements = steady_field(space, places[:, 0] ** 2 - places[:, 1], 1, (0, 1))
    return SumField((ExpressionField((sp.sin(x * y),), (x, y)), elements))


@in_double_precision
def test_values_and_derivatives_add_up() -> None:
    points = np.random.default_rng(3).random((40, 2))
    jet = both().jet(jnp.asarray(points), [(1, 1), (2, 0)])
    a, b = points.T
    assert np.allclose(jet.value[:, 0], np.sin(a * b) + a**2 - b, atol=1e-13)
    second = 2 - b**2 * np.sin(a * b)
    assert np.allclose(jet.derivative((2, 0))[:, 0], second, atol=1e-10)


class Traced(Field):
    """A field that has nothing but its jet."""

    field: Field

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        return self.field.jet(points, indices)


@in_double_precision
def test_numpy_answers_only_where_every_part_can() -> None:
    formula, elements = both().parts
    points = np.random.default_rng(3).random((9, 2))
    mixed = SumField((Traced(formula), elements))
    assert mixed.numeric(points) is None and mixed.finite() is None
    assert mixed.numeric_derivatives(points, [(1, 0)]) is None
    twice = SumField((elements,) * 2)
    found = twice.numeric(points)
    assert found is not None and np.allclose(found[:, 0], 2 * (points[:, 0] ** 2 - points[:, 1]))
    assert twice.finite() is True


@in_double_precision
def test_derivatives_in_numpy_add_up() -> None:
    formula = both().parts[0]
    points = np.random.default_rng(3).random((9, 2))
    found = SumField((formula, formula)).numeric_derivatives(points, [(0, 0), (1, 1)])
    assert found is not None
    a, b = points.T
    assert np.allclose(found[0, 0][:, 0], 2 * np.sin(a * b), atol=1e-14)
    mixed = 2 * np.cos(a * b) - 2 * a * b * np.sin(a * b)
    assert np.allclose(found[1, 1][:, 0], mixed, atol=1e-13)


@in_double_precision
def test_a_part_that_is_not_finite_tells() -> None:
    space = Space(mesh_of(SQUARE, 0.4), (1,), degree=2)
    bad = steady_field(space, np.full(space.size, np.nan), 1, (0, 1))
    assert SumField((both().parts[0], bad)).finite() is False


def test_a_sum_needs_parts() -> None:
    with pytest.raises(DataError, match="one field or more"):
        SumField(())


def test_a_corrected_answer_goes_through_a_file(tmp_path: Path) -> None:
    problem = rs.Problem(SQUARE, rs.Eq(-rs.laplacian(u), 0), [rs.dirichlet(u, x)])
    answer = rs.Solution(problem, in_double_precision(both)(), Result.SUCCESSFUL)
    again = rs.load(answer.save(tmp_path / "sum.rs"))
    assert isinstance(again.field, SumField)
    assert again(x=0.3, y=0.4) == answer(x=0.3, y=0.4)
