"""Integrals over cells and facets, summed into vectors and sparse matrices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import scipy.sparse as sp

from residuum.discretise.elements._integrand import RATE, Integrand, Place, Trial
from residuum.discretise.elements._space import Quadrature, Space

CHUNK = 8192
"""Cells integrated at once: their tables stay in the cache."""


@final
@dataclass(frozen=True, eq=False)
class Term:
    """One integrand over one set of cells or facets, tested with the functions of one unknown."""

    test: int
    integrand: Integrand
    where: Quadrature


Block = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rows, columns and entries of a part of a sparse matrix."""
Known = Mapping[Trial, np.ndarray] | None
"""Parts of the unknowns known beforehand, at the quadrature points of a term."""


def trials(
    space: Space,
    where: Quadrature,
    wanted: Mapping[Any, Trial],
    state: np.ndarray,
    rate: np.ndarray | None,
    known: Known = None,
) -> dict[Trial, np.ndarray]:
    """Return unknowns and their derivatives at quadrature points, (cells, quadrature) each."""
    found = {}
    for j, slot in dict.fromkeys(wanted.values()):
        table = where.tables[space.orders[j]]
        source = rate if slot == RATE else state
        assert source is not None
        local = source[space.numbers(j, table)]
        basis = table.slot(max(slot, 0))
        found[j, slot] = np.matmul(local[:, None, :], basis)[:, 0]
        if known is not None:
            found[j, slot] += known[j, slot]
    return found


def vector(
    space: Space, term: Term, state: np.ndarray, rate: Any, time: float, known: Known = None
) -> np.ndarray:
    """Return the integral of a term against every test function, (size,)."""
    where = term.where
    place = Place(where.points, where.normals, time)
    found = trials(space, where, term.integrand.atoms, state, rate, known)
    return loaded(space, term.test, where, term.integrand.values(place, found))


def loaded(space: Space, test: int, where: Quadrature, values: list[Any]) -> np.ndarray:
    """Return ∫ values · (v, grad v) for every test function of an unknown, (size,)."""
    table = where.tables[space.orders[test]]
    local = np.zeros(table.dofs.shape)
    for slot, value in enumerate(values):
        if np.ndim(value) == 0 and value == 0:
            continue
        weighted = where.weights * value
        local += np.matmul(table.slot(slot), weighted[:, :, None])[:, :, 0]
    numbers = space.numbers(test, table)
    return np.bincount(numbers.ravel(), local.ravel(), minlength=space.size)


def blocks(
    space: Space,
    term: Term,
    state: np.ndarray,
    rate: Any,
    time: float,
    shift: float,
    known: Known = None,
) -> Iterator[Block]:
    """Yield the derivatives of a term by the state, plus ``shift`` times those by the rate."""
    where, integrand = term.where, term.integrand
    place = Place(where.points, where.normals, time)
    slopes = integrand.slope_values(place, _needed(space, term, state, rate, known))
    by_unknown: dict[int, dict[tuple[int, int], Any]] = {}
    for (test_slot, (j, slot)), value in slopes.items():
        factor = shift * value if slot == RATE else value
        if np.ndim(factor) == 0 and factor == 0:
            continue
        own = by_unknown.setdefault(j, {})
        key = (test_slot, max(slot, 0))
        own[key] = own[key] + factor if key in own else factor
    for j, table in by_unknown.items():
        yield _block(space, term, j, table)


def _needed(
    space: Space, term: Term, state: np.ndarray, rate: Any, known: Known
) -> dict[Trial, np.ndarray]:
    """Return the unknowns at quadrature points, where the slopes ask for any."""
    integrand = term.integrand
    if integrand.linear:
        return {trial: np.zeros(1) for trial in integrand.atoms.values()}
    return trials(space, term.where, integrand.atoms, state, rate, known)


def _block(space: Space, term: Term, j: int, table: dict[tuple[int, int], Any]) -> Block:
    where = term.where
    tests, others = (where.tables[space.orders[k]] for k in (term.test, j))
    cells = len(where.weights)
    slots = sorted({slot for slot, _ in table})
    local = np.empty((cells, tests.dofs.shape[1], others.dofs.shape[1]))
    for start in range(0, cells, CHUNK):
        part = slice(start, start + CHUNK)
        weights = where.weights[part]
        left = np.concatenate([tests.slot(slot)[part] for slot in slots], axis=2)
        right = np.concatenate(
            [_weighted(table, slot, others, part, weights) for slot in slots], axis=2
        )
        local[part] = np.matmul(left, right.transpose(0, 2, 1))
    rows = space.numbers(term.test, tests)
    columns = space.numbers(j, others)
    shape = local.shape
    return (
        np.broadcast_to(rows[:, :, None], shape).ravel(),
        np.broadcast_to(columns[:, None, :], shape).ravel(),
        local.ravel(),
    )


def _weighted(
    table: dict[tuple[int, int], Any], slot: int, others: Any, part: slice, weights: np.ndarray
) -> np.ndarray:
    """Return the sum over trial slots of factor · weight · function, (cells, functions, q)."""
    total: Any = 0.0
    for (test_slot, trial_slot), factor in table.items():
        if test_slot != slot:
            continue
        own = (
            factor
            if np.ndim(factor) == 0
            else np.broadcast_to(factor, (len(others.dofs), weights.shape[1]))[part]
        )
        total = total + (own * weights)[:, None, :] * others.slot(trial_slot)[part]
    return np.asarray(total)


def gathered(parts: list[Block], size: int) -> sp.csr_matrix:
    """Return the sparse matrix of these parts, entries of one place added up."""
    if not parts:
        return sp.csr_matrix((size, size))
    rows = np.concatenate([part[0] for part in parts]).astype(np.int32)
    columns = np.concatenate([part[1] for part in parts]).astype(np.int32)
    entries = np.concatenate([part[2] for part in parts])
    return sp.coo_matrix((entries, (rows, columns)), shape=(size, size)).tocsr()
