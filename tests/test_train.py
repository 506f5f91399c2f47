"""The verb: recipe and samples to a surrogate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import DataError, OptionError
from residuum.learning import Trainer
from residuum.operators import GridFrame, KernelRegression, Ridge, Standardised
from tests.operators._families import Two, rod, rods, squares

SHORT = Trainer(epochs=2, batch=8)


def test_recipes_operators_and_floors_become_surrogates() -> None:
    samples = squares(24)
    inner = Two().build(GridFrame.of(samples.layout), 3)
    for recipe in (Two(), inner, Standardised.around(inner, samples), Ridge()):
        found = rs.train(recipe, samples, SHORT, progress=False)
        assert (found.training is None) is isinstance(recipe, Ridge)
        assert found.seconds["train"] > 0 and found.title


def test_progress_is_told_with_loss_and_validation() -> None:
    told: list[tuple[float, str]] = []
    rs.train(Two(), squares(24), SHORT, progress=lambda share, words: told.append((share, words)))
    assert told[-1][0] == 1.0 and "validation" in told[-1][1]


def test_validation_samples_can_be_given() -> None:
    found = rs.train(Two(), (squares(24), squares(5, key=13)), SHORT, progress=False)
    assert found.training is not None and len(found.training.losses) == 2 * 3


def test_the_statement_is_read_from_the_samples_or_from_a_member() -> None:
    samples = rods()
    known = rs.train(KernelRegression(), samples)
    told = rs.train(KernelRegression(), replace(samples, family=""), problem=rod(np.ones(17)))
    assert known.statement == told.statement is not None
    assert rs.train(KernelRegression(), squares(5)).statement is None
    with pytest.raises(DataError, match="family"):
        rs.train(KernelRegression(), samples, problem=rs.catalogue.case("poisson").problem())


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("fno", squares(5)), "a recipe"),
        ((Two(), [1, 2]), "Samples"),
        ((Two(), squares(5), "fast"), "Trainer"),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[Any, ...], match: str) -> None:
    with pytest.raises(OptionError, match=match):
        rs.train(*arguments)


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(DataError, match="none"):
        rs.train(Ridge(), squares(5).take(slice(0, 0)))
