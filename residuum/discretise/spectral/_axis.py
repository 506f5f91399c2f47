"""One coordinate of a spectral grid: nodes, differentiation, interpolation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

import jax.numpy as jnp
import numpy as np

from residuum._core import OptionError
from residuum.discretise.spectral import _barycentric as bary
from residuum.discretise.spectral._layer import Layer

AxisData = tuple[str, int, tuple[float, ...]]
"""Kind, number of nodes, numbers: all there is to an axis, as plain data."""


@dataclass(frozen=True)
class Axis(ABC):
    """One coordinate of a spectral grid.

    Args:
        low: lower end, in the units of the problem.
        high: upper end.
        count: number of nodes.

    Raises:
        OptionError: fewer than two nodes, or ends that do not increase.
    """

    low: float
    high: float
    count: int

    def __post_init__(self) -> None:
        if self.count < 2 or not self.low < self.high:
            raise OptionError(
                "two nodes or more between increasing ends",
                f"{self.count} nodes on [{self.low}, {self.high}]",
                "Give more modes.",
            )

    @property
    @abstractmethod
    def nodes(self) -> np.ndarray:
        """Coordinates of the nodes, increasing, shape (count,)."""

    @property
    @abstractmethod
    def data(self) -> AxisData:
        """The axis as plain data; ``axis_of`` reads it back."""

    @abstractmethod
    def matrix(self, order: int) -> np.ndarray:
        """Return the matrix (count, count) that differentiates nodal values."""

    @abstractmethod
    def basis(self, points: Any, order: int) -> list[Any]:
        """Return derivatives 0 … order of the basis at points (n,): arrays (n, count).

        NumPy points give NumPy arrays, without any compilation.
        """

    @abstractmethod
    def stored(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Return what multiplies ``basis``, from nodal values along an array axis."""

    @abstractmethod
    def spectrum(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Return the size of the coefficients along an array axis, lowest first."""

    @abstractmethod
    def resized(self, count: int) -> Axis:
        """Return the same axis with another number of nodes."""


@final
@dataclass(frozen=True)
class FourierAxis(Axis):
    """A periodic coordinate with equispaced nodes, the upper end left out.

    Breaks when the data are not smooth across the seam: coefficients then fall only algebraically.
    """

    @property
    def nodes(self) -> np.ndarray:
        step = (self.high - self.low) / self.count
        return self.low + step * np.arange(self.count)

    @property
    def data(self) -> AxisData:
        return ("fourier", self.count, (self.low, self.high))

    @cached_property
    def wavenumbers(self) -> np.ndarray:
        """Angular wave numbers in the order of ``numpy.fft.fftfreq``, shape (count,)."""
        found: np.ndarray = (
            2 * np.pi * np.fft.fftfreq(self.count, (self.high - self.low) / self.count)
        )
        return found

    def factors(self, order: int) -> np.ndarray:
        """Return (ik)^order; odd orders drop the unpaired wave number of an even count."""
        found: np.ndarray = (1j * self.wavenumbers) ** order
        if order % 2 and self.count % 2 == 0:
            found[self.count // 2] = 0.0
        return found

    def matrix(self, order: int) -> np.ndarray:
        columns = np.fft.ifft(
            self.factors(order)[:, None] * np.fft.fft(np.eye(self.count), axis=0), axis=0
        )
        return np.ascontiguousarray(columns.real)

    def basis(self, points: Any, order: int) -> list[Any]:
        xp: Any = np if isinstance(points, np.ndarray) else jnp
        half, rest = self.count // 2, (self.count - 1) // 2
        unit = 2 * np.pi / (self.high - self.low)
        up, down = unit * np.arange(half + 1), unit * np.arange(1, rest + 1)
        angle = (points - self.low)[:, None] * up
        cosine, sine = xp.cos(angle), xp.sin(angle)
        found = []
        for k in range(order + 1):
            # ∂^k cos θ cycles through cos, -sin, -cos, sin; the sine runs one step behind.
            turn = [cosine, -sine, -cosine, sine]
            first = turn[k % 4] * up**k
            second = turn[(k - 1) % 4][:, 1 : rest + 1] * down**k
            found.append(xp.concatenate([first, second], axis=1))
        return found

    def stored(self, values: np.ndarray, axis: int) -> np.ndarray:
        modes = np.moveaxis(np.fft.rfft(values, axis=axis), axis, -1) / self.count
        rest = (self.count - 1) // 2
        cosines = modes.real.copy()
        cosines[..., 1 : rest + 1] *= 2
        sines = -2 * modes.imag[..., 1 : rest + 1]
        return np.moveaxis(np.concatenate([cosines, sines], axis=-1), -1, axis)

    def spectrum(self, values: np.ndarray, axis: int) -> np.ndarray:
        found: np.ndarray = np.abs(np.fft.rfft(values, axis=axis)) / self.count
        return found

    def resized(self, count: int) -> FourierAxis:
        return FourierAxis(self.low, self.high, count)


@final
@dataclass(frozen=True)
class ChebyshevAxis(Axis):
    """A coordinate with Chebyshev–Lobatto nodes, both ends included, crowded into a layer.

    Good start: 32 nodes. Breaks for solutions with jumps, and with second derivatives beyond about
    2,000 nodes, where rounding grows like the fourth power of the count.
    """

    layer: Layer = field(default_factory=Layer)

    @cached_property
    def _reference(self) -> np.ndarray:
        return bary.chebyshev_nodes(self.count)

    @property
    def _half(self) -> float:
        return (self.high - self.low) / 2

    @property
    def nodes(self) -> np.ndarray:
        found = (self.low + self.high) / 2 + self._half * self.layer.place(self._reference)
        found[0], found[-1] = self.low, self.high
        return found

    @property
    def data(self) -> AxisData:
        numbers = (self.low, self.high, self.layer.centre, self.layer.sharpness)
        return ("chebyshev", self.count, numbers)

    def _matrices(self, order: int) -> list[np.ndarray]:
        gaps, weight = bary.chebyshev_gaps(self.count), bary.chebyshev_weights(self.count)
        return bary.derivative_matrices(gaps, weight, order)

    def matrix(self, order: int) -> np.ndarray:
        place = self.layer.place(self._reference)
        chain = self.layer.chain(place, order)[order]
        parts = [c[:, None] * m for c, m in zip(chain, self._matrices(order), strict=True)]
        total: np.ndarray = sum(parts, np.zeros((self.count, self.count)))
        return total / self._half**order

    def basis(self, points: Any, order: int) -> list[Any]:
        xp: Any = np if isinstance(points, np.ndarray) else jnp
        place = xp.clip((points - (self.low + self.high) / 2) / self._half, -1.0, 1.0)
        start = bary.basis(
            self.layer.back(place), self._reference, bary.chebyshev_weights(self.count)
        )
        if order == 0:
            return [start]
        rows = [start, *(start @ m for m in self._matrices(order)[1:])]
        found = []
        for k, chain in enumerate(self.layer.chain(place, order)):
            total = sum(c[:, None] * r for c, r in zip(chain, rows, strict=True))
            found.append(total / self._half**k)
        return found

    def stored(self, values: np.ndarray, axis: int) -> np.ndarray:
        return values

    def spectrum(self, values: np.ndarray, axis: int) -> np.ndarray:
        n = self.count - 1
        moved = np.moveaxis(values, axis, -1)
        # An even extension turns the cosine transform into a real Fourier transform.
        even = np.concatenate([moved[..., ::-1], moved[..., 1:-1]], axis=-1)
        found = np.abs(np.fft.rfft(even, axis=-1)) / n
        found[..., [0, n]] /= 2
        return np.moveaxis(found, -1, axis)

    def resized(self, count: int) -> ChebyshevAxis:
        return ChebyshevAxis(self.low, self.high, count, self.layer)


def axis_of(data: AxisData) -> Axis:
    """Return the axis written by ``Axis.data``."""
    kind, count, numbers = data
    if kind == "fourier":
        return FourierAxis(numbers[0], numbers[1], int(count))
    return ChebyshevAxis(numbers[0], numbers[1], int(count), Layer(numbers[2], numbers[3]))
