"""Marching a diagonalised problem: every eigenvector an equation of its own, Radau in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from residuum._core import Result
from residuum.discretise.spectral._separable import Separable
from residuum.discretise.time import tableau

STAGES = 5
"""Order nine at the ends of the slabs, six inside them."""


class Slabs(NamedTuple):
    """Nodal values over time.

    Args:
        values: (slabs, stages + 1, *shape), the first entry of a slab its start.
        knots: ends of the slabs, (slabs + 1,).
        nodes: places within a slab, (stages + 1,).
        result: how it ended.
    """

    values: np.ndarray
    knots: np.ndarray
    nodes: np.ndarray
    result: Result


def march(
    separable: Separable,
    interval: tuple[float, float],
    *,
    slabs: int,
    watch: Callable[[float], bool] | None = None,
) -> Slabs:
    """Integrate mass · ∂_t^k u = L u + load for k of one or two.

    For first order the slabs crowd towards the start, where layers of the data are.

    Every slab is one step of Radau IIA, which damps what is stiff; its stages are solved for
    exactly, eigenvector by eigenvector.

    Args:
        separable: the problem on its grid.
        interval: start and end of time.
        slabs: number of steps.
        watch: called with the time reached; false stops.
    """
    method, low = tableau(STAGES), interval[0]
    nodes = np.concatenate([[0.0], method.nodes])
    second = separable.form.order == 2
    share = np.arange(slabs + 1) / slabs
    knots = low + (interval[1] - low) * (share if second else share**2)
    rates, vectors = np.linalg.eig(method.matrix)
    inverse = np.linalg.inv(vectors)
    eigen = separable.values / separable.form.mass
    nodal = separable.start()
    state, load = separable.into(nodal[separable.inner]), _load(separable, low)
    motion = separable.into(separable.start("initial_rate")[separable.inner]) if second else state
    kept, result, first = [], Result.SUCCESSFUL, nodal
    for k in range(slabs):
        length, times = knots[k + 1] - knots[k], knots[k] + nodes * (knots[k + 1] - knots[k])
        if separable.moving:
            loads = np.stack([_load(separable, t) for t in times[1:]])
        else:
            loads = np.broadcast_to(load, (STAGES, *load.shape))
        # Z = hA(λ(v + Z) + r), in the eigenvectors of A; of second order Z = hA(w + that).
        matrix, shape = length * method.matrix, (STAGES, *[1] * eigen.ndim)
        damped = length * rates.reshape(shape)
        drive = np.tensordot(matrix, eigen * state + loads, 1)
        if second:
            damped, drive = damped**2, np.tensordot(matrix, motion + drive, 1)
        found = np.tensordot(vectors, np.tensordot(inverse, drive, 1) / (1 - damped * eigen), 1)
        stages = state + (found.real if np.isrealobj(state) else found)
        if second:
            motion = motion + np.tensordot(matrix[-1], eigen * stages + loads, 1)
        rows = [
            separable.extended(separable.back(v), t) for v, t in zip(stages, times[1:], strict=True)
        ]
        slab = np.stack([first, *rows])
        if not np.isfinite(slab).all():
            result = Result.DIVERGED
            break
        kept.append(slab)
        state, first = stages[-1], rows[-1]
        if watch is not None and k + 1 < slabs and not watch(float(knots[k + 1])):
            result = Result.OUT_OF_BUDGET
            break
    if not kept:
        kept = [np.broadcast_to(nodal, (STAGES + 1, *nodal.shape))]
    return Slabs(np.stack(kept), knots[: len(kept) + 1], nodes, result)


def _load(separable: Separable, time: float) -> np.ndarray:
    found: np.ndarray = separable.into(separable.load(time)) / separable.form.mass
    return found
