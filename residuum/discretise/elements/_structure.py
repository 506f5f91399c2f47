"""What the weak form tells the linear solver about its matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy

from residuum.discretise.elements._assembly import Term, blocks, gathered
from residuum.discretise.elements._integrand import Integrand
from residuum.discretise.elements._system import System
from residuum.discretise.linear import Structure

SYMMETRY = 1e-11
"""Largest difference from the transpose that still counts as rounding, relative."""


def structure(system: System, matrix: Any, *, numbers: np.ndarray | None = None) -> Structure:
    """Return what is known of a matrix of some numbers of a system, those that are free by default.

    Args:
        system: the equations it belongs to.
        matrix: restricted to the numbers.
        numbers: which ones.
    """
    free, form = system.free if numbers is None else numbers, system.form
    symmetric = _symmetric(matrix)
    many = system.components >= len(form.unknowns)
    saddle = many | np.isin(system.components, form.multipliers)
    has_saddle = bool(saddle[free].any())
    components = system.components[free]
    definite = symmetric and not has_saddle and bool((matrix.diagonal() > 0).all())
    return Structure(
        symmetric=symmetric,
        definite=definite,
        saddle=saddle[free] if has_saddle else None,
        near_null=_rigid(system)[free] if definite and len(form.unknowns) > 1 else None,
        components=components if len(np.unique(components)) > 1 else None,
    )


def largest_direct(system: System, *, evolving: bool) -> int | None:
    """Return up to how many unknowns a direct solve comes first, ``None`` to leave the choice open.

    The factors of plane meshes stay small, multigrid loses much of its speed on cubic elements, and
    a time step uses its factors many times. For saddle points of flows block preconditioners were
    seen to fail on 260,000 unknowns, and factors had to be made after all.
    """
    dimension = system.space.mesh.dimension
    if dimension == 1:
        return 10_000_000
    if dimension == 2 and system.form.multipliers:
        return 500_000
    if dimension == 2 and (evolving or max(system.space.orders) > 1):
        return 250_000
    return 30_000 if evolving else None


def _symmetric(matrix: Any) -> bool:
    gap = matrix - matrix.T
    largest = float(np.abs(matrix.data).max(initial=0.0))
    return bool(np.abs(gap.data).max(initial=0.0) <= SYMMETRY * largest)


def _rigid(system: System) -> np.ndarray:
    """Return a constant per unknown and, for as many unknowns as axes, the rotations: (size, k)."""
    m, d = len(system.form.unknowns), system.space.mesh.dimension
    columns = [np.where(system.components == j, 1.0, 0.0) for j in range(m)]
    if m == d:
        places = [system.space.places(j) for j in range(m)]
        places = [item - places[0].mean(axis=0) for item in places]
        for a in range(d):
            for b in range(a + 1, d):
                column = np.zeros(system.size)
                column[system.components == a] = -places[a][:, b]
                column[system.components == b] = places[b][:, a]
                columns.append(column)
    return np.stack(columns, axis=1)


def _schur(system: System) -> Any:
    """Return the mass matrix of the multiplier over the viscosity, if there is one of each."""
    form, space = system.form, system.space
    if len(form.multipliers) != 1:
        return None
    (j,) = form.multipliers
    viscosity = _viscosity(system)
    if viscosity is None:
        return None
    integrand = Integrand(form, (form.unknowns[j] / viscosity,), {}, {})
    zero = np.zeros(space.size)
    term = Term(j, integrand, space.volume)
    mass = gathered(list(blocks(space, term, zero, None, 0.0, 0.0)), system.size)
    own = system.free[system.components[system.free] == j]
    return mass[own][:, own]


def _viscosity(system: System) -> float | None:
    form = system.form
    for equation in form.equations:
        if equation.test in form.multipliers:
            continue
        slope = sympy.diff(
            equation.flux[0], sympy.Derivative(form.unknowns[equation.test], form.space[0])
        )
        if slope.is_number and slope > 0:
            return float(slope)
    return None
