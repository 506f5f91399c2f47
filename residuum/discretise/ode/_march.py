"""Steps of a Diffrax solver in compiled chunks, with what its dense output gives at nodes.

Between chunks the caller may look at clock and events, and start again from another state.
Time runs from 0 to 1 over the problem's interval and every state is in units of its size, so a
problem in seconds and the same in years take the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum.discretise.ode._evolution import Evolution, Values

CHUNK = 128
"""Most accepted steps between two looks."""
ATTEMPTS = 4
"""Tries per accepted step, on average, before a chunk returns to its caller."""
FLOOR = 0.1
"""Absolute tolerance as a share of the relative one, for states in units of their size."""
SHORTEST = 2e-15
"""A step below this share of the time reached is no step: rounding stops it from shrinking."""


@final
@dataclass(frozen=True)
class Stepper:
    """Which Diffrax solver takes the steps.

    Args:
        name: name of the solver class in Diffrax.
        degree: degree of its dense output.
        order: order of its steps.
        implicit: whether it is for stiff problems.
    """

    name: str
    degree: int
    order: int
    implicit: bool = False

    @property
    def nodes(self) -> np.ndarray:
        """Places in a step at which its dense output is kept, both ends among them."""
        found: np.ndarray = (1 - np.cos(np.pi * np.arange(self.degree + 1) / self.degree)) / 2
        return found

    def solver(self, tolerance: Any) -> Any:
        """Return the Diffrax solver."""
        import diffrax  # it takes long to import
        import optimistix

        kind = getattr(diffrax, self.name)
        if not self.implicit:
            return kind()
        # Diffrax's default keeps one Jacobian for the whole step: then its convergence, not the
        # error, sets the length of steps.
        finder: Any = optimistix.Newton(rtol=0.1 * tolerance, atol=0.1 * FLOOR * tolerance)
        return kind(root_finder=finder)

    def controller(self, tolerance: Any) -> Any:
        """Return the step size controller: errors relative to each entry, the largest counts."""
        import diffrax  # it takes long to import

        gains: Any = {"pcoeff": 0.3, "icoeff": 0.4} if self.implicit else {}
        return diffrax.PIDController(
            rtol=tolerance, atol=FLOOR * tolerance, norm=lambda e: jnp.max(jnp.abs(e)), **gains
        )


SCOUT = Stepper("Tsit5", 4, 5)
EXPLICIT = Stepper("Dopri8", 7, 8)
IMPLICIT = Stepper("Kvaerno5", 3, 5, implicit=True)


def scaled_motion(
    evolution: Evolution, time: Array, whole: Array, sizes: Array, values: Values | None = None
) -> Array:
    """Return the rate of states in units of their sizes, over time from 0 to 1."""
    begin, length = evolution.interval[0], evolution.length
    rate = evolution.motion(begin + length * time, sizes * whole, values or {})
    return length * rate / sizes


class Chunk(NamedTuple):
    """What a chunk of steps gave.

    Args:
        carry: where to go on from.
        ends: times at the ends of the accepted steps, the start first, (k + 1,), from 0 to 1.
        pieces: states at the nodes of each step, in the units of the problem, (k, nodes, n).
        rejected: steps tried in vain.
        stuck: whether the step has become too short to move on.
    """

    carry: Any
    ends: np.ndarray
    pieces: np.ndarray
    rejected: int
    stuck: bool


@final
class Marcher:
    """A solver compiled for a problem; tolerances, sizes and step limits are free.

    Args:
        evolution: the problem.
        stepper: the solver.
    """

    def __init__(self, evolution: Evolution, stepper: Stepper) -> None:
        self.evolution, self.stepper = evolution, stepper
        count = evolution.states + evolution.hiddens
        one, sizes = jnp.asarray(1e-6), jnp.ones(count)
        begin = jax.jit(self._begin).lower(jnp.zeros(()), sizes, one, sizes)
        self._begun = begin.compile()
        carry = jax.eval_shape(self._begin, jnp.zeros(()), sizes, one, sizes)
        chunk = jax.jit(self._chunk).lower(carry, one, sizes, one, jnp.asarray(1))
        self._compiled = chunk.compile()

    @property
    def nodes(self) -> np.ndarray:
        """Places in a step at which its dense output is kept, both ends among them."""
        return self.stepper.nodes

    def begin(self, time: float, whole: np.ndarray, tolerance: float, sizes: np.ndarray) -> Any:
        """Return a fresh carry at a time between 0 and 1 and a state in the problem's units."""
        return self._begun(
            jnp.asarray(time, float),
            jnp.asarray(whole / sizes),
            jnp.asarray(tolerance, float),
            jnp.asarray(sizes),
        )

    def chunk(
        self, carry: Any, tolerance: float, sizes: np.ndarray, *, longest: float, most: int = CHUNK
    ) -> Chunk:
        """Take up to ``most`` steps, none longer than ``longest`` (as a share of the interval)."""
        size = jnp.asarray(sizes)
        limits = jnp.asarray(longest, float), jnp.asarray(most)
        found = self._compiled(carry, jnp.asarray(tolerance, float), size, *limits)
        carry, ends, pieces, count, rejected, stuck = found
        k = int(count)
        first = np.asarray(ends)[: k + 1]
        return Chunk(carry, first, np.asarray(pieces)[:k] * sizes, int(rejected), bool(stuck))

    # Inside the compiled programs

    def _parts(self, tolerance: Array) -> tuple[Any, Any, Any]:
        import diffrax  # it takes long to import

        def rates(time: Any, whole: Array, sizes: Array) -> Array:
            return scaled_motion(self.evolution, time, whole, sizes)

        term = diffrax.ODETerm(rates)
        return term, self.stepper.solver(tolerance), self.stepper.controller(tolerance)

    def _begin(self, time: Array, whole: Array, tolerance: Array, sizes: Array) -> Any:
        term, solver, controller = self._parts(tolerance)
        order = solver.error_order(term)
        ahead, control = controller.init(
            term, time, jnp.ones(()), whole, None, sizes, solver.func, order
        )
        # The start may lie on a scale of its own: a first step is never more than a hundredth.
        length = jnp.clip(ahead - time, 1e-18, 0.01 * (1.0 - time))
        length = jnp.where(jnp.isfinite(length), length, 1e-12)
        memory = solver.init(term, time, time + length, whole, sizes)
        control = jax.tree.map(jnp.asarray, control)
        return time, time + length, whole, jax.tree.map(jnp.asarray, memory), control

    def _chunk(
        self, carry: Any, tolerance: Array, sizes: Array, longest: Array, most: Array
    ) -> tuple[Any, Array, Array, Array, Array, Array]:
        nodes = jnp.asarray(self.stepper.nodes)
        ends = jnp.zeros(CHUNK + 1).at[0].set(carry[0])
        pieces = jnp.zeros((CHUNK, len(nodes), len(sizes)))

        def unfinished(loop: Any) -> Array:
            (time, ahead, *_), _, _, count, tried = loop
            room = (count < most) & (tried < ATTEMPTS * most)
            return room & (time < 1.0) & ~_vanished(time, ahead)

        def advance(loop: Any) -> Any:
            carry, ends, pieces, count, tried = loop
            carry, kept, piece = self._step(carry, tolerance, sizes, longest)
            place = jnp.where(kept, count, CHUNK)  # what is not kept falls off the end
            pieces = pieces.at[place].set(piece, mode="drop")
            ends = ends.at[place + 1].set(carry[0], mode="drop")
            return carry, ends, pieces, count + kept, tried + 1

        zero = jnp.asarray(0)
        carry, ends, pieces, count, tried = jax.lax.while_loop(
            unfinished, advance, (carry, ends, pieces, zero, zero)
        )
        if self.evolution.hiddens:
            carry, pieces = self._projected(carry, ends, pieces, sizes)
        stuck = (carry[0] < 1.0) & _vanished(carry[0], carry[1])
        return carry, ends, pieces, count, tried - count, stuck

    def _step(
        self, carry: Any, tolerance: Array, sizes: Array, longest: Array
    ) -> tuple[Any, Array, Array]:
        """Try one step; return the new carry, whether it was kept, and its dense output."""
        time, ahead, whole, memory, control = carry
        term, solver, controller = self._parts(tolerance)
        new, error, dense, memory_new, _ = solver.step(
            term, time, ahead, whole, sizes, memory, made_jump=False
        )
        fine = jnp.isfinite(new).all() & jnp.isfinite(error).all()
        # A step into nowhere counts as infinitely wrong, and is tried again with a fraction.
        error, reached = jnp.where(fine, error, jnp.inf), jnp.where(fine, new, whole)
        kept, begin, end, _, control, _ = controller.adapt_step_size(
            time, ahead, whole, reached, sizes, error, solver.error_order(term), control
        )
        dense_at = solver.interpolation_cls(t0=time, t1=ahead, **dense)
        places = time + (ahead - time) * jnp.asarray(self.stepper.nodes)
        piece = jax.vmap(dense_at.evaluate)(places)
        piece = piece.at[0].set(whole).at[-1].set(reached)
        end = begin + jnp.minimum(end - begin, longest)
        # A remainder of a hundredth of a step is not worth one of its own.
        end = jnp.where(end + 0.01 * (end - begin) >= 1.0, 1.0, end)
        whole = jnp.where(kept, reached, whole)
        memory = jax.tree.map(lambda a, b: jnp.where(kept, a, b), memory_new, memory)
        control = jax.tree.map(jnp.asarray, control)
        return (begin, end, whole, memory, control), kept, piece

    def _projected(self, carry: Any, ends: Array, pieces: Array, sizes: Array) -> tuple[Any, Array]:
        """Replace predictions of the hidden unknowns by solutions, at nodes and in the carry."""
        begin, length = self.evolution.interval[0], self.evolution.length

        def solve(time: Array, whole: Array) -> Array:
            exact = self.evolution.projected(begin + length * time, sizes * whole, {}) / sizes
            return jnp.where(jnp.isfinite(exact), exact, whole)

        nodes = jnp.asarray(self.stepper.nodes)
        times = ends[:-1, None] + (ends[1:] - ends[:-1])[:, None] * nodes
        pieces = jax.vmap(jax.vmap(solve))(times, pieces)
        time, ahead, whole, memory, control = carry
        return (time, ahead, solve(time, whole), memory, control), pieces


def _vanished(time: Array, ahead: Array) -> Array:
    return ahead - time <= jnp.maximum(SHORTEST * time, 1e-30)
