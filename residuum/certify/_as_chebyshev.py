"""Any field as one polynomial on a box: L2 projection on products of Chebyshev polynomials."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Field, OptionError, Source
from residuum.blocks import Chain, ChebyshevProducts, Standardise
from residuum.certify._representation import Representation
from residuum.fields import FeatureField, TensorChebyshev, frame_of
from residuum.geometry import Box
from residuum.problem import Problem, Solution, scaling
from residuum.problem._scaling import bounds_of

FIRST, GROWTH, LEVELS = 8, 1.5, 12
MOST, HIGHEST = 5000, 150
"""Products per unknown, which evaluation at a few thousand points has memory for, and degree, whose
recurrence is compiled step by step."""
TAIL = 0.75
"""Where the last coefficients of an axis begin."""


@final
@dataclass(frozen=True)
class AsChebyshev(Representation):
    """One polynomial on a box, Fourier pairs along periodic axes; time is an axis like any other.

    Args:
        degree: highest degree, one for all coordinates or one for each; if left out, raised along
            the coordinates whose last coefficients are still large.

    Breaks for jumps and layers: the degree then stops at 150 or 5,000 products, and what is added
    is said.
    """

    degree: int | tuple[int, ...] | None = None

    name: ClassVar[str] = "chebyshev"
    sources: ClassVar[tuple[Source, ...]] = TensorChebyshev.sources

    def __post_init__(self) -> None:
        if self.degree is not None:
            TensorChebyshev(self.degree)  # the same checks

    def refuse(self, problem: Problem) -> str | None:
        if problem.shape is not None and not isinstance(problem.shape, Box):
            return f"one polynomial needs a box, not {problem.shape}"
        return None

    def attempts(self, solution: Solution, tol: float) -> Iterator[tuple[Field, str]]:
        d = len(solution.problem.coordinates)
        if self.degree is not None:
            fixed = (self.degree,) * d if isinstance(self.degree, int) else self.degree
            if len(fixed) != d:
                raise OptionError(f"{d} degrees", str(fixed), "Give one per coordinate.")
            yield _projected(solution, fixed)[0], f"Chebyshev polynomials of degree {fixed}"
            return
        degrees = (FIRST,) * d
        for _ in range(LEVELS):
            field, tails = _projected(solution, degrees)
            yield field, f"Chebyshev polynomials of degree {degrees}"
            # Equal tails share what may be added; all grow where none stands out.
            large = [tail > max(tol / d, max(tails) / 10) for tail in tails]
            pairs = zip(degrees, large if any(large) else [True] * d, strict=True)
            finer = tuple(math.ceil(n * GROWTH) if more else n for n, more in pairs)
            if math.prod(n + 1 for n in finer) > MOST or max(finer) > HIGHEST:
                return
            degrees = finer


def _projected(solution: Solution, degrees: tuple[int, ...]) -> tuple[Field, list[float]]:
    """Return the L2 projection, and for each axis the share of its last coefficients."""
    problem = solution.problem
    frame = frame_of(problem, scaling(problem))
    bounds = bounds_of(problem)
    places, inverses = [], []
    for axis, degree in enumerate(degrees):
        z, weight = _rule(degree, axis in frame.periodic)
        basis = _basis(z, degree, axis in frame.periodic)
        root = np.sqrt(weight)[:, None]
        inverses.append(np.linalg.pinv(root * basis) * root.T)
        places.append(bounds[axis].mean() + np.ptp(bounds[axis]) / 2 * z)
    grid = np.stack([g.ravel() for g in np.meshgrid(*places, indexing="ij")], axis=1)
    table = solution.at(grid).reshape(*(len(p) for p in places), -1)
    for axis, inverse in enumerate(inverses):
        table = np.moveaxis(np.tensordot(inverse, table, axes=(1, axis)), 0, axis)
    size = max(float(np.linalg.norm(table)), 1e-300)
    tails = []
    for axis, degree in enumerate(degrees):
        order = _orders(degree, axis in frame.periodic)
        last = np.flatnonzero(order > TAIL * order.max())
        tails.append(float(np.linalg.norm(np.take(table, last, axis=axis))) / size)
    head = np.vstack([table.reshape(-1, table.shape[-1]), np.zeros(table.shape[-1])])
    middle = Standardise(bounds.mean(axis=1), np.ptp(bounds, axis=1) / 2)
    trunk = Chain((middle, ChebyshevProducts(degrees, frame.periodic)))
    return FeatureField(trunk, jnp.asarray(head)), tails


def _rule(degree: int, periodic: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes in [-1, 1] and weights that integrate products of basis functions exactly."""
    if periodic:
        n = 2 * degree + 3
        return -1 + 2 * np.arange(n) / n, np.full(n, 2 / n)
    place, weight = np.polynomial.legendre.leggauss(2 * degree + 4)
    return np.asarray(place), np.asarray(weight)


def _basis(z: np.ndarray, degree: int, periodic: bool) -> np.ndarray:
    """Return the functions of one axis in the order of ``ChebyshevProducts``, (n, functions)."""
    if not periodic:
        return np.asarray(np.polynomial.chebyshev.chebvander(z, degree))
    angle = np.pi * np.outer(z, np.arange(1, degree // 2 + 1))
    return np.hstack([np.ones((len(z), 1)), np.cos(angle), np.sin(angle)])


def _orders(degree: int, periodic: bool) -> np.ndarray:
    if not periodic:
        return np.arange(degree + 1)
    waves = np.arange(1, degree // 2 + 1)
    return np.concatenate([[0], waves, waves])
