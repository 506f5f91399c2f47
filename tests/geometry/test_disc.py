"""Discs."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from residuum._core._errors import DomainError
from residuum.geometry import Disc


def test_disc() -> None:
    disc = Disc([1, 2], 3, axes=("r", "z"), name="rim")
    r, z = sympy.symbols("r z", real=True)
    assert disc.parts == ("rim",)
    assert disc.measure() == pytest.approx(9 * np.pi, rel=1e-14)
    assert disc.boundary_measure("rim") == pytest.approx(6 * np.pi, rel=1e-14)
    assert disc.distance("rim") == (9 - (r - 1) ** 2 - (z - 2) ** 2) / 6
    assert hash(disc) == hash(Disc((1, 2), 3, axes=("r", "z"), name="rim"))


def test_errors() -> None:
    with pytest.raises(DomainError, match="Ball"):
        Disc((0, 0, 0), 1)
    with pytest.raises(DomainError, match="finite centre"):
        Disc((0, np.nan), 1)
    with pytest.raises(DomainError, match="different axis"):
        Disc((0, 0), 1, axes=("x", "x"))
    with pytest.raises(DomainError, match="part name"):
        Disc((0, 0), 1, name="boundary")
