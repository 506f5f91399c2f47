"""Physics-informed Gaussians: bumps placed, shaped and moved by the residual."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import (
    Answer,
    Certificate,
    Field,
    Key,
    LinearField,
    Method,
    OptionError,
    Result,
    Source,
    Task,
    generator,
)
from residuum.blocks import Chain, Standardise, TiltedBumps
from residuum.fields import (
    Constrained,
    FeatureField,
    Frame,
    PhysicsInformedGaussians,
    constrain,
    frame_of,
)
from residuum.fields._architecture import positive, whole
from residuum.learning import (
    HeadGaussNewton,
    LearningRule,
    Trainable,
    VariableProjection,
    least_squares,
    misfit,
)
from residuum.objectives import Collocation, ResidualAdaptive, Rows, inferred
from residuum.problem import Problem, hard_conditions, scaling

SETTLED = 1e-3
"""Residual at points kept aside, against the size of the terms, above which nothing was solved."""

RULE = VariableProjection(ridge=1e-8)
"""The last fit has no ridge at all: this one only keeps the weights from growing on the way."""

SCALES = (0.7, 0.5, 1.0, 0.35, 1.4, 0.25, 2.0)
STRETCH = (1.0, 2.0, 0.5)
NEIGHBOURS = 8
LONGEST = 1.0
"""Longest half-axis of a placed Gaussian, in half-widths of the domain."""


@dataclass(frozen=True)
class PIG(Method):
    """Gaussians with trained centres and covariances; their weights are always solved for.

    Three starts are compared by the residual at points kept aside: a lattice, of several widths;
    and a lattice with part of the Gaussians placed where the residual is large, long across its
    gradient and short along it. The best one's centres and covariances are then moved by variable
    projection, and the weights solved for once more on many points.

    Args:
        count: Gaussians.
        placed: share of them that is placed by the residual.
        rule: how centres and covariances move; ``None`` leaves them where they are.
        points: where the equations are asked for while they move.
        weight: weight of conditions that are not met exactly.
        hard: whether conditions are built into the field where they can be; if left out, both ways
            are tried where the first does not settle, since a lift of steep data is steep all over.

    Good starting values: the defaults; 784 Gaussians where the answer is smooth. It breaks where
    thousands of Gaussians are needed, and in more than three dimensions.
    """

    count: int = 200
    placed: float = 0.6
    rule: LearningRule | None = RULE
    points: ResidualAdaptive | None = None
    weight: float = 100.0
    hard: bool | None = None

    name: ClassVar[str] = "pig"
    sources: ClassVar[tuple[Source, ...]] = PhysicsInformedGaussians.sources

    def __post_init__(self) -> None:
        whole(self, count=self.count)
        positive(self, weight=self.weight)
        if not 0 <= self.placed < 1:
            raise OptionError("0 <= placed < 1", str(self.placed), "Correct PIG.")

    def refuse(self, problem: Problem) -> str | None:
        if problem.inferred or problem.closures:
            return (
                "the problem has unknown parameters or closures; "
                "use PINN(field=PhysicsInformedGaussians())"
            )
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        record = task.monitor.record
        result = Result.SUCCESSFUL
        work = _Work(self, problem, task, self.hard is not False)
        try:
            work.begin()
            if (
                self.hard is None
                and work.held > SETTLED
                and any(d != 1 for d in work.hard.distance)
            ):
                soft = _Work(self, problem, task, False)
                soft.begin()
                work = min((work, soft), key=lambda item: item.held)
            if not task.monitor.spent:
                work.move()
            if task.monitor.spent:
                result = Result.OUT_OF_BUDGET
        except KeyboardInterrupt:
            result = Result.INTERRUPTED
            if work.best is None:
                raise
        record.notes.append(work.hard.note())
        if work.best is None or not math.isfinite(work.held):
            raise FloatingPointError("no start gave a finite fit")
        record.notes.append(f"{work.label}; residual kept aside {work.held:.1e}")
        record.history["hold-out residual"] = work.tried
        record.unknowns = work.best.head.size + bumps_of(work.best).centres.size
        if result is Result.SUCCESSFUL and work.held > SETTLED:
            result = Result.STAGNATED
        return Answer(work.best, result, Certificate())


class _Work:
    """One run: rows, and the best field so far by the residual kept aside."""

    def __init__(self, plan: PIG, problem: Problem, task: Task, hard: bool) -> None:
        self.plan, self.problem, self.task = plan, problem, task
        self.sizes, self.hard = scaling(problem), hard_conditions(problem, hard)
        self.frame = frame_of(problem, self.sizes)
        self.best: LinearField | None = None
        self.held, self.label, self.tried = math.inf, "", list[float]()
        count = max(4 * plan.count * len(problem.unknowns) // len(problem.residuals), 800)
        self.design = Collocation(count, max(200, count // 10), weight=plan.weight)
        inside, self.around = self.design.build(problem, self.sizes, self.hard, task.key)
        self.inside = inside[0]
        kept = replace(self.design, interior=max(count // 2, 400))
        first, second = kept.build(problem, self.sizes, self.hard, _other(task.key))
        self.kept = [*first, *second]

    def offer(self, field: LinearField, rows: Sequence[Rows], label: str) -> float:
        """Solve for the weights, judge on what was kept aside, keep the better field."""
        with self.task.monitor.phase("solve"):
            if self.problem.traits.linear:
                memory = self.task.monitor.budget.memory_mb
                found = least_squares(field, rows, memory_mb=memory).field
            else:
                start = (field, inferred(self.problem))
                trained = HeadGaussNewton().train(start, rows, self.task.monitor).trained[0]
                assert isinstance(trained, LinearField)
                found = trained
            held = misfit(found, self.kept)
        self.tried.append(held)
        if held < self.held:
            self.best, self.held, self.label = found, held, label
        self.task.monitor.update(0.1, f"{label}, residual kept aside {held:.1e}")
        return held

    def build(self, bumps: TiltedBumps) -> LinearField:
        """Return the field of bumps, all weights zero."""
        trunk = Chain((Standardise(self.frame.centre, self.frame.half_width), bumps))
        head = jnp.zeros((trunk.signature.outputs + 1, self.frame.outputs))
        return constrain(FeatureField(trunk, head), self.problem, self.hard, self.sizes)

    def lattice(self, count: int, scale: float) -> TiltedBumps:
        recipe = PhysicsInformedGaussians(count, scale)
        found = recipe.trunk(self.frame, self.task.key)
        assert isinstance(found, TiltedBumps)
        return found

    def begin(self) -> None:
        """Try lattices of several widths, then lattices with Gaussians placed by the residual."""
        rows, plan = [self.inside, *self.around], self.plan
        fits: dict[float, float] = {}
        for scale in SCALES:
            if any(_between(min(fits, key=fits.__getitem__), s, scale) for s in fits):
                continue
            field = self.build(self.lattice(plan.count, scale))
            fits[scale] = self.offer(field, rows, f"a lattice at scale {scale:g}")
            if self.task.monitor.spent:
                return
        best = min(fits, key=fits.__getitem__)
        few = round(plan.count * plan.placed)
        if not 0 < few < plan.count:
            return
        bare = self.build(self.lattice(plan.count - few, best))
        for name, seen in (("the statement", bare), ("the first fit", self.best)):
            for stretch in STRETCH:
                assert seen is not None
                placed = place(seen, self.inside, self.frame, few, self.task.key, stretch)
                bumps = _joined(self.lattice(plan.count - few, best), placed)
                label = f"{few} Gaussians placed by the residual of {name}, stretch {stretch:g}"
                self.offer(self.build(bumps), self._follow(seen), label)
                if self.task.monitor.spent:
                    return

    def _follow(self, field: LinearField) -> list[Rows]:
        """Return rows at points that follow the residual of a field, uniform ones among them."""
        count = self.inside.points.shape[0]
        follow = replace(self.plan.points or ResidualAdaptive(), count=count)
        pair = (field, inferred(self.problem))
        rows, _ = follow.draw(self.problem, self.sizes, pair, self.task.key, 3)
        return [rows, *self.around]

    def move(self) -> None:
        """Move centres and covariances of the best field, and solve for the weights once more."""
        if self.plan.rule is None or self.best is None:
            return
        points = self.plan.points or ResidualAdaptive(
            max(3 * self.plan.count, 1000), max(12 * self.plan.count, 10_000)
        )

        def draw(trained: Trainable, turn: int) -> tuple[list[Rows], float]:
            rows, held = points.draw(self.problem, self.sizes, trained, self.task.key, turn)
            return [rows, *self.around], held

        start = (self.best, inferred(self.problem))
        rows, _ = draw(start, 0)
        outcome = self.plan.rule.train(start, rows, self.task.monitor, draw)
        record = self.task.monitor.record
        record.notes.append(f"moving stopped: {outcome.reason}")
        record.history.update({"loss": outcome.losses, "residual at fresh points": outcome.held})
        record.evaluations["iterations"] = len(outcome.losses)
        moved = outcome.trained[0]
        assert isinstance(moved, LinearField)
        self.offer(moved, self._follow(moved), "centres and covariances moved")
        if outcome.result is Result.INTERRUPTED:
            raise KeyboardInterrupt


def bumps_of(field: Field) -> TiltedBumps:
    """Return the Gaussians inside a field of this method."""
    assert isinstance(field, Constrained) and isinstance(field.field, FeatureField)
    found = field.field.trunk.blocks[-1]  # type: ignore[attr-defined]
    assert isinstance(found, TiltedBumps)
    return found


def place(
    field: LinearField, rows: Rows, frame: Frame, count: int, key: Key, stretch: float
) -> TiltedBumps:
    """Return Gaussians drawn with probability ∝ |r|, shaped by the local structure of r.

    The structure tensor T = mean ∇r ∇rᵀ / mean r² over the nearest points drawn has the inverse
    squares of the lengths on which r changes; the covariance is stretch² (T + I/longest²)⁻¹.
    """
    half = jnp.asarray(frame.half_width)
    values, slopes = (np.asarray(part) for part in _slopes(field, rows, half))
    size = np.sqrt((values**2).sum(axis=0))
    random = generator(key, 11)
    weight = np.where(np.isfinite(size), size, 0.0)
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(size), 1 / len(size))
    chosen = random.choice(len(size), count, replace=True, p=weight)
    places = (np.asarray(rows.points) - frame.centre) / frame.half_width
    centres = places[chosen] + 1e-3 * random.normal(size=(count, places.shape[1]))
    gaps = ((centres[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    near = np.argsort(gaps, axis=1)[:, :NEIGHBOURS]
    tensor = np.einsum("eknd,eknc->kdc", slopes[:, near], slopes[:, near])
    square = (values[:, near] ** 2).sum(axis=(0, 2))
    tensor = tensor / np.maximum(square, 1e-300)[:, None, None]
    tensor = np.where(np.isfinite(tensor), tensor, 0.0) + np.eye(len(half)) / LONGEST**2
    upper = np.swapaxes(np.linalg.cholesky(tensor), 1, 2) / stretch
    diagonal = np.arange(len(half))
    above = np.triu_indices(len(half), 1)
    logs = np.log(upper[:, diagonal, diagonal])
    tilts = jnp.asarray(upper[:, above[0], above[1]])
    return TiltedBumps(jnp.asarray(centres), jnp.asarray(logs), tilts, frame.periodic)


@eqx.filter_jit
def _slopes(field: LinearField, rows: Rows, half: Array) -> tuple[Array, Array]:
    """Return residuals (equations, n) and their gradients (equations, n, d)."""

    def value(points: Array) -> Array:
        moved = Rows(rows.name, rows.at, points, rows.factor)
        return moved.residual(field, {}).reshape(len(rows.at), -1)

    unit = jnp.diag(half)
    along = [
        jax.jvp(value, (rows.points,), (jnp.broadcast_to(row, rows.points.shape),))[1]
        for row in unit
    ]
    return value(rows.points), jnp.stack(along, axis=2)


def _joined(first: TiltedBumps, second: TiltedBumps) -> TiltedBumps:
    return TiltedBumps(
        jnp.concatenate([first.centres, second.centres]),
        jnp.concatenate([first.logs, second.logs]),
        jnp.concatenate([first.tilts, second.tilts]),
        first.periodic,
    )


def _between(best: float, known: float, scale: float) -> bool:
    """Whether the residual already rises between the best scale and this one."""
    return best < known < scale or scale < known < best


def _other(key: Key) -> Any:
    """Return another key for the points kept aside."""
    return key + 1 if isinstance(key, int) else key ^ 1
