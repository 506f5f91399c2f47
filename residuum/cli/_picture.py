"""One picture of several answers: side by side, with error maps where a reference exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residuum.problem._map import draw_bar, draw_map, scale_of
from residuum.problem._plot import panel_size, wrapped
from residuum.problem._slice import Slice, cut

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from residuum.problem import Problem

MOST_UNKNOWNS = 3
DECADES = 1e-6
WIDTH = 2.7


@dataclass(frozen=True)
class Panel:
    """A label and values at points: (n, d), columns in the order of the coordinates, to (n, m)."""

    label: str
    values: Callable[[np.ndarray], np.ndarray]


def draw(problem: Problem, panels: Sequence[Panel], exact: Panel | None, path: Path) -> None:
    """Draw answers next to each other, and their errors against ``exact`` if it is given."""
    from matplotlib.figure import Figure  # no global state, no window

    place = cut(problem)
    fields = [(panel.label, place.values(panel.values)) for panel in panels]
    truth = None if exact is None else place.values(exact.values)
    names = [str(u.func) for u in problem.unknowns][:MOST_UNKNOWNS]
    rows = len(names) * (1 if truth is None else 2)
    one = len(place.shown) == 1
    columns = 1 if one else len(fields) + (exact is not None)
    size = (7.2, 2.9 * rows + 0.4) if one else _page(place, columns, rows)
    figure = Figure(figsize=size, layout="constrained")
    title = ", ".join(filter(None, [problem.name, place.fixed]))
    figure.suptitle(wrapped(title, size[0]), fontsize=10)
    board = figure.subplots(rows, columns, squeeze=False)
    label = exact.label if exact is not None else ""
    for j, name in enumerate(names):
        parts = [(title, values[..., j]) for title, values in fields]
        target = None if truth is None else (label, truth[..., j])
        own = board[j * rows // len(names) : (j + 1) * rows // len(names)]
        (_curves if one else _maps)(figure, own, place, name, parts, target)
    figure.savefig(path, dpi=130, bbox_inches="tight")


def _page(place: Slice, columns: int, rows: int) -> tuple[float, float]:
    width, height = panel_size(place, WIDTH)
    return (width + 1.3) * columns, (height + 0.75) * rows + 0.4


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
    from matplotlib.colors import LogNorm  # matplotlib takes a while to import

    shown = ([] if target is None else [target]) + parts
    # One scale for all, set by the reference: a method that runs away does not bleach the others.
    measure = [target[1]] if target is not None else [values for _, values in parts]
    scale = scale_of(np.ma.concatenate([np.ma.ravel(values) for values in measure]))
    for column, (label, values) in enumerate(shown):
        panel, title = board[0, column], f"{name}: {label}"
        image = draw_map(panel, place, values, scale.norm, scale.colours)
        draw_bar(panel, image, scale.extend)
        _named(panel, place, title)
    if target is None:
        return
    board[1, 0].set_axis_off()
    errors = [(label, abs(values - target[1])) for label, values in parts]
    log = LogNorm(*_decades([values for _, values in errors]), clip=True)
    for column, (label, error) in enumerate(errors, start=1):
        image = draw_map(board[1, column], place, error, log, "viridis")
        draw_bar(board[1, column], image)
        _named(board[1, column], place, f"|error|: {label}")


def _decades(errors: list[np.ndarray]) -> tuple[float, float]:
    """Return the smallest and the largest error shown in colour."""
    tops = [float(np.ma.filled(np.ma.max(error), 0.0)) for error in errors]
    top = max(tops, default=0.0) or 1.0
    bottom = min((value for value in tops if value > 0), default=top)
    return max(bottom * DECADES**0.5, top * 1e-14), top


def _named(panel: Any, place: Slice, title: str) -> None:
    panel.set_title(title, fontsize=9)
    panel.set_xlabel(place.shown[0], fontsize=8)
    panel.set_ylabel(place.shown[1], fontsize=8)
    panel.tick_params(labelsize=7)
    for bar in panel.child_axes:
        bar.tick_params(labelsize=7)
