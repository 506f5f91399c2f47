"""Observations kept aside, which tell answers that have learned something from those that follow
the noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from residuum.problem import Observation, Problem

KEPT = 5
"""One observation in so many is kept aside."""


def noisy(problem: Problem) -> bool:
    """Whether observations are known to have noise."""
    return any(item.noise > 0 for item in problem.observations)


def parted(problem: Problem) -> tuple[list[Observation], list[Observation]]:
    """Return the observations without every fifth value, and those alone."""
    known: list[Observation] = []
    aside: list[Observation] = []
    for item in problem.observations:
        kept = np.random.default_rng(73).permutation(len(item.values)) % KEPT == 0
        for found, mine in ((known, ~kept), (aside, kept)):
            found.append(
                Observation(item.unknown, item.points[mine], item.values[mine], item.noise)
            )
    return known, aside


def misfits(problem: Problem, field: Any, aside: Sequence[Observation]) -> np.ndarray:
    """Return the misfits of observations, in units of their noise or else of their size."""
    found = [np.zeros(0)]
    for item in aside:
        order = [item.unknown.args.index(c) for c in problem.coordinates]
        values = np.asarray(field(jnp.asarray(item.points[:, order])))
        size = item.noise if item.noise > 0 else max(float(np.abs(item.values).max()), 1e-300)
        found.append((values[:, problem.unknowns.index(item.unknown)] - item.values) / size)
    return np.concatenate(found)


def as_good(misfits: Sequence[np.ndarray]) -> list[int]:
    """Return the places of the answers that foretell what was kept aside as well as the best does.

    By one standard error of the difference of their squared misfits: noise alone would decide
    among them (L. Breiman et al., Classification and Regression Trees, 1984).
    """
    squares = [found**2 for found in misfits]
    least = min(squares, key=lambda found: float(found.mean()))
    good = []
    for k, found in enumerate(squares):
        more = found - least
        if more.mean() <= more.std() / math.sqrt(len(more)):
            good.append(k)
    return good
