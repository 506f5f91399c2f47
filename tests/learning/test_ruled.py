"""Operators by rules: the same training where the rule is exact, and bit for bit after a stop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import Checkpoint, OptionError, Result
from residuum.learning import (
    Backpropagation,
    BlockLocal,
    DualPropagation,
    FeedbackAlignment,
    ReadoutOnly,
    Trainer,
)
from residuum.methods import Surrogate
from residuum.operators import FNO, ConvolutionNetwork
from tests.learning.test_operator_run import After, assert_same, interrupt
from tests.operators._families import squares

SHORT = Trainer(epochs=4, batch=8, rate=1e-2)
NETWORK = ConvolutionNetwork(4, 3)


def train(trainer: Trainer = SHORT, file: Path | None = None, **how: Any) -> Surrogate:
    checkpoint = None if file is None else Checkpoint(file, 0.0)
    given = (NETWORK, squares(24), trainer)
    return rs.train(*given, progress=False, checkpoint=checkpoint, **how)


@pytest.mark.parametrize(
    "how",
    [
        {"rule": Backpropagation()},
        {"memory": "checkpoints"},
        {"rule": DualPropagation(beta=0.0)},
        {"rule": BlockLocal(group=None)},
    ],
    ids=["backpropagation", "checkpoints", "dual", "local"],
)
def test_exact_rules_train_as_one_gradient_does(how: dict[str, Any]) -> None:
    plain, ruled = train().training, train(**how).training
    assert plain is not None and ruled is not None
    np.testing.assert_allclose(ruled.losses, plain.losses, rtol=1e-4)


@pytest.mark.parametrize("rule", [BlockLocal(), FeedbackAlignment(compare=True)], ids=["a", "b"])
def test_what_a_rule_remembers_is_in_the_checkpoint(rule: object, tmp_path: Path) -> None:
    file, trainer = tmp_path / "run.ckpt", replace(SHORT, rule=rule)  # type: ignore[arg-type]
    stopped = train(replace(trainer, loggers=(After(4, interrupt),)), file)
    assert stopped.training is not None and stopped.training.result is Result.INTERRUPTED
    rest, whole = train(trainer, file), train(trainer)
    assert_same(rest, whole)
    assert rest.training is not None and whole.training is not None
    assert rest.training.record.history == whole.training.record.history
    assert len(rest.training.record.history) > 2  # a log of the rule beside loss and validation


def test_the_last_stage_alone_is_solved_for() -> None:
    found = train(rule=ReadoutOnly()).training
    assert found is not None and found.result is Result.SUCCESSFUL and found.losses.size == 0
    start = float(np.mean([train(replace(SHORT, epochs=1)).training.losses[0]]))  # type: ignore[union-attr]
    assert found.validation < 0.5 * start


def test_wrong_words_are_refused() -> None:
    with pytest.raises(OptionError, match=r"stage 0 \(lifted\)"):
        rs.train(FNO(3, 4, 1), squares(24), SHORT, rule=DualPropagation(), progress=False)
    with pytest.raises(OptionError, match="stored, checkpoints"):
        train(memory="least")
    with pytest.raises(OptionError, match="rules"):
        train(rule=rs.learning.Adam())
    with pytest.raises(TypeError, match="rul"):
        train(rul=Backpropagation())
