"""A picture of a few samples of a data set: a row each, what was drawn and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

SHOWN, MOST = 3, 5
"""Samples, and channels of each."""


def draw_samples(folder: Path, broken: Sequence[int], path: Path) -> None:
    """Draw the first samples that are whole: inputs, then outputs at the last moment."""
    from matplotlib.figure import Figure  # no global state, no window

    from residuum.datasets import read_data  # imports JAX
    from residuum.datasets._store import Store

    entries = Store(folder).entries
    numbers = [k for k in sorted(entries) if entries[k].solved and k not in broken][:SHOWN]
    samples = read_data(folder, which=numbers)
    outputs = samples.outputs if samples.times is None else samples.outputs[:, -1]
    when = "" if samples.times is None else f", t = {samples.times[-1]:g}"
    channels = [(name, samples.inputs[..., j]) for j, name in enumerate(samples.input_names)]
    channels += [(name + when, outputs[..., j]) for j, name in enumerate(samples.output_names)]
    channels = channels[:MOST]
    figure = Figure(figsize=(2.9 * len(channels), 2.4 * len(numbers)), layout="constrained")
    board = figure.subplots(len(numbers), len(channels), squeeze=False)
    for row, number in enumerate(numbers):
        for column, (name, values) in enumerate(channels):
            panel = board[row, column]
            _drawn(figure, panel, samples.axes, values[row])
            panel.set_title(f"{number}: {name}", fontsize=8)
            panel.tick_params(labelsize=6)
    figure.savefig(path, dpi=130)


def _drawn(figure: Any, panel: Any, axes: tuple[np.ndarray, ...], values: np.ndarray) -> None:
    if values.ndim == 1:
        panel.plot(axes[0], values)
        return
    if values.ndim == 3:
        values = values[:, :, values.shape[2] // 2]  # the middle of the third axis
    image = panel.pcolormesh(axes[0], axes[1], values.T, shading="nearest", cmap="viridis")
    panel.set_aspect("equal")
    figure.colorbar(image, ax=panel).ax.tick_params(labelsize=6)
