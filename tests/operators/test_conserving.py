"""Recipes that keep integrals: exactness, what it leaves, files, refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import residuum as rs
from residuum._core import OptionError
from residuum.datasets import Samples
from residuum.learning import Trainer
from residuum.methods import load_surrogate
from residuum.operators import FNO, Conserving, Ridge, Rollout, Standardised, apply

NODES, TIMES = np.arange(16) / 16, np.array([0.1, 0.2, 0.3])


def pulses(count: int = 12, edge: Any = "wrap") -> Samples:
    """Return pulses of any mean that are carried along."""
    rng = np.random.default_rng(3)
    places = NODES if edge == "wrap" else np.linspace(0, 1, 16)
    shifts, means = rng.uniform(size=(2, count, 1))
    starts = means + np.sin(2 * np.pi * (places - shifts))
    later = [means + np.sin(2 * np.pi * (places - shifts - t)) for t in TIMES]
    inputs = np.stack([np.ones_like(starts), starts], axis=-1).astype(np.float32)
    outputs = np.stack(later, axis=1)[..., None].astype(np.float32)
    return Samples(inputs, outputs, (places,), (edge,), ("a", "u0"), ("u",), TIMES)


@pytest.mark.parametrize("edge", ["wrap", "copy"])
def test_the_integral_is_that_of_the_start_at_every_time(edge: str) -> None:
    samples = pulses(edge=edge)
    found = rs.train(Conserving(FNO(2, 4, 1)), samples, Trainer(epochs=1, batch=4), progress=False)
    answers = apply(found.operator, samples.inputs)[..., 0]
    weights = np.ones(16)
    if edge == "copy":
        weights[[0, -1]] = 0.5
    asked = samples.inputs[..., 1] @ weights / weights.sum()
    # Sums of sixteen numbers of size one, in float32.
    np.testing.assert_allclose(
        answers @ weights / weights.sum(), asked[:, None] + 0 * TIMES, atol=1e-6
    )
    plain = rs.train(FNO(2, 4, 1), samples, Trainer(epochs=1, batch=4), progress=False)
    means = apply(plain.operator, samples.inputs)[..., 0] @ weights / weights.sum()
    assert np.abs(means - asked[:, None]).max() > 1e-2


def test_nothing_but_the_mean_is_touched() -> None:
    samples, kept = pulses(), Conserving(FNO(2, 4, 1))
    inner = Standardised.around(kept.build(rs.operators.GridFrame.of(samples.layout), 5), samples)
    plain = np.asarray(inner(jnp.asarray(samples.inputs)))
    shifted = np.asarray(kept.around(inner, samples.layout)(jnp.asarray(samples.inputs)))
    gap = (shifted - plain)[..., 0]
    np.testing.assert_allclose(gap, gap[..., :1] + 0 * gap, atol=1e-6)


def test_steady_answers_and_named_pairs() -> None:
    samples = pulses()
    still = replace(samples, outputs=samples.outputs[:, -1], times=None)
    kept = Conserving(FNO(2, 4, 1), kept=(("u0", "u"),))
    found = rs.train(kept, still, Trainer(epochs=1, batch=4), progress=False)
    answers = apply(found.operator, still.inputs)
    np.testing.assert_allclose(answers.mean(axis=1)[:, 0], still.inputs[..., 1].mean(1), atol=1e-6)


def test_it_comes_back_from_a_file(tmp_path: Path) -> None:
    samples, kept = pulses(), Conserving(Rollout(FNO(2, 4, 1)))
    found = rs.train(kept, samples, Trainer(epochs=1, batch=4), progress=False)
    back = load_surrogate(found.save(tmp_path / "a.rss"))
    assert back.recipe == kept
    answers = apply(back.operator, samples.inputs)
    np.testing.assert_array_equal(answers, apply(found.operator, samples.inputs))


@pytest.mark.parametrize("kept", [(("p", "u"),), (("u0", "p"),), (("u0", "u"), ("a", "u")), ()])
def test_channels_that_do_not_exist_or_are_kept_twice(kept: Any) -> None:
    with pytest.raises(OptionError, match="an input of a, u0"):
        Conserving(FNO(2, 4, 1), kept=kept).begin(pulses(), None, 0)


def test_walls_that_are_held_and_floors_are_refused() -> None:
    with pytest.raises(OptionError, match="insulated walls"):
        Conserving(FNO(2, 4, 1)).begin(pulses(edge="zero"), None, 0)
    with pytest.raises(OptionError, match="a recipe"):
        Conserving(Ridge())  # type: ignore[arg-type]
