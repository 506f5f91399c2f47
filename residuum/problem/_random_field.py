"""Gaussian random fields on boxes, and coefficients made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from residuum._core import FileError, Key, OptionError, Source, generator
from residuum.problem._distribution import Distribution, Place
from residuum.problem._toml import Table, one_of

KINDS = ("periodic", "dirichlet", "neumann")
WAVES = {1: 128, 2: 64, 3: 24}
"""Highest wave number along an axis by default, by the number of axes."""
CHUNK = 4096
FNO = Source(
    "fno",
    "Fourier Neural Operator for Parametric Partial Differential Equations",
    "Z. Li, N. Kovachki, K. Azizzadenesheli, B. Liu, K. Bhattacharya, A. Stuart, A. Anandkumar",
    2020,
    "arXiv:2010.08895",
    "verified",
)


@final
class Waves(eqx.Module):
    """A sum of waves on a box: one definite function, read at any points or on any grid.

    Args:
        amplitudes: one per product of waves, (waves of axis 1, …).
        low, high: ends of each axis.
        kinds: ``"periodic"``, ``"dirichlet"`` or ``"neumann"``, one per axis.
        mean: added to the sum.
        shape: what the sum then is turned into: ``"plain"`` leaves it, ``"exp"`` is its exponential
            times the first of the values, ``"sign"`` takes the first of the values where it is
            positive and the second elsewhere.
        values: see ``shape``.
    """

    amplitudes: np.ndarray
    low: tuple[float, ...]
    high: tuple[float, ...]
    kinds: tuple[str, ...]
    mean: float = 0.0
    shape: str = "plain"
    values: tuple[float, float] = (1.0, 0.0)

    def __call__(self, *coordinates: Any) -> Any:
        """Return the values at coordinate arrays of equal shape; JAX may trace it."""
        plain = all(isinstance(x, np.ndarray | float | int) for x in coordinates)
        xp: Any = np if plain else jnp
        arrays = xp.broadcast_arrays(*(xp.asarray(x) for x in coordinates))
        columns = [x.ravel() for x in arrays]
        if not plain:
            return self._shaped(self._sum(columns, xp), xp).reshape(arrays[0].shape)
        grid = _grid_of(columns)
        if grid is not None:
            return self.on(*(axis for axis, _ in grid))[tuple(i for _, i in grid)].reshape(
                arrays[0].shape
            )
        starts = range(0, max(len(columns[0]), 1), CHUNK)
        parts = [self._sum([c[i : i + CHUNK] for c in columns], xp) for i in starts]
        return self._shaped(np.concatenate(parts), xp).reshape(arrays[0].shape)

    @property
    def smooth(self) -> bool:
        """Whether it has no jumps."""
        return self.shape != "sign"

    def on(self, *axes: np.ndarray) -> np.ndarray:
        """Return the values on the tensor grid of increasing axes, (len(axis), …)."""
        total = self.amplitudes
        for k, axis in enumerate(axes):
            total = np.moveaxis(np.tensordot(self._basis(k, axis, np), total, (1, k)), 0, k)
        found: np.ndarray = self._shaped(total, np)
        return found

    def document(self) -> dict[str, Any]:
        """Return everything as plain lists, numbers and texts; ``waves_of`` reads them."""
        return {
            "amplitudes": self.amplitudes.tolist(),
            "low": [float(x) for x in self.low],
            "high": [float(x) for x in self.high],
            "kinds": list(self.kinds),
            "mean": float(self.mean),
            "form": self.shape,
            "factors": [float(x) for x in self.values],
        }

    def _basis(self, axis: int, x: Any, xp: Any) -> Any:
        length = self.high[axis] - self.low[axis]
        return basis(self.kinds[axis], self.amplitudes.shape[axis], x - self.low[axis], length, xp)

    def _sum(self, columns: list[Any], xp: Any) -> Any:
        total = xp.asarray(self.amplitudes)
        first = self._basis(0, columns[0], xp)
        total = first @ total.reshape(len(self.amplitudes), -1)
        for k, x in enumerate(columns[1:], start=1):
            rest = total.reshape(len(x), self.amplitudes.shape[k], -1)
            total = xp.einsum("nk,nkr->nr", self._basis(k, x, xp), rest)
        return total[:, 0]

    def _shaped(self, total: Any, xp: Any) -> Any:
        total, (first, second) = total + self.mean, self.values
        if self.shape == "sign":
            return xp.where(total > 0, first, second)
        return first * xp.exp(total) if self.shape == "exp" else total


KINDS, FORMS = ("periodic", "dirichlet", "neumann"), ("plain", "exp", "sign")


def waves_of(table: Table) -> Waves:
    """Return the waves of a table that ``Waves.document`` wrote.

    Raises:
        FileError: an entry is missing, of another kind, or does not fit the others.
    """
    amplitudes = table.array("amplitudes")
    n = amplitudes.ndim
    low, high, kinds = table.numbers("low", n), table.numbers("high", n), table.texts("kinds")
    for kind in kinds:
        one_of("kind", kind, KINDS, table.at("kinds"))
    if n == 0 or len(kinds) != n or not all(a < b for a, b in zip(low, high, strict=True)):
        wanted = f"a kind and increasing ends for each of {n} axes at {table.place}"
        raise FileError(wanted, f"{kinds}, {low}, {high}", "Correct the entries.")
    form = one_of("form", table.get("form", str, "plain"), FORMS, table.place)
    first, second = table.numbers("factors", 2)
    ends = tuple(low), tuple(high)
    return Waves(amplitudes, *ends, tuple(kinds), table.number("mean", 0.0), form, (first, second))


def _grid_of(columns: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Return the axes of points that fill a tensor grid, and where on them each point lies."""
    if len(columns) < 2 or len(columns[0]) < 2:
        return None
    first = np.unique(columns[0])
    if len(first) ** 2 > 4 * len(columns[0]) and len(first) > CHUNK:
        return None  # scattered: no need to sort the others
    found = [np.unique(column, return_inverse=True) for column in columns]
    full = math.prod(len(axis) for axis, _ in found) == len(columns[0])
    return [(axis, place) for axis, place in found] if full else None


