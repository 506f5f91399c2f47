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
        back: A⁻¹, which differentiates in a slab of length one, (s, s).
        into: inverse eigenvectors of A, (s, s).
        out: eigenvectors of A, (s, s).
        lengths: of the slabs, (slabs,).
        rates: length times the eigenvalues of A, (slabs, s).
        symbol: of the linear part, as in ``Modes``.
        inverse: (1 - rate · symbol)⁻¹ by slab and eigenvalue, (slabs, s, entries, …) or
            (slabs, s, entries, entries, …).
        data: what the nonlinear part reads.
    """

    back: Any
    into: Any
    out: Any
    lengths: Any
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
        knots: ends of the slabs, (slabs + 1,); good start: slabs over which the fastest thing
            that is to be resolved changes by about one. See ``place``.
        stages: nodes in a slab.

    Raises:
        ProblemError: the problem is steady, or cannot be solved mode by mode.

    Call it in a scope of float64.
    """

    def __init__(
        self,
        problem: Problem,
        axes: Sequence[FourierAxis],
        knots: np.ndarray,
        *,
        stages: int = STAGES,
    ) -> None:
        parts = split(problem)
        reason = parts if isinstance(parts, str) else layout(parts)
        if problem.time is None or isinstance(parts, str) or isinstance(reason, str):
            got = f"one with {reason}" if isinstance(reason, str) else "a steady one"
            raise ProblemError("an evolving problem solved mode by mode", got, "Use solve(…).")
        self.modes = Modes(problem, parts, axes)
        self.slabs, self.stages = len(knots) - 1, stages
        self.nodes = tableau(stages).nodes
        self.shape = (self.slabs, stages, *self.modes.zero.shape)
        self.place(knots)
        self.residual = jax.jit(self._residual)
        self.linearised = jax.jit(self._linearised)
        self.push = jax.jit(self._push)
        self.inverse = jax.jit(self._inverse)

    def place(self, knots: np.ndarray) -> None:
        """Move to other slabs of the same number; nothing is compiled again.

        Attributes set:
            times: of the starts of the slabs and of their nodes, (slabs, stages + 1).
            weights: of the nodes in an integral over time, (slabs, stages).
            numbers: see ``Numbers``.
        """
        lengths, method = np.diff(knots), tableau(self.stages)
        within = np.concatenate([[0.0], method.nodes])
        self.times = knots[:-1, None] + lengths[:, None] * within
        self.weights = lengths[:, None] * method.matrix[-1]
        self.numbers = self._numbers(method.matrix, lengths)

    def states(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the states Y and the first start of nodal values of all unknowns.

        Args:
            values: (slabs, stages + 1, *grid, m) at ``times``. Rates of unknowns of second order
                in time are those of the polynomials through them.
        """
        nodes = np.concatenate([[0.0], self.nodes])
        gaps, weight = nodes[:, None] - nodes[None, :], bary.weights(nodes)
        slope = bary.derivative_matrices(gaps, weight, 1)[1]
        lengths = np.asarray(self.numbers.lengths).reshape(-1, *[1] * (values.ndim - 2))
        rows = []
        for j, order in self.modes.form.entries:
            mine = values[..., j]
            if order:
                mine = np.moveaxis(np.tensordot(slope, mine, axes=(1, 1)), 0, 1) / lengths
            rows.append(self.modes.waves.modes(mine))
        found = np.stack(rows, axis=2)
        return found[:, 1:], found[0, 0]

    def values(self, states: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Return nodal values of all unknowns at ``times``, (slabs, stages + 1, *grid, m)."""
        firsts = np.concatenate([start[None], np.asarray(states)[:-1, -1]])
        whole = np.concatenate([firsts[:, None], states], axis=1)
        found = self.modes.nodal(whole.reshape(-1, *whole.shape[2:]), self.times.ravel())
        return found.reshape(*self.times.shape, *found.shape[1:])

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
        rank = self.modes.zero.ndim
        block = numbers.inverse.ndim == 3 + rank

        def solved(rows: Array, solve: Array) -> Array:
            if not block:
                return solve * rows
            found: Array = jnp.einsum("nsab...,nsb...->nsa...", solve, rows)
            return found

        turned = jnp.einsum("st,nt...->ns...", numbers.into, right)
        scale = numbers.rates.reshape(*numbers.rates.shape, *[1] * rank)
        loaded = solved(scale * turned, numbers.inverse)
        ones = numbers.into.sum(axis=1).reshape(-1, *[1] * rank)

        def ahead(first: Array, slab: tuple[Array, Array]) -> tuple[Array, Array]:
            solve, load = slab
            carried = solved((ones * first)[None], solve[None])[0]
            return jnp.tensordot(numbers.out[-1], carried, 1) + load, first

        ends = jnp.einsum("s,ns...->n...", numbers.out[-1], loaded)
        _, firsts = jax.lax.scan(ahead, start, (numbers.inverse, ends))
        total = loaded + solved(ones * firsts[:, None], numbers.inverse)
        found: Array = jnp.einsum("st,nt...->ns...", numbers.out, total)
        return found

    def _linear(self, states: Array, start: Array, numbers: Numbers) -> Array:
        firsts = jnp.concatenate([start[None], states[:-1, -1]])
        rate = jnp.einsum("st,nt...->ns...", numbers.back, states - firsts[:, None])
        rate = rate / numbers.lengths.reshape(-1, *[1] * (states.ndim - 1))
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

    def _numbers(self, matrix: np.ndarray, lengths: np.ndarray) -> Numbers:
        values, vectors = np.linalg.eig(matrix)
        symbol = np.asarray(self.modes.symbol)
        rates = lengths[:, None] * values
        scale = rates.reshape(*rates.shape, *[1] * symbol.ndim)
        if symbol.ndim == 1 + self.modes.zero.ndim:
            blocks = np.moveaxis(symbol, (0, 1), (-2, -1))
            whole = np.eye(len(symbol)) - scale * blocks
            solve = np.moveaxis(np.linalg.inv(whole), (-2, -1), (2, 3))
        else:
            solve = 1.0 / (1.0 - scale * symbol)
        inverse = np.linalg.inv(vectors)
        back = np.linalg.inv(matrix)
        numbers = Numbers(back, inverse, vectors, lengths, rates, symbol, solve, self.modes.data)
        return jax.tree.map(jnp.asarray, numbers)
