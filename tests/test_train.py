"""The verb: recipe and samples to a surrogate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import DataError, OptionError
from residuum.learning import Adam, OrthogonalProjection, Trainer
from residuum.learning._staged import Memory
from residuum.learning.rules import Backpropagation
from residuum.operators import DeepONet, GridFrame, KernelRegression, Ridge, Standardised, apply
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


def rope() -> rs.Problem:
    x = rs.space("x")
    u = rs.unknown("u", x)
    return rs.Problem(rs.Box(x=(0, 1)), rs.Eq(-u.diff(x, 2), 1), [rs.dirichlet(u, 0)])


@pytest.mark.parametrize("memory", ["checkpoints", "reversible"])
def test_a_field_is_trained_by_the_same_call(memory: Memory) -> None:
    rule = Backpropagation(descent=Adam(steps=20))
    found = rs.train(rs.MLP(6, 2), rope(), rule=rule, memory=memory, progress=False)
    assert isinstance(found, rs.Solution)
    assert ("ReversibleMLP" in found.record.method) == (memory == "reversible")
    assert np.isfinite(found(x=0.5))


def test_a_field_refuses_what_does_not_fit() -> None:
    with pytest.raises(OptionError, match="can be made reversible"):
        rs.train(rs.fields.PirateNet(), rope(), memory="reversible")
    with pytest.raises(OptionError, match="stage by stage"):
        rs.train(rs.MLP(), rope(), rule=rs.GaussNewton(), memory="checkpoints")
    with pytest.raises(OptionError, match="a Problem"):
        rs.train(rs.MLP(), 3)  # type: ignore[call-overload]
    with pytest.raises(OptionError, match="no trainer"):
        rs.train(rs.MLP(), rope(), Trainer())  # type: ignore[call-overload]


@pytest.mark.slow
def test_a_surrogate_learns_another_task_and_keeps_what_it_knows() -> None:
    past, new = squares(40), squares(40, key=13)
    new = replace(new, inputs=new.inputs[:, ::-1], outputs=-new.outputs)
    begun = rs.train(DeepONet(16, 2), past, Trainer(epochs=20, batch=8), progress=False)
    held = OrthogonalProjection().past(begun.operator, past.inputs)
    change = {}
    for name, projection in (("free", None), ("held", held)):
        trainer = Trainer(epochs=5, batch=8, projection=projection)
        found = rs.train(begun, new, trainer, progress=False)
        assert found.recipe == begun.recipe == DeepONet(16, 2) and found.title == "deeponet"
        before, after = (apply(it.operator, past.inputs) for it in (begun, found))
        change[name] = np.linalg.norm(after - before) / np.linalg.norm(before)
        assert found.training is not None and found.training.losses[-1] < 10
    assert change["held"] < 0.1 * change["free"], change
    with pytest.raises(OptionError, match="network alone"):
        rs.train(rs.train(Ridge(), past), past, progress=False)