def basis(kind: str, count: int, x: Any, length: float, xp: Any = np) -> Any:
    """Return ``count`` functions of unit L2 norm on an axis of this length at x (n,), (n, count).

    Cosines for Neumann conditions, sines for Dirichlet conditions; 1, cos, sin, cos, … of whole
    periods for a periodic axis.
    """
    wave = frequencies(kind, count, length)
    phase = x[..., None] * wave
    if kind == "dirichlet":
        return math.sqrt(2 / length) * xp.sin(phase)
    scale = np.where(wave > 0, math.sqrt(2 / length), math.sqrt(1 / length))
    if kind == "neumann":
        return scale * xp.cos(phase)
    odd = np.arange(count) % 2 == 1
    return scale * xp.where(odd | (wave == 0), xp.cos(phase), xp.sin(phase))


def frequencies(kind: str, count: int, length: float) -> np.ndarray:
    """Return the angular frequencies of the functions of ``basis``, in their order."""
    k = np.arange(count)
    number = {"dirichlet": k + 1, "neumann": k, "periodic": 2 * ((k + 1) // 2)}[kind]
    found: np.ndarray = number * math.pi / length
    return found


@final
@dataclass(frozen=True)
class GaussianField(Distribution):
    """Gaussian field of covariance sigma²(-Δ + tau²)^(-alpha) on the box of the domain.

    f = mean + sigma Σ_k z_k (λ_k + tau²)^(-alpha/2) φ_k with independent normal z_k, where φ_k of
    unit L2 norm and λ_k are the eigenfunctions and eigenvalues of -Δ under the conditions of
    ``boundary``. The drawn field is one function: grids of all resolutions and meshes read the same
    one. A field of fewer ``waves`` is the same draw cut off: numbers are drawn from the longest
    waves on.

    Args:
        alpha: smoothness: more than half the number of axes, or the variance has no limit.
        tau: inverse length, in the unit of the coordinates: waves longer than about 6/tau are
            equally strong.
        sigma: factor of the field; tau^(alpha - d/2) by default in d axes, by which the variance
            depends little on tau.
        mean: added everywhere.
        boundary: ``"periodic"``, ``"dirichlet"`` or ``"neumann"``, one for all axes or one per
            axis; by default periodic where the statement is, Neumann elsewhere.
        waves: highest wave number along each axis, counted in half periods; by default 128, 64 or
            24 in one, two or three axes.
        constant: whether the constant is among the waves. Left out, the mean over the box is
            ``mean`` in every draw, as published data sets have it.

    Raises:
        OptionError: an option is out of range, or more than three axes.

    Good starting values: alpha 2, tau 3 for coefficients; alpha 2.5, tau 7 for vorticity. Breaks
    where the shape is no box: the field is then that of the bounding box, and knows nothing of the
    shape's edges. (``MeshGaussianField`` of the elements does.)
    """

    alpha: float = 2.0
    tau: float = 3.0
    sigma: float | None = None
    mean: float = 0.0
    boundary: str | tuple[str, ...] | None = None
    waves: int | None = None
    constant: bool = False

    sources: ClassVar[tuple[Source, ...]] = (FNO,)

    def __post_init__(self) -> None:
        numbers = (self.alpha, self.tau, 1.0 if self.sigma is None else self.sigma)
        if not all(math.isfinite(item) and item > 0 for item in numbers):
            got = f"alpha {self.alpha}, tau {self.tau}, sigma {self.sigma}"
            raise OptionError("alpha, tau and sigma above zero", got, "Correct them.")
        if not math.isfinite(self.mean):
            raise OptionError("a finite mean", str(self.mean), "Correct it.")
        kinds = (self.boundary,) if isinstance(self.boundary, str) else self.boundary or ()
        if any(kind not in KINDS for kind in kinds):
            raise OptionError(f"boundaries among {KINDS}", str(self.boundary), "Correct them.")
        if self.waves is not None and self.waves < 1:
            raise OptionError("one wave or more", str(self.waves), "Correct it.")

    def draw(self, place: Place, key: Key) -> Waves:
        """Return the field of this key as a function of the place's coordinates."""
        return self.shaped(place, key)

    def shaped(
        self,
        place: Place,
        key: Key,
        *,
        shape: str = "plain",
        values: tuple[float, float] = (1.0, 0.0),
    ) -> Waves:
        """Return the field of this key after a transformation: see ``Waves``."""
        kinds = self.kinds(place)
        size = self.deviations(place)
        order = _drawing_order(kinds, size.shape)
        amplitudes = np.zeros(size.size)
        amplitudes[order] = generator(key).standard_normal(size.size)
        low, high = (tuple(map(float, place.bounds[:, i])) for i in (0, 1))
        amplitudes = amplitudes.reshape(size.shape) * size
        return Waves(amplitudes, low, high, kinds, self.mean, shape, values)

    def kinds(self, place: Place) -> tuple[str, ...]:
        """Return the condition of each axis.

        Raises:
            OptionError: as many are not given, there is no axis, or there are more than three.
        """
        count = len(place.axes)
        if not 1 <= count <= 3:
            raise OptionError("one to three axes", str(place.axes), "Draw over fewer coordinates.")
        if self.boundary is None:
            return tuple("periodic" if item else "neumann" for item in place.periodic)
        kinds = (self.boundary,) * count if isinstance(self.boundary, str) else self.boundary
        if len(kinds) != count:
            raise OptionError(f"a boundary for each of {place.axes}", str(kinds), "Give as many.")
        return tuple(kinds)

    def deviations(self, place: Place) -> np.ndarray:
        """Return the standard deviation of every amplitude.

        Raises:
            OptionError: alpha is not above half the number of axes.
        """
        kinds, lengths = self.kinds(place), np.ptp(place.bounds, axis=1)
        if not self.alpha > len(kinds) / 2:
            remedy = "Points of such a field have no values; take a larger alpha."
            raise OptionError(f"alpha above {len(kinds) / 2}", str(self.alpha), remedy)
        waves = WAVES[len(kinds)] if self.waves is None else self.waves
        counts = [_count(kind, waves) for kind in kinds]
        squares = [
            frequencies(kind, count, float(length)) ** 2
            for kind, count, length in zip(kinds, counts, lengths, strict=True)
        ]
        eigenvalues = sum(np.ix_(*squares))
        sigma = self.tau ** (self.alpha - len(kinds) / 2) if self.sigma is None else self.sigma
        found: np.ndarray = sigma * (eigenvalues + self.tau**2) ** (-self.alpha / 2)
        if not self.constant and "dirichlet" not in kinds:
            found[(0,) * found.ndim] = 0.0
        return found


def _count(kind: str, waves: int) -> int:
    return {"dirichlet": waves, "neumann": waves + 1, "periodic": 2 * (waves // 2) + 1}[kind]


@lru_cache(maxsize=16)
def _drawing_order(kinds: tuple[str, ...], counts: tuple[int, ...]) -> np.ndarray:
    """Return the flat places in the order of their longest waves, whatever the highest is."""
    numbers = [
        np.rint(frequencies(kind, count, math.pi)).astype(int)
        for kind, count in zip(kinds, counts, strict=True)
    ]
    shell = np.maximum.reduce(np.broadcast_arrays(*np.ix_(*numbers))).ravel()
    places = [index.ravel() for index in np.indices(counts)]
    return np.lexsort((*reversed(places), shell))


@final
@dataclass(frozen=True)
class LogNormal(Distribution):
    """scale·exp(field): positive and smooth, for conductivities.

    Args:
        field: the logarithm.
        scale: the median.

    Raises:
        OptionError: the scale is not above zero.
    """

    field: GaussianField = GaussianField()
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise OptionError("a scale above zero", str(self.scale), "Correct it.")

    def draw(self, place: Place, key: Key) -> Waves:
        """Return the function of this key."""
        return self.field.shaped(place, key, shape="exp", values=(self.scale, 0.0))


@final
@dataclass(frozen=True)
class TwoPhase(Distribution):
    """Two values by the sign of a Gaussian field.

    Args:
        positive, negative: the values where the field is positive, and where it is not.
        field: the Gaussian field; its mean moves the shares of the phases.
        cells: the medium is made of so many equal cells along each axis, each of the phase at its
            centre; meshes can then follow the jumps exactly. ``None``: the jumps are where the
            field vanishes, and meshes cut through them.

    Raises:
        OptionError: a value is not finite, or there are no cells.
    """

    positive: float
    negative: float
    field: GaussianField = GaussianField()
    cells: int | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.positive) and math.isfinite(self.negative)):
            raise OptionError("finite values", f"{self.positive}, {self.negative}", "Correct them.")
        if self.cells is not None and self.cells < 1:
            raise OptionError("one cell or more", str(self.cells), "Correct it.")

    def draw(self, place: Place, key: Key) -> Any:
        """Return the function of this key, or its cells as ``(edges, values)``."""
        values = (self.positive, self.negative)
        found = self.field.shaped(place, key, shape="sign", values=values)
        if self.cells is None:
            return found
        edges = [np.linspace(low, high, self.cells + 1) for low, high in place.bounds]
        return tuple(edges), found.on(*((axis[1:] + axis[:-1]) / 2 for axis in edges))


__all__ = ["GaussianField", "LogNormal", "TwoPhase", "Waves", "basis", "frequencies"]
