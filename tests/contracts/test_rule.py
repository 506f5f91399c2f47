"""Every learning rule: it lowers the loss, stops when told, and goes on bit for bit."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import residuum.learning as learning
from residuum._core import (
    Budget,
    Checkpoint,
    FileError,
    LinearField,
    Monitor,
    Result,
    Source,
    in_double_precision,
)
from residuum.fields import MLP
from residuum.learning import (
    LBFGS,
    SOAP,
    Adam,
    GaussNewton,
    GradientRule,
    HeadGaussNewton,
    HeadNormalEquations,
    InTurn,
    LearningRule,
    MatrixFreeGaussNewton,
    QuasiNewton,
    SobolevDescent,
    Trainable,
    VariableProjection,
    flatten,
    residuals,
)
from residuum.learning._rule import loss
from residuum.objectives import Rows
from tests.learning._settings import decay, setting

RULES: dict[type[LearningRule], LearningRule] = {
    Adam: Adam(steps=250, rate=1e-2, every=25),
    LBFGS: LBFGS(steps=60, memory=7, every=20),
    SOAP: SOAP(steps=120, rate=1e-2, every=25),
    GaussNewton: GaussNewton(iterations=12, every=3),
    VariableProjection: VariableProjection(iterations=12, every=3),
    MatrixFreeGaussNewton: MatrixFreeGaussNewton(iterations=12, every=3, rank=5),
    SobolevDescent: SobolevDescent(iterations=12, every=3),
    QuasiNewton: QuasiNewton(iterations=24, every=6),
    HeadGaussNewton: HeadGaussNewton(iterations=12),
    InTurn: InTurn((Adam(steps=100, rate=1e-2, every=25), GaussNewton(iterations=12, every=3))),
    HeadNormalEquations: HeadNormalEquations(iterations=12),
}
LIMITED = QuasiNewton(iterations=24, every=6, dense=0, memory=4)
EVERY = [*RULES.values(), LIMITED]
KEPT = [
    rule for rule in EVERY if not isinstance(rule, HeadGaussNewton | HeadNormalEquations | InTurn)
]
"""Rules for the head alone take a few solves of seconds, and keep nothing.
``InTurn`` keeps its rules; points that remember rounds go another way between them."""


def name_of(rule: LearningRule) -> str:
    return f"{rule.name}-limited" if rule is LIMITED else rule.name


class Stop(BaseException):
    """Ends a training as a killed process does: nothing is tidied up."""


class Draw:
    """Points that move with the turn and with the points before, as a method draws them."""

    def __init__(self, rows: Sequence[Rows]) -> None:
        self.before = list(rows)

    def __call__(self, trained: Trainable, turn: int) -> tuple[list[Rows], float]:
        shift = 0.01 * (turn % 3)
        self.before = [
            Rows(r.name, r.at, 0.97 * r.points + shift, r.factor, r.normals, r.target, r.groups)
            for r in self.before
        ]
        return self.before, float(jnp.linalg.norm(residuals(trained, self.before)))

    def resume(self, rows: Sequence[Rows]) -> None:
        """Take the points a checkpoint holds."""
        self.before = list(rows)


def begin() -> tuple[Trainable, list[Rows]]:
    return setting(decay(), MLP(4, 1), points=20)


def vector_of(trained: Trainable) -> np.ndarray:
    return np.asarray(flatten(trained).vector)


def test_every_rule_is_in_the_table() -> None:
    kinds = [getattr(learning, name) for name in learning.__all__]
    final = {
        kind
        for kind in kinds
        if inspect.isclass(kind)
        and issubclass(kind, LearningRule)
        and not inspect.isabstract(kind)
        and not issubclass(kind, GradientRule)  # test_gradient_rule.py holds those
    }
    assert final == set(RULES)
    assert len({kind.name for kind in final}) == len(final)
    assert all(isinstance(source, Source) for kind in final for source in kind.sources)


@pytest.mark.parametrize("rule", EVERY, ids=name_of)
@in_double_precision
def test_it_lowers_the_loss_on_fixed_points(rule: LearningRule) -> None:
    start, rows = begin()
    outcome = rule.train(start, rows, Monitor())
    # A tenth is the least that counts as learning here.
    assert float(loss(outcome.trained, rows)) < 0.1 * float(loss(start, rows))
    if not isinstance(rule, VariableProjection):  # whose first loss is that of the best head
        assert outcome.losses[0] == pytest.approx(float(loss(start, rows)), rel=1e-9)
    assert outcome.held == [] and outcome.reason


@pytest.mark.parametrize("rule", EVERY, ids=name_of)
@in_double_precision
def test_the_same_start_gives_the_same_weights(rule: LearningRule) -> None:
    start, rows = begin()
    one, two = (rule.train(start, rows, Monitor(), Draw(rows)) for _ in range(2))
    assert np.array_equal(vector_of(one.trained), vector_of(two.trained))
    assert one.losses == two.losses and one.held == two.held


@pytest.mark.parametrize("rule", EVERY, ids=name_of)
@in_double_precision
def test_a_spent_budget_is_an_answer(rule: LearningRule) -> None:
    start, rows = begin()
    outcome = rule.train(start, rows, Monitor(Budget(seconds=1e-6)))
    assert outcome.result in (Result.OUT_OF_BUDGET, Result.SUCCESSFUL)
    assert np.isfinite(vector_of(outcome.trained)).all()


@pytest.mark.parametrize("rule", EVERY, ids=name_of)
@in_double_precision
def test_a_start_that_is_not_finite_never_gives_a_finite_claim(rule: LearningRule) -> None:
    (field, numbers), rows = begin()
    assert isinstance(field, LinearField)
    poisoned = field.with_head(field.head.at[1].set(np.nan))
    if isinstance(rule, HeadGaussNewton | HeadNormalEquations | VariableProjection):
        pytest.skip("rules that solve for the head replace it, or raise FloatingPointError")
    outcome = rule.train((poisoned, numbers), rows, Monitor())
    assert not outcome.result.ok


def killed(rule: LearningRule, file: Path, after: int) -> None:
    """Train until a process would have been killed, some iterations in."""
    start, rows = begin()
    heard = []

    def listener(fraction: float, message: str) -> None:
        heard.append(message)
        if len(heard) > after:
            raise Stop

    checkpoint = Checkpoint(file, seconds=0.0)
    checkpoint.open()
    with pytest.raises(Stop):
        rule.train(start, rows, Monitor(listener=listener, checkpoint=checkpoint), Draw(rows))


@pytest.mark.parametrize("after", [1, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("rule", KEPT, ids=name_of)
@in_double_precision
def test_a_killed_training_goes_on_bit_for_bit(
    rule: LearningRule, after: int, tmp_path: Path
) -> None:
    start, rows = begin()
    whole = rule.train(start, rows, Monitor(), Draw(rows))
    file = tmp_path / "run.ckpt"
    killed(rule, file, after)
    checkpoint = Checkpoint(file)
    for _ in range(2):  # the second time it had ended, and is not trained again
        checkpoint.open()
        monitor = Monitor(checkpoint=checkpoint)
        rest = rule.train(start, rows, monitor, Draw(rows))
        assert np.array_equal(vector_of(rest.trained), vector_of(whole.trained))
        assert rest.losses == whole.losses and rest.held == whole.held
        assert rest.result is whole.result
        assert any("goes on from" in note for note in monitor.record.notes)


@pytest.mark.parametrize("rule", KEPT, ids=name_of)
@in_double_precision
def test_an_interrupted_training_goes_on_bit_for_bit(rule: LearningRule, tmp_path: Path) -> None:
    start, rows = begin()
    whole = rule.train(start, rows, Monitor(), Draw(rows))

    class Interrupting(Draw):
        def __call__(self, trained: Trainable, turn: int) -> tuple[list[Rows], float]:
            if turn == 1:
                raise KeyboardInterrupt
            return super().__call__(trained, turn)

    checkpoint = Checkpoint(tmp_path / "run.ckpt", seconds=3600)
    checkpoint.open()
    first = rule.train(start, rows, Monitor(checkpoint=checkpoint), Interrupting(rows))
    assert first.result is Result.INTERRUPTED
    checkpoint.open()
    rest = rule.train(start, rows, Monitor(checkpoint=checkpoint), Draw(rows))
    assert np.array_equal(vector_of(rest.trained), vector_of(whole.trained))
    assert rest.losses == whole.losses


@pytest.mark.slow
@in_double_precision
def test_another_rule_or_start_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run.ckpt"
    killed(RULES[GaussNewton], file, 2)
    (field, numbers), rows = begin()
    assert isinstance(field, LinearField)
    moved = (field.with_head(field.head + 1.0), numbers)
    cases = [
        (GaussNewton(iterations=12, every=4), (field, numbers), rows, "another rule"),
        (RULES[GaussNewton], moved, rows, "another start of the weights"),
        (RULES[GaussNewton], (field, numbers), rows[:0] + setting(decay(3))[1], "equation"),
    ]
    for rule, start, points, words in cases:
        checkpoint = Checkpoint(file)
        checkpoint.open()
        with pytest.raises(FileError, match=words):
            rule.train(start, points, Monitor(checkpoint=checkpoint), Draw(points))
    checkpoint.open()
    longer = GaussNewton(iterations=14, every=3)  # only the length of the training may differ
    outcome = longer.train((field, numbers), rows, Monitor(checkpoint=checkpoint), Draw(rows))
    assert len(outcome.losses) == 14
    assert jax.tree.leaves(outcome.trained)
