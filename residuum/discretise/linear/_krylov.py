"""Krylov methods with preconditioners, stopping on the true residual in a weighted norm.

SciPy's own stop on norms of the preconditioned residual that differ from method to method, and do
not tell a breakdown (an indefinite matrix in conjugate gradients) from slow progress.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

Map = Callable[[np.ndarray], np.ndarray]
NO_CONVERGENCE = "no convergence"


@final
@dataclass(frozen=True)
class Iterate:
    """Where a Krylov method ended.

    Args:
        values: (n,), the last finite iterate.
        iterations: steps; one product with the matrix each, two or three for directions.
        breakdown: why it ended early, empty where it did not.
        history: weighted norms of the residual, the first before the first step: one per step, for
            minimal residuals one per eight.
        fallbacks: steps along a classical direction where another one was proposed.
    """

    values: np.ndarray
    iterations: int
    breakdown: str = ""
    history: tuple[float, ...] = ()
    fallbacks: int = 0


@final
@dataclass(frozen=True)
class Stop:
    """When to stop: the norm of ``weight * residual`` at most ``size``, or after ``most``."""

    size: float
    weight: np.ndarray | float = 1.0
    most: int = 500

    def met(self, residual: np.ndarray) -> bool:
        """Whether the residual is small enough."""
        return self.norm(residual) <= self.size

    def norm(self, residual: np.ndarray) -> float:
        """Return the norm of the weighted residual."""
        return float(np.linalg.norm(self.weight * residual))


def conjugate_gradients(
    apply: Map, right: np.ndarray, *, inverse: Map, start: np.ndarray, stop: Stop
) -> Iterate:
    """Solve a symmetric positive definite system.

    Breaks down where a direction of no or negative energy shows that the matrix or the
    preconditioner is not definite. (M. R. Hestenes, E. Stiefel, J. Res. Nat. Bur. Standards 49,
    1952.)
    """
    x = start.copy()
    residual = right - apply(x) if x.any() else right.copy()
    history = [stop.norm(residual)]
    if history[0] <= stop.size:
        return Iterate(x, 0, "", (history[0],))
    z = inverse(residual)
    direction, rate = z.copy(), float(residual @ z)
    for iteration in range(1, stop.most + 1):
        if not (rate > 0 and np.isfinite(rate)):
            name = "the preconditioner is not definite"
            return Iterate(x, iteration, name, tuple(history))
        image = apply(direction)
        energy = float(direction @ image)
        if not (energy > 0 and np.isfinite(energy)):
            return Iterate(x, iteration, "the matrix is not definite", tuple(history))
        x += (rate / energy) * direction
        residual -= (rate / energy) * image
        history.append(stop.norm(residual))
        if history[-1] <= stop.size:
            return Iterate(x, iteration, "", tuple(history))
        z = inverse(residual)
        rate, last = float(residual @ z), rate
        direction *= rate / last
        direction += z
    return Iterate(x, stop.most, NO_CONVERGENCE, tuple(history))


def minimal_residuals(
    apply: Map, right: np.ndarray, *, inverse: Map, start: np.ndarray, stop: Stop
) -> Iterate:
    """Solve a symmetric indefinite system with a definite preconditioner.

    Lanczos vectors in the inner product of the preconditioner, Givens rotations for the
    least-squares problem. The residual itself is tested every eighth step, because the recurrence
    gives only its preconditioned norm. (C. C. Paige, M. A. Saunders, SIAM J. Numer. Anal. 12, 1975;
    H. C. Elman, D. J. Silvester, A. J. Wathen, Finite Elements and Fast Iterative Solvers, 2nd
    edition, Oxford 2014, section 4.1.)
    """
    x = start.copy()
    old, new = np.zeros_like(right), right - apply(x)
    z = inverse(new)
    square = float(new @ z)
    history = [stop.norm(new)]
    if history[0] <= stop.size or not (square > 0 and np.isfinite(square)):
        name = "" if history[0] <= stop.size else "the preconditioner is not definite"
        return Iterate(x, 0, name, tuple(history))
    gamma, last, eta = np.sqrt(square), 1.0, np.sqrt(square)
    sines, cosines = (0.0, 0.0), (1.0, 1.0)
    before, ago = np.zeros_like(right), np.zeros_like(right)
    for iteration in range(1, stop.most + 1):
        z = z / gamma
        image = apply(z)
        delta = float(image @ z)
        old, new = new, image - (delta / gamma) * new - (gamma / last) * old
        ahead = inverse(new)
        square = float(new @ ahead)
        if not (np.isfinite(square) and square > -1e-10 * gamma * gamma):
            name = "the preconditioner is not definite"
            return Iterate(x, iteration, name, tuple(history))
        coming = float(np.sqrt(max(square, 0.0)))
        a0 = cosines[1] * delta - cosines[0] * sines[1] * gamma
        a1 = float(np.hypot(a0, coming))
        if a1 == 0.0:
            return Iterate(x, iteration, "the matrix is singular", tuple(history))
        a2 = sines[1] * delta + cosines[0] * cosines[1] * gamma
        a3 = sines[0] * gamma
        cosines, sines = (cosines[1], a0 / a1), (sines[1], coming / a1)
        before, ago = (z - a3 * ago - a2 * before) / a1, before
        x += cosines[1] * eta * before
        eta *= -sines[1]
        exhausted = coming <= 1e-300
        if iteration % 8 == 0 or exhausted:
            history.append(stop.norm(right - apply(x)))
            if history[-1] <= stop.size:
                return Iterate(x, iteration, "", tuple(history))
        if exhausted:
            return Iterate(x, iteration, NO_CONVERGENCE, tuple(history))
        last, gamma, z = gamma, coming, ahead
    return Iterate(x, stop.most, NO_CONVERGENCE, tuple(history))


def flexible_residuals(
    apply: Map, right: np.ndarray, *, inverse: Map, start: np.ndarray, stop: Stop, restart: int = 60
) -> Iterate:
    """Solve a system without symmetry; the preconditioner may change from step to step.

    Right preconditioned, so that what is minimised is the residual itself: the caller scales the
    rows, ``stop.weight`` only tests. Ends when a whole cycle gains less than a tenth. (Y. Saad,
    SIAM J. Sci. Comput. 14, 1993.)
    """
    x, done, size = start.copy(), 0, np.inf
    history: list[float] = []
    while True:
        residual = right - apply(x)
        now = stop.norm(residual)
        # The last value of a cycle was an estimate.
        history = [*history[:-1], now]
        if now <= stop.size:
            return Iterate(x, done, "", tuple(history))
        norm = float(np.linalg.norm(residual))
        if not np.isfinite(norm) or norm > 0.9 * size or done >= stop.most:
            return Iterate(x, done, NO_CONVERGENCE, tuple(history))
        size, ratio = norm, now / norm
        step, sizes = _cycle(
            apply, residual, inverse, target=stop.size / ratio, most=min(restart, stop.most - done)
        )
        done += len(sizes)
        history += [ratio * value for value in sizes]
        if step is None:
            name = "the preconditioner is not finite"
            return Iterate(x, done, name, tuple(history))
        x = x + step


def _cycle(
    apply: Map, residual: np.ndarray, inverse: Map, *, target: float, most: int
) -> tuple[np.ndarray | None, list[float]]:
    """Return the correction of one Arnoldi cycle and the residual that each step leaves."""
    norm = float(np.linalg.norm(residual))
    basis, images = [residual / norm], []
    upper = np.zeros((most + 1, most))
    side = np.zeros(most + 1)
    side[0] = norm
    turns: list[tuple[float, float]] = []
    sizes: list[float] = []
    k = 0
    while k < most:
        images.append(inverse(basis[k]))
        new = apply(images[k])
        if not np.isfinite(new).all():
            images.pop()
            break
        # Twice, since one pass loses orthogonality where the new vector nearly lies in the span.
        for _ in range(2):
            for i in range(k + 1):
                part = float(basis[i] @ new)
                upper[i, k] += part
                new -= part * basis[i]
        length = float(np.linalg.norm(new))
        upper[k + 1, k] = length
        for i, (c, s) in enumerate(turns):
            a, b = upper[i, k], upper[i + 1, k]
            upper[i, k], upper[i + 1, k] = c * a + s * b, c * b - s * a
        total = float(np.hypot(upper[k, k], upper[k + 1, k]))
        if total == 0.0:
            images.pop()
            break
        c, s = upper[k, k] / total, upper[k + 1, k] / total
        turns.append((c, s))
        upper[k, k], upper[k + 1, k] = total, 0.0
        side[k], side[k + 1] = c * side[k], -s * side[k]
        k += 1
        sizes.append(abs(float(side[k])))
        if abs(side[k]) <= target or length <= 1e-14 * norm:
            break
        basis.append(new / length)
    if k == 0:
        return None, [norm]
    weights = np.linalg.solve(np.triu(upper[:k, :k]), side[:k])
    return np.stack(images[:k], axis=1) @ weights, sizes
