"""Recipes with symmetries: answers that obey them, what they gain, files, refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import Checkpoint, OptionError, Result
from residuum.datasets import Samples
from residuum.learning import Trainer
from residuum.methods import load_surrogate
from residuum.operators import FNO, Ridge, Symmetric, apply, relative_error
from tests.operators._families import squares
from tests.operators.test_symmetry import ALL, FLOW, SQUARE


def test_answers_obey_the_symmetries() -> None:
    recipe, rng = ALL, np.random.default_rng(5)
    inputs = rng.normal(size=(6, 8, 8, 3)).astype(np.float32)
    samples = flows(inputs)
    found = rs.train(recipe, samples, Trainer(epochs=1, batch=3), progress=False).operator
    for turn in recipe.turns(FLOW).inputs:
        turned = apply(found, turn(inputs, 1))
        # Rounding of float32 in sums over eight positions.
        assert np.allclose(turned, turn(apply(found, inputs), 1), atol=2e-5)


def flows(inputs: np.ndarray) -> Any:
    return Samples(
        inputs, inputs[:, ::-1].copy(), FLOW.axes, FLOW.edges, FLOW.input_names, FLOW.output_names
    )


def test_fewer_samples_do_and_it_comes_back_from_a_file(tmp_path: Path) -> None:
    # Squares of mirrored waves are mirrored squares.
    train, test = squares(24), squares(40, key=13)
    few = Trainer(epochs=80, batch=8)
    plain, kept = FNO(6, 16, 2), Symmetric(FNO(6, 16, 2))
    found = rs.train(kept, train, few, progress=False)
    alone = rs.train(plain, train, few, progress=False)
    assert relative_error(found.operator, test) < relative_error(alone.operator, test)
    back = load_surrogate(found.save(tmp_path / "a.rss"))
    assert back.recipe == kept
    answers = apply(back.operator, test.inputs)
    np.testing.assert_array_equal(answers, apply(found.operator, test.inputs))


def test_every_step_shows_its_samples_in_some_position() -> None:
    data, few = (squares(24), squares(8, key=13)), Trainer(epochs=4, batch=8)
    losses = []
    for recipe in (FNO(6, 16, 2), Symmetric(FNO(6, 16, 2))):
        training = rs.train(recipe, data, few, progress=False).training
        assert training is not None
        losses.append(training.losses)
    # The same weights at first and the same batches: the first that is turned tells them apart.
    assert not np.allclose(losses[0], losses[1], rtol=1e-4)


def test_a_training_goes_on_bit_for_bit(tmp_path: Path) -> None:
    samples, kept = squares(16), Symmetric(FNO(4, 8, 2))
    options = Trainer(epochs=4, batch=8)
    whole = rs.train(kept, samples, options, progress=False)
    file = Checkpoint(tmp_path / "a.ckpt")
    cut = rs.train(kept, samples, options, progress=False, checkpoint=file, budget=1e-3)
    assert cut.training is not None and cut.training.result is Result.OUT_OF_BUDGET
    on = rs.train(kept, samples, options, progress=False, checkpoint=file)
    np.testing.assert_array_equal(
        apply(on.operator, samples.inputs), apply(whole.operator, samples.inputs)
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mirrors": (2,)}, "axes of the grid"),
        ({"odd": ("p",)}, "p"),
        ({"exchanged": (("u", "p"),)}, "p"),
    ],
)
def test_symmetries_that_the_grid_has_not(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        Symmetric(FNO(2, 4, 1), **options).turns(FLOW)


def test_axes_that_are_not_alike_and_bad_options() -> None:
    oblong = replace(FLOW, axes=(SQUARE, SQUARE[:4]))
    with pytest.raises(OptionError, match="alike"):
        Symmetric(FNO(2, 4, 1), swaps=((0, 1),)).turns(oblong)
    with pytest.raises(OptionError, match="one symmetry"):
        Symmetric(mirrors=())
    with pytest.raises(OptionError, match="each once"):
        Symmetric(mirrors=(0, 0))
    with pytest.raises(OptionError, match="two in every pair"):
        Symmetric(swaps=((1, 1),))
    with pytest.raises(OptionError, match="a recipe"):
        Symmetric(Ridge())  # type: ignore[arg-type]
