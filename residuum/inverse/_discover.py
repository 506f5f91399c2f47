"""Which terms an equation has, from data: sparse regression on its weak form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp

from residuum._core import DataError, OptionError, Posterior, ProblemError
from residuum.inverse._weak_terms import WeakTerm, weak_term, weights
from residuum.problem import Eq, Problem, observe, parameter
from residuum.problem._symbols import Unknown

SHARE, STRIDES = 8, 3
"""A window's half is this part of an axis, and its neighbour a third of its half away."""
LEAST = 10
"""Fewest grid points in half a window: with six, sums are off by 3e-4 of integrals, which looks
like one more term in data without noise."""
FOLDS = 4
"""Blocks per axis that are left out in turn."""
THRESHOLDS = 10.0 ** np.arange(-4.0, 0.01, 0.25)
"""Sizes of a term, against the rate, below which it is dropped."""
REACH = 10.0
"""Bounds of the open coefficients, in their own size."""


@dataclass(frozen=True)
class Discovery:
    """An equation that was found.

    Args:
        unknown: u.
        rate: the left side.
        terms: of the right side, as they were written.
        posterior: their coefficients c_0, c_1, … with intervals.
        errors: relative error on left-out blocks, by number of terms.
        axes: of the data, by name.
        values: the data.
    """

    unknown: Unknown
    rate: Any
    terms: tuple[Any, ...]
    posterior: Posterior
    errors: dict[int, float]
    axes: Mapping[str, np.ndarray] = field(repr=False)
    values: np.ndarray = field(repr=False)

    @property
    def equation(self) -> Eq:
        """The equation with the numbers found."""
        parts = zip(self.posterior.values, self.terms, strict=True)
        return Eq(self.rate, sp.Add(*(sp.Float(float(c)) * term for c, term in parts)))

    def problem(
        self, domain: Any, conditions: Sequence[Any], *, noise: float = 0.0, count: int = 1000
    ) -> Problem:
        """Return the problem with its coefficients open and data as observations.

        ``OutputLeastSquares`` then finds them by the likelihood of the data. A regression has noise
        in what it regresses on too, which pulls coefficients towards zero.

        Args:
            domain: box of the problem.
            conditions: initial and boundary conditions.
            noise: of the data, if it is known.
            count: of the data at most so many are taken, drawn evenly.
        """
        right: Any = sp.Integer(0)
        for name, value, term in zip(
            self.posterior.names, self.posterior.values, self.terms, strict=True
        ):
            size = REACH * abs(float(value))
            bounds = (0.0, size) if value > 0 else (-size, 0.0)
            right += parameter(name, float(value), bounds=bounds) * term
        places = np.stack(np.meshgrid(*self.axes.values(), indexing="ij"), axis=-1)
        points, data = places.reshape(-1, len(self.axes)), self.values.ravel()
        mine = np.random.default_rng(79).permutation(len(data))[:count]
        seen = observe(self.unknown, data[mine], at=points[mine], noise=noise)
        return Problem(domain, Eq(self.rate, right), conditions, observations=[seen])


def library(u: Unknown, *, powers: int = 3, orders: int = 4) -> list[Any]:
    """Return the usual terms: u^k and u^k ∂u up to ``powers``, and ∂^m u along every space axis."""
    found: list[Any] = [u**k for k in range(1, powers + 1)]
    for c in u.args:
        if c.role == "space":
            found += [u**k * u.diff(c) for k in range(powers)]
            found += [u.diff(c, m) for m in range(2, orders + 1)]
    return found


def discover(
    u: Unknown,
    values: np.ndarray,
    *,
    at: Mapping[str, np.ndarray],
    candidates: Sequence[Any] | None = None,
    rate: Any = None,
    level: float = 0.9,
) -> Discovery:
    """Find the few terms of u_t = Σ c_k · term_k that data on an even grid obey.

    Every term is written as ∂^α g(u) and integrated against bumps, so that no derivative of noisy
    data is taken. Sequentially thresholded least squares gives sparser and sparser sets; of those
    whose error on blocks left out is within one standard error of the best, the smallest is taken.

    Args:
        u: the unknown; its first coordinate is time.
        values: shape of the grid, in the order of the coordinates of ``u``.
        at: an evenly spaced array per coordinate.
        candidates: terms that may stand on the right; ``library(u)`` if left out.
        rate: the left side; the first time derivative if left out.
        level: of the coefficients' intervals, which a sandwich over blocks of windows gives.

    Raises:
        DataError: shapes that do not fit, uneven axes, or fewer than 30 points along one.
        ProblemError: a term that is no derivative of a function of u, or no term is left.

    It breaks where the solution shows no more than one wave, on which u_x and u are alike, and
    where a term matters only on scales shorter than a window, an eighth of the axis.

    Source: D. Messenger, D. Bortz, Weak SINDy for partial differential equations, J. Comput. Phys.
    443 (2021); S. Brunton, J. Proctor, J. Kutz, PNAS 113 (2016).
    """
    if not 0 < level < 1:
        raise OptionError("a level between 0 and 1", str(level), "Write level=0.9.")
    grid, axes = _grid(u, values, at)
    left = u.diff(next(c for c in u.args if c.role == "time")) if rate is None else rate
    terms = [weak_term(u, item) for item in (candidates or library(u))]
    columns, blocks = _table(u, [weak_term(u, left), *terms], grid, list(axes.values()))
    target, matrix = columns[:, 0], columns[:, 1:]
    still = float(np.ptp(grid, axis=0).max()) <= 1e-12 * float(np.abs(grid).max())
    if still or not np.isfinite(columns).all():
        raise DataError("data that change in time", "none that do", "Give more of the solution.")
    sets = _supports(matrix, target)
    if not sets:
        raise ProblemError("a candidate that matters", "none", "Give other candidates.")
    chosen, errors = _chosen(sets, matrix, target, blocks)
    own = matrix[:, chosen]
    posterior = _sandwich(own, target, blocks, level)
    kept = tuple(terms[k].term for k in chosen)
    return Discovery(u, left, kept, posterior, errors, axes, grid)


