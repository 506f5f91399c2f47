"""Stiff problems in chunks of Radau steps, behind the same door as the explicit solvers.

Diffrax's implicit solvers are of order five at most and interpolate by cubics, so that agreement
of two tight tolerances takes very many steps of theirs; Radau IIA has order thirteen, and its
polynomial through the stages is the dense output.
"""

from __future__ import annotations

from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import Result
from residuum.discretise.ode._evolution import Evolution
from residuum.discretise.ode._march import CHUNK, Chunk, scaled_motion
from residuum.discretise.time import STAGES, System, integrate, tableau

SHORTEST = 1e-15
"""A rejected step below this share of what is left ends the integration."""
FIRST = 1e-24
"""The same at time zero, where far shorter steps can still be told apart."""


class Place(NamedTuple):
    """Where a chunk goes on from: scaled time, scaled state, tolerance and sizes."""

    time: float
    whole: np.ndarray
    tolerance: float
    sizes: np.ndarray


@final
class StiffMarcher:
    """Radau IIA steps for a problem; see ``Marcher``.

    Args:
        evolution: the problem.
    """

    def __init__(self, evolution: Evolution) -> None:
        self.evolution, count = evolution, evolution.states + evolution.hiddens
        times, states, sizes = jnp.zeros(STAGES), jnp.zeros((STAGES, count)), jnp.ones(count)

        def field(time: Any, whole: Any, sizes: Any) -> Any:
            return scaled_motion(evolution, time, whole, sizes)

        many = jax.jit(jax.vmap(field, (0, 0, None)))
        self._many = many.lower(times, states, sizes).compile()
        slope = jax.jit(jax.jacfwd(field, 1))
        self._slope = slope.lower(times[0], states[0], sizes).compile()
        self._exact = jax.jit(jax.vmap(evolution.projected, (0, 0, None)))

    @property
    def nodes(self) -> np.ndarray:
        """Places in a step at which its polynomial is kept, both ends among them."""
        return np.concatenate([[0.0], tableau().nodes])

    def begin(self, time: float, whole: np.ndarray, tolerance: float, sizes: np.ndarray) -> Place:
        """Return where to start: a time between 0 and 1 and a state in the problem's units."""
        return Place(time, whole / sizes, tolerance, sizes)

    def chunk(
        self, carry: Any, tolerance: float, sizes: np.ndarray, *, longest: float, most: int = CHUNK
    ) -> Chunk:
        """Take up to ``most`` steps, none longer than ``longest`` (as a share of the interval)."""
        left, taken = 1.0 - carry.time, 0

        def watch(time: float) -> bool:
            nonlocal taken
            taken += 1
            return taken < most

        size = jnp.asarray(sizes)
        system = System(
            lambda t, y: np.asarray(self._many(jnp.asarray(t), jnp.asarray(y), size)),
            lambda t, y: np.asarray(self._slope(jnp.asarray(t, float), jnp.asarray(y), size)),
            carry.whole,
            np.arange(len(sizes)),
        )
        # Steps are cut to a share of what is left, so that none is longer than asked.
        least = max(1, int(np.ceil(left / longest)))
        shortest = SHORTEST if carry.time else FIRST
        found = integrate(
            system, (carry.time, 1.0), tol=tolerance, least=least, shortest=shortest, watch=watch
        )
        if found.result is Result.INTERRUPTED:
            raise KeyboardInterrupt
        ends = np.asarray(found.knots)
        pieces = np.array(found.states).reshape(len(ends) - 1, STAGES + 1, len(sizes)) * sizes
        pieces = self._projected(ends, pieces)
        last = pieces[-1, -1] / sizes if len(pieces) else carry.whole
        stuck = found.result in (Result.DIVERGED, Result.STAGNATED)
        ahead = Place(float(ends[-1]), last, tolerance, sizes)
        return Chunk(ahead, ends, pieces, found.counts.get("rejected", 0), stuck)

    def _projected(self, ends: np.ndarray, pieces: np.ndarray) -> np.ndarray:
        """Replace predictions of the hidden unknowns by solutions."""
        if not (self.evolution.hiddens and len(pieces)):
            return pieces
        times = ends[:-1, None] + np.diff(ends)[:, None] * self.nodes
        filled = np.zeros((CHUNK, *pieces.shape[1:]))
        filled[: len(pieces)], filled[len(pieces) :] = pieces, pieces[-1]
        at = np.full((CHUNK, len(self.nodes)), times[-1])
        at[: len(times)] = times
        begin, length = self.evolution.interval[0], self.evolution.length
        flat = filled.reshape(-1, filled.shape[-1])
        exact = np.asarray(
            self._exact(jnp.asarray(begin + length * at.ravel()), jnp.asarray(flat), {})
        )
        exact = np.where(np.isfinite(exact), exact, flat).reshape(filled.shape)
        return exact[: len(pieces)]
