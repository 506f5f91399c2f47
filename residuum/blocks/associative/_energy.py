"""Energy models: states with an energy, and an update that does not raise it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Result


class EnergyModel(eqx.Module):
    """States of shape (n, units), each with an energy; the update of a state never raises it.

    Each state is on its own. What the update needs beyond the state (noise, temperature) is not
    part of it: chains at a temperature have functions of their own beside the models.
    """

    @property
    @abstractmethod
    def units(self) -> int:
        """Numbers in a state."""

    @abstractmethod
    def energy(self, state: Array) -> Array:
        """Return the energies, shape (n,), of states of shape (n, units)."""

    @abstractmethod
    def update(self, state: Array) -> Array:
        """Return the states after one update, shape (n, units)."""


@dataclass(frozen=True, eq=False)
class Settled:
    """Where updates led.

    Args:
        state: the last states, shape (n, units).
        energy: of the last states, shape (n,).
        updates: how many were made.
        result: successful where the last update moved no state by more than the tolerance.
    """

    state: np.ndarray
    energy: np.ndarray
    updates: int
    result: Result


def check_states(model: EnergyModel, state: Array) -> None:
    """Raise unless the states have the shape (n, units)."""
    if state.ndim != 2 or state.shape[1] != model.units:
        raise OptionError(
            f"states of shape (n, {model.units})", str(state.shape), "One row per state."
        )


def check_chain(model: EnergyModel, state: Array, temperature: float, sweeps: int) -> None:
    """Raise unless a chain at a temperature can start from the states."""
    check_states(model, state)
    if not temperature >= 0 or sweeps < 1:
        wanted = "a temperature from zero and one sweep or more"
        raise OptionError(wanted, f"{temperature}, {sweeps}", "Try 0.1 and 100.")


@eqx.filter_jit
def _settle(
    model: EnergyModel, state: Array, most: int, tolerance: float
) -> tuple[Array, Array, Array]:
    def going(carry: tuple[Array, Array, Array]) -> Array:
        _, change, count = carry
        return (change > tolerance) & (count < most)

    def step(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        old, _, count = carry
        new = model.update(old)
        return new, jnp.max(jnp.abs(new - old)), count + 1

    start = (state, jnp.asarray(jnp.inf, state.dtype), jnp.asarray(0))
    return jax.lax.while_loop(going, step, start)


def settle(model: EnergyModel, state: Array, *, most: int = 100, tolerance: float = 0.0) -> Settled:
    """Update states until none moves by more than the tolerance in any unit.

    Args:
        model: the energy and its update.
        state: shape (n, units).
        most: updates, one or more.
        tolerance: largest change of a unit at rest; 0 for states of signs, 1e-4 for real ones.

    Raises:
        OptionError: the shape is another, ``most`` is below one, or the tolerance below zero.
    """
    check_states(model, state)
    if most < 1 or not tolerance >= 0:
        raise OptionError(
            "one update or more and a tolerance from zero",
            f"{most}, {tolerance}",
            "100 and 0 are good values.",
        )
    found, change, count = _settle(model, state, most, tolerance)
    energy = np.asarray(model.energy(found))
    if not np.isfinite(energy).all():
        result = Result.NOT_FINITE
    else:
        result = Result.SUCCESSFUL if float(change) <= tolerance else Result.OUT_OF_BUDGET
    return Settled(np.asarray(found), energy, int(count), result)
