"""Gaussians on lattices that get finer toward the boundary, as fixed features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from residuum._core import Key, OptionError, Source
from residuum.blocks import Block, GaussianBumps
from residuum.fields._architecture import Architecture, Frame, positive, whole
from residuum.fields._gaussians import Gaussians

BESIDE = 1.5
"""How many spacings outside the domain a centre may lie."""
DRAWN = 4000
"""Points of a part of the boundary, to which the distance of a centre is taken."""


@final
@dataclass(frozen=True)
class GradedGaussians(Architecture):
    """A lattice of Gaussians, and finer ones along the boundary: half the spacing every level.

    The spacing is the same along all axes, and centres far outside the domain are left out. For
    fields in space on domains with walls: layers, flow around obstacles.

    Args:
        count: about how many Gaussians the coarsest lattice has over the box around the domain.
        levels: of finer lattices; each follows the boundary within ``rows`` of its own spacings.
        near: parts of the boundary that are followed; all of them if left out.
        scale: inverse width: σ = spacing / scale · 2. Good starting values: 1 to 2.
        rows: spacings of a level from the boundary to its last centre.

    Good starting values: 400 and one level; two levels along a small obstacle.

    Raises:
        OptionError: an option out of range, or a field that also runs in time.
    """

    count: int = 400
    levels: int = 1
    near: tuple[str, ...] | None = None
    scale: float = 1.3
    rows: float = 6.0

    name: ClassVar[str] = "graded_gaussians"
    sources: ClassVar[tuple[Source, ...]] = Gaussians.sources

    def __post_init__(self) -> None:
        positive(self, scale=self.scale, rows=self.rows)
        whole(self, count=self.count)
        if not isinstance(self.levels, int) or not 0 <= self.levels <= 8:
            raise OptionError("0 to 8 levels", repr(self.levels), "Correct GradedGaussians.")

    def trunk(self, frame: Frame, key: Key) -> Block:
        return GaussianBumps(*self.lattice(frame), frame.periodic)

    def lattice(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Return centres and widths (features, d) each, in dimensionless coordinates."""
        shape = frame.shape
        if shape is None or shape.dimension != frame.dimension:
            wanted, got = "a field in space alone", f"{frame.dimension} coordinates"
            raise OptionError(wanted, got, "Take Gaussians() for fields that run in time.")
        order = [shape.axes.index(name) for name in frame.names]
        parts = shape.parts if self.near is None else self.near
        walls = [shape.sample_boundary(DRAWN, part=part, key=1)[:, order] for part in parts]
        centres, widths = [], []
        spacing = float((np.prod(2 * frame.half_width) / self.count) ** (1 / frame.dimension))
        for level in range(self.levels + 1):
            own, step = _lattice(frame, spacing / 2**level)
            kept = shape.signed_distance(own[:, np.argsort(order)]) < BESIDE * step.max()
            if level:
                kept &= _nearest(walls, own) < self.rows * step.max()
            centres.append(own[kept])
            widths.append(np.tile(2 * step / self.scale, (int(kept.sum()), 1)))
        found = (np.concatenate(centres) - frame.centre) / frame.half_width
        return found, np.concatenate(widths) / frame.half_width


def _lattice(frame: Frame, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points (n, d) about so far apart, one beyond each end, and how far along each axis."""
    low, high = frame.centre - frame.half_width, frame.centre + frame.half_width
    axes, steps = [], []
    for axis in range(frame.dimension):
        cells = max(1, round((high[axis] - low[axis]) / spacing))
        step = (high[axis] - low[axis]) / cells
        own = np.arange(cells) if axis in frame.periodic else np.arange(-1, cells + 2)
        axes.append(low[axis] + step * own)
        steps.append(step)
    points = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
    return points, np.array(steps)


def _nearest(walls: list[np.ndarray], points: np.ndarray) -> np.ndarray:
    """Return the distance of points (n, d) to the nearest point of the walls."""
    from scipy.spatial import KDTree  # SciPy's geometry takes a while to import

    found: np.ndarray = KDTree(np.concatenate(walls)).query(points)[0]
    return found
