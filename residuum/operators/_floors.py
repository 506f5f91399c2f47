"""All floors at once, fitted and measured."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from residuum.datasets import Samples
from residuum.operators._abstract import Operator
from residuum.operators._floor import Floor
from residuum.operators._kernel_regression import KernelRegression
from residuum.operators._nearest import NearestNeighbour
from residuum.operators._pod_linear import PODLinear
from residuum.operators._ridge import Ridge
from residuum.operators._standardised import apply

FLOORS: dict[str, type[Floor]] = {
    kind.name: kind for kind in (NearestNeighbour, Ridge, PODLinear, KernelRegression)
}
"""Every floor by its name."""


@dataclass(frozen=True, eq=False)
class FloorRow:
    """One line of the table of floors.

    Args:
        name: of the floor.
        operator: fitted.
        seconds: wall time of the fit.
        error: mean relative L2 error on the samples asked about; NaN without any.
    """

    name: str
    operator: Operator = field(repr=False)
    seconds: float
    error: float


def floors(samples: Samples, test: Samples | None = None) -> dict[str, FloorRow]:
    """Fit every floor on samples; measure them on others.

    Args:
        samples: to fit on.
        test: to measure on, never looked at by the fits.
    """
    found = {}
    for name, kind in FLOORS.items():
        begun = time.perf_counter()
        operator = kind().fit(samples)
        seconds = time.perf_counter() - begun
        error = float("nan") if test is None else relative_error(operator, test)
        found[name] = FloorRow(name, operator, seconds, error)
    return found


def relative_error(operator: Any, samples: Samples) -> float:
    """Return the mean of |e| / |u| over samples."""
    return float(relative_errors(operator, samples).mean())


def relative_errors(operator: Any, samples: Samples) -> np.ndarray:
    """Return |e| / |u| of each sample, (n,)."""
    n = len(samples)
    wanted = np.asarray(samples.outputs, float).reshape(n, -1)
    found = np.asarray(apply(operator, samples.inputs), float).reshape(n, -1)
    size = np.maximum(np.linalg.norm(wanted, axis=1), 1e-300)
    return np.asarray(np.linalg.norm(found - wanted, axis=1) / size)
