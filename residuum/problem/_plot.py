"""Pictures and tables of a solution."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residuum._core import OptionError

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from residuum.problem._solution import Solution


def _axes(solution: Solution, points: int | dict[str, int]) -> dict[str, np.ndarray]:
    names = [c.name for c in solution.problem.coordinates]
    counts = dict.fromkeys(names, points) if isinstance(points, int) else dict(points)
    unknown = set(counts) - set(names)
    if unknown or any(n < 2 for n in counts.values()):
        raise OptionError(f"two points or more for axes among {names}", str(points), "Correct it.")
    rows = dict(zip(solution.problem.domain.axes, solution.problem.domain.bounds, strict=True))
    return {
        name: np.linspace(float(rows[name][0]), float(rows[name][1]), counts.get(name, 101))
        for name in names
    }


def sample(solution: Solution, axes: dict[str, np.ndarray]) -> np.ndarray:
    """Return values on a tensor grid, shape (*lengths, m); NaN outside the domain."""
    grids = np.meshgrid(*axes.values(), indexing="ij")
    points = np.stack([g.ravel() for g in grids], axis=1)
    order = [list(axes).index(axis) for axis in solution.problem.domain.axes]
    inside = solution.problem.domain.signed_distance(points[:, order]) <= 1e-9
    values = np.full((len(points), len(solution.names)), np.nan)
    values[inside] = solution.at(points[inside])
    return values.reshape(*grids[0].shape, -1)


def to_dataset(solution: Solution, points: int | dict[str, int]) -> xarray.Dataset:
    """Return an xarray data set with one variable per unknown."""
    import xarray  # only where asked for: it takes a while to import

    axes = _axes(solution, points)
    values = sample(solution, axes)
    return xarray.Dataset(
        {name: (list(axes), values[..., j]) for j, name in enumerate(solution.names)},
        coords=axes,
        attrs={
            "problem": solution.problem.name,
            "result": solution.result.code,
            "certificate": str(solution.certificate),
            "method": solution.record.method,
        },
    )


def draw(solution: Solution, path: str | Path | None, unknown: str | None) -> Figure:
    """Draw every unknown (or one): curves over one coordinate, maps over two, slices beyond."""
    from matplotlib.figure import Figure as NewFigure  # no global state, no window

    names = solution.names if unknown is None else (unknown,)
    if unknown is not None and unknown not in solution.names:
        raise OptionError(f"an unknown among {solution.names}", repr(unknown), "Correct the name.")
    one = len(solution.problem.coordinates) == 1
    columns = 1 if one else len(names)
    figure = NewFigure(figsize=(6.4 * columns, 4.2), layout="constrained")
    if one:
        _curves(solution, figure.add_subplot(), names)
    else:
        for j, name in enumerate(names):
            _map(solution, figure, figure.add_subplot(1, columns, j + 1), name)
    method = solution.record.method.partition("(")[0]
    figure.suptitle(f"{solution.problem.name}: {method}" if method else solution.problem.name)
    if path is not None:
        figure.savefig(path, dpi=150)
    return figure


def _curves(solution: Solution, panel: Axes, names: tuple[str, ...]) -> None:
    axes = _axes(solution, 801)
    values = sample(solution, axes)
    (label, grid), *_ = axes.items()
    for name in names:
        panel.plot(grid, values[:, solution.names.index(name)], label=name)
    panel.set_xlabel(label)
    panel.legend(frameon=False)


def _map(solution: Solution, figure: Figure, panel: Axes, name: str) -> None:
    coordinates = [c.name for c in solution.problem.coordinates]
    axes = _axes(solution, 201)
    shown = coordinates[:2] if len(coordinates) == 2 else coordinates[-2:]
    # With more coordinates than two, the picture is the slice at the end of time and the middle.
    for other in coordinates:
        if other not in shown:
            middle = solution.problem.time is not None and other == solution.problem.time.name
            axes[other] = axes[other][-1:] if middle else axes[other][100:101]
    values = sample(solution, axes)[..., solution.names.index(name)].squeeze()
    first, second = (axes[c] for c in shown)
    image = panel.pcolormesh(first, second, values.T, cmap=_colours(values), shading="gouraud")
    figure.colorbar(image, ax=panel)
    if solution.problem.time is None or solution.problem.time.name not in shown:
        panel.set_aspect("equal")  # both axes are lengths
    panel.set_xlabel(shown[0])
    panel.set_ylabel(shown[1])
    fixed = [f"{c} = {axes[c][0]:g}" for c in coordinates if c not in shown]
    panel.set_title(", ".join([name, *fixed]))


def _colours(values: np.ndarray) -> str:
    low, high = np.nanmin(values), np.nanmax(values)
    return "RdBu_r" if low < 0 < high and abs(low + high) < 0.5 * (high - low) else "viridis"


def html(solution: Solution) -> str:
    """Return what a notebook shows: the summary and the picture."""
    buffer = io.BytesIO()
    draw(solution, None, None).savefig(buffer, dpi=90, format="png")
    picture = base64.b64encode(buffer.getvalue()).decode()
    rows: dict[str, Any] = {
        "problem": solution.problem.name,
        "method": solution.record.method,
        "result": f"{solution.result.code}: {solution.result.value}",
        "error": str(solution.certificate),
        "seconds": ", ".join(f"{k} {v:.2f}" for k, v in solution.record.seconds.items()),
    }
    if solution.parameters:
        rows["parameters"] = ", ".join(f"{k} = {v:.6g}" for k, v in solution.parameters.items())
    body = "".join(
        f"<tr><th>{escape(k)}</th><td>{escape(str(v))}</td></tr>" for k, v in rows.items()
    )
    return f'<table>{body}</table><img alt="solution" src="data:image/png;base64,{picture}"/>'
