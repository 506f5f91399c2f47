from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from residuum.catalogue import burgers
from residuum.catalogue._burgers import NU, cole_hopf

from ._measure import grid, relative

mpmath: Any = pytest.importorskip("mpmath", reason="it comes with SymPy")

RANDOM = np.random.default_rng(17)
SPREAD = np.column_stack([RANDOM.random(1000), RANDOM.uniform(-1, 1, 1000)])
SHOCK = np.column_stack([RANDOM.uniform(0.25, 1, 1000), RANDOM.normal(0, 0.01, 1000)])
EARLY = np.column_stack([10 ** RANDOM.uniform(-14, -2, 1000), RANDOM.uniform(-1, 1, 1000)])


@pytest.mark.parametrize("points", [SPREAD, SHOCK, EARLY])
def test_floor_holds_when_the_nodes_are_doubled(points: np.ndarray) -> None:
    # Measured 3e-16, 8e-16 and 2e-16; with half the nodes 2e-12 on the spread points.
    assert relative(cole_hopf(points, 321), burgers.reference(points)) < burgers.floor
    assert relative(cole_hopf(SPREAD, 81), burgers.reference(SPREAD)) > burgers.floor


def _forty_digits(t: float, x: float) -> float:
    with mpmath.workdps(40):
        width = mpmath.sqrt(4 * mpmath.mpf(NU) * mpmath.mpf(t))
        top = bottom = mpmath.mpf(0)
        for k in range(-150, 151):
            z = mpmath.mpf(k) * 14 / 150
            y = mpmath.pi * (mpmath.mpf(x) - z * width)
            weight = mpmath.exp(-mpmath.cos(y) / (2 * mpmath.pi * mpmath.mpf(NU)) - z * z)
            top, bottom = top - mpmath.sin(y) * weight, bottom + weight
        return float(top / bottom)


def test_rounding_is_below_the_floor() -> None:
    points = np.concatenate([SPREAD[:8], SHOCK[:8], EARLY[:4]])
    exact = np.array([_forty_digits(*point) for point in points])
    assert relative(burgers.reference(points)[:, 0], exact) < burgers.floor  # measured 1e-15


def test_agrees_with_the_published_file(data: Callable[[str], dict[str, Any]]) -> None:
    file = data("burgers_shock")
    values = burgers.reference(grid(file["t"], file["x"])).reshape(file["u"].shape)
    assert relative(values, file["u"]) < 3e-12  # its floor is 2.9e-12


def test_another_viscosity_would_not_agree(data: Callable[[str], dict[str, Any]]) -> None:
    file = data("burgers_shock")
    scaled = grid(file["t"] * (1 + 1e-6), file["x"])
    values = burgers.reference(scaled).reshape(file["u"].shape)
    assert relative(values, file["u"]) > 1e-7  # a millionth in time already shows
