"""How the learning rate goes over a training."""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax

Schedule = Literal["cosine", "one_cycle", "constant"]
SCHEDULES = ("cosine", "one_cycle", "constant")
LEAST = 1e-3
"""Rate at the end of a cosine over the largest one."""


def schedule(kind: Schedule, rate: float, steps: int, warmup: float) -> Any:
    """Return an Optax schedule.

    Args:
        kind: ``"cosine"``: up along a line, down along half a cosine. ``"one_cycle"``: up along
            half a cosine over three tenths, then down. ``"constant"``: up along a line, then level.
        rate: the largest.
        steps: of the training.
        warmup: share of the steps in which a line goes up.
    """
    rising = max(1, round(warmup * steps))
    if kind == "one_cycle":
        return optax.cosine_onecycle_schedule(max(steps, 2), rate)
    if kind == "constant":
        up = optax.linear_schedule(rate / rising, rate, rising)
        return optax.join_schedules([up, optax.constant_schedule(rate)], [rising])
    total = max(steps, rising + 1)
    return optax.warmup_cosine_decay_schedule(rate / rising, rate, rising, total, LEAST * rate)


def rates(kind: Schedule, rate: float, steps: int, warmup: float) -> np.ndarray:
    """Return the rate of every step, (steps,) in float32; see ``schedule``."""
    each = jax.vmap(schedule(kind, rate, steps, warmup))
    found: np.ndarray = np.asarray(each(jnp.arange(steps)), np.float32)
    return found
