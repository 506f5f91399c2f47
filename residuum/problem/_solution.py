"""The answer every method gives: callable, drawable, storable, with its error and its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from residuum._core import (
    Certificate,
    DataError,
    Field,
    Posterior,
    Record,
    Result,
    SolveFailed,
    in_double_precision,
)
from residuum._core._jet import Index
from residuum.problem._problem import Problem

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

CHUNK, FEW = 4096, 64


@eqx.filter_jit
def _derivative(field: Field, points: Any, index: Index) -> Any:
    return field.jet(points, [index]).derivative(index)


class Solution:
    """The answer to a problem.

    Args:
        problem: the statement that was solved.
        field: coordinates to unknowns, in the units of the problem.
        result: how the solve ended.
        certificate: what is known of the error.
        record: what was done and what it cost.
        parameters: inferred numbers by name.
        posterior: how well the readings fix these; ``None`` where nothing was asked.

    Call it with every coordinate by name; arrays broadcast as in NumPy: ``answer(t=0.5, x=xs)``.
    """

    def __init__(
        self,
        problem: Problem,
        field: Field,
        result: Result,
        *,
        certificate: Certificate | None = None,
        record: Record | None = None,
        parameters: dict[str, float] | None = None,
        posterior: Posterior | None = None,
    ) -> None:
        self.problem, self.field, self.result = problem, field, result
        self.certificate = certificate or Certificate()
        self.record = record or Record()
        self.parameters = dict(parameters or {})
        self.posterior = posterior

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Intervals of the inferred numbers by name; empty before ``inverse.intervals``."""
        return {} if self.posterior is None else self.posterior.intervals

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the unknowns, in the order of the components."""
        return tuple(str(u.func) for u in self.problem.unknowns)

    def __call__(self, *unnamed: Any, **coordinates: Any) -> Any:
        """Return the values at coordinates given by name.

        Returns:
            An array of the broadcast shape (a float for numbers); with several unknowns a
            dictionary of them by name.

        Raises:
            DataError: a coordinate is missing, unknown, not finite, or outside the domain.
            SolveFailed: a value is not finite there.
        """
        if unnamed:
            names = ", ".join(f"{c.name}=…" for c in self.problem.coordinates)
            raise DataError("coordinates by name", str(unnamed), f"Write answer({names}).")
        points, shape = self._points(coordinates)
        return self._named(self._finite(points, self.at(points)), shape)

    def derivative(self, *by: str, **coordinates: Any) -> Any:
        """Return a derivative at coordinates: ``answer.derivative("x", "x", t=0.5, x=0)``."""
        names = [c.name for c in self.problem.coordinates]
        wrong = [name for name in by if name not in names]
        if wrong or not by:
            raise DataError(
                f"coordinates among {names}", str(wrong or "none"), 'Write derivative("x", …).'
            )
        points, shape = self._points(coordinates)
        order = tuple(by.count(name) for name in names)
        return self._named(self._finite(points, self.at(points, order)), shape)

    def _finite(self, points: np.ndarray, values: np.ndarray) -> np.ndarray:
        wrong = ~np.isfinite(values).all(axis=1)
        if wrong.any():
            raise SolveFailed(
                "finite values",
                f"NaN or infinity at {int(wrong.sum())} points, the first at {points[wrong][0]}",
                "Derivatives are undefined in corners of a domain; leave those points out.",
            )
        return values

    @in_double_precision
    def at(self, points: np.ndarray, index: Index | None = None) -> np.ndarray:
        """Return values (or the derivative ``index``) at points of shape (n, d) as an array (n, m).

        Columns of the points are in the order of ``problem.coordinates``; nothing is checked.
        """
        order = index or (0,) * points.shape[1]
        plain = self.field.numeric_derivatives(points, (order,)) if len(points) else None
        if plain is not None:
            return plain[order]
        chunk = CHUNK if len(points) > FEW else FEW  # two shapes, so two compilations at most
        parts = []
        for start in range(0, len(points), chunk):
            part = points[start : start + chunk]
            # One shape, one compilation: the last chunk is filled up and cut again.
            filled = np.concatenate([part, np.repeat(part[-1:], chunk - len(part), axis=0)])
            parts.append(
                np.asarray(_derivative(self.field, jnp.asarray(filled), order))[: len(part)]
            )
        return np.concatenate(parts) if parts else np.zeros((0, len(self.names)))

    def _points(self, coordinates: dict[str, Any]) -> tuple[np.ndarray, tuple[int, ...]]:
        names = [c.name for c in self.problem.coordinates]
        if sorted(coordinates) != sorted(names):
            raise DataError(
                f"the coordinates {', '.join(names)} by name",
                ", ".join(sorted(coordinates)) or "none",
                f"Write answer({', '.join(f'{name}=…' for name in names)}).",
            )
        try:
            arrays = np.broadcast_arrays(*(np.asarray(coordinates[n], float) for n in names))
        except (ValueError, TypeError) as error:
            raise DataError(
                "numbers of shapes that broadcast", str(error), "Check the arrays."
            ) from None
        points = np.stack([array.ravel() for array in arrays], axis=1)
        self._check_inside(points, names)
        return points, arrays[0].shape

    def _check_inside(self, points: np.ndarray, names: list[str]) -> None:
        if not np.isfinite(points).all():
            raise DataError("finite coordinates", "NaN or infinity", "Remove them.")
        columns = points[:, [names.index(axis) for axis in self.problem.domain.axes]]
        slack = 1e-9 * float(np.ptp(self.problem.domain.bounds, axis=1).max())
        outside = self.problem.domain.signed_distance(columns) > slack
        if outside.any():
            first = dict(zip(names, points[outside][0].tolist(), strict=True))
            raise DataError(
                f"points inside {self.problem.domain}",
                f"{int(outside.sum())} outside, the first at {first}",
                "The solution is not known there; leave them out.",
            )

    def _named(self, values: np.ndarray, shape: tuple[int, ...]) -> Any:
        columns = {name: values[:, j].reshape(shape) for j, name in enumerate(self.names)}
        plain = {name: float(v) if v.ndim == 0 else v for name, v in columns.items()}
        return plain if len(plain) > 1 else plain[self.names[0]]

    def check(self) -> Solution:
        """Return the solution, or raise if its result code is not a success."""
        if not self.result.ok:
            raise SolveFailed(
                "a successful solve",
                f"{self.result.code}: {self.result.value}",
                "See solution.record.notes.",
            )
        return self

    def error(self, reference: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> float:
        """Return the relative L2 difference from a reference at points of shape (n, d)."""
        exact = np.asarray(reference(points), float).reshape(len(points), -1)
        gap = np.linalg.norm(self.at(points) - exact)
        return float(gap / max(float(np.linalg.norm(exact)), 1e-300))

    def plot(self, path: str | Path | None = None, *, unknown: str | None = None) -> Figure:
        """Draw the solution; also write it to a file if a path is given."""
        from residuum.problem._plot import draw  # matplotlib takes a while to import

        return draw(self, path, unknown)

    def to_xarray(self, points: int | dict[str, int] = 101) -> xarray.Dataset:
        """Return the values on a regular grid over the domain's bounding box.

        Args:
            points: number per axis, one for all or by axis.

        Points outside the domain are masked: they hold NaN, xarray's mark for missing values.
        """
        from residuum.problem._plot import to_dataset  # xarray takes a while to import

        return to_dataset(self, points)

    def to_vtk(
        self,
        path: str | Path,
        *,
        times: int | Sequence[float] = 21,
        points: int | None = None,
        vectors: Mapping[str, Sequence[str]] | None = None,
    ) -> Path:
        """Write the solution for ParaView, every unknown as point data, and return the path.

        A steady solution is one ``.vtu``. One that evolves is a ``.pvd``, which is what to open: it
        lists the times, whose ``.vtu`` files are in the folder ``<name>_times`` beside it. Without
        space coordinates the ``.vtu`` is a line along time. Answers of finite elements are written
        on their own mesh, from order two on with quadratic cells; others on a grid of a box or a
        mesh of another shape. Each file is complete or not there.

        Args:
            path: ``.pvd`` where time and space are coordinates, else ``.vtu``; the suffix may be
                left out. Files of the same names are replaced.
            times: how many even times, or the times, in the unit of the problem.
            points: along the longest side, where the answer has no mesh of its own; by default
                501, 151 or 41 in one, two or three dimensions.
            vectors: unknowns to write once more as a vector: ``{"velocity": ("u", "v")}``.

        Raises:
            FileError: another suffix, or no such folder.
            OptionError: more than three space coordinates, times outside the interval, or names
                that are no unknowns.
            SolveFailed: a value is not finite.
        """
        from residuum.problem._vtk import to_vtk  # meshio takes a while to import

        return to_vtk(self, Path(path), times=times, points=points, vectors=vectors or {})

    def save(self, path: str | Path) -> Path:
        """Write the solution to a file: a zip of JSON and ``.npy`` arrays, without code."""
        from residuum.problem._archive import save  # the archive reads this class

        return save(self, Path(path))

    def __repr__(self) -> str:
        return f"Solution({self.problem.name!r}, {self.result.code}; {self.certificate})"

    def _repr_html_(self) -> str:
        from residuum.problem._plot import html  # matplotlib takes a while to import

        return html(self)
