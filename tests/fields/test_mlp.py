"""Networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.blocks import Dense, FourierFeatures, Gated, Periodic, Tanh
from residuum.fields import MLP, Frame, ModifiedMLP

FRAME = Frame(np.zeros(2), np.ones(2), (1,), 3)


@in_double_precision
def test_the_layers_of_a_plain_network() -> None:
    trunk: Any = MLP(7, 2, harmonics=2).trunk(FRAME, 5)
    start, *rest = trunk.blocks
    assert [type(block) for block in start.blocks] == [Periodic]
    assert [type(block) for block in rest] == [Dense, Tanh, Dense, Tanh]
    assert [block.weight.shape for block in rest[::2]] == [(5, 7), (7, 7)]
    # Only the first layer has spread biases.
    assert np.ptp(np.asarray(rest[0].bias)) > 0.2 and not np.asarray(rest[2].bias).any()


@in_double_precision
def test_the_layers_of_a_modified_network() -> None:
    trunk: Any = ModifiedMLP(7, 2, harmonics=1).trunk(FRAME, 5)
    _, gated = trunk.blocks
    assert isinstance(gated, Gated)
    every = [gated.first, gated.second, *gated.layers]
    assert [block.weight.shape for block in every] == [(3, 7), (3, 7), (3, 7), (7, 7)]
    assert len({float(np.asarray(block.weight)[0, 0]) for block in every}) == 4


@pytest.mark.parametrize("kind", [MLP, ModifiedMLP])
@in_double_precision
def test_fourier_features_are_fixed_and_scaled(kind: Any) -> None:
    trunk = kind(4, 1, frequencies=600, scale=5.0, harmonics=1).trunk(FRAME, 5)
    features = trunk.blocks[0].blocks[1]
    assert isinstance(features, FourierFeatures) and isinstance(features.frequencies, np.ndarray)
    assert features.frequencies.shape == (3, 600)
    # The deviation of 1800 normal numbers is known to 1/√3600 of itself: four of those.
    assert features.frequencies.std() == pytest.approx(5.0, rel=4 / 60)
    other = kind(4, 1, frequencies=600, scale=5.0, harmonics=1).trunk(FRAME, 6)
    assert not np.array_equal(other.blocks[0].blocks[1].frequencies, features.frequencies)


@pytest.mark.parametrize("kind", [MLP, ModifiedMLP])
@in_double_precision
def test_the_head_starts_random_without_a_constant(kind: Any) -> None:
    head = np.asarray(kind(60, 1).build(FRAME, 5).head)
    assert head.shape == (61, 3) and not head[-1].any()
    # Glorot: √(2/63); the deviation of 180 numbers is known to 1/√360 of itself: four of those.
    assert head[:-1].std() == pytest.approx(np.sqrt(2 / 63), rel=4 / np.sqrt(360))
