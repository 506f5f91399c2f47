"""What the linear solver is told about a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum.discretise.elements import System
from residuum.discretise.elements._steady import restricted
from residuum.discretise.elements._structure import structure
from residuum.discretise.linear import Structure
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    flux,
    grad,
    integral,
    laplacian,
    unknown,
    vector,
)
from tests.discretise.elements._posed import SQUARE, system_of, v, x, y


def told(problem: Problem, orders: Any) -> tuple[System, Structure, Any]:
    system = system_of(problem, orders, 0.3, degree=4)
    matrix = restricted(system.stiffness, system.free)
    return system, structure(system, matrix), matrix


def test_diffusion_is_symmetric_and_definite() -> None:
    _, found, matrix = told(Problem(SQUARE, Eq(-laplacian(v), 1), [dirichlet(v, 0)]), 2)
    assert found.symmetric and found.definite and found.saddle is None
    assert np.linalg.eigvalsh(matrix.toarray())[0] > 0


def test_transport_is_not_symmetric() -> None:
    equation = Eq(-laplacian(v) + 3 * v.diff(x), 1)
    _, found, _ = told(Problem(SQUARE, equation, [dirichlet(v, 0)]), 2)
    assert not found.symmetric and not found.definite


def test_pressures_and_multipliers_are_the_saddle() -> None:
    a, b, p = unknown("a", "b", "p", x, y)
    equations = [Eq(-laplacian(vector(a, b)) + grad(p), vector(1, 0)), Eq(div(vector(a, b)), 0)]
    problem = Problem(SQUARE, equations, [dirichlet(a, 0), dirichlet(b, 0), integral(p)])
    system, found, matrix = told(problem, (2, 2, 1))
    assert found.symmetric and not found.definite and found.saddle is not None
    assert int(found.saddle.sum()) == system.space.sizes[2] + 1
    inner = matrix[~found.saddle][:, ~found.saddle]
    assert np.linalg.eigvalsh(inner.toarray())[0] > 0
    pressure = system.components[system.free] == 2
    assert matrix[pressure][:, pressure].nnz == 0


@pytest.mark.filterwarnings("ignore::residuum.problem._well_posed.WellPosednessWarning")
def test_elasticity_knows_its_rigid_motions() -> None:
    a, b = unknown("a", "b", x, y)
    trace, shear = a.diff(x) + b.diff(y), (a.diff(y) + b.diff(x)) / 2
    rows = [trace + a.diff(x), shear], [shear, trace + b.diff(y)]
    conditions = [dirichlet(u, 0, on="x_min") for u in (a, b)]
    conditions += [flux(row, 0, on=part) for row in rows for part in ("x_max", "y_min", "y_max")]
    system, found, _ = told(Problem(SQUARE, [Eq(-div(row), 1) for row in rows], conditions), 2)
    assert found.definite and found.near_null is not None and found.near_null.shape[1] == 3
    # Without held edges every rigid motion is free of stress: before restriction K r = 0.
    whole = structure(system, system.stiffness[system.free][:, system.free])
    assert whole.near_null is not None
    full = np.zeros((system.size, 3))
    places = system.space.places(0)
    m = system.space.sizes[0]
    full[:m, 0] = full[m:, 1] = 1
    names = [str(u.func) for u in system.problem.unknowns]
    first = slice(0, m) if names[0] == "a" else slice(m, None)
    second = slice(m, None) if names[0] == "a" else slice(0, m)
    full[first, 2], full[second, 2] = -places[:, 1], places[:, 0]
    assert np.abs(system.stiffness @ full).max() < 1e-12
    span = np.linalg.lstsq(full[system.free], found.near_null, rcond=None)[0]
    np.testing.assert_allclose(full[system.free] @ span, found.near_null, atol=1e-12)