def _grid(
    u: Unknown, values: np.ndarray, at: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    names = [c.name for c in u.args]
    if sorted(at) != sorted(names):
        raise DataError(f"an axis for each of {names}", str(sorted(at)), "Name every coordinate.")
    axes = {name: np.asarray(at[name], float).ravel() for name in names}
    grid = np.asarray(values, float)
    if grid.shape != tuple(len(a) for a in axes.values()) or not np.isfinite(grid).all():
        wanted = f"finite values of shape {tuple(len(a) for a in axes.values())}"
        raise DataError(wanted, str(grid.shape), "Order the axes as the coordinates of u.")
    for name, axis in axes.items():
        steps = np.diff(axis)
        if len(axis) < 3 * LEAST or not np.allclose(steps, steps[0], rtol=1e-6) or steps[0] <= 0:
            wanted = f"at least {3 * LEAST} evenly spaced, rising {name}"
            raise DataError(wanted, f"{len(axis)} values", "Interpolate onto such a grid.")
    return grid, axes


def _table(
    u: Unknown, terms: Sequence[WeakTerm], grid: np.ndarray, axes: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weak values of terms (windows, terms), and the block of every window."""
    halves = [max(LEAST, len(axis) // (2 * SHARE)) for axis in axes]
    columns = []
    for term in terms:
        found = term.values(u, grid)
        for i, (axis, half) in enumerate(zip(axes, halves, strict=True)):
            row = weights(axis, half, max(1, half // STRIDES), term.order[i])
            found = np.moveaxis(np.tensordot(row, found, axes=(1, i)), 0, i)
        columns.append(found.ravel())
    parts = [np.minimum(np.arange(n) * FOLDS // n, FOLDS - 1) for n in found.shape]
    numbers = reduce(lambda a, b: a[..., None] * FOLDS + b, parts)
    return np.stack(columns, axis=1), numbers.ravel()


def _fitted(matrix: np.ndarray, target: np.ndarray) -> np.ndarray:
    size = np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)
    found: np.ndarray = np.linalg.lstsq(matrix / size, target, rcond=1e-12)[0] / size
    return found


def _supports(matrix: np.ndarray, target: np.ndarray) -> list[tuple[int, ...]]:
    """Return the sets of terms that thresholds leave, each once."""
    found: dict[tuple[int, ...], None] = {}
    size = np.linalg.norm(matrix, axis=0) / np.linalg.norm(target)
    for threshold in THRESHOLDS:
        kept = np.flatnonzero(size > 0)
        for _ in range(matrix.shape[1]):
            if not kept.size:
                break
            share = np.abs(_fitted(matrix[:, kept], target)) * size[kept]
            small = share < threshold
            if not small.any():
                break
            # One at a time: alike columns share what one of them does alone.
            kept = np.delete(kept, int(np.argmin(share)))
        if kept.size:
            found[tuple(int(k) for k in kept)] = None
    return list(found)


def _chosen(
    sets: list[tuple[int, ...]], matrix: np.ndarray, target: np.ndarray, blocks: np.ndarray
) -> tuple[list[int], dict[int, float]]:
    """Return the smallest set within one standard error of the best on blocks left out."""
    every = np.unique(blocks)
    scores = np.zeros((len(sets), len(every)))
    for i, chosen in enumerate(sets):
        own = matrix[:, list(chosen)]
        for j, block in enumerate(every):
            out = blocks == block
            left = target[out] - own[out] @ _fitted(own[~out], target[~out])
            scores[i, j] = float(left @ left)
    best = int(scores.sum(axis=1).argmin())
    # The difference from the best, block by block: what all sets find hard does not count.
    gaps = scores - scores[best]
    allowed = gaps.std(axis=1, ddof=1) * np.sqrt(len(every))
    good = [i for i in range(len(sets)) if gaps[i].sum() <= allowed[i] or i == best]
    errors = {
        len(s): float(np.sqrt(e.sum() / (target @ target)))
        for s, e in zip(sets, scores, strict=True)
    }
    return list(sets[min(good, key=lambda i: len(sets[i]))]), errors


def _sandwich(
    matrix: np.ndarray, target: np.ndarray, blocks: np.ndarray, level: float
) -> Posterior:
    """Return coefficients and a covariance that allows errors alike within a block.

    Source: K.-Y. Liang, S. Zeger, Biometrika 73 (1986).
    """
    values = _fitted(matrix, target)
    left = target - matrix @ values
    inverse = np.linalg.pinv(matrix.T @ matrix, hermitian=True)
    every = np.unique(blocks)
    scores = np.stack([matrix[blocks == b].T @ left[blocks == b] for b in every])
    covariance = inverse @ (scores.T @ scores) @ inverse * len(every) / (len(every) - 1)
    p = len(values)
    wide = np.maximum(1e3 * np.abs(values), 1e-300)[:, None] * np.array([[-1.0, 1.0]])
    return Posterior(
        tuple(f"c_{k}" for k in range(p)),
        values,
        (covariance + covariance.T) / 2,
        wide,
        level,
        float(max(len(every) - p, 1)),
        misfit=float(left @ left),
        count=len(target),
    )
