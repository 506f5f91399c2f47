"""The relative error of values and slopes."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.datasets import Layout
from residuum.objectives import RelativeH1


@pytest.mark.parametrize("wave", [1, 3])
def test_on_a_circle_of_length_two_pi_it_has_the_fourier_weight(wave: int) -> None:
    places = 2 * np.pi * np.arange(16) / 16
    layout = Layout((places,), ("wrap",), ("f",), ("u",))
    wanted = jnp.asarray(np.sin(places))[None, :, None]
    error = jnp.asarray(np.cos(wave * places))[None, :, None]
    found = RelativeH1().on(layout)(wanted + error, wanted, wanted)
    # Waves have equal norms: the ratio is that of √(1 + k²).
    np.testing.assert_allclose(found, np.sqrt((1 + wave**2) / 2), rtol=1e-5)


def test_slopes_between_walls_are_those_of_a_cubic() -> None:
    places = np.linspace(0, 2, 9)
    layout = Layout((places,), ("zero",), ("f",), ("u",))
    wanted = jnp.asarray(places**3)[None, :, None]
    found = RelativeH1(np.pi).on(layout)(0 * wanted, wanted, wanted)
    np.testing.assert_allclose(found, 1.0, rtol=1e-6)
    # Weight π on length 2 makes l one: |u|² + |u'|² at the nodes.
    ramp = jnp.asarray(1e-3 * places)[None, :, None]
    found = RelativeH1(np.pi).on(layout)(wanted + ramp, wanted, wanted)
    upper = ((1e-3 * places) ** 2 + 1e-6).sum()
    lower = (places**6 + 9 * places**4).sum()
    np.testing.assert_allclose(found, np.sqrt(upper / lower), rtol=2e-3)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(OptionError, match="zero or more"):
        RelativeH1(-1.0)
