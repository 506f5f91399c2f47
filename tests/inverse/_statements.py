"""Small inverse problems with their exact answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import pi, sin

import residuum as rs

t, x = rs.time("t"), rs.space("x")
u = rs.unknown("u", t, x)
y = rs.unknown("y", t)


def rod(
    noise: float = 0.01, *, stated: float | None = None, seed: int = 5, count: int = 40
) -> rs.Problem:
    """A rod of diffusivity 0.12, read at scattered places."""
    random = np.random.default_rng(seed)
    times, places = random.uniform(0, 1, count), random.uniform(0, 1, count)
    exact = np.exp(-0.12 * np.pi**2 * times) * np.sin(np.pi * places)
    values = exact + noise * random.normal(size=count)
    level = noise if stated is None else stated
    diffusivity = rs.parameter("D", bounds=(0.01, 1.0))
    return rs.Problem(
        domain=rs.Box(t=(0, 1), x=(0, 1)),
        equations=rs.Eq(u.diff(t), rs.div(diffusivity * rs.grad(u))),
        conditions=[rs.initial(u, sin(pi * x)), rs.dirichlet(u, 0)],
        observations=[rs.observe(u, values, at={"t": times, "x": places}, noise=level)],
        name="rod",
    )


def decay(values: Any, times: Any, *, noise: float, gain: bool = False) -> rs.Problem:
    """y' = -r y, or y' = -g r y, where only the product can be told."""
    r, g = rs.parameter("r", bounds=(0.1, 5.0)), rs.parameter("g", bounds=(0.1, 5.0))
    t = rs.time("t")
    rate = g * r if gain else r
    return rs.Problem(
        domain=rs.Box(t=(0, 2)),
        equations=rs.Eq(y.diff(t), -rate * y),
        conditions=[rs.initial(y, 1)],
        observations=[rs.observe(y, values, at={"t": times}, noise=noise)],
        name="decay",
    )


def decayed(
    rate: float = 1.0, noise: float = 0.02, count: int = 20, seed: int = 9
) -> tuple[np.ndarray, np.ndarray]:
    """Readings of exp(-rate t) and their times."""
    times = np.linspace(0.1, 2, count)
    values = np.exp(-rate * times) + noise * np.random.default_rng(seed).normal(size=count)
    return values, times
