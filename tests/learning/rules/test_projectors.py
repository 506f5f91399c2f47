"""Random projections: their size, their cost, and what hardware does to them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.learning import DenseProjector, HardwareProjector, Projector, StructuredProjector

KEY = jax.random.key(23)


def matrix(projector: Projector, inputs: int, outputs: int) -> np.ndarray:
    kept = projector.draw(KEY, inputs, outputs)
    return np.asarray(projector.project(kept, jnp.eye(inputs), outputs, KEY))


@pytest.mark.parametrize("projector", [DenseProjector(), StructuredProjector()])
@pytest.mark.parametrize(("inputs", "outputs"), [(64, 64), (5, 200), (200, 20)])
def test_entries_are_centred_and_of_one_size(
    projector: Projector, inputs: int, outputs: int
) -> None:
    found = matrix(projector, inputs, outputs)
    assert found.shape == (inputs, outputs)
    # Uniform between -1 and 1 over the root of the inputs: a variance of 1 / (3 inputs).
    assert (found**2).mean() * 3 * inputs == pytest.approx(1.0, abs=0.15)
    assert abs(found.mean()) * np.sqrt(inputs) < 0.1


def test_the_structured_map_is_linear_and_stores_signs_alone() -> None:
    projector = StructuredProjector()
    kept = projector.draw(KEY, 300, 500)
    assert kept.size == 1000
    e = jax.random.normal(KEY, (3, 300))
    twice = projector.project(kept, 2 * e, 500, KEY)
    np.testing.assert_allclose(twice, 2 * projector.project(kept, e, 500, KEY), rtol=1e-5)


def test_hardware_sends_three_values_and_reads_few_bits_with_noise() -> None:
    e = jax.random.normal(KEY, (8, 50))
    silent = HardwareProjector(threshold=0.5, noise=0.0, bits=3)
    kept = silent.draw(KEY, 50, 40)
    read = silent.project(kept, e, 40, KEY)
    assert len(np.unique(np.asarray(read))) <= 2**3 + 1
    plain = np.asarray(DenseProjector().project(kept, e, 40, KEY)).ravel()
    noisy = HardwareProjector().project(kept, e, 40, KEY)
    assert np.corrcoef(plain, np.asarray(noisy).ravel())[0, 1] > 0.85
    assert not np.any(silent.project(kept, 0 * e, 40, KEY))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(OptionError, match="StructuredProjector"):
        DenseProjector().draw(KEY, 100_000, 100_000)
    with pytest.raises(OptionError):
        HardwareProjector(bits=0)
