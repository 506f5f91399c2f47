"""The options of a training, what it refuses, and that it learns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from residuum._core import DataError, Monitor, OptionError, Record, Result
from residuum.learning import Trainer, Training
from residuum.objectives import EquationResidual, Mixed, RelativeH1, RelativeL2
from residuum.operators import GridFrame, NearestNeighbour, Standardised, relative_error
from tests.operators._families import Two, rod, rods, squares

SHORT = Trainer(epochs=40, batch=8)


def trained(trainer: Trainer, key: int = 7, **more: Any) -> Training:
    samples = squares(24)
    inner = Two().build(GridFrame.of(samples.layout), 3)
    made = Standardised.around(inner, samples)
    record = Record(seed=str(key))
    return trainer.train(made, samples, Monitor(record=record), key=key, **more)


def test_it_learns_and_keeps_the_best_weights() -> None:
    found = trained(SHORT)
    assert found.result is Result.SUCCESSFUL and "40 epochs" in found.reason
    assert len(found.losses) == 40 * 2 and len(found.held) == 40
    fresh = relative_error(found.operator, squares(16, key=13))
    # Measured 0.07; the mean answer alone is off by a third.
    assert fresh < 0.15
    _, held = SHORT.split(squares(24), 7)
    assert held is not None
    np.testing.assert_allclose(relative_error(found.operator, held), found.validation, rtol=1e-3)


def test_the_key_decides_the_weights_and_options_change_them() -> None:
    short = replace(SHORT, epochs=2)
    one, same, other = trained(short), trained(short), trained(short, key=8)
    np.testing.assert_array_equal(one.losses, same.losses)
    assert not np.array_equal(one.losses, other.losses)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"optimiser": "lion", "rate": 5e-3},
        {"optimiser": "sgd", "schedule": "constant"},
        {"schedule": "one_cycle", "clip": None},
        {"cycle": (1, 0), "micro": 5},
        {"objective": Mixed(((RelativeL2(), 1.0), (RelativeH1(), 0.5)))},
    ],
    ids=lambda change: str(next(iter(change))),
)
def test_every_option_trains(change: dict[str, Any]) -> None:
    found = trained(replace(SHORT, epochs=12, **change))
    assert found.result is Result.SUCCESSFUL
    assert found.losses[-4:].mean() < 0.8 * found.losses[:4].mean()


@pytest.mark.slow
def test_the_equation_alone_teaches_without_labels() -> None:
    samples = rods(40)
    blind = replace(samples, outputs=np.zeros_like(samples.outputs) + 0.25)
    physics = EquationResidual(rod(np.ones(17)))
    trainer = Trainer(epochs=150, batch=8, rate=1e-2, objective=physics, judge=physics)
    inner = Two(16, 9).build(GridFrame.of(samples.layout), 3)
    made = Standardised.around(inner, blind)
    before = relative_error(made, samples)
    found = trainer.train(made, blind, Monitor())
    # Two convolutions of nine nodes reach no further.
    assert relative_error(found.operator, samples) < 0.5 * before


def test_samples_of_my_own_validate() -> None:
    held = squares(6, key=13)
    found = trained(replace(SHORT, epochs=2), held=held)
    assert len(found.losses) == 2 * 3
    with pytest.raises(DataError, match="validation samples on"):
        trained(SHORT, held=squares(6, nodes=32))


def test_without_validation_the_last_weights_are_kept() -> None:
    found = trained(replace(SHORT, epochs=2, validation=0.0))
    assert len(found.held) == 0 and len(found.losses) == 2 * 3


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch": True}, "batch"),
        ({"micro": -1}, "micro"),
        ({"patience": 0.5}, "patience"),
        ({"rate": 0.0}, "rate"),
        ({"clip": -1.0}, "clip"),
        ({"validation": 1.0}, "shares"),
        ({"warmup": -0.1}, "shares"),
        ({"decay": -1.0}, "shares"),
        ({"schedule": "linear"}, "one of"),
        ({"optimiser": "adagrad"}, "one of"),
        ({"cycle": ()}, "halvings"),
        ({"cycle": (0.5,)}, "halvings"),
        ({"objective": 3}, "objective"),
    ],
)
def test_wrong_options_are_refused(change: dict[str, Any], match: str) -> None:
    with pytest.raises(OptionError, match=match):
        Trainer(**change)


def test_sets_that_cannot_be_trained_on_are_refused() -> None:
    with pytest.raises(OptionError, match="batch within the set"):
        trained(replace(SHORT, batch=50))
    with pytest.raises(OptionError, match="divide by"):
        trained(replace(SHORT, cycle=(5, 0)))
    with pytest.raises(DataError, match="none"):
        SHORT.train(Two().build(GridFrame.of(squares(1).layout), 3), squares(0), Monitor())
    fixed = NearestNeighbour().fit(squares(5))
    with pytest.raises(OptionError, match="no other"):
        replace(SHORT, cycle=(1, 0)).train(fixed, squares(24), Monitor())
