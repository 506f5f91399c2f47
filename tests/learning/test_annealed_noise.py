from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.learning import LBFGS, AnnealedNoise, Trainer, annealed_noise


def test_the_variance_falls_as_said_and_the_noise_follows_from_the_count() -> None:
    noise = annealed_noise(0.3, 0.55, key=11)
    state = noise.init(None)
    zeros = {"a": jnp.zeros((200, 100)), "b": jnp.zeros(3)}
    sizes, again = [], []
    for _ in range(10):
        before = state
        moved, state = noise.update(zeros, state)
        sizes.append(float(moved["a"].var()))
        again.append(noise.update(zeros, before)[0]["b"])
        assert np.array_equal(again[-1], moved["b"])
    wanted = 0.3 / (1.0 + np.arange(10)) ** 0.55
    # 20,000 draws: the deviation of a variance is a hundredth of it; four of these.
    assert np.allclose(sizes, wanted, rtol=0.04)
    assert not np.array_equal(again[0], again[1])


def test_options_out_of_range_are_refused() -> None:
    for options in ({"eta": 0.0}, {"gamma": -1.0}):
        with pytest.raises(OptionError):
            AnnealedNoise(**options)  # type: ignore[arg-type]


def test_it_takes_its_length_from_the_rule() -> None:
    noisy = AnnealedNoise(LBFGS(steps=5, every=3))
    assert (noisy.steps, noisy.every, noisy.precision) == (5, 3, "float64")


def test_operators_take_it_as_an_option_of_their_trainer() -> None:
    gradient = {"a": jnp.zeros(1000)}
    made = Trainer(
        optimiser="sgd", rate=1e-2, schedule="constant", warmup=0.0, decay=0.0, noise=0.3
    )
    moves, rate = made.transformation(), made.rates(10)[0]
    found = moves.update(gradient, moves.init(gradient), gradient, rate=rate)[0]["a"]
    wanted = 1e-2 * np.sqrt(0.3)
    # A thousand draws: four deviations of a standard deviation are a tenth of it.
    assert float(found.std()) == pytest.approx(wanted, rel=0.1)
    with pytest.raises(OptionError):
        Trainer(noise=0.0)
