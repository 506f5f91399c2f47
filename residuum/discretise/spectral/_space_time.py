"""A periodic evolution as one system in space and time: Fourier modes, polynomials in slabs.

In every slab the state is a polynomial through its start and the Radau IIA nodes, so that its time
derivative is exact and its initial value built in. The equations hold at the nodes when the
residual vanishes; its linear part is inverted exactly, slab after slab and mode by mode.

E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed., Springer 1996, IV.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import ProblemError
from residuum.discretise.spectral import _barycentric as bary
from residuum.discretise.spectral._axis import FourierAxis
from residuum.discretise.spectral._elimination import layout
from residuum.discretise.spectral._modes import Modes
from residuum.discretise.spectral._terms import split
from residuum.discretise.time import tableau
from residuum.problem import Problem

STAGES = 5
"""Order nine at the ends of the slabs, six inside them."""
BATCH = 1 << 19
"""Nodal values that the nonlinear part takes at once."""


class Numbers(NamedTuple):
    """What compiled functions read of the slabs.

    Args:
        back: A⁻¹ / length, which differentiates in a slab, (s, s).
        into: inverse eigenvectors of A, (s, s).
        out: eigenvectors of A, (s, s).
        rates: length times the eigenvalues of A, (s,).
        symbol: of the linear part, as in ``Modes``.
        inverse: (1 - rate · symbol)⁻¹ by eigenvalue, (s, entries, …) or (s, entries, entries, …).
        data: what the nonlinear part reads.
    """

    back: Any
    into: Any
    out: Any
    rates: Any
    symbol: Any
    inverse: Any
    data: Any


@final
class SpaceTime:
    """An evolving periodic problem over some slabs of time, as F(Y) = 0.

    States Y are modes at the nodes, (slabs, stages, entries, n_1, …, n_d / 2 + 1); entries as in
    ``Modes``. The start of a slab is the last node of the one before.

    Args:
        problem: periodic along every axis, evolving.
        axes: the space axes; good start: what resolves the initial data.
        duration: length of all slabs together.
        slabs: number of slabs, equal in length; good start: those over which the fastest thing
            that is to be resolved changes by about one.
        stages: nodes in a slab.

    Raises:
        ProblemError: the problem is steady, or cannot be solved mode by mode.

    Call it in a scope of float64.
    """

    def __init__(
        self,
        problem: Problem,
        axes: Sequence[FourierAxis],
        *,
        duration: float,
        slabs: int,
        stages: int = STAGES,
    ) -> None:
        parts = split(problem)
        reason = parts if isinstance(parts, str) else layout(parts)
        if problem.time is None or isinstance(parts, str) or isinstance(reason, str):
            got = f"one with {reason}" if isinstance(reason, str) else "a steady one"
            raise ProblemError("an evolving problem solved mode by mode", got, "Use solve(…).")
        self.modes = Modes(problem, parts, axes)
        self.slabs, self.stages, self.length = slabs, stages, duration / slabs
        method = tableau(stages)
        self.nodes, self.weights = method.nodes, method.matrix[-1] * self.length
        self.numbers = self._numbers(method.matrix)
        self.shape = (slabs, stages, *self.modes.zero.shape)
        self.residual = jax.jit(self._residual)
        self.linearised = jax.jit(self._linearised)
        self.push = jax.jit(self._push)
        self.inverse = jax.jit(self._inverse)

    def times(self, begin: float) -> np.ndarray:
        """Return the times of the starts of the slabs and of their nodes, (slabs, stages + 1)."""
        starts = begin + self.length * np.arange(self.slabs)
        found: np.ndarray = starts[:, None] + self.length * np.concatenate([[0.0], self.nodes])
        return found

    def states(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the states Y and the first start of nodal values of all unknowns.

        Args:
            values: (slabs, stages + 1, *grid, m) at ``times``. Rates of unknowns of second order
                in time are those of the polynomials through them.
        """
        nodes = np.concatenate([[0.0], self.nodes])
        gaps, weight = nodes[:, None] - nodes[None, :], bary.weights(nodes)
        slope = bary.derivative_matrices(gaps, weight, 1)[1] / self.length
        rows = []
        for j, order in self.modes.form.entries:
            mine = values[..., j]
            if order:
                mine = np.moveaxis(np.tensordot(slope, mine, axes=(1, 1)), 0, 1)
            rows.append(self.modes.waves.modes(mine))
        found = np.stack(rows, axis=2)
        return found[:, 1:], found[0, 0]

    def values(self, states: np.ndarray, start: np.ndarray, begin: float) -> np.ndarray:
        """Return nodal values of all unknowns at ``times``, (slabs, stages + 1, *grid, m)."""
        firsts = np.concatenate([start[None], np.asarray(states)[:-1, -1]])
        whole = np.concatenate([firsts[:, None], states], axis=1)
        times = self.times(begin)
        found = self.modes.nodal(whole.reshape(-1, *whole.shape[2:]), times.ravel())
        return found.reshape(*times.shape, *found.shape[1:])

    # The system

    def _residual(self, states: Array, start: Array, times: Array, numbers: Numbers) -> Array:
        """Return Y' - symbol · Y - nonlinear(Y) at the nodes, shaped as the states.

        Args:
            states: Y.
            start: the state at the start of the first slab.
            times: of the nodes, (slabs, stages).
            numbers: see ``Numbers``.
        """
        rest = self._nonlinear(states, times, numbers.data)
        return self._linear(states, start, numbers) - rest

    def _linearised(
        self, states: Array, start: Array, times: Array, numbers: Numbers
    ) -> tuple[Array, Any]:
        """Return the residual and the slope of the nonlinear part, to be given to ``push``."""
        rest, slope = jax.linearize(lambda y: self._nonlinear(y, times, numbers.data), states)
        return self._linear(states, start, numbers) - rest, slope

    def _push(self, slope: Any, change: Array, start: Array, numbers: Numbers) -> Array:
        """Return the change of the residual with states that change by ``change``."""
        found: Array = self._linear(change, start, numbers) - slope(change)
        return found

    def _inverse(self, right: Array, start: Array, numbers: Numbers) -> Array:
        """Return the states whose linear residual is ``right``, from a start."""
        solve = numbers.inverse
        block = solve.ndim == 2 + self.modes.zero.ndim

        def divide(rows: Array) -> Array:
            # (…, s, entries, …) by eigenvalue of A.
            if not block:
                return solve * rows
            found: Array = jnp.einsum("jab...,njb...->nja...", solve, rows)
            return found

        turned = jnp.einsum("st,nt...->ns...", numbers.into, right)
        scale = numbers.rates.reshape(-1, *[1] * self.modes.zero.ndim)
        loaded = divide(scale * turned)
        ones = numbers.into.sum(axis=1).reshape(scale.shape)
        last = numbers.out[-1]

        def ahead(first: Array, load: Array) -> tuple[Array, Array]:
            end = jnp.tensordot(last, divide((ones * first)[None])[0], 1) + load
            return end, first

        ends = jnp.einsum("s,ns...->n...", last, loaded)
        _, firsts = jax.lax.scan(ahead, start, ends)
        total = loaded + divide(ones * firsts[:, None])
        found: Array = jnp.einsum("st,nt...->ns...", numbers.out, total)
        return found

    def _linear(self, states: Array, start: Array, numbers: Numbers) -> Array:
        firsts = jnp.concatenate([start[None], states[:-1, -1]])
        rate = jnp.einsum("st,nt...->ns...", numbers.back, states - firsts[:, None])
        symbol = numbers.symbol
        if symbol.ndim == 1 + self.modes.zero.ndim:
            return rate - jnp.einsum("ab...,nsb...->nsa...", symbol, states)
        return rate - symbol * states

    def _nonlinear(self, states: Array, times: Array, data: Any) -> Array:
        flat = states.reshape(-1, *states.shape[2:])
        batch = max(1, BATCH // self.modes.grid.size)
        found: Array = jax.lax.map(
            lambda pair: self.modes.nonlinear(pair[0], pair[1], data),
            (flat, times.ravel()),
            batch_size=min(batch, len(flat)),
        )
        return found.reshape(states.shape)

    def _numbers(self, matrix: np.ndarray) -> Numbers:
        rates, vectors = np.linalg.eig(matrix)
        symbol = np.asarray(self.modes.symbol)
        rates = rates * self.length
        scale = rates.reshape(-1, *[1] * symbol.ndim)
        if symbol.ndim == 1 + self.modes.zero.ndim:
            blocks = np.moveaxis(symbol, (0, 1), (-2, -1))
            whole = np.eye(len(symbol)) - scale * blocks
            solve = np.moveaxis(np.linalg.inv(whole), (-2, -1), (1, 2))
        else:
            solve = 1.0 / (1.0 - scale * symbol)
        numbers = Numbers(
            np.linalg.inv(matrix) / self.length,
            np.linalg.inv(vectors),
            vectors,
            rates,
            symbol,
            solve,
            self.modes.data,
        )
        return jax.tree.map(jnp.asarray, numbers)
