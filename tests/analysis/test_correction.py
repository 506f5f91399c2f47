"""A correction fitted to a residual."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import double_precision
from residuum.analysis import Evidence
from residuum.analysis._correction import Corrected, correction
from residuum.fields import TensorChebyshev, frame_of

from ._cases import X, coarse, fixed, poisson, resonant, shifted


def test_a_smooth_error_is_found_in_size() -> None:
    with double_precision():
        found = correction(Evidence(resonant()))
    # |sin(pi x) / 10| / |x (1 - x) + sin(pi x) / 10| in L2: 0.0707 / 0.2533.
    assert found.trusted and found.size == pytest.approx(0.279, rel=0.05)


def test_an_error_in_a_condition_is_found_too() -> None:
    with double_precision():
        found = correction(Evidence(shifted()))
    # 1/5 against the root of ∫ (x (1 - x) / 2 + 1/5)² = 0.0817.
    assert found.trusted and found.size == pytest.approx(0.2 / 0.0817**0.5, rel=0.02)


def test_what_a_correction_cannot_remove_is_not_trusted() -> None:
    with double_precision():
        evidence = Evidence(fixed(poisson(sp.sin(300 * X)), 0))
        assert not correction(evidence).trusted
        assert correction(Evidence(coarse())).left < 1


def test_a_corrected_field_is_the_sum() -> None:
    with double_precision():
        evidence = Evidence(shifted())
        extra = TensorChebyshev(3).build(frame_of(evidence.problem, evidence.sizes), 11)
        field = Corrected(evidence.field, extra, (2.0,))
        points = jnp.asarray(np.linspace(0.1, 0.9, 5)[:, None])
        moved = field.with_head(field.head.at[-1].set(0.5))
        gap = moved(points) - evidence.field(points)
        made = moved.features(points, [(1,)], 0).value @ moved.head[:, 0]
        whole = made + moved.offset(points, [(1,)], 0).value[:, 0]
        np.testing.assert_allclose(gap, 1.0, rtol=1e-14)
        np.testing.assert_allclose(moved(points)[:, 0], whole, rtol=1e-14)
