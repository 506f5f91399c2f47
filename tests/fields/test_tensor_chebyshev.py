"""Tensor Chebyshev polynomials as a recipe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum.blocks import ChebyshevProducts
from residuum.fields import Frame, TensorChebyshev


@pytest.mark.parametrize(
    ("degree", "periodic", "expected"),
    [(4, (), (4, 4)), ((2, 6), (), (2, 6)), (6, (1,), (6, 6))],
)
def test_degrees_by_axis(degree: Any, periodic: tuple[int, ...], expected: tuple[int, ...]) -> None:
    trunk = TensorChebyshev(degree).trunk(Frame(np.zeros(2), np.ones(2), periodic, 1), 5)
    assert isinstance(trunk, ChebyshevProducts)
    assert (trunk.degrees, trunk.periodic) == (expected, periodic)
    sizes = [n + 1 for n in expected]
    assert trunk.signature.outputs == sizes[0] * sizes[1]
