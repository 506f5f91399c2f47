"""The posterior itself, by Markov chains: what the normal approximation is checked by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import (
    DataError,
    Key,
    MissingExtra,
    OptionError,
    Posterior,
    double_precision,
    jax_key,
)
from residuum.inverse._collocated import Collocated
from residuum.inverse._infer import LADDERS, without_readings
from residuum.inverse._numbers import Numbers, numbers
from residuum.inverse._readings import Readings, readings
from residuum.problem import Solution

TAILS = 5.0
"""Degrees of freedom of the proposals: heavier tails than a normal posterior has."""


@dataclass(frozen=True)
class Sample:
    """Draws of a Markov chain from the posterior.

    Args:
        names: of the p numbers.
        draws: shape (n, p).
        acceptance: share of proposals that were taken.
    """

    names: tuple[str, ...]
    draws: np.ndarray
    acceptance: float

    def intervals(self, level: float = 0.9) -> dict[str, tuple[float, float]]:
        """Return intervals with equal tails, by name."""
        ends = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return {n: (float(a), float(b)) for n, a, b in zip(self.names, *ends, strict=True)}


def sample(solution: Solution, draws: int = 2000, *, key: Key = 7, degree: int = 0) -> Sample:
    """Draw from the posterior of a solution that has one, without taking it as normal.

    Independence Metropolis–Hastings of BlackJAX, with Student proposals around the normal
    approximation: where that is good nearly all are accepted, and where it is not the share falls.
    Every draw solves the equation. Unknown noise is integrated out under its scale-free prior.

    Args:
        solution: with a posterior, from ``intervals`` or ``OutputLeastSquares``.
        draws: how many; the error of a quantile is of order one over the root of them.
        key: source of randomness.
        degree: of the polynomials that solve; by default the third of the ladder.

    Raises:
        MissingExtra: BlackJAX is not installed.
        DataError: no posterior, or one with open directions, where proposals are of no use.

    It breaks for more than about ten numbers: nearly all proposals are then refused.

    Source: L. Tierney, Markov chains for exploring posterior distributions, Ann. Stat. 22 (1994).
    """
    known = solution.posterior
    if known is None or not known.sound:
        got = "none" if known is None else "open directions or a contradiction"
        raise DataError("a solution with a sound posterior", got, "Call inverse.intervals first.")
    if draws < 1:
        raise OptionError("at least one draw", str(draws), "Give more.")
    blackjax = _blackjax()
    problem = solution.problem
    ladder = LADDERS[min(len(problem.coordinates), max(LADDERS))]
    with double_precision():
        data, prior = readings(problem), numbers(problem)
        forward = Collocated(
            without_readings(problem), data, known.names, degree=degree or ladder[2]
        )
        target = _density(forward.near(known.values), data, prior)
        root = np.linalg.cholesky(known.covariance)
        propose = _Student(jnp.asarray(known.values), jnp.asarray(root))
        chain = blackjax.irmh(target, propose, lambda _, to: propose.log(to.position))

        def step(state: Any, one: Any) -> tuple[Any, Any]:
            state, told = chain.step(one, state)
            return state, (state.position, told.is_accepted)

        start = chain.init(jnp.asarray(known.values))
        keys = jax.random.split(jax_key(key), draws)
        _, (found, taken) = jax.jit(lambda a, b: jax.lax.scan(step, a, b))(start, keys)
    return Sample(known.names, np.asarray(found), float(np.mean(taken)))


def _blackjax() -> Any:
    try:
        import blackjax  # an extra
    except ImportError as error:
        remedy = 'Install it: pip install "residuum[bayes]".'
        raise MissingExtra("BlackJAX, for Markov chains", str(error), remedy) from error
    return blackjax


def _density(read: Callable[[Any], Any], data: Readings, prior: Numbers) -> Callable[[Any], Any]:
    """Return the logarithm of the posterior density, but for a constant."""
    low, high = prior.bounds.T
    members = [np.flatnonzero(data.group == g) for g in range(len(data.noise))]

    def density(place: Any) -> Any:
        left = read(place) - data.values
        total = -0.5 * jnp.sum(prior.precision * (place - prior.mean) ** 2)
        for mine, noise in zip(members, data.noise, strict=True):
            square = jnp.sum(left[mine] ** 2)
            # ∫ σ^-n exp(-S/2σ²) dσ/σ is S^(-n/2) times a constant.
            unknown = len(mine) / 2 * jnp.log(jnp.maximum(square, 1e-300))
            total -= square / (2 * noise**2) if noise > 0 else unknown
        inside = jnp.all((place >= low) & (place <= high)) & jnp.isfinite(total)
        return jnp.where(inside, total, -jnp.inf)

    return density


class _Student:
    """Proposals: a multivariate Student distribution around the normal approximation."""

    def __init__(self, centre: Any, root: Any) -> None:
        self.centre, self.root = centre, root

    def __call__(self, key: Any) -> Any:
        one, other = jax.random.split(key)
        normal = jax.random.normal(one, self.centre.shape)
        scale = jnp.sqrt(TAILS / (2 * jax.random.gamma(other, TAILS / 2)))
        return self.centre + self.root @ normal * scale

    def log(self, position: Any) -> Any:
        """Return the logarithm of their density, but for a constant."""
        z = jax.scipy.linalg.solve_triangular(self.root, position - self.centre, lower=True)
        p = self.centre.shape[0]
        return -(TAILS + p) / 2 * jnp.log1p(z @ z / TAILS)


def widths(sample: Sample, posterior: Posterior) -> dict[str, float]:
    """Return the width of each sampled interval over that of the normal approximation."""
    drawn = sample.intervals(posterior.level)
    return {
        name: (drawn[name][1] - drawn[name][0]) / (high - low)
        for name, (low, high) in posterior.intervals.items()
    }
