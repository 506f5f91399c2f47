"""Bands of anything that is made of inferred numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import DataError, Posterior
from residuum.problem import Solution


def band(
    solution: Solution, expression: Any, **coordinates: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return middle, low and high of an expression of inferred numbers and coordinates.

    The band is of each point alone, at the level of the posterior: value ± quantile · √(gᵀCg),
    with the derivative g by the numbers and their covariance C. Of a positive coefficient exp(m)
    take the band of m and its exponential, which is never negative.

    Args:
        solution: with a posterior.
        expression: such as ``field.expression`` of a ``GaussianField``.
        coordinates: arrays by name, broadcast as in NumPy.

    Raises:
        DataError: no posterior, or symbols in the expression that are neither.

    Source: G. Seber, C. Wild, Nonlinear Regression (1989), section 5.1.
    """
    known = solution.posterior
    if known is None:
        raise DataError("a solution with a posterior", "none", "Call inverse.intervals first.")
    formula = solution.problem.fill(expression)
    names = {str(s): s for s in formula.free_symbols}
    foreign = sorted(set(names) - set(known.names) - set(coordinates))
    if foreign:
        wanted = f"an expression of {', '.join([*known.names, *coordinates])}"
        raise DataError(wanted, ", ".join(foreign), "Give the coordinates as arguments.")
    values = dict(zip(known.names, known.values.tolist(), strict=True))
    arrays = np.broadcast_arrays(*(np.asarray(v, float) for v in coordinates.values()))
    places = {**values, **dict(zip(coordinates, arrays, strict=True))}
    shape = arrays[0].shape if arrays else ()
    middle = _values(formula, names, places, shape)
    slopes = [
        _values(sp.diff(formula, names[n]), names, places, shape) if n in names else np.zeros(shape)
        for n in known.names
    ]
    return _around(known, middle, np.stack(slopes))


def _around(
    known: Posterior, middle: np.ndarray, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    variance = np.einsum("p...,pq,q...->...", slopes, known.covariance, slopes)
    reach = known.reach() * np.sqrt(np.maximum(variance, 0.0))
    return middle, middle - reach, middle + reach


def _values(
    formula: Any, names: dict[str, Any], places: dict[str, Any], shape: tuple[int, ...]
) -> np.ndarray:
    used = [name for name in names if name in places]
    function = sp.lambdify([names[n] for n in used], formula, "numpy")
    found: np.ndarray = np.broadcast_to(function(*(places[n] for n in used)), shape).astype(float)
    return found
