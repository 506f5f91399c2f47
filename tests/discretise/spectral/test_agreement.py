"""The distance of two fields and the certificate made of it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.spectral import ChebyshevAxis, Gap, GridField, gap


def constant(value: float, count: int) -> GridField:
    axis = ChebyshevAxis(0.0, 4.0, count)
    return GridField(
        jnp.full((1, 2, count, 1), value), jnp.asarray([0.0, 9.0]), (0.0, 1.0), (axis.data,)
    )


def test_norms_are_those_of_space_and_time() -> None:
    with double_precision():
        found = gap(constant(2.0, 8), constant(1.5, 5))
    # A difference of 1/2 on a rectangle of area 36.
    assert found.absolute == pytest.approx(0.5 * 6, rel=1e-3)
    assert found.relative == pytest.approx(0.25)


def test_certificate_is_honest_at_its_ends() -> None:
    assert Gap(1e-3, 1e-2).certificate("why").verifies(1e-2)
    assert Gap(np.nan, np.nan).certificate("why").kind == "none"
    # Below the rounding both levels share, agreement is luck.
    low = Gap(2e-16, 1e-16).certificate("why")
    assert low.relative == pytest.approx(1e-13)
    assert low.value == pytest.approx(2e-13)
