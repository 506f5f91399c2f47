"""Parts of a loss weighed so that they fall at one rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from residuum._core import Field, Source
from residuum.objectives._balance import Smoothed, kernel_traces
from residuum.objectives._inferred import Inferred
from residuum.objectives._rows import Rows


@dataclass(frozen=True)
class KernelTrace(Smoothed):
    """λ_i = mean_j tr K_j / tr K_i, with K_i the tangent kernel of part i over its points.

    The trace is the mean rate at which gradient descent lowers a part.
    """

    name: ClassVar[str] = "kernel_trace"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "pinn-ntk",
            "When and why PINNs fail to train: A neural tangent kernel perspective",
            "S. Wang, X. Yu, P. Perdikaris",
            2022,
            "arXiv:2007.14527",
            "verified",
        ),
    )

    def wanted(self, trained: tuple[Field, Inferred], rows: Sequence[Rows]) -> np.ndarray:
        traces = kernel_traces(trained, rows)
        weights: np.ndarray = traces.mean() / traces
        return weights
