"""Events: a function of time and unknowns passes zero, and something happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import OptionError
from residuum.discretise.ode._evolution import Evolution
from residuum.problem import Pointwise
from residuum.problem._operators import as_expression


@final
@dataclass(frozen=True)
class Event:
    """What ends or restarts an integration: ``Event(y, direction=-1, then={v: -0.9 * v})``.

    Args:
        expression: in the unknowns, their rates below the highest, time and known parameters; the
            event happens where it passes zero.
        direction: 1 for rising only, -1 for falling only, 0 for both.
        terminal: whether the solution ends there.
        then: new values by unknown or rate, in terms of the old ones; others are kept.

    A zero that is passed twice between two of the places looked at (five to eight a step) is
    missed; an expression that only touches zero is no event.

    Raises:
        OptionError: a direction that is none of these, or both an end and new values.
    """

    expression: Any
    direction: int = 0
    terminal: bool = False
    then: Mapping[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.direction not in (-1, 0, 1):
            raise OptionError("a direction of -1, 0 or 1", repr(self.direction), "Correct it.")
        if self.terminal and self.then:
            raise OptionError(
                "an end or new values", "both", "Leave out terminal=True or then={…}."
            )
        object.__setattr__(self, "expression", as_expression(self.expression))
        new = {as_expression(key): as_expression(value) for key, value in self.then.items()}
        object.__setattr__(self, "then", new)

    @property
    def passive(self) -> bool:
        """Whether the event is only noted."""
        return not self.terminal and not self.then


@final
class Watchers:
    """The events of a problem as compiled functions of its levels.

    Args:
        evolution: the problem.
        events: what to look for.

    Raises:
        OptionError: an event reads or sets what is not a level of the problem.
    """

    def __init__(self, evolution: Evolution, events: tuple[Event, ...]) -> None:
        self.evolution, self.events = evolution, events
        self.forms = [self._read(event.expression) for event in events]
        self.changes = [
            {self._level(key): self._read(value) for key, value in event.then.items()}
            for event in events
        ]
        self._values = jax.jit(jax.vmap(self._at))
        self._one = jax.jit(self._at)
        self._rates = jax.jit(self._rate)

    def values(self, times: np.ndarray, wholes: np.ndarray) -> np.ndarray:
        """Return every event's expression at times (k,) and states (k, n), as (k, events)."""
        count = 1 << max(5, int(len(times) - 1).bit_length())  # few shapes, few compilations
        filled = np.concatenate([times, np.repeat(times[-1:], count - len(times))])
        rows = np.concatenate([wholes, np.repeat(wholes[-1:], count - len(times), axis=0)])
        found = np.asarray(self._values(jnp.asarray(filled), jnp.asarray(rows)))
        return found[: len(times)]

    def value(self, number: int, time: float, whole: np.ndarray) -> float:
        """Return one event's expression at one time."""
        return float(self._one(jnp.asarray(time, float), jnp.asarray(whole))[number])

    def rates(self, time: float, whole: np.ndarray) -> np.ndarray:
        """Return how fast every event's expression changes along the solution, (events,)."""
        return np.asarray(self._rates(jnp.asarray(time, float), jnp.asarray(whole)))

    def after(self, number: int, time: float, whole: np.ndarray) -> np.ndarray:
        """Return the levels after an event's new values are set, (levels,)."""
        levels = self.evolution.place @ whole
        new = levels.copy()
        for i, form in self.changes[number].items():
            now = jnp.asarray(time, float), jnp.asarray(levels)
            new[i] = float(self.evolution.evaluate(form, *now, {}))
        return new

    def _at(self, time: Array, whole: Array) -> Array:
        levels = jnp.asarray(self.evolution.place) @ whole
        return jnp.stack([self.evolution.evaluate(f, time, levels, {}) for f in self.forms])

    def _rate(self, time: Array, whole: Array) -> Array:
        motion = self.evolution.motion(time, whole, {})
        _, found = jax.jvp(self._at, (time, whole), (jnp.ones_like(time), motion))
        return found

    def _read(self, expression: Any) -> Pointwise:
        form = self.evolution.form(sp.sympify(expression).doit())
        for j, index in form.slots:
            if (j, index[0]) not in self.evolution.rows:
                u = self.evolution.problem.unknowns[j]
                raise OptionError(
                    "an event in unknowns and rates below the highest derivative",
                    f"derivative {index[0]} of {u}",
                    "Use the equation to replace it.",
                )
        free = form.expression.free_symbols - set(self.evolution.problem.coordinates)
        if free:
            raise OptionError("an event with known numbers", str(free), "Give them values.")
        return form

    def _level(self, key: Any) -> int:
        form = self._read(key)
        atoms = form.atoms
        if list(atoms) != [form.expression]:
            raise OptionError("an unknown or its rate to set", str(key), "Write then={v: -v}, say.")
        j, index = atoms[form.expression]
        return self.evolution.rows.index((j, index[0]))
