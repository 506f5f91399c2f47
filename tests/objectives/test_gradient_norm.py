"""Gradients of one size."""

from __future__ import annotations

from typing import Any

import numpy as np

from residuum._core import in_double_precision
from residuum.objectives import GradientNorm, gradient_norms, weights_of

from ._parts import parts


@in_double_precision
def test_after_weighing_all_gradients_are_equal() -> None:
    trained, rows, residuals, slopes = parts()
    field: Any = trained
    norms = [np.linalg.norm(2 * a.T @ r) for r, a in zip(residuals, slopes, strict=True)]
    np.testing.assert_allclose(gradient_norms(field, rows), norms, rtol=1e-12)
    heavy = GradientNorm().weigh(field, rows)
    np.testing.assert_allclose(gradient_norms(field, heavy), np.mean(norms), rtol=1e-12)
    # Rows that had weight one before keep nine tenths of it, as a factor of the sum of squares.
    old = weights_of(heavy, rows)
    again = weights_of(GradientNorm().weigh(field, rows, rows), rows)
    assert old is not None and again is not None
    np.testing.assert_allclose(again**2, 0.9 + 0.1 * old**2, rtol=1e-12)
