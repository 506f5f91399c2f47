"""Gaussian bumps on a lattice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from residuum._core import Key, OptionError, Source
from residuum.blocks import Block, GaussianBumps
from residuum.fields._architecture import Architecture, Frame, positive, whole


@dataclass(frozen=True)
class Gaussians(Architecture):
    """Gaussians centred on a lattice that reaches a little beyond the domain.

    Args:
        count: about how many; the lattice has the same number along every axis.
        scale: inverse width: σ = spacing / scale · 2. Good starting values: 0.5 to 2; smaller is
            smoother, more accurate on smooth solutions, and worse conditioned.
        overhang: how many lattice spacings the lattice reaches beyond non-periodic ends.
    """

    count: int = 784
    scale: float = 1.0
    overhang: float = 1.0

    name: ClassVar[str] = "gaussians"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "pig-gaussians",
            "Physics-Informed Gaussians as Adaptive Parametric Mesh Representations",
            "N. Kang, J. Oh, Y. Hong, E. Park",
            2024,
            "arXiv:2412.05994",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        positive(self, scale=self.scale)
        whole(self, count=self.count)
        if not 0 <= self.overhang < np.inf:
            got = str(self.overhang)
            raise OptionError("an overhang of zero or more", got, "Correct Gaussians.")

    def trunk(self, frame: Frame, key: Key) -> Block:
        return GaussianBumps(*self.lattice(frame), frame.periodic)

    def lattice(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Return centres (features, d) and widths (1, d), in dimensionless coordinates."""
        per_axis = max(2, round(self.count ** (1 / frame.dimension)))
        axes, spacings = [], []
        for axis in range(frame.dimension):
            if axis in frame.periodic:
                axes.append(-1 + 2 * np.arange(per_axis) / per_axis)
                spacings.append(2 / per_axis)
            else:
                spacing = 2 / (per_axis - 1 - 2 * min(self.overhang, (per_axis - 2) / 2))
                reach = spacing * (per_axis - 1) / 2
                axes.append(np.linspace(-reach, reach, per_axis))
                spacings.append(spacing)
        centres = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
        return centres, 2 * np.array([spacings]) / self.scale
