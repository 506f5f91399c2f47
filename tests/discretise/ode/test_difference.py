"""The distance of two fields in time."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.ode import compare, values_at
from residuum.discretise.spectral import GridField


def line(slope: float, *, jump: float = 2.0) -> GridField:
    """Return slope · t on [0, 2] with a step of one down at ``jump``."""
    knots = np.array([0.0, jump, 2.0]) if jump < 2 else np.array([0.0, 1.0, 2.0])
    nodes = knots[:-1, None] + np.diff(knots)[:, None] * np.array([0.0, 1.0])
    values = slope * nodes
    if jump < 2:
        values[1] -= 1.0
    return GridField(jnp.asarray(values[:, :, None]), jnp.asarray(knots), (0.0, 1.0), ())


def test_norms_are_integrals() -> None:
    with double_precision():
        found = compare(line(1.0), line(1.1), until=2.0, tol=1e-3)
    # ∫ (0.1 t)² over [0, 2] = 0.01 · 8/3, and the same ratio at every time.
    assert found.gap.absolute == pytest.approx(0.1 * (8 / 3) ** 0.5, rel=1e-12)
    assert found.gap.relative == pytest.approx(0.1, rel=1e-12)
    # 0.1 t exceeds a thousandth of the root mean square sqrt(4/3) at 0.0115.
    assert found.parting == pytest.approx(1e-2 * (4 / 3) ** 0.5, abs=2e-3)


def test_windows_and_ends_are_left_out() -> None:
    with double_precision():
        one, other = line(1.0, jump=1.0), line(1.0, jump=1.0 + 1e-3)
        whole = compare(one, other, until=2.0, tol=1e-3)
        apart = compare(one, other, until=2.0, tol=1e-3, without=[(1.0, 1.001)])
        early = compare(one, other, until=0.9, tol=1e-3)
    # One Gauss point of width about 1e-3 may see the jump of size one.
    assert whole.gap.absolute > 1e-2
    assert apart.gap.relative < 1e-14 and apart.parting is None
    assert early.gap.relative < 1e-14


def test_values_on_either_side_of_a_jump() -> None:
    with double_precision():
        found = values_at(line(1.0, jump=1.0), np.array([1.0 - 1e-12, 1.0, 1.5]))[:, 0]
    np.testing.assert_allclose(found, [1.0, 0.0, 0.5], atol=1e-11)
