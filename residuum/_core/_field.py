"""The protocol of everything that maps coordinates to values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

import equinox as eqx
import numpy as np
from jax import Array

from residuum._core._jet import Index, Jet


class Field(eqx.Module):
    """Coordinates to values: networks, Gaussians, polynomials, grid functions alike.

    Points are arrays of shape (n, d), columns in the order of the problem's coordinates (time
    first); values have shape (n, m), columns in the order of the unknowns. Both are in the units of
    the problem: scaling happens inside.
    """

    @abstractmethod
    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points, for the closure of ``indices``."""

    def __call__(self, points: Array) -> Array:
        """Return the values at points: shape (n, d) to shape (n, m)."""
        return self.jet(points, [(0,) * points.shape[1]]).value

    def numeric(self, points: np.ndarray) -> np.ndarray | None:
        """Return the values in NumPy without compiling anything, where the field can: (n, m)."""
        return None

    def numeric_derivatives(
        self, points: np.ndarray, indices: Sequence[Index]
    ) -> dict[Index, np.ndarray] | None:
        """Return derivatives in NumPy without compiling anything, where the field can.

        Whoever reads a field once, such as a certificate, asks this first: a program compiled for
        one answer takes longer than reading it.

        Args:
            points: (n, d), in the units of the problem.
            indices: multi-indices; the value is that of zeros.

        Returns:
            By index arrays (n, m), or ``None`` where the field cannot.
        """
        values = None if any(any(index) for index in indices) else self.numeric(points)
        return None if values is None else dict.fromkeys(indices, values)

    def finite(self) -> bool | None:
        """Whether the field is finite everywhere, where its numbers alone can tell."""
        return None


class NumericField(Field):
    """A field whose values and derivatives NumPy can always read."""

    @abstractmethod
    def numeric_derivatives(
        self, points: np.ndarray, indices: Sequence[Index]
    ) -> dict[Index, np.ndarray]:
        """Return derivatives in NumPy: nothing is compiled."""

    def numeric(self, points: np.ndarray) -> np.ndarray:
        """Return the values at points (n, d) in NumPy, (n, m): nothing is compiled."""
        zero = (0,) * points.shape[1]
        return self.numeric_derivatives(points, (zero,))[zero]


def read_in_chunks(
    read: Callable[[np.ndarray, tuple[Index, ...]], list[np.ndarray]],
    points: np.ndarray,
    indices: Sequence[Index],
    chunk: int,
) -> dict[Index, np.ndarray]:
    """Return derivatives by index from a function that reads them at some points at a time.

    Where every point takes much memory, all at once would not fit.
    """
    places = np.asarray(points, float)
    starts = range(0, max(len(places), 1), chunk)
    parts = [read(places[start : start + chunk], tuple(indices)) for start in starts]
    columns = zip(*parts, strict=True)
    return {index: np.concatenate(p) for index, p in zip(indices, columns, strict=True)}


class LinearField(Field):
    """A field that is linear in its last layer: value = offset + Σ_k feature_k · head_k.

    What is linear in the head can be solved for instead of trained.
    """

    @property
    @abstractmethod
    def head(self) -> Array:
        """Weights of the last layer, shape (features, m)."""

    @abstractmethod
    def with_head(self, head: Array) -> LinearField:
        """Return the same field with another last layer."""

    @abstractmethod
    def features(self, points: Array, indices: Sequence[Index], component: int) -> Jet:
        """Return the jets of the features of one component, coefficients of shape (n, features)."""

    @abstractmethod
    def offset(self, points: Array, indices: Sequence[Index], component: int) -> Jet:
        """Return the jet of the part of one component that does not depend on the head, (n, 1)."""
