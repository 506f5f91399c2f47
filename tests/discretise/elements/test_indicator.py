"""The indicator: zero where the flux does not jump, large where the mesh is too coarse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.discretise.elements import System, indicator, solve_steady
from residuum.discretise.elements._indicator import grown
from residuum.geometry import Polygon
from residuum.geometry.mesh import mesh_of
from residuum.problem import Eq, Problem, coefficient, dirichlet, div, grad, laplacian
from tests.discretise.elements._posed import (
    CUBIC,
    SQUARE,
    around,
    errors,
    forced,
    interpolated,
    system_of,
    v,
    x,
    y,
)


def poisson(exact: Any, order: int, size: float) -> System:
    problem = Problem(SQUARE, forced(-laplacian(v), {v: exact}, (x, y)), around(v, exact, SQUARE))
    return system_of(problem, order, size, degree=6)


def test_a_kink_is_seen_where_it_is_and_nowhere_else() -> None:
    system = poisson(CUBIC, 3, 0.25)
    kink = interpolated(system, {v: CUBIC + sp.Abs(x - sp.Rational(1, 2))})
    jumps = indicator(system, kink)
    cells = system.space.mesh.points[system.space.mesh.cells][:, :, 0]
    beside = (np.abs(cells - 0.5) < 1e-12).sum(axis=1) == 2
    assert jumps.shape == (len(cells),)
    # Shared by the two sides; elsewhere the cubic has rounding for jumps.
    assert jumps[beside].sum() == pytest.approx(jumps.sum(), rel=1e-12)
    assert jumps[~beside].max() < 1e-12


def test_it_is_largest_where_the_error_is() -> None:
    peak = sp.exp(-80 * ((x - 0.7) ** 2 + (y - 0.3) ** 2))
    system = poisson(peak, 2, 0.1)
    state = solve_steady(system).state
    jumps = indicator(system, state)
    cells = system.space.mesh.points[system.space.mesh.cells].mean(axis=1)
    near = np.hypot(cells[:, 0] - 0.7, cells[:, 1] - 0.3) < 0.35
    assert errors(system, state, peak)[1] > 1e-2
    assert jumps[near].sum() > 0.95 * jumps.sum()


def test_the_largest_jumps_are_at_a_re_entrant_corner() -> None:
    corner = Polygon([(0, 0), (1, 0), (1, 1), (-1, 1), (-1, -1), (0, -1)])
    problem = Problem(corner, Eq(-laplacian(v), 1), [dirichlet(v, 0)])
    system = system_of(problem, 2, mesh_of(corner, 0.3), degree=4)
    jumps = indicator(system, solve_steady(system).state)
    cells = system.space.mesh.points[system.space.mesh.cells].mean(axis=1)
    assert np.hypot(*cells[jumps.argmax()]) < 0.15
    # What is cut is where the indicator is large.
    finer = grown(system.space.mesh, jumps, 2.0)
    assert len(finer.cells) >= 2 * len(cells)
    centres = finer.points[finer.cells].mean(axis=1)
    near, far = (finer.sizes[np.hypot(*centres.T) < 0.1].min(), finer.sizes.max())
    assert near < far / 4


def test_a_coefficient_that_jumps_with_the_mesh_is_no_error() -> None:
    # u is piecewise linear and k ∂u/∂x the same on both sides of x = 1/2.
    k = coefficient("k", x, y)
    rule = {"k": lambda a, b: np.where(np.asarray(a) < 0.5, 1.0, 10.0)}
    conditions = [dirichlet(v, 0, on="x_min"), dirichlet(v, sp.Rational(11, 20), on="x_max")]
    exact = sp.Piecewise((x, x < 0.5), (sp.Rational(1, 2) + (x - 0.5) / 10, True))
    conditions += [dirichlet(v, exact, on=part) for part in ("y_min", "y_max")]
    problem = Problem(SQUARE, Eq(-div(k * grad(v)), 0), conditions, given=rule)
    system = system_of(problem, 1, 0.25, degree=4)
    state = interpolated(system, {v: exact})
    assert np.abs(system.residual(0.0, state)[system.free]).max() < 1e-13
    bent = state.copy()
    bent[: system.space.size] += 1e-3 * np.sin(7 * system.space.places(0)[:, 0])
    # The interface carries no more than its share of the other columns of cells.
    jumps = indicator(system, bent)
    cells = system.space.mesh.points[system.space.mesh.cells][:, :, 0]
    right = cells.min(axis=1) > 0.5 - 1e-12
    assert jumps[right].sum() > 0.5 * jumps.sum()


@pytest.mark.parametrize("values", [None, np.zeros(32), np.ones(32)])
def test_every_cell_is_cut_where_none_stands_out(values: np.ndarray | None) -> None:
    mesh = mesh_of(SQUARE, 0.25)
    assert len(mesh.cells) == 32
    assert len(grown(mesh, values, 2.0).cells) == 4 * 32
