"""Pictures and tables of a solution."""

from __future__ import annotations

import base64
import io
import textwrap
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residuum._core import OptionError
from residuum.problem._map import draw_bar, draw_map, scale_of
from residuum.problem._slice import Slice, cut

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from residuum.problem._solution import Solution

MOST, COLUMNS = 6, 3
"""Most panels of curves, and most maps in a row."""
LETTERS = 8
"""Letters of a title in an inch."""
UNLIKE = 50.0
"""Curves whose sizes differ by more than this factor get a panel each."""


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
    if unknown is not None and unknown not in solution.names:
        raise OptionError(f"an unknown among {solution.names}", repr(unknown), "Correct the name.")
    chosen = solution.names if unknown is None else (unknown,)
    place = cut(solution.problem)
    values = place.values(solution.at)
    rows = {name: values[..., solution.names.index(name)] for name in chosen}
    figure = (_curves if len(place.shown) == 1 else _maps)(place, rows)
    method = solution.record.method.partition("(")[0]
    figure.suptitle(f"{solution.problem.name}: {method}" if method else solution.problem.name)
    if path is not None:
        figure.savefig(path, dpi=150, bbox_inches="tight")
    return figure


def _curves(place: Slice, rows: dict[str, np.ndarray]) -> Figure:
    """Draw all in one panel, or one each where their sizes are too different to be seen."""
    from matplotlib.figure import Figure as NewFigure  # no global state, no window

    sizes = [float(np.ma.max(abs(values))) for values in rows.values()]
    sizes = [size for size in sizes if size > 0]
    apart = 1 < len(rows) <= MOST and len(sizes) > 1 and max(sizes) > UNLIKE * min(sizes)
    count = len(rows) if apart else 1
    figure = NewFigure(figsize=(6.4, 4.2 if not apart else 2.0 * count + 0.8), layout="constrained")
    panels = figure.subplots(count, 1, squeeze=False, sharex=True)[:, 0]
    (label,) = place.shown
    for k, (name, values) in enumerate(rows.items()):
        panel = panels[k if apart else 0]
        panel.plot(place.axes[label], values, label=name)
    for panel in panels:
        panel.legend(frameon=False)
    panels[-1].set_xlabel(label)
    return figure


def _maps(place: Slice, rows: dict[str, np.ndarray]) -> Figure:
    """Draw one map per unknown, in a column where they are wide."""
    from matplotlib.figure import Figure as NewFigure  # no global state, no window

    width, height = panel_size(place, 4.8)
    columns = 1 if width > 1.6 * height else min(len(rows), COLUMNS)
    lines = -(-len(rows) // columns)
    size = ((width + 1.3) * columns, (height + 0.75) * lines + 0.3)
    figure = NewFigure(figsize=size, layout="constrained")
    board = figure.subplots(lines, columns, squeeze=False).ravel()
    for panel, (name, values) in zip(board, rows.items(), strict=False):
        scale = scale_of(values)
        image = draw_map(panel, place, values, scale.norm, scale.colours)
        draw_bar(panel, image, scale.extend)
        panel.set_xlabel(place.shown[0])
        panel.set_ylabel(place.shown[1])
        panel.set_title(wrapped(", ".join(filter(None, [name, place.fixed])), size[0] / columns))
    for panel in board[len(rows) :]:
        panel.set_axis_off()
    return figure


def wrapped(title: str, inches: float) -> str:
    """Return a title in lines that fit the width of a panel."""
    return "\n".join(textwrap.wrap(title, max(int(LETTERS * inches), 12)))


def panel_size(place: Slice, width: float) -> tuple[float, float]:
    """Return width and height of a map in inches, of about the same area whatever its aspect."""
    if place.aspect is None:
        return width, 0.75 * width
    root = float(np.clip(place.aspect, 1 / 6, 6)) ** 0.5
    # A map higher than wide keeps room for its title; one wider than high fills the page.
    return max(0.85 * width * root, 0.5 * width), max(0.85 * width / root, 0.25 * width)


def html(solution: Solution) -> str:
    """Return what a notebook shows: the summary and the picture."""
    buffer = io.BytesIO()
    draw(solution, None, None).savefig(buffer, dpi=90, format="png", bbox_inches="tight")
    picture = base64.b64encode(buffer.getvalue()).decode()
    rows: dict[str, Any] = {
        "problem": solution.problem.name,
        "method": solution.record.method,
        "result": f"{solution.result.code}: {solution.result.value}",
        "error": str(solution.certificate),
        "seconds": ", ".join(f"{k} {v:.2f}" for k, v in solution.record.seconds.items()),
    }
    if solution.posterior is not None:
        rows["parameters"] = str(solution.posterior)
    elif solution.parameters:
        rows["parameters"] = ", ".join(f"{k} = {v:.6g}" for k, v in solution.parameters.items())
    body = "".join(
        f"<tr><th>{escape(k)}</th><td>{escape(str(v))}</td></tr>" for k, v in rows.items()
    )
    return f'<table>{body}</table><img alt="solution" src="data:image/png;base64,{picture}"/>'
