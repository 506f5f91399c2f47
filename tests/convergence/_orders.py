"""Observed orders: how fast errors fall from mesh to mesh."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from residuum.discretise.elements import solve_steady
from residuum.geometry.mesh import Mesh
from residuum.problem import Problem
from tests.discretise.elements._posed import errors, system_of


def orders(values: Any, ratio: float = 2.0) -> np.ndarray:
    """Return the orders between neighbours of a sequence of errors."""
    found = np.asarray(values, float)
    return np.log(found[:-1] / found[1:]) / np.log(ratio)


def refined(mesh: Mesh, count: int) -> list[Mesh]:
    """Return a mesh and its uniform refinements."""
    found = [mesh]
    for _ in range(count - 1):
        found.append(found[-1].refined())
    return found


def steady_errors(
    problem: Problem, exact: Any, elements: Any, meshes: Sequence[Mesh], *, degree: int
) -> np.ndarray:
    """Return relative errors in L2 and in the gradient by unknown: (meshes, unknowns, 2)."""
    rows = []
    for mesh in meshes:
        system = system_of(problem, elements, mesh, degree=degree)
        found = solve_steady(system)
        assert found.result.ok, found.notes
        own = [errors(system, found.state, exact[u], j) for j, u in enumerate(problem.unknowns)]
        rows.append(own)
    return np.array(rows)
