"""Objectives of operators: sums of them, and what is no objective."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.objectives import Mixed, RelativeH1, RelativeL2
from tests.operators._families import squares


def test_a_mixture_is_the_weighted_sum() -> None:
    samples = squares(3)
    wanted, given = jnp.asarray(samples.outputs), jnp.asarray(samples.inputs)
    parts = RelativeL2(), RelativeH1()
    first, second = (part.on(samples.layout)(1.3 * wanted, wanted, given) for part in parts)
    found = Mixed(((parts[0], 2.0), (parts[1], 0.5))).on(samples.layout)(
        1.3 * wanted, wanted, given
    )
    # Rounding of float32.
    np.testing.assert_allclose(found, 2 * first + 0.5 * second, rtol=1e-6)


@pytest.mark.parametrize("parts", [(), ((RelativeL2(), 0.0),), ((3, 1.0),)])
def test_wrong_parts_are_refused(parts: Any) -> None:
    with pytest.raises(OptionError, match="positive weights"):
        Mixed(parts)
