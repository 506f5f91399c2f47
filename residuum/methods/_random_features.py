"""Random features and least squares: the zero-training floor under every learned method."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from residuum._core import Answer, Certificate, LinearField, Method, Result, Source, Task
from residuum.fields import Architecture, Gaussians, RandomTanh, constrain, frame_of
from residuum.learning import HeadGaussNewton, least_squares, misfit
from residuum.objectives import Collocation, Interfaces, Rows, inferred
from residuum.problem import HardConditions, Problem, Scaling, hard_conditions, scaling

SETTLED = 1e-3
"""Residual at points kept aside, against the size of the terms, above which nothing was solved."""

SCALES = (0.7, 0.5, 1.0, 0.35, 1.4, 0.25, 2.0, 2.8)


@dataclass(frozen=True)
class RandomFeatures(Method):
    """Fixed features, one linear solve for their weights; Gauss–Newton where the equation is not
    linear.

    Args:
        field: recipe of the features; ``Gaussians`` in up to two dimensions, ``RandomTanh`` beyond,
            if left out.
        points: collocation points; three per feature if left out.
        scales: factors of the recipe's own scale that are tried; the one with the smallest residual
            at points kept aside is taken. The true error is never looked at.
        weight: weight of conditions that are not met exactly.
        hard: whether conditions are built into the features where they can be.
        coupling: rows that tie pieces of the field to each other, for features on patches.

    Good starting values: the defaults; more features where the solution has finer detail.
    It breaks on steep layers and on transport over many wave lengths.
    """

    field: Architecture | None = None
    points: int | None = None
    scales: tuple[float, ...] = SCALES
    weight: float = 100.0
    hard: bool = True
    coupling: Interfaces | None = None

    name: ClassVar[str] = "random_features"
    family: ClassVar[str] = "floor"
    sources: ClassVar[tuple[Source, ...]] = RandomTanh.sources

    def refuse(self, problem: Problem) -> str | None:
        if problem.inferred or problem.closures:
            return (
                "the problem has unknown parameters or closures, and features only solve for fields"
            )
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        monitor = task.monitor
        sizes, hard = scaling(problem), hard_conditions(problem, self.hard)
        monitor.record.notes.append(hard.note())
        fits: list[tuple[float, float, LinearField]] = []
        result = Result.SUCCESSFUL
        recipes = self._recipes(problem)
        try:
            for i, (scale, recipe) in enumerate(recipes):
                if _beyond_valley(scale, fits):
                    continue
                monitor.update(i / len(recipes), f"features at scale {scale:g}")
                with monitor.phase("solve"):
                    held, field = self._fit(problem, recipe, sizes, hard, task)
                fits.append((held, scale, field))
                if monitor.spent:
                    result = Result.OUT_OF_BUDGET
                    break
        except KeyboardInterrupt:
            result = Result.INTERRUPTED
            if not fits:
                raise
        held, scale, field = min(fits, key=lambda item: item[0])
        if not math.isfinite(held):
            raise FloatingPointError("no scale gave a finite fit")
        monitor.record.unknowns = field.head.size
        monitor.record.evaluations["fits"] = len(fits)
        monitor.record.history["hold-out residual"] = [item[0] for item in fits]
        monitor.record.notes.append(
            f"scale {scale:g} chosen by the residual kept aside, {held:.1e}"
        )
        if result is Result.SUCCESSFUL and held > SETTLED:
            result = Result.STAGNATED
        return Answer(field, result, Certificate())

    def _recipes(self, problem: Problem) -> list[tuple[float, Any]]:
        recipe: Any = self.field
        if recipe is None:
            recipe = Gaussians() if len(problem.coordinates) <= 2 else RandomTanh(1000)
        if not hasattr(recipe, "scale"):
            return [(1.0, recipe)]
        return [(s, replace(recipe, scale=recipe.scale * s)) for s in self.scales]

    def _fit(
        self,
        problem: Problem,
        recipe: Architecture,
        sizes: Scaling,
        hard: HardConditions,
        task: Task,
    ) -> tuple[float, LinearField]:
        """Return the residual at points kept aside, and the fitted field."""
        frame = frame_of(problem, sizes)
        built = recipe.build(frame, task.key)
        field: LinearField = constrain(built, problem, hard, sizes)
        count = self.points or max(3 * field.head.size // len(problem.residuals), 500)
        design = Collocation(count, max(200, count // 10), weight=self.weight)
        inside, around = design.build(problem, sizes, hard, task.key)
        if self.coupling is not None:
            around += self.coupling.rows(problem, sizes, frame.periodic, task.key)
        kept, kept_around = replace(design, interior=max(count // 3, 200)).build(
            problem, sizes, hard, _other(task.key)
        )
        if self.coupling is not None:
            # What the order of the equations asks for counts, whether it was asked for or not.
            judge = replace(self.coupling, conditions=None)
            kept_around += judge.rows(problem, sizes, frame.periodic, _other(task.key))
        field = self._solve(problem, field, [*inside, *around], task)
        return misfit(field, [*kept, *kept_around]), field

    def _solve(
        self, problem: Problem, field: LinearField, rows: list[Rows], task: Task
    ) -> LinearField:
        if problem.traits.linear:
            return least_squares(field, rows, memory_mb=task.monitor.budget.memory_mb).field
        outcome = HeadGaussNewton().train((field, inferred(problem)), rows, task.monitor)
        found = outcome.trained[0]
        assert isinstance(found, LinearField)
        return found


def _beyond_valley(scale: float, fits: list[tuple[float, float, LinearField]]) -> bool:
    """Whether the residual already rises between the best scale and this one."""
    if not fits:
        return False
    best = min(fits, key=lambda item: item[0])[1]
    return any(best < s < scale or scale < s < best for _, s, _ in fits)


def _other(key: Any) -> Any:
    """Return another key for the points kept aside."""
    return key + 1 if isinstance(key, int) else key ^ 1
