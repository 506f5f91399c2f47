"""Steady solves: linear, nonlinear, indefinite, impossible; units and motions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Result
from residuum.discretise.elements import solve_steady
from residuum.geometry import Box
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    flux,
    grad,
    laplacian,
    neumann,
    periodic,
    robin,
    space,
    unknown,
)
from tests.discretise.elements._posed import (
    CUBIC,
    LINE,
    OPERATORS,
    SQUARE,
    errors,
    forced,
    interpolated,
    sides,
    system_of,
    v,
    x,
    y,
)

MIXED = {
    "x_min": ("dirichlet",),
    "x_max": ("neumann",),
    "y_min": ("robin", 2, 3),
    "y_max": ("dirichlet",),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_a_polynomial_of_the_space_is_found(name: str) -> None:
    conditions = sides(v, CUBIC, SQUARE, MIXED)
    problem = Problem(SQUARE, forced(OPERATORS[name](v), {v: CUBIC}, (x, y)), conditions)
    system = system_of(problem, 3)
    found = solve_steady(system)
    assert found.result is Result.SUCCESSFUL and found.path
    assert errors(system, found.state, CUBIC)[0] < 1e-9
    assert (found.newton > 0) is not system.linear


def test_an_indefinite_problem_is_solved_right() -> None:
    # -Δv - 100 v: five eigenvalues below zero. At order three on this mesh the error is small.
    exact = sp.sin(sp.pi * x) * sp.sin(sp.pi * y) + x
    problem = Problem(
        SQUARE,
        forced(-laplacian(v) - 100 * v, {v: exact}, (x, y)),
        [dirichlet(v, x)],
    )
    system = system_of(problem, 3, 0.1)
    assert np.linalg.eigvalsh(system.stiffness[system.free][:, system.free].toarray())[0] < 0
    found = solve_steady(system)
    assert found.result is Result.SUCCESSFUL
    assert errors(system, found.state, exact)[0] < 1e-4


def test_a_matrix_without_an_inverse_is_no_success() -> None:
    # Two unknowns of which only the difference is determined.
    a, b = unknown("a", "b", x, y)
    equations = [Eq(-laplacian(a - b), 1), Eq(-laplacian(b - a), -2)]
    problem = Problem(SQUARE, equations, [dirichlet(a, 0), dirichlet(b, 0)])
    found = solve_steady(system_of(problem, 1))
    assert not found.result.ok and np.isfinite(found.state).all() and found.notes


def test_newton_without_a_solution_ends_in_a_code() -> None:
    # Bratu's problem has no solution above λ = 3.51 in one dimension.
    w = unknown("w", x)
    problem = Problem(LINE, Eq(-w.diff(x, 2), 10 * sp.exp(w)), [dirichlet(w, 0)])
    found = solve_steady(system_of(problem, 2, 0.1))
    assert not found.result.ok and np.isfinite(found.state).all() and found.notes


def test_newton_may_be_stopped() -> None:
    problem = Problem(SQUARE, Eq(-div((1 + v**2) * grad(v)), 50), [dirichlet(v, 0)])
    seen: list[int] = []

    def watch(step: int, size: float) -> bool:
        seen.append(step)
        return len(seen) < 2

    found = solve_steady(system_of(problem, 1), watch=watch)
    assert found.result is Result.OUT_OF_BUDGET and len(seen) == 2


def test_a_coefficient_that_is_not_a_number_is_no_success() -> None:
    k = coefficient("k", x, y)
    given = {"k": lambda p, q: np.where(np.asarray(p) > 0.5, np.nan, 1.0)}
    for left in (-div(k * grad(v)), -laplacian(v) + k * v**3, -laplacian(v) + k):
        problem = Problem(SQUARE, Eq(left, 1), [dirichlet(v, 0)], given=given)
        found = solve_steady(system_of(problem, 1))
        assert found.result is Result.NOT_FINITE, left
        assert np.isfinite(found.state).all()


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_periodic_solution(order: int) -> None:
    exact = sp.sin(2 * sp.pi * (x + y))
    problem = Problem(
        SQUARE, forced(-laplacian(v) + v, {v: exact}, (x, y)), [periodic(v, "x"), periodic(v, "y")]
    )
    system = system_of(problem, order, 0.05, degree=8)
    state = solve_steady(system).state
    assert errors(system, state, exact)[0] < {1: 0.06, 2: 1e-3, 3: 1e-4}[order]
    places = system.space.places(0)
    for axis in (0, 1):
        low, high = (np.flatnonzero(places[:, axis] == end) for end in (0, 1))
        order_ = [own[np.argsort(places[own][:, 1 - axis])] for own in (low, high)]
        np.testing.assert_array_equal(state[order_[0]], state[order_[1]])


def moved(mesh: Mesh, points: np.ndarray, cells: np.ndarray | None = None) -> Mesh:
    return Mesh(points, mesh.cells if cells is None else cells, mesh.parts, axes=mesh.axes)


def plate(k: Any = 1, source: Any = 1, top: Any = 2, leak: Any = 1) -> Problem:
    """Diffusion with three kinds of sides and no coordinates in its data."""
    conditions = [
        dirichlet(v, top, on="y_max"),
        robin(v, 0, a=leak, b=1, on="x_max"),
        neumann(v, 0, on="x_min"),
        flux(k * grad(v), source / 2, on="y_min"),
    ]
    return Problem(SQUARE, Eq(-div(k * grad(v)), source), conditions)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_turned_and_shifted_mesh_gives_the_same_numbers(order: int) -> None:
    mesh = mesh_of(SQUARE, 0.2)
    c, s = np.cos(0.7), np.sin(0.7)
    turned = moved(mesh, mesh.points @ np.array([[c, s], [-s, c]]) + [3.0, -7.0])
    one, other = (solve_steady(system_of(plate(), order, m)).state for m in (mesh, turned))
    np.testing.assert_allclose(one, other, rtol=1e-8)


def elastic(angle: float) -> Problem:
    """A plate that is pulled; the pull and the held edge turn with the mesh."""
    a, b = unknown("a", "b", x, y)
    lam, mu = 1.5, 0.5
    trace, shear = a.diff(x) + b.diff(y), mu * (a.diff(y) + b.diff(x))
    rows = [lam * trace + 2 * mu * a.diff(x), shear], [shear, lam * trace + 2 * mu * b.diff(y)]
    pull = np.cos(angle) - 0.3 * np.sin(angle), np.sin(angle) + 0.3 * np.cos(angle)
    conditions = [dirichlet(u, 0, on="x_min") for u in (a, b)]
    equations = [Eq(-div(row), float(value)) for row, value in zip(rows, pull, strict=True)]
    conditions += [flux(row, 0, on=part) for row in rows for part in ("x_max", "y_min", "y_max")]
    return Problem(SQUARE, equations, conditions)


@pytest.mark.filterwarnings("ignore::residuum.problem._well_posed.WellPosednessWarning")
def test_elasticity_turns_with_its_mesh() -> None:
    mesh, angle = mesh_of(SQUARE, 0.25), 0.7
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = moved(mesh, mesh.points @ turn)
    rows = []
    for posed, m in ((elastic(0.0), mesh), (elastic(angle), turned)):
        system = system_of(posed, 2, m)
        state = solve_steady(system).state
        names = [str(u.func) for u in posed.unknowns]
        parts = np.split(state, [system.space.offsets[1]])
        rows.append(np.stack([parts[names.index(n)] for n in ("a", "b")], axis=1))
    np.testing.assert_allclose(rows[0] @ turn, rows[1], atol=1e-8 * np.abs(rows[0]).max())


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_numbering_of_a_mesh_does_not_matter(order: int) -> None:
    mesh = mesh_of(SQUARE, 0.2)
    random = np.random.default_rng(89)
    new = random.permutation(len(mesh.points))
    points = np.empty_like(mesh.points)
    points[new] = mesh.points
    cells = new[mesh.cells][random.permutation(len(mesh.cells))]
    cells = random.permuted(cells, axis=1)
    parts = {name: new[facets] for name, facets in mesh.parts.items()}
    other = Mesh(points, cells, parts, axes=mesh.axes)
    found = []
    for m in (mesh, other):
        system = system_of(plate(), order, m)
        state, places = solve_steady(system).state, system.space.places(0)
        found.append(state[np.lexsort(np.round(places.T, 9))])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-8)


@pytest.mark.parametrize("unit", [1e3, 1e-9])
def test_units_do_not_matter(unit: float) -> None:
    # Lengths in another unit: sources per area, slopes and leaks per length change with it.
    box = Box(x=(0, unit), y=(0, unit))
    p, q = space("x", "y")
    u = unknown("u", p, q)
    k = 3.0 * unit**2

    def posed(domain: Box, k: float, length: float) -> Problem:
        conditions = [
            dirichlet(u, 2, on="y_max"),
            robin(u, 1.0 / length, a=1.0 / length, b=1, on="x_max"),
            neumann(u, 1.0 / length, on="x_min"),
            flux(k * grad(u), k / length, on="y_min"),
        ]
        return Problem(domain, Eq(-div(k * (1 + u**2) * grad(u)) + u**3, 1), conditions)

    found = []
    for domain, factor, length in ((SQUARE, 3.0, 1.0), (box, k, unit)):
        system = system_of(posed(domain, factor, length), 2, 0.2 * length)
        made = solve_steady(system)
        assert made.result is Result.SUCCESSFUL
        found.append(made.state)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-8)


@pytest.mark.parametrize("size", [1e6, 1e-12])
def test_sizes_of_the_unknown_do_not_matter(size: float) -> None:
    states = []
    for factor in (1.0, size):
        problem = plate(source=factor, top=2 * factor)
        made = solve_steady(system_of(problem, 2))
        assert made.result is Result.SUCCESSFUL
        states.append(made.state / factor)
    np.testing.assert_allclose(states[0], states[1], rtol=1e-8)


def test_the_start_is_kept_where_it_solves_the_equations() -> None:
    left = OPERATORS["nonlinear diffusion"](v)
    problem = Problem(SQUARE, forced(left, {v: CUBIC}, (x, y)), sides(v, CUBIC, SQUARE, MIXED))
    system = system_of(problem, 3)
    found = solve_steady(system, interpolated(system, {v: CUBIC}))
    assert found.result is Result.SUCCESSFUL and found.newton <= 1
