"""Residuals on elements in the dual norm: zero at the solution, the energy error elsewhere."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse.linalg as sla

from residuum._core import OptionError, double_precision
from residuum.objectives import element_residual
from residuum.operators import ElementFrame
from tests.operators.plate import plate, square


@pytest.mark.parametrize("frame", [square(), square(2), plate()], ids=["P1", "P2", "hole"])
def test_it_is_the_energy_norm_of_the_error(frame: ElementFrame) -> None:
    chance, free = np.random.default_rng(5), ~frame.fixed
    source = chance.standard_normal(frame.size)
    exact = np.zeros(frame.size)
    inner = frame.stiffness[free][:, free].tocsc()
    exact[free] = sla.splu(inner).solve((frame.mass @ source)[free])
    error = np.where(free, chance.standard_normal(frame.size), 0.0)
    given = np.stack([exact, exact + error])[..., None]
    with double_precision():
        loss = element_residual(frame)
        found = loss(jnp.asarray(given), jnp.asarray(np.stack([source] * 2)[..., None]))
        np.testing.assert_allclose(
            found, [0.0, error @ frame.stiffness @ error], rtol=1e-10, atol=1e-20
        )


def test_fluxes_may_depend_on_the_unknown() -> None:
    frame = square()
    loss = element_residual(frame, lambda u, slopes, a: (1 + u**2)[:, None] * slopes)
    line = frame.interpolate(lambda x, y: x)[None, :, None]
    with double_precision():
        rest = loss.residual(jnp.asarray(line), jnp.zeros_like(jnp.asarray(line)))[:, 0]
        # ∫ (1 + x²) ∂φ/∂x = (1 + 1)[φ on the right] - (1 + 0)[on the left] - ∫ 2x φ.
        wanted = -np.asarray(frame.mass @ (2 * line[0, :, 0]))
        inside = ~frame.border
        np.testing.assert_allclose(rest[inside], wanted[inside], atol=1e-13)


def test_it_is_checked() -> None:
    with pytest.raises(OptionError, match="given values"):
        element_residual(ElementFrame(square().mesh))
