"""One picture of several answers: side by side, with error maps where a reference exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from residuum.problem import Problem

MOST_UNKNOWNS = 3
DECADES = 1e-6


@dataclass(frozen=True)
class Panel:
    """A label and values at points: (n, d), columns in the order of the coordinates, to (n, m)."""

    label: str
    values: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Slice:
    """Where the picture cuts: a line or plane of points, what is shown along it, what is fixed."""

    shown: tuple[str, ...]
    axes: dict[str, np.ndarray]
    spatial: bool

    @property
    def fixed(self) -> str:
        """The coordinates held at one value, in words."""
        others = (name for name in self.axes if name not in self.shown)
        return ", ".join(f"{name} = {self.axes[name][0]:g}" for name in others)


def cut(problem: Problem) -> Slice:
    """Return the slice a picture shows: the end of time and the middle of further coordinates."""
    names = [c.name for c in problem.coordinates]
    ends = dict(zip(problem.domain.axes, np.asarray(problem.domain.bounds, float), strict=True))
    shown = tuple(names if len(names) <= 2 else names[-2:])
    count = 801 if len(names) == 1 else 161
    axes: dict[str, np.ndarray] = {}
    for c in problem.coordinates:
        low, high = ends[c.name]
        place = high if c.role == "time" else (low + high) / 2
        axes[c.name] = np.linspace(low, high, count) if c.name in shown else np.array([place])
    spatial = all(c.role == "space" for c in problem.coordinates if c.name in shown)
    return Slice(shown, axes, spatial)


def values_on(problem: Problem, place: Slice, panel: Panel) -> np.ndarray:
    """Return values (*lengths of the shown axes, m), masked outside the domain."""
    grids = np.meshgrid(*place.axes.values(), indexing="ij")
    points = np.stack([g.ravel() for g in grids], axis=1)
    order = [list(place.axes).index(axis) for axis in problem.domain.axes]
    inside = np.asarray(problem.domain.signed_distance(points[:, order])) <= 1e-9
    values = np.full((len(points), len(problem.unknowns)), np.nan)
    values[inside] = np.asarray(panel.values(points[inside])).reshape(int(inside.sum()), -1)
    lengths = [len(place.axes[name]) for name in place.shown]
    return np.ma.masked_invalid(values.reshape(*lengths, -1))


def draw(problem: Problem, panels: Sequence[Panel], exact: Panel | None, path: Path) -> None:
    """Draw answers next to each other, and their errors against ``exact`` if it is given."""
    from matplotlib.figure import Figure  # no global state, no window

    place = cut(problem)
    fields = [(panel.label, values_on(problem, place, panel)) for panel in panels]
    truth = None if exact is None else values_on(problem, place, exact)
    names = [str(u.func) for u in problem.unknowns][:MOST_UNKNOWNS]
    rows = len(names) * (1 if truth is None else 2)
    one = len(place.shown) == 1
    columns = 1 if one else len(fields) + (exact is not None)
    size = (7.2, 2.9 * rows + 0.4) if one else (3.3 * columns, 2.7 * rows + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(", ".join(filter(None, [problem.name, place.fixed])), fontsize=10)
    board = figure.subplots(rows, columns, squeeze=False)
    label = exact.label if exact is not None else ""
    for j, name in enumerate(names):
        parts = [(title, values[..., j]) for title, values in fields]
        target = None if truth is None else (label, truth[..., j])
        own = board[j * rows // len(names) : (j + 1) * rows // len(names)]
        (_curves if one else _maps)(figure, own, place, name, parts, target)
    figure.savefig(path, dpi=130)


Parts = list[tuple[str, np.ndarray]]
Target = tuple[str, np.ndarray] | None


def _curves(
    figure: Figure, board: Any, place: Slice, name: str, parts: Parts, target: Target
) -> None:
    panel = board[0, 0]
    grid = place.axes[place.shown[0]]
    for label, values in parts:
        panel.plot(grid, values, label=label)
    if target is not None:
        panel.plot(grid, target[1], "k:", label=target[0])
        for label, values in parts:
            board[1, 0].semilogy(grid, np.maximum(abs(values - target[1]), 1e-18), label=label)
        board[1, 0].set_ylabel(f"|error of {name}|")
        board[1, 0].set_xlabel(place.shown[0])
    panel.set_ylabel(name)
    panel.set_xlabel(place.shown[0])
    panel.legend(frameon=False, fontsize=8)


def _maps(
    figure: Figure, board: Any, place: Slice, name: str, parts: Parts, target: Target
) -> None:
    from matplotlib.colors import LogNorm, Normalize  # matplotlib takes a while to import

    shown = ([] if target is None else [target]) + parts
    # One scale for all, set by the reference: a method that runs away does not bleach the others.
    measure = [target[1]] if target is not None else [values for _, values in parts]
    low, high = min(float(v.min()) for v in measure), max(float(v.max()) for v in measure)
    scale = Normalize(low, high if high > low else low + 1)
    for column, (label, values) in enumerate(shown):
        _map(figure, board[0, column], place, (f"{name}: {label}", values, scale))
    if target is None:
        return
    board[1, 0].set_axis_off()
    errors = [(label, abs(values - target[1])) for label, values in parts]
    top = max((float(e.max()) for _, e in errors), default=0.0) or 1.0
    bottom = min((float(e.max()) for _, e in errors), default=top)
    log = LogNorm(max(bottom * DECADES**0.5, top * 1e-14), top, clip=True)
    for column, (label, error) in enumerate(errors, start=1):
        _map(figure, board[1, column], place, (f"|error|: {label}", error, log))


def _map(figure: Figure, panel: Any, place: Slice, what: tuple[str, np.ndarray, Any]) -> None:
    title, values, scale = what
    first, second = (place.axes[name] for name in place.shown)
    image = panel.pcolormesh(
        first, second, values.T, norm=scale, shading="nearest", rasterized=True
    )
    figure.colorbar(image, ax=panel)
    if place.spatial:
        panel.set_aspect("equal")
    panel.set_title(title, fontsize=9)
    panel.set_xlabel(place.shown[0], fontsize=8)
    panel.set_ylabel(place.shown[1], fontsize=8)
