"""What every recipe around another one promises."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.operators import FNO, Conserving, Corrected, RecipeAround, Ridge, Symmetric, apply
from tests.operators._families import squares

NETWORK = FNO(4, 8, 1)
AROUND = [Corrected(NETWORK, Ridge()), Symmetric(NETWORK), Conserving(NETWORK)]


def test_all_are_here() -> None:
    assert {type(recipe) for recipe in AROUND} == set(RecipeAround.__subclasses__())


@pytest.mark.parametrize("recipe", AROUND, ids=lambda recipe: recipe.name)
def test_what_is_finished_answers_to_inputs_alone(recipe: RecipeAround) -> None:
    samples, held = squares(16), squares(4, key=13)
    begun = recipe.begin(samples, held, 7)
    assert begun.samples.outputs.shape == samples.outputs.shape
    assert begun.held is not None and len(begun.held) == 4
    # What is trained reads what the prepared samples hold; what is finished, what members hold.
    trained = apply(begun.operator, begun.samples.inputs)
    finished = apply(begun.finished(begun.operator), samples.inputs)
    assert trained.shape == finished.shape == samples.outputs.shape
    assert np.isfinite(finished).all()
