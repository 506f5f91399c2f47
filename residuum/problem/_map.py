"""Maps of values over a plane: colours, limits, and the edge of the domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from residuum.problem._slice import Slice

TAIL = 0.5
"""Percent of the points at either end that may be singular."""
FAR = 1.0
"""Values farther out than this times the range of all others are cut off."""
FLAT = 1e-9
"""A range below this share of the values is rounding, and shown as one colour."""
SIGNED, PLAIN = "RdBu_r", "viridis"
EDGE = "0.25"


@final
@dataclass(frozen=True)
class Scale:
    """From values to colours.

    Args:
        low, high: the values of the first and the last colour.
        colours: name of the colour map; one with a middle where zero is in the middle.
        extend: at which ends values are cut off: ``"neither"``, ``"min"``, ``"max"``, ``"both"``.
    """

    low: float
    high: float
    colours: str
    extend: str = "neither"

    @property
    def norm(self) -> Any:
        """The map from values to [0, 1] for matplotlib."""
        from matplotlib.colors import Normalize  # matplotlib takes a while to import

        return Normalize(self.low, self.high)


def scale_of(values: np.ndarray) -> Scale:
    """Return a scale for values that may be masked: few singular points do not bleach the rest."""
    known = np.ma.masked_invalid(values).compressed()
    if not known.size:
        return Scale(0.0, 1.0, PLAIN)
    low, high = float(known.min()), float(known.max())
    size = max(abs(low), abs(high))
    if high - low <= FLAT * size:
        return Scale(low - 0.5 * (size or 1.0), high + 0.5 * (size or 1.0), PLAIN)
    first, last = (float(v) for v in np.percentile(known, [TAIL, 100 - TAIL]))
    room = FAR * (last - first)
    cut_low, cut_high = first - low > room > 0, high - last > room > 0
    low, high = first if cut_low else low, last if cut_high else high
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}
    ends = extend[int(cut_low), int(cut_high)]
    if low < 0 < high and abs(low + high) < 0.5 * (high - low):
        bound = max(-low, high)  # zero is white
        return Scale(-bound, bound, SIGNED, ends)
    return Scale(low, high, PLAIN, ends)


def draw_map(panel: Axes, place: Slice, values: np.ndarray, norm: Any, colours: str) -> Any:
    """Draw values (*lengths,) over a plane, cut along the edge of the domain; return the image."""
    first, second = (place.axes[name] for name in place.shown)
    rim = place.rimmed(values)
    image = panel.pcolormesh(
        first, second, rim.T, norm=norm, cmap=colours, shading="gouraud", rasterized=True
    )
    if not place.inside.all():
        gap = place.distance.T
        panel.contourf(first, second, gap, levels=[0.0, 2 * float(gap.max())], colors="white")
        if place.inside.any():
            panel.contour(first, second, gap, levels=[0.0], colors=EDGE, linewidths=0.7)
    if place.aspect is not None:
        panel.set_aspect("equal")
    return image


def draw_bar(panel: Axes, image: Any, extend: str = "neither") -> None:
    """Draw the colours beside a map, as high as the map itself."""
    slot = panel.inset_axes((1.02, 0.0, 0.035, 1.0))
    panel.figure.colorbar(image, cax=slot, extend=extend)
