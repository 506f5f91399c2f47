"""Physics-informed networks: any field, any rule, trained on the residual of the statement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from residuum._core import (
    Answer,
    Certificate,
    Key,
    LinearField,
    Method,
    Record,
    Result,
    Source,
    Task,
)
from residuum.fields import MLP, Architecture, constrain, frame_of
from residuum.learning import (
    Adam,
    GaussNewton,
    HeadGaussNewton,
    LearningRule,
    Outcome,
    Trainable,
    flatten,
)
from residuum.objectives import (
    Balance,
    Collocation,
    Objective,
    Points,
    ResidualAdaptive,
    Rows,
    StrongResidual,
    inferred,
)
from residuum.problem import HardConditions, Problem, Scaling, hard_conditions, scaling

SETTLED = 1e-3
"""Residual at fresh points, against the size of the terms, above which nothing was solved."""

EDGE_POINTS = (200, 800)
"""Points per condition where a boundary is made of ends and lines, and where of surfaces."""

MOST_WEIGHTS = 4000
"""Beyond this the dense normal equations of Gauss–Newton cost more than they save."""


def default_rule(start: Trainable) -> LearningRule:
    """Return the rule for a field: its last layer alone, all weights, or Adam for many weights."""
    field, numbers = start
    size = int(flatten(start).vector.size)
    if isinstance(field, LinearField) and size == field.head.size and not numbers.raw:
        return HeadGaussNewton()
    return GaussNewton() if size <= MOST_WEIGHTS else Adam()


def edge_points(problem: Problem) -> int:
    """Return how many points a condition is asked for at: two hundred overfit a surface."""
    return EDGE_POINTS[len(problem.coordinates) > 2]


def _judge(outcome: Outcome, held: float, record: Record) -> Result:
    """A rule that stopped by itself has not solved anything unless the residual is small.

    What the readings miss is not counted: their noise stays.
    """
    record.notes.append(f"residual at fresh points: {held:.1e} of the size of the terms")
    if outcome.result is Result.SUCCESSFUL and held > SETTLED:
        return Result.STAGNATED
    return outcome.result


@dataclass(frozen=True)
class PINN(Method):
    """Physics-informed network.

    Args:
        field: recipe of the network; three layers of 20 if left out.
        rule: how it learns; if left out, damped Gauss–Newton on all weights (the last
            layer alone where nothing else is trained, Adam beyond 4,000 weights).
        points: where the equations are asked for; drawn where the residual is large if left out.
        boundary: points per condition that is met only by weight; if left out, 200 with two
            coordinates at most and 800 with more, where a boundary is a surface.
        weight: weight of such conditions and of observations.
        hard: whether conditions are built into the field where they can be.
        objective: what is minimised inside; the residual of the equations if left out.
        balance: how the parts of the loss are weighed against each other at every draw; the fixed
            weight if left out.

    Good starting values: the defaults, in float64. It breaks on solutions with much fine detail
    everywhere, and where the residual says little about the error (transport over many lengths).
    """

    field: Architecture | None = None
    rule: LearningRule | None = None
    # The command line makes the one of these that it can.
    points: Points | ResidualAdaptive | None = None
    boundary: int | None = None
    weight: float = 10.0
    hard: bool = True
    objective: Objective | None = None
    balance: Balance | None = None

    name: ClassVar[str] = "pinn"
    sources: ClassVar[tuple[Source, ...]] = MLP.sources

    def refuse(self, problem: Problem) -> str | None:
        if problem.closures:
            return "the problem has trainable closures, which come with a later method"
        return None if self.objective is None else self.objective.refuse(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        record = task.monitor.record
        sizes, hard = scaling(problem), hard_conditions(problem, self.hard)
        record.notes.append(hard.note())
        if self.balance is not None and self.balance.notice:
            record.notes.append(self.balance.notice)
        start = self.start(problem, sizes, hard, task)
        draw = _Draw(self, problem, sizes, self._around(problem, sizes, hard, task), task.key)
        rows, _ = draw(start, 0)
        rule = self.rule or default_rule(start)
        outcome = rule.train(start, rows, task.monitor, draw)
        field, numbers = outcome.trained
        record.notes.append(f"training stopped: {outcome.reason}")
        record.history.update({"loss": outcome.losses, "residual at fresh points": outcome.held})
        record.history.update(outcome.logs)
        record.evaluations["iterations"] = len(outcome.losses)
        inside = draw.inside(outcome.trained, -1)[1]
        result = _judge(outcome, draw.held(outcome.trained, inside, data=False), record)
        return Answer(field, result, Certificate(), numbers.numbers())

    def start(
        self, problem: Problem, sizes: Scaling, hard: HardConditions, task: Task
    ) -> Trainable:
        """Return the field before training, and the parameters to be inferred."""
        if task.start is not None and not isinstance(task.start.field, LinearField):
            task.monitor.record.notes.append("the start is not a field that can be trained on")
        if task.start is not None and isinstance(task.start.field, LinearField):
            begun = task.start.field, inferred(problem, task.start.parameters)
            task.monitor.record.unknowns = flatten(begun).vector.size
            return begun
        built = (self.field or MLP(20, 3)).build(frame_of(problem, sizes), task.key)
        field: LinearField = constrain(built, problem, hard, sizes)
        task.monitor.record.unknowns = flatten((field, inferred(problem))).vector.size
        return field, inferred(problem)

    def _around(
        self, problem: Problem, sizes: Scaling, hard: HardConditions, task: Task
    ) -> list[Rows]:
        count = self.boundary or edge_points(problem)
        design = Collocation(1, count, weight=self.weight)
        return design.build(problem, sizes, hard, task.key)[1]


class _Draw:
    """Fresh rows round by round; remembers the rows of the round before."""

    def __init__(
        self, method: PINN, problem: Problem, sizes: Scaling, around: list[Rows], key: Key
    ) -> None:
        self.objective = method.objective or StrongResidual()
        self.points, self.balance = method.points or ResidualAdaptive(), method.balance
        self.problem, self.sizes, self.around, self.key = problem, sizes, around, key
        self.weight = method.weight
        self.before: list[Rows] | None = None

    def inside(self, trained: Trainable, turn: int) -> tuple[Sequence[Rows], float]:
        """Return fresh rows of the objective, and what they were at points never trained on."""
        count = 0 if self.before is None else len(self.before) - len(self.around)
        last = (self.before or [])[:count]
        setting = (self.problem, self.sizes, self.points)
        return self.objective.draw(*setting, trained, self.key, turn, last)

    def held(self, trained: Trainable, inside: float, *, data: bool) -> float:
        """Return the size of a residual inside together with what conditions, and data, miss.

        A field that obeys the equation alone is often the one before training.
        """
        rows = [row for row in self.around if data or row.target is None]
        if not rows:
            return inside
        return math.hypot(inside, *(np.asarray(_sizes(trained, rows)) / self.weight))

    def resume(self, rows: Sequence[Rows]) -> None:
        """Take the rows of a checkpoint for those of the round before."""
        self.before = list(rows)

    def __call__(self, trained: Trainable, turn: int) -> tuple[list[Rows], float]:
        inside, held = self.inside(trained, turn)
        rows = [*inside, *self.around]
        if self.balance is not None:
            rows = self.balance.weigh(trained, rows, self.before)
        self.before = rows
        return rows, self.held(trained, held, data=True)


@eqx.filter_jit
def _sizes(trained: Trainable, rows: list[Rows]) -> Array:
    """Return the root of the sum of squares of every part, (parts,)."""
    field, numbers = trained
    values = numbers.values()
    return jnp.stack([jnp.linalg.norm(row.residual(field, values)) for row in rows])
