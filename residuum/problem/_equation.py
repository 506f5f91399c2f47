"""Equations and observations of a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from residuum._core._errors import DataError
from residuum.problem._operators import Expression, argument_of, components, is_vector, strong_form
from residuum.problem._symbols import Coordinate, Unknown


class Eq:
    """One equation, kept as written.

    Args:
        left: expression, vector node, or sequence of components.
        right: the same; zero if left out.

    Raises:
        ProblemError: a side is text or cannot be read as an expression.
    """

    def __init__(self, left: Expression, right: Expression = 0) -> None:
        self.left, self.right = argument_of(left), argument_of(right)

    def residuals(self, space: Sequence[Coordinate]) -> list[sp.Expr]:
        """Return left minus right, expanded into plain derivatives: one per component."""
        if is_vector(self.left) or is_vector(self.right):
            sides = [
                [sp.Integer(0)] * len(space) if side == 0 else components(side, space)
                for side in (self.left, self.right)
            ]
            return [sp.expand(a - b) for a, b in zip(*sides, strict=True)]
        return [strong_form(self.left, space) - strong_form(self.right, space)]

    def __repr__(self) -> str:
        return f"Eq({self.left}, {self.right})"


class Observation:
    """Measured values of an unknown at points. Made by ``observe``.

    Args:
        unknown: what was measured.
        points: shape (n, d), columns in the order of the unknown's coordinates.
        values: shape (n,).
        noise: standard deviation, in the unit of the values; zero for exact data.
    """

    def __init__(self, unknown: Any, points: np.ndarray, values: np.ndarray, noise: float) -> None:
        self.unknown, self.points, self.values, self.noise = unknown, points, values, noise

    def __repr__(self) -> str:
        return f"observe({self.unknown}, {len(self.values)} values, noise={self.noise:g})"


def observe(
    u: Any, values: Any, *, at: Mapping[str, Any] | np.ndarray, noise: float = 0.0
) -> Observation:
    """Attach measured values to an unknown.

    Args:
        u: the unknown.
        values: array of shape (n,).
        at: ``{"t": array, "x": array}`` broadcast against each other, or an array (n, d).
        noise: standard deviation of the measurement, in the unit of ``u``; 0 where it is not known.

    Raises:
        DataError: shapes do not match, or a number is not finite.
    """
    if not isinstance(u, Unknown):
        raise DataError("an unknown as first argument of observe", repr(u), "Pass u itself.")
    names = [item.name for item in u.args]
    if isinstance(at, Mapping) and sorted(at) != sorted(names):
        raise DataError(f"an array for each of {names}", str(sorted(at)), "Name every coordinate.")
    try:
        points, data = _numbers(names, at), np.array(values, float).ravel()
    except (ValueError, TypeError) as error:
        remedy = "Give arrays of numbers whose shapes broadcast."
        raise DataError("numbers of shapes that fit together", str(error), remedy) from None
    if points.shape != (len(data), len(names)):
        raise DataError(
            f"points of shape ({len(data)}, {len(names)}) for {len(data)} values",
            str(points.shape),
            "Give one row per value and one column per coordinate.",
        )
    if not (np.isfinite(points).all() and np.isfinite(data).all()):
        raise DataError("finite data", "NaN or infinity", "Remove the rows that are not finite.")
    if not (noise >= 0 and np.isfinite(noise)):
        raise DataError("a noise of zero or more", str(noise), "Give a standard deviation.")
    return Observation(u, points, data, float(noise))


def _numbers(names: list[str], at: Mapping[str, Any] | np.ndarray) -> np.ndarray:
    """Return the points as a new array (n, d)."""
    if isinstance(at, Mapping):
        columns = np.broadcast_arrays(*(np.asarray(at[name], float) for name in names))
        return np.stack([column.ravel() for column in columns], axis=1)
    points = np.array(at, float)
    return points.reshape(-1, 1) if len(names) == 1 else np.atleast_2d(points)
