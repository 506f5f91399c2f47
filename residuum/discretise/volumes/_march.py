"""Steps in time: strong-stability-preserving Runge–Kutta, each step as long as the waves allow.

C.-W. Shu, S. Osher, Efficient implementation of essentially non-oscillatory shock-capturing
schemes, J. Comput. Phys. 77 (1988). Every stage is a mean of Euler steps, so what an Euler step
keeps (signs, bounds, total variation) the whole step keeps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Result, Source
from residuum.discretise.volumes._volumes import Volumes

OUTPUTS = 16
"""Kept states per compiled chunk."""
HALF, EXCESS = 0.5, 1.25
"""Most of a cell that waves may cross, and how far a later stage may outrun the first at most."""
SHORTEST = 2.0**-24
"""Least part of the admissible step to which a step that fails is cut."""

SHU = Source(
    "ssp-rk",
    "Efficient implementation of essentially non-oscillatory shock-capturing schemes",
    "C.-W. Shu, S. Osher",
    1988,
    "doi:10.1016/0021-9991(88)90177-5",
    "verified",
)
STAGES = {2: ((0.0, 1.0), (0.5, 1.0)), 3: ((0.0, 1.0), (0.75, 0.5), (1 / 3, 1.0))}
"""By order, for every stage: the share of the first state in it, and its time in the step."""


class Step(NamedTuple):
    """One step: the state after it and what judges it.

    Args:
        state: means of the cells.
        length: of the step.
        need: the largest 1/step that a stage asked for.
        good: whether all stages are admissible.
    """

    state: Array
    length: Array
    need: Array
    good: Array


@final
@dataclass
class Run:
    """Kept states of a march.

    Args:
        times: (k,).
        states: (k, m, *counts), all finite.
        result: how it ended.
        steps: steps taken.
        need: the largest 1/step that the waves asked for.
    """

    times: np.ndarray
    states: np.ndarray
    result: Result
    steps: int
    need: float


@final
class March:
    """A compiled march on one grid.

    Args:
        volumes: what is marched.
        order: 2 or 3 stages and orders.

    Raises:
        OptionError: another order.
    """

    def __init__(self, volumes: Volumes, *, order: int = 2) -> None:
        if order not in STAGES:
            raise OptionError(f"an order among {sorted(STAGES)}", repr(order), "Take 2.")
        self.volumes, self.order = volumes, order
        self._compiled: Any = None
        # At the limit itself speeds that grow by rounding must not have steps taken again.
        self._excess = max(1 + 1e-9, min(EXCESS, HALF / volumes.scheme.cfl))

    def step(
        self,
        state: Array,
        time: Array,
        length: Callable[[Array], Array],
        parameters: Mapping[str, Any],
    ) -> Step:
        """Take one step; ``length`` chooses it from the 1/step that the waves ask for."""
        rows = jnp.asarray(STAGES[self.order])
        zero = jnp.zeros(())

        def once(carry: Any, row: Array) -> tuple[Any, None]:
            stage, place, step, need, good = carry
            share, after = row
            rate, asked = self.volumes.rate(stage, time + place * step, parameters)
            step = jnp.where(place == 0, length(asked), step)
            stage = share * state + (1 - share) * (stage + step * rate)
            good = good & self.volumes.admissible(stage, time + after * step, parameters)
            return (stage, after, step, jnp.maximum(need, asked), good), None

        # A loop, so that the rate is compiled once and not once a stage.
        first = (state, zero, zero, zero, jnp.asarray(True))
        stage, _, step, need, good = jax.lax.scan(once, first, rows)[0]
        return Step(stage, step, need, good)

    def march(self, state: Array, parameters: Mapping[str, Any] | None, steps: int) -> Array:
        """Return the state at the end of the problem's interval after equal steps.

        A pure function of the state (m, *counts) and of the parameters by name (``None``: those
        stated), for ``jax.jit`` and ``jax.grad``. Nothing is checked: take ``steps`` of ``fewest``
        or more. Backwards, all states between are kept.
        """
        values = self.volumes.law.values(parameters)
        begin, end = self._interval
        length = (end - begin) / steps

        def once(now: Array, k: Array) -> tuple[Array, None]:
            done = self.step(now, begin + k * length, lambda _: jnp.asarray(length), values)
            return done.state, None

        return jax.lax.scan(once, jnp.asarray(state), jnp.arange(steps))[0]

    def fewest(self, parameters: Mapping[str, Any] | None = None) -> int:
        """Return how many equal steps the waves ask for, found by a march with free steps."""
        begin, end = self._interval
        run = self.run(outputs=OUTPUTS, parameters=parameters)
        return math.ceil((end - begin) * run.need)

    def compile(self, parameters: Mapping[str, Any] | None = None) -> None:
        """Compile a chunk for this grid, once."""
        if self._compiled is None:
            zero, values = jnp.zeros(()), self._values(parameters)
            times = jnp.zeros(OUTPUTS)
            start = jnp.asarray(self.volumes.start)
            made = jax.jit(self._chunk).lower(start, zero, times, zero, values)
            self._compiled = made.compile()

    def run(
        self,
        *,
        outputs: int,
        longest: float = math.inf,
        parameters: Mapping[str, Any] | None = None,
        watch: Callable[[float], bool] | None = None,
    ) -> Run:
        """March from the initial data to the end of the interval.

        Args:
            outputs: states to keep at even times, rounded up to a multiple of 16.
            longest: longest step, in the unit of time.
            parameters: values by name instead of those stated.
            watch: progress and budget, called with the time after every 16 outputs; false stops.

        Returns:
            The kept states, fewer where ``result`` says so. A step is never longer than the waves
            allow; one after which a state is not admissible is taken again at half the length.
        """
        self.compile(parameters)
        values, (begin, end) = self._values(parameters), self._interval
        chunks = -(-outputs // OUTPUTS)
        times = begin + (end - begin) * np.arange(1, chunks * OUTPUTS + 1) / (chunks * OUTPUTS)
        state, now = jnp.asarray(self.volumes.start), jnp.asarray(begin)
        kept, result, steps, need = [np.asarray(state)[None]], Result.SUCCESSFUL, 0, 0.0
        shortest = jnp.asarray(0.0 if math.isinf(longest) else 1 / longest)
        try:
            for k in range(chunks):
                part = jnp.asarray(times[k * OUTPUTS : (k + 1) * OUTPUTS])
                state, found = self._compiled(state, now, part, shortest, values)
                now, steps = part[-1], steps + int(found[1])
                need = max(need, float(found[2]))
                if not bool(found[3]):
                    result = Result.DIVERGED
                    break
                kept.append(np.asarray(found[0]))
                if watch is not None and k + 1 < chunks and not watch(float(now)):
                    result = Result.OUT_OF_BUDGET
                    break
        except KeyboardInterrupt:
            result = Result.INTERRUPTED
        states = np.concatenate(kept)
        return Run(np.r_[begin, times][: len(states)], states, result, steps, need)

    @property
    def _interval(self) -> tuple[float, float]:
        found = self.volumes.law.problem.interval
        assert found is not None
        return found

    def _values(self, parameters: Mapping[str, Any] | None) -> dict[str, Array]:
        found = self.volumes.law.values(parameters)
        return {name: jnp.asarray(value, float) for name, value in found.items()}

    def _chunk(
        self, state: Array, begin: Array, times: Array, least: Array, parameters: Any
    ) -> tuple[Array, tuple[Array, Array, Array, Array]]:
        """March through output times; return the end and (states, steps, need, success)."""

        def to(carry: Any, until: Array) -> tuple[Any, Array]:
            after = self._advance(carry, until, least, parameters)
            return after, after[0]

        first = (state, begin, jnp.asarray(0), jnp.asarray(0.0), jnp.asarray(True))
        (end, _, steps, need, good), kept = jax.lax.scan(to, first, times)
        return end, (kept, steps, need, good)

    def _advance(self, carry: Any, until: Array, least: Array, parameters: Any) -> Any:
        def going(now: Any) -> Array:
            return (now[1] < until) & now[4]

        def once(now: Any) -> Any:
            state, time, steps, need, _, share = now
            left = until - time

            def length(asked: Array) -> Array:
                # Equal parts of what is left: no sliver of a step before an output.
                count = jnp.ceil(left * jnp.maximum(asked, least) / share - 1e-9)
                return left / jnp.maximum(count, 1.0)

            done = self.step(state, time, length, parameters)
            step = done.length
            fits = done.good & (done.need * step <= self._excess) & jnp.isfinite(step)
            last = step >= left * (1 - 1e-12)
            after = jnp.where(last, until, time + step)
            return (
                jnp.where(fits, done.state, state),
                jnp.where(fits, after, time),
                steps + fits,
                jnp.maximum(need, jnp.where(fits, done.need, 0.0)),
                fits | (share > SHORTEST),
                jnp.where(fits, 1.0, share / 2),
            )

        return jax.lax.while_loop(going, once, (*carry, jnp.asarray(1.0)))[:5]
