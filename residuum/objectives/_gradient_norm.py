"""Parts of a loss weighed so that their gradients are of one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from residuum._core import Field, Source
from residuum.objectives._balance import Smoothed, gradient_norms
from residuum.objectives._inferred import Inferred
from residuum.objectives._rows import Rows


@dataclass(frozen=True)
class GradientNorm(Smoothed):
    """λ_i = mean_j |∇L_j| / |∇L_i|: no part drowns the gradient of another.

    For first-order rules. Gauss–Newton sees the parts by their Jacobians and gains little.
    """

    name: ClassVar[str] = "gradient_norm"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "expert-guide",
            "An Expert's Guide to Training Physics-informed Neural Networks",
            "S. Wang, S. Sankaran, H. Wang, P. Perdikaris",
            2023,
            "arXiv:2308.08468",
            "verified",
        ),
    )

    def wanted(self, trained: tuple[Field, Inferred], rows: Sequence[Rows]) -> np.ndarray:
        norms = gradient_norms(trained, rows)
        weights: np.ndarray = norms.mean() / norms
        return weights
