from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks import DiffusionReaction, FixedPoint, Newton, tanh_units


@in_double_precision
def test_symmetric_weights_give_a_symmetric_jacobian_and_no_others() -> None:
    key, draw = jax.random.key(7), np.random.default_rng(13).normal
    u, x = jnp.asarray(draw(size=6)), jnp.asarray(draw(size=3))
    for symmetric in (True, False):
        force = tanh_units(3, 6, key, symmetric=symmetric)
        jacobian = np.asarray(jax.jacfwd(force)(u, x))
        assert bool(abs(jacobian - jacobian.T).max() < 1e-14) is symmetric


@in_double_precision
def test_the_diffusion_is_of_second_order_on_a_made_solution() -> None:
    errors = []
    for nodes in (15, 31):
        points = np.arange(1, nodes + 1) / (nodes + 1)
        faces = (np.arange(nodes + 1) + 0.5) / (nodes + 1)
        # u = sin πx with k = 1 + x/2 and a = 3.
        u, slope = np.sin(np.pi * points), np.pi * np.cos(np.pi * points)
        load = -0.5 * slope + (1 + points / 2) * np.pi**2 * u + 3 * slope + u**3
        force = DiffusionReaction(jnp.asarray(np.log(1 + faces / 2)), 3.0)
        found = FixedPoint(force, Newton(1e-10)).solve(jnp.asarray(load)[None])
        assert bool(found.sound.all())
        errors.append(float(abs(found.value[0] - u).max()))
    # A ratio of four is the second order; what is left of the fourth is below a tenth.
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)


def test_too_few_faces_are_refused() -> None:
    with pytest.raises(OptionError, match="four faces"):
        DiffusionReaction(jnp.zeros(3))
