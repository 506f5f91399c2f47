"""The marginal likelihood of rows under a product kernel, and its climb by L-BFGS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from residuum._core import Index, Monitor, generator
from residuum.blocks import SpectralMixture
from residuum.learning._linearised import Linearised
from residuum.objectives import Inferred

JITTER = 1e-10
"""What is added to the diagonal of a covariance, against its mean: rounding takes about 1e-14."""

WIDE = 4.0
"""Deviation of the prior of every hyper-parameter, logarithms in factors of e: nearly flat."""

SEARCHED = 257
NEAR = 10.0
"""Starts this many units of -log p above the best are left out."""

TURNS = 4
STEEP, STEP = 1e3, 1e-4
SETTLED = 1e-3
LEAST = 1e-7
"""Least noise that is sought, against the size of the terms."""


class ProductPrior(eqx.Module):
    """v ~ GP(0, Π_i k_i(z_i - z'_i)), conditioned to vanish at some ends of some axes.

    Args:
        logs: logarithms of weights and inverse lengths and the shift of the frequencies, in
            spacings, shape (3, bumps) for each axis.
        spacing: between the first frequencies of each axis, 0, 1, 2, … spacings, in cycles.
        ends: where v vanishes, by axis, in dimensionless coordinates.
        matern: which envelope.
    """

    logs: tuple[Array, ...]
    spacing: tuple[float, ...] = eqx.field(static=True)
    ends: tuple[tuple[float, ...], ...] = eqx.field(static=True)
    matern: bool = eqx.field(static=True)

    def kernel(self, axis: int) -> SpectralMixture:
        """Return the covariance along one axis."""
        weights, inverses, shift = self.logs[axis]
        first = jnp.arange(shift.shape[0])
        frequencies = self.spacing[axis] * (first + shift)
        return SpectralMixture(jnp.exp(weights), jnp.exp(inverses), frequencies, self.matern)


class Evidence(eqx.Module):
    """-log p(right | hyper-parameters): one Cholesky factor of the covariance of all rows.

    Distances between rows repeat on a grid: the kernel is evaluated once for each (its Toeplitz
    structure), also where points are scattered.

    Args:
        linear: the rows.
        places: their points, dimensionless, shape (m, d).
        distances, where: the distances along each axis, each once, and which one two rows have.
        noise: standard deviation of each block of rows, or ``None`` where it is to be found.
        given: how many of the first rows are conditions of the others and no evidence themselves.
    """

    linear: Linearised
    places: Array
    distances: tuple[Array, ...]
    where: tuple[Array, ...]
    noise: tuple[float | None, ...] = eqx.field(static=True)
    given: int = eqx.field(static=True, default=0)

    @staticmethod
    def of(
        linear: Linearised, centre: np.ndarray, noise: Sequence[float | None], given: int = 0
    ) -> Evidence:
        """Prepare the evidence of linearised rows."""
        points = np.concatenate([np.asarray(rows.points) for rows in linear.rows])
        places = (points - centre) / np.array(linear.half)
        distances, where = [], []
        for column in places.T:
            gaps = np.round(column[:, None] - column[None, :], 13)
            unique, inverse = np.unique(gaps, return_inverse=True)
            distances.append(jnp.asarray(unique))
            where.append(jnp.asarray(inverse.reshape(gaps.shape)))
        pair = (tuple(distances), tuple(where))
        return Evidence(linear, jnp.asarray(places), *pair, tuple(noise), given)

    def covariance(self, prior: ProductPrior, slopes: Mapping[Index, Array]) -> Array:
        """Return the covariance of all rows without noise, shape (m, m)."""
        parts = [_Axis(self, prior, slopes, i) for i in range(len(self.linear.half))]
        total: Any = 0.0
        for left, first in slopes.items():
            for right, second in slopes.items():
                term = first[:, None] * second[None, :]
                for i, part in enumerate(parts):
                    term = term * part(left[i], right[i])
                total = total + term
        return jnp.asarray(total)

    def variances(self, logs: Array) -> Array:
        """Return the noise of every row, shape (m,)."""
        free, pieces = 0, []
        for rows, noise in zip(self.linear.rows, self.noise, strict=True):
            known = noise is not None
            size = jnp.asarray(noise) if known else jnp.exp(logs[free])
            free += not known
            pieces.append(jnp.full(len(rows.points), size**2))
        return jnp.concatenate(pieces)

    def __call__(self, prior: ProductPrior, logs: Array, numbers: Inferred) -> Array:
        """Return -log p, infinite where the factor does not exist."""
        slopes, right = self.linear.system(numbers.values())
        matrix = self.covariance(prior, slopes)
        size = jnp.mean(jnp.diagonal(matrix))
        matrix = matrix + jnp.diag(self.variances(logs) + JITTER * size)
        factor = jnp.linalg.cholesky(matrix)
        white = jax.scipy.linalg.solve_triangular(factor, right, lower=True)
        # The first rows of a Cholesky factor are that of the first rows: what is left is the
        # evidence of the others given those.
        white, size = white[self.given :], jnp.diagonal(factor)[self.given :]
        return 0.5 * white @ white + jnp.log(size).sum() + len(white) * np.log(2 * np.pi) / 2


class _Axis:
    """Covariances of derivatives along one axis, each formed once."""

    def __init__(
        self, evidence: Evidence, prior: ProductPrior, slopes: Mapping[Index, Array], axis: int
    ) -> None:
        most = max(index[axis] for index in slopes)
        kernel = prior.kernel(axis)
        self.where, self.place = evidence.where[axis], evidence.places[:, axis]
        self.plain = kernel.derivatives(evidence.distances[axis], 2 * most)
        self.known: dict[tuple[int, int], Array] = {}
        self.ends = jnp.asarray(prior.ends[axis])
        if prior.ends[axis]:
            gaps = self.place[:, None] - self.ends[None, :]
            found = kernel.derivatives(gaps.ravel(), most)
            self.reach = [item.reshape(gaps.shape) for item in found]
            between = (self.ends[:, None] - self.ends[None, :]).ravel()
            square = kernel.derivatives(between, 0)[0].reshape(len(self.ends), -1)
            eye = jnp.eye(len(self.ends))
            self.inverse = jnp.linalg.inv(square + 1e-12 * square[0, 0] * eye)

    def __call__(self, left: int, right: int) -> Array:
        if (left, right) not in self.known:
            found = self.plain[left + right][self.where] * (-1.0) ** right
            if self.ends.shape[0]:
                # ∂' of k(b - z') is that of k(z' - b): kernels are even.
                found = found - self.reach[left] @ self.inverse @ self.reach[right].T
            self.known[left, right] = found
        return self.known[left, right]


@dataclass
class Fit:
    """Hyper-parameters found.

    Args:
        prior, logs, numbers: the best ones: prior, logarithms of free noises, inferred numbers.
        value: -log p there, the prior of the hyper-parameters included.
        spread: covariance of the raw inferred numbers by Laplace's approximation.
        evaluations: of the evidence and its gradient.
        message: how the climb ended.
    """

    prior: ProductPrior
    logs: Array
    numbers: Inferred
    value: float
    spread: np.ndarray
    evaluations: int
    message: str

    def steps(self) -> list[Inferred]:
        """Return the inferred numbers one deviation away along every axis of their ellipsoid."""
        if not self.numbers.raw:
            return []
        values, vectors = np.linalg.eigh(self.spread)
        found = []
        for value, vector in zip(values, vectors.T, strict=True):
            step = dict(zip(self.numbers.raw, np.sqrt(max(value, 0.0)) * vector, strict=True))
            raw = {name: z + step[name] for name, z in self.numbers.raw.items()}
            found.append(Inferred(raw, self.numbers.middle, self.numbers.half))
        return found

    def deviations(self) -> dict[str, float]:
        """Return the standard deviation of every inferred number, to first order."""
        sizes = np.sqrt(np.maximum(np.diag(self.spread), 0.0))
        parts = zip(self.numbers.raw.items(), self.numbers.half, sizes, strict=True)
        return {
            name: float(half * (1 - jnp.tanh(z) ** 2) * size) for (name, z), half, size in parts
        }


@eqx.filter_jit
def _slope(
    vector: Array, evidence: Evidence, fixed: Any, first: Array, unravel: Any
) -> tuple[Array, Array]:
    return jax.value_and_grad(_total)(vector, evidence, fixed, first, unravel)


@eqx.filter_jit
def _value(vector: Array, evidence: Evidence, fixed: Any, first: Array, unravel: Any) -> Array:
    return _total(vector, evidence, fixed, first, unravel)


def _curvature(vector: np.ndarray, size: int, rest: Any) -> np.ndarray:
    """Second derivatives by the last ``size`` numbers, the hyper-parameters held.

    Central differences of the slope: compiling second derivatives takes longer than the climb.
    """
    rows = []
    for i in range(size):
        step = np.zeros_like(vector)
        step[len(vector) - size + i] = STEP
        ends = [np.asarray(_slope(jnp.asarray(vector + s), *rest)[1]) for s in (step, -step)]
        rows.append((ends[0] - ends[1])[len(vector) - size :] / (2 * STEP))
    return np.stack(rows)


def _total(vector: Array, evidence: Evidence, fixed: Any, first: Array, unravel: Any) -> Array:
    found = evidence(*eqx.combine(unravel(vector), fixed))
    return found + 0.5 * jnp.sum(((vector - first) / WIDE) ** 2)


class MarginalLikelihood:
    """Climb the marginal likelihood of rows over kernel, free noises and inferred numbers.

    Args:
        iterations: most iterations of L-BFGS.
    """

    def __init__(self, iterations: int = 100) -> None:
        self.iterations = iterations

    def fit(
        self,
        evidence: Evidence,
        start: tuple[ProductPrior, Array, Inferred],
        monitor: Monitor,
        *,
        search: bool = True,
    ) -> Fit:
        """Return the best hyper-parameters.

        Raises:
            FloatingPointError: the covariance has no Cholesky factor anywhere that was tried.
        """
        moving, fixed = eqx.partition(start, eqx.is_inexact_array)
        vector, unravel = ravel_pytree(moving)
        rest = (evidence, fixed, vector, unravel)
        numbers = start[2]
        size = len(numbers.raw)
        starts = [np.asarray(vector)]
        if size and search:
            starts = _searched(vector, size, rest)
        runs = [self._climb(item, rest, monitor) for item in starts]
        best = min(runs, key=lambda item: item[0])
        if not np.isfinite(best[0]):
            raise FloatingPointError("the covariance of the rows has no Cholesky factor")
        value, place, message, _ = best
        prior, logs, numbers = eqx.combine(unravel(jnp.asarray(place)), fixed)
        spread = np.zeros((0, 0))
        if size:
            spread = _spread(_curvature(place, size, rest))
        calls = sum(item[3] for item in runs)
        return Fit(prior, logs, numbers, value, spread, calls, message)

    def _climb(self, start: np.ndarray, rest: Any, monitor: Monitor) -> Any:
        """Return the least -log p, where, the last message and the number of evaluations.

        Weights and noises climb first: frequencies move only once it is clear which bumps matter.
        """
        import scipy.optimize  # takes a while to import

        climb = _Climb(rest, monitor, self.iterations, np.asarray(start))
        message = "no finite value"
        low, high = _bounds(rest)
        still = _frozen(rest)
        for turn in range(TURNS):
            before = climb.value
            # Data that must also tell numbers are too few to shape a kernel.
            frozen = still & (turn == 0 or bool(rest[0].given))
            settled = SETTLED / max(1.0, abs(before)) if np.isfinite(before) else 1e-6
            ends = np.where(frozen, climb.place, low), np.where(frozen, climb.place, high)
            try:
                message = scipy.optimize.minimize(
                    climb,
                    np.clip(climb.place, *ends),
                    jac=True,
                    method="L-BFGS-B",
                    bounds=np.stack(ends, axis=1),
                    options={"maxiter": self.iterations, "maxcor": 20, "ftol": settled},
                ).message
            except StopIteration:
                message = "the time budget is spent"
                break
            # A line search that failed may go on with a fresh memory.
            if turn > 0 and climb.value > before - max(0.1, 1e-3 * abs(before)):
                break
        return climb.value, climb.place, str(message), climb.calls


class _Climb:
    """The function L-BFGS sees; where the factor does not exist, a bowl around the best place."""

    def __init__(self, rest: Any, monitor: Monitor, most: int, start: np.ndarray) -> None:
        self.rest, self.monitor, self.most = rest, monitor, most
        self.value, self.place, self.calls = np.inf, start, 0

    def __call__(self, vector: np.ndarray) -> tuple[float, np.ndarray]:
        self.calls += 1
        found, slope = (np.asarray(part) for part in _slope(jnp.asarray(vector), *self.rest))
        bad = not (np.isfinite(found) and np.isfinite(slope).all())
        if not bad and found < self.value:
            self.value, self.place = float(found), vector.copy()
        if self.monitor.spent:
            raise StopIteration
        if bad:
            base = self.value if np.isfinite(self.value) else 1e10
            away = vector - self.place
            return float(base + STEEP * (1 + away @ away)), 2 * STEEP * away
        share = self.calls / (TURNS * self.most)
        self.monitor.update(share, f"-log p {float(found):.5g}")
        return float(found), np.asarray(slope, float)


def _shaped(rest: Any, kernels: Sequence[float], noise: float, number: float) -> Any:
    """Return one vector with a number for each row of the kernels' logs, noises and numbers."""
    _, fixed, first, unravel = rest
    prior, logs, numbers = eqx.combine(unravel(first), fixed)
    column = jnp.asarray(kernels)[:, None]
    rows = tuple(jnp.broadcast_to(column, part.shape) for part in prior.logs)
    prior = ProductPrior(rows, prior.spacing, prior.ends, prior.matern)
    raw = {name: jnp.full_like(z, number) for name, z in numbers.raw.items()}
    made = (prior, jnp.full_like(logs, noise), Inferred(raw, numbers.middle, numbers.half))
    return np.asarray(ravel_pytree(eqx.filter(made, eqx.is_inexact_array))[0])


def _bounds(rest: Any) -> tuple[np.ndarray, np.ndarray]:
    first = np.asarray(rest[2])
    low = _shaped(rest, [-20.0, -5.0, -1.0], -np.inf, -np.inf) + first
    # Noises only shrink: else everything may pass for noise.
    high = _shaped(rest, [12.0, 1.5, 1.0], 0.0, np.inf) + first
    least = _shaped(rest, [-np.inf] * 3, np.log(LEAST), -4.0)
    most = _shaped(rest, [np.inf] * 3, 2.0, 4.0)
    return np.maximum(low, least), np.minimum(high, most)


def _frozen(rest: Any) -> np.ndarray:
    return _shaped(rest, [0.0, 1.0, 1.0], 0.0, 0.0) > 0


def _searched(vector: Array, size: int, rest: Any) -> list[np.ndarray]:
    """Return the best three starts: the likelihood of a number may have many hills."""
    from scipy.stats import qmc  # takes a while to import

    if size == 1:
        inside = np.linspace(-0.97, 0.97, SEARCHED)[:, None]
    else:
        inside = 1.94 * qmc.Sobol(size, seed=generator(7, size)).random(128) - 0.97
    found = []
    for row in np.arctanh(inside):
        trial = np.asarray(vector).copy()
        trial[len(trial) - size :] = row
        value = float(_value(jnp.asarray(trial), *rest))
        found.append((value if np.isfinite(value) else np.inf, trial))
    found.sort(key=lambda item: item[0])
    return [trial for value, trial in found[:3] if value < found[0][0] + NEAR]


def _spread(curvature: np.ndarray) -> np.ndarray:
    """Return the covariance of the numbers; a direction that rises nowhere is as wide as ever."""
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    return np.asarray((vectors / np.maximum(values, 1 / WIDE**2)) @ vectors.T)


def thinned(points: np.ndarray, most: int, key: Any, path: Sequence[int] = (13,)) -> np.ndarray:
    """Return which of many points stand for all: a random choice, free of aliases."""
    if len(points) <= most:
        return np.arange(len(points))
    return np.sort(generator(key, *path).choice(len(points), most, replace=False))
