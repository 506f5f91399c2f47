"""Stiff systems with known solutions, and the orders a scheme shows on them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from residuum._core import double_precision
from residuum.discretise.time import Additive, Chunks

STIFF = np.array([-1.0, -40.0 + 3.0j, 2.0j])
TURN = np.array([[1.0, 2.0, 0.5], [0.0, 1.0, -1.0], [0.3, 0.0, 1.0]])
BLOCK = (TURN @ np.diag(STIFF) @ np.linalg.inv(TURN))[:, :, None]
"""The same eigenvalues, coupled; one mode."""


def exact(xp: Any, t: Any) -> Any:
    """Return the solution and its rate."""
    value = xp.stack([xp.cos(t) + 0j, xp.sin(2 * t) + 0j, xp.exp(-t) + 1j * t])
    rate = xp.stack([-xp.sin(t) + 0j, 2 * xp.cos(2 * t) + 0j, -xp.exp(-t) + 1j])
    return value, rate


def forced(state: Any, time: Any, data: Any) -> Any:
    """Make ``exact`` the solution; every row is nonlinear as well."""
    value, rate = exact(jnp, time)
    return rate - jnp.asarray(STIFF) * value + 0.3 * (state * state - value * value)


def forced_block(state: Any, time: Any, data: Any) -> Any:
    """Do the same for the coupled system, of shape (3, 1)."""
    value, rate = exact(jnp, time)
    free = rate - jnp.asarray(BLOCK[:, :, 0]) @ value
    return (free + 0.3 * (state[:, 0] ** 2 - value * value))[:, None]


def orders(scheme: Additive, rate: Any, symbol: np.ndarray) -> np.ndarray:
    """Return the orders seen between 128, 256 and 512 steps."""
    shape = (3, 1) if symbol.ndim == 3 else (3,)
    start = exact(np, np.array(0.0))[0].reshape(shape)
    errors = []
    with double_precision():
        made = Chunks(scheme, rate, symbol=symbol, example=start, data={})
        for chunks in (16, 32, 64):
            history = made.march(start, (0.0, 1.0), chunks=chunks, stride=1)
            wanted = exact(np, np.array(1.0))[0].reshape(shape)
            errors.append(np.abs(history.states[-1] - wanted).max())
    found: np.ndarray = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    return found
