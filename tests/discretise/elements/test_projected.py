"""Projections of the equations of elements."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import sympy

from residuum._core import Budget, Monitor, Record
from residuum.discretise.elements import Levels, Moving, Projected, Projection, initial_state
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import Eq, Problem, dirichlet, initial, space, time, unknown, weak_form

RANDOM = np.random.default_rng(5)
BASES = [RANDOM.normal(size=(7, 3)), RANDOM.normal(size=(4, 2))]


def whole() -> np.ndarray:
    found = np.zeros((11, 5))
    found[:7, :3], found[7:, 3:] = BASES
    return found


def test_every_unknown_has_functions_of_its_own() -> None:
    projection = Projection(BASES)
    matrix = sp.random_array((11, 11), density=0.5, rng=RANDOM)
    basis = whole()
    assert np.allclose(projection.matrix(matrix), basis.T @ matrix.toarray() @ basis)
    rows, coefficients = RANDOM.normal(size=11), RANDOM.normal(size=5)
    assert np.allclose(projection.tested(rows), basis.T @ rows)
    both = projection.expand(coefficients, 2 * coefficients)
    assert np.allclose(both, [basis @ coefficients, 2 * basis @ coefficients])
    assert projection.groups.tolist() == [0, 0, 0, 1, 1]


def test_shared_functions_and_what_one_loses_and_another_wins() -> None:
    shared, basis = BASES[0], np.zeros((14, 6))
    basis[:7, :3] = basis[7:, 3:] = shared
    projection = Projection([shared, shared])
    reaction = sp.random_array((7, 14), density=0.5, rng=RANDOM)
    matrix = sp.vstack([reaction, -reaction]).tocsr()
    exact = basis.T @ matrix.toarray() @ basis
    assert np.allclose(projection.matrix(matrix), exact)
    # Off by what float32 rounds: 14 products of size one.
    assert np.allclose(projection.matrix(matrix, single=True), exact, atol=1e-5)
    rows, coefficients = RANDOM.normal(size=14), RANDOM.normal(size=6)
    assert np.allclose(projection.tested(rows), basis.T @ rows)
    assert np.allclose(projection.expand(coefficients)[0], basis @ coefficients)
    # Alike where they stand, but not in their numbers.
    matrix = sp.vstack([reaction, 2 * reaction]).tocsr()
    assert np.allclose(projection.matrix(matrix), basis.T @ matrix.toarray() @ basis)


def test_the_jacobian_of_what_is_not_linear_is_that_of_the_residual() -> None:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    burgers = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t) + u * u.diff(x), u.diff(x, 2) / 50),
        [initial(u, sympy.sin(sympy.pi * x)), dirichlet(u, 0)],
    )
    assert burgers.shape is not None
    monitor = Monitor(Budget(), Record(), None)
    levels = Levels(burgers, weak_form(burgers), None, None, False, monitor)
    system = levels.system(mesh_of(burgers.shape, 0.1))
    moving = Moving(system, initial_state(system))
    projection = Projection([RANDOM.normal(size=(len(system.free), 4))])
    projected = Projected(moving, projection, np.ones(4))
    state, rate, way = RANDOM.normal(size=(3, 4))
    matrix = projected.jacobian(0.3, state, rate, 2.0).tocsr()

    def along(step: float) -> np.ndarray:
        return projected.residual(0.3, state + step * way, rate + 2 * step * way)

    # The equation is of degree two: central differences are exact but for rounding. What is not
    # linear in the matrix is projected in float32.
    difference = (along(1e-3) - along(-1e-3)) / 2e-3
    assert not projected.linear and np.allclose(matrix @ way, difference, rtol=1e-5)
    stiffer = projected.jacobian(0.3, state, rate, 5.0)
    again = projected.jacobian(0.3, state.copy(), rate, 5.0)
    assert np.array_equal(stiffer.data, again.data)
    assert np.allclose(stiffer.data @ projected.solver(stiffer).solve(rate), rate)
    right = RANDOM.normal(size=4)
    assert np.allclose(matrix @ projected.solver(matrix).solve(right), right)
