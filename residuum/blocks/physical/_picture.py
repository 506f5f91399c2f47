"""A picture of a medium: where its waves go, where it is driven and read."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from residuum._core import OptionError
from residuum.blocks.physical._wave_medium import WaveMedium


def picture(medium: WaveMedium, x: np.ndarray) -> Any:
    """Return a matplotlib figure: speed and power of the field, speakers and microphones.

    Args:
        medium: to draw.
        x: drive amplitudes of one sample, (inputs,).
    """
    from matplotlib.figure import Figure

    x = np.asarray(x, np.float32)
    if x.shape != (medium.signature.inputs,):
        raise OptionError(
            f"amplitudes of shape ({medium.signature.inputs},)", str(x.shape), "Pass one sample."
        )
    power = np.asarray(medium.power(jnp.asarray(x)[None])[0])
    figure = Figure(figsize=(7.0, 5.5), layout="constrained")
    sides = figure.subplots(1, 2)
    fields = (np.asarray(medium.speed), np.log10(power + 1e-6 * power.max() + 1e-30))
    names = ("speed, cells per unit time", "log₁₀ of mean u²")
    rows, columns = medium.microphones.T
    places = [np.unravel_index(np.argmax(spot), spot.shape) for spot in medium.speakers]
    for axes, field, name in zip(sides, fields, names, strict=True):
        drawn = axes.imshow(field, origin="lower", cmap="viridis")
        figure.colorbar(drawn, ax=axes, shrink=0.7)
        axes.plot(columns, rows, "o", color="white", markersize=3, markeredgecolor="black")
        axes.plot([p[1] for p in places], [p[0] for p in places], "^", color="red", markersize=6)
        axes.set_title(name)
        axes.set_xlabel("column")
        axes.set_ylabel("row")
    return figure
