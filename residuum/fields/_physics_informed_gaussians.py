"""Gaussian bumps whose centres and covariances are trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np

from residuum._core import Key, Source
from residuum.blocks import Block, TiltedBumps
from residuum.fields._architecture import Architecture, Frame, positive, whole
from residuum.fields._gaussians import Gaussians


@dataclass(frozen=True)
class PhysicsInformedGaussians(Architecture):
    """Gaussians with trained centres and full covariances: a mesh that moves and tilts.

    They start as the lattice of ``Gaussians``: the same features, so that whatever is trained can
    be compared with what was not.

    Args:
        count, scale, overhang: as for ``Gaussians``.

    Good starting values: 200 for one steep layer, 784 for a smooth answer. Each Gaussian has
    d (d + 3) / 2 inner numbers beside its weight. It breaks where thousands of them are needed: the
    dense Jacobian of the rule grows too large.
    """

    count: int = 200
    scale: float = 1.0
    overhang: float = 1.0

    name: ClassVar[str] = "physics_informed_gaussians"
    sources: ClassVar[tuple[Source, ...]] = Gaussians.sources

    def __post_init__(self) -> None:
        positive(self, scale=self.scale)
        whole(self, count=self.count)
        Gaussians(self.count, self.scale, self.overhang)  # checks the overhang

    def trunk(self, frame: Frame, key: Key) -> Block:
        centres, widths = Gaussians(self.count, self.scale, self.overhang).lattice(frame)
        logs = np.broadcast_to(-np.log(widths), centres.shape)
        tilts = jnp.zeros((len(centres), frame.dimension * (frame.dimension - 1) // 2))
        return TiltedBumps(jnp.asarray(centres), jnp.asarray(logs), tilts, frame.periodic)
