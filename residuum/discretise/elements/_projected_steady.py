"""Steady equations projected on a few functions, and pressures that suit their velocities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from residuum.discretise.elements._projected import Projection
from residuum.discretise.elements._steady import Watch, restricted, share_at
from residuum.discretise.elements._system import System
from residuum.discretise.linear import Structure
from residuum.discretise.nonlinear import Nonlinear, continued, newton

LEAST = 0.01
"""Inf-sup value, relative to their median, below which a pressure is spurious. Those of a channel
five times as long as wide start at 0.09, those of a square at 0.15; constants have none at all."""


def solve_projected(
    system: System, projection: Projection, *, tol: float = 1e-9, watch: Watch | None = None
) -> Nonlinear:
    """Solve the steady equations of a system for coefficients of a few functions.

    What is not linear is raised from nothing in steps, the first of them the whole: flows at rest
    start from those without inertia.

    Args:
        system: the discrete equations.
        projection: the functions.
        tol: of Newton's method.
        watch: told of every Newton step; false stops.
    """
    free, held = system.free, np.zeros(system.size)
    numbers, values = system.fixed(0.0)
    held[numbers] = values
    constant = projection.matrix(restricted(system.stiffness, free))

    def at(load: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
        share = share_at(load)

        def whole(part: np.ndarray) -> np.ndarray:
            state = held.copy()
            state[free] = projection.expand(part)[0]
            return system.spread(state)

        def residual(part: np.ndarray) -> np.ndarray:
            return projection.tested(system.residual(0.0, whole(part), share=share)[free])

        def jacobian(part: np.ndarray) -> Any:
            if system.linear or not share:
                return _stored(constant)
            bent = restricted(system.nonlinear(0.0, whole(part), None, 0.0), free)
            # In float32: it only has to point the way.
            return _stored(constant + share * projection.matrix(bent, single=True))

        return residual, jacobian

    start, known = np.zeros(projection.size), Structure(components=projection.groups)
    if system.linear:
        return newton(*at(1.0), start, structure=known, tol=tol, watch=watch)
    return continued(at, start, structure=known, tol=tol, first=1.0, watch=watch)


def _stored(matrix: np.ndarray) -> Any:
    """Return a full matrix (n, n) as a sparse one that stores every entry, without a search."""
    n = len(matrix)
    columns = np.tile(np.arange(n, dtype=np.int32), n)
    return sp.csr_array((matrix.ravel(), columns, np.arange(n + 1, dtype=np.int64) * n), (n, n))


def stable_pressures(
    projection: Projection, stiffness: np.ndarray, multipliers: Sequence[int]
) -> dict[int, np.ndarray]:
    """Return for each multiplier the combinations (r, kept) that the other unknowns notice.

    They are singular vectors of B A^(-1/2), where B couples multipliers and the rest, and A is the
    symmetric part of the equations of the rest: those with an inf-sup value above ``LEAST`` of
    their median are kept, so that pairs are stable however the functions were chosen.
    (D. Boffi, F. Brezzi, M. Fortin, Mixed Finite Element Methods and Applications, Springer 2013,
    chapter 5.)

    Args:
        projection: functions of all unknowns, those of a multiplier orthonormal in L2.
        stiffness: the constant matrix, projected.
        multipliers: the unknowns that only enforce a constraint.
    """
    rest = ~np.isin(projection.groups, multipliers)
    inner = stiffness[np.ix_(rest, rest)]
    found = {}
    for j in multipliers:
        coupling = stiffness[np.ix_(projection.groups == j, rest)]
        values, vectors = np.linalg.eigh(_seen(coupling, (inner + inner.T) / 2))
        sizes = np.sqrt(np.maximum(values, 0.0))
        found[j] = vectors[:, sizes > LEAST * np.median(sizes)]
    return found


def _seen(coupling: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return B A⁻¹ Bᵀ; with the diagonal for A where that is not definite."""
    import scipy.linalg  # SciPy's linear algebra takes a while to import

    try:
        factor = scipy.linalg.cholesky(inner, lower=True)
        half = scipy.linalg.solve_triangular(factor, coupling.T, lower=True)
    except np.linalg.LinAlgError:
        diagonal = np.abs(np.diag(inner))
        half = coupling.T / np.sqrt(np.maximum(diagonal, 1e-12 * diagonal.max()))[:, None]
    found: np.ndarray = half.T @ half
    return found
