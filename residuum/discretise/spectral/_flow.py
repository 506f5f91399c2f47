"""A periodic problem marched as a pure JAX function, to be differentiated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, ProblemError
from residuum.discretise.spectral._elimination import layout
from residuum.discretise.spectral._modes import Modes
from residuum.discretise.spectral._periodic import periodic_axes
from residuum.discretise.spectral._terms import split
from residuum.discretise.time import ETDRK4, Additive
from residuum.discretise.time._etdrk4 import DEEP
from residuum.discretise.time._phi import doublings
from residuum.problem import Problem

STEPPER = ETDRK4()


@final
class Flow:
    """The state at the end of a fixed number of steps, as a function of start and parameters.

    Parameters of the statement declared with bounds and not given are its arguments, wherever they
    stand: in a linear part they enter the symbol and its exponentials, which are traced. Reverse
    differentiation keeps one state a step and computes each step twice. Call it in a scope of
    float64 (``jax.enable_x64``).

    Args:
        problem: periodic along every axis, evolving, first or second order in time.
        count: modes per axis; even numbers, 64 is a good start in one dimension.
        steps: steps over the interval of the problem; nothing checks that they are enough.
        stepper: ``ETDRK4()`` or ``IMEX()``.

    Raises:
        ProblemError: the problem is not evolving, or cannot be solved mode by mode.
        OptionError: counts below one, or steps so long that the exponentials cannot be formed.
    """

    def __init__(
        self, problem: Problem, count: int, *, steps: int, stepper: Additive = STEPPER
    ) -> None:
        if count < 2 or steps < 1:
            raise OptionError("two modes and one step or more", f"{count}, {steps}", "Give more.")
        parts = split(problem)
        reason = parts if isinstance(parts, str) else layout(parts)
        if problem.time is None or isinstance(parts, str) or isinstance(reason, str):
            got = f"one with {reason}" if isinstance(reason, str) else "a steady one"
            raise ProblemError("an evolving problem solved mode by mode", got, "Use solve(…).")
        self.problem, self.steps, self.stepper = problem, steps, stepper
        self.modes = Modes(problem, parts, periodic_axes(problem, count))
        assert problem.interval is not None
        self.interval = problem.interval
        self.step = (self.interval[1] - self.interval[0]) / steps
        self.block = self.modes.symbol.ndim > 1 + len(self.modes.axes)
        self._check()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters that are arguments."""
        return tuple(sorted(p.name for p in self.modes.parts.open))

    def start(self) -> np.ndarray:
        """Return the modes of the initial data of the statement, (entries, n_1, …, n_d/2 + 1)."""
        return self.modes.start()

    def __call__(self, values: Array, parameters: Mapping[str, Any] | None = None) -> Array:
        """Return nodal values at the end from nodal values at the start, (entries, *grid) both.

        Entries are the evolving unknowns in their order, each followed by its rate where it is of
        second order in time.
        """
        across = tuple(range(1, 1 + len(self.modes.axes)))
        end = self.march(jnp.fft.rfftn(values, axes=across), parameters)
        return jnp.fft.irfftn(end, s=self.modes.grid.shape, axes=across)

    def march(self, state: Array, parameters: Mapping[str, Any] | None = None) -> Array:
        """Return the modes at the end from modes at the start.

        Args:
            state: (entries, n_1, …, n_d/2 + 1), complex.
            parameters: values by name; the guess of the statement for those left out.
        """
        given = dict(parameters or {})
        wrong = sorted(set(given) - set(self.names))
        if wrong:
            raise OptionError(f"parameters among {self.names}", str(wrong), "Correct the names.")
        symbols = {p: given[p.name] for p in self.modes.parts.open if p.name in given}
        symbol, data = self.modes.traced(symbols)
        numbers = self.stepper.numbers(symbol, self.step, block=self.block, xp=jnp)

        @jax.checkpoint
        def once(v: Array, i: Array) -> tuple[Array, None]:
            time = self.interval[0] + i * self.step
            new = self.stepper.once(
                v,
                time,
                jnp.asarray(self.step),
                numbers=numbers,
                rate=lambda w, t: self.modes.nonlinear(w, t, data),
            )
            return new, None

        end: Array = jax.lax.scan(once, jnp.asarray(state, complex), jnp.arange(self.steps))[0]
        return end

    def _check(self) -> None:
        if not self.block:
            return
        blocks = np.moveaxis(self.step * self.modes.symbol, (0, 1), (-2, -1))
        if int(doublings(blocks).max(initial=0)) >= DEEP - 1:
            raise OptionError(
                "steps over which the linear part grows or turns by less than 10,000",
                f"{self.steps} steps",
                "Take more steps or fewer modes.",
            )
