"""Implicit neural spatial representation: classical steps in time, a network in space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from residuum._core import (
    Answer,
    Certificate,
    Method,
    OptionError,
    Result,
    Source,
    Task,
    generator,
    one_blas_thread,
)
from residuum.fields import MLP, Architecture, FeatureField, NetworkStep, frame_of, stacked
from residuum.learning import Flat, Model, flatten
from residuum.methods._slab import frozen
from residuum.objectives import Collocation, Rows, inferred
from residuum.problem import Problem, hard_conditions, scaling
from residuum.problem._places import time_order

SETTLED = 1e-2
"""Residual of a step at points kept aside, against the size of the terms, above which it failed."""


@final
@dataclass(frozen=True)
class ImplicitRepresentation(Method):
    """Advance the weights of a network in space by the implicit midpoint rule.

        θₙ₊₁ = argmin Σ_x |residual of the straight line from f(θₙ) to f(θ) at mid-step|²

    Every step starts from the weights before and takes damped Gauss–Newton steps on all weights, at
    fresh points. Conditions at the start and on the boundary are met by weight, periodic axes
    exactly. The answer is one network per step, straight in between.

    Args:
        field: recipe of the network in space; two layers of 20 if left out.
        steps: steps of equal length. The error of the rule falls with their square.
        points: points per step.
        iterations: most Gauss–Newton steps per step of time.
        weight: weight of conditions.

    Good where a state must be held in few numbers. A grid with as many numbers is faster, and on
    smooth answers a spectral one is more accurate. What each fit leaves adds up over the steps.
    """

    field: Architecture | None = None
    steps: int = 100
    points: int = 800
    iterations: int = 8
    weight: float = 10.0

    name: ClassVar[str] = "implicit_representation"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "implicit-neural-spatial-representation",
            "Implicit Neural Spatial Representations for Time-dependent PDEs",
            "H. Chen, R. Wu, E. Grinspun, C. Zheng, P. Y. Chen",
            2023,
            "arXiv:2210.00124",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if min(self.steps, self.points, self.iterations) < 1 or not self.weight > 0:
            wanted = "steps, points and iterations of at least 1, a weight above 0"
            raise OptionError(wanted, str(self), "Correct them.")

    def refuse(self, problem: Problem) -> str | None:
        if problem.time is None or not problem.space:
            return "steps in time and a network in space need both"
        if any(time_order(problem, u) > 1 for u in problem.unknowns):
            return "the equations are of second order in time; state them as a system"
        if any(time_order(problem, u) == 0 for u in problem.unknowns):
            return "an unknown has no time derivative, and steps are taken in time"
        if problem.inferred or problem.closures or problem.observations:
            return "data and unknown numbers belong to all times at once, steps come one by one"
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        march = _March(self, problem, task)
        record = task.monitor.record
        try:
            with one_blas_thread():
                result = march.run()
        except KeyboardInterrupt:
            result = Result.INTERRUPTED
            if not march.fields:
                raise
        if march.time < march.end:
            record.notes.append(f"time {march.time:.4g} was reached; the state there is held")
        knots, fields = [*march.knots], [*march.fields]
        if march.time < march.end:
            knots, fields = [*knots, march.end], [*fields, fields[-1]]
        record.history["residual kept aside"] = march.held
        record.evaluations["steps"] = len(march.fields) - 1
        record.notes.append(f"largest residual of a step kept aside: {max(march.held):.1e}")
        if result is Result.SUCCESSFUL and max(march.held) > SETTLED:
            result = Result.STAGNATED
        return Answer(stacked(knots, fields), result, Certificate())


class _March:
    """Networks so far; the next one is trained from the last."""

    def __init__(self, options: ImplicitRepresentation, problem: Problem, task: Task) -> None:
        assert problem.interval is not None
        self.options, self.problem, self.task = options, problem, task
        self.sizes, self.hard = scaling(problem), hard_conditions(problem, False)
        (self.start, self.end) = problem.interval
        self.length = (self.end - self.start) / options.steps
        self.knots: list[float] = []
        self.fields: list[FeatureField] = []
        self.held: list[float] = []

    @property
    def time(self) -> float:
        """How far time has come."""
        return self.knots[-1] if self.knots else self.start

    def run(self) -> Result:
        """Fit the start, then take step after step."""
        monitor = self.task.monitor
        first = self._build()
        step = NetworkStep(frozen(first), first, np.array([self.start - self.length, self.length]))
        flat = flatten((step, inferred(self.problem)))
        monitor.record.unknowns = int(flat.vector.size)
        design = Collocation(1, self.options.points, weight=self.options.weight)
        parts = [c for c in self.hard.weighted if c.on == "initial"]
        rows = [design.condition(self.problem, self.sizes, c, self.task.key) for c in parts]
        vector = np.asarray(flat.vector)
        with monitor.phase("train"):
            vector, misfit = _fit(flat, vector, rows, 20 * self.options.iterations, self.task)
        self._keep(flat, vector, self.start, misfit / self.options.weight)
        for n in range(self.options.steps):
            if monitor.spent:
                return Result.OUT_OF_BUDGET
            flat = self._advanced(flat, vector, n)
            with monitor.phase("train"):
                vector, _ = _fit(flat, vector, self._rows(n), self.options.iterations, self.task)
            held = self._kept_aside(flat, vector, n)
            if not math.isfinite(held):
                return Result.NOT_FINITE
            self._keep(flat, vector, self.start + (n + 1) * self.length, held)
            monitor.update((n + 1) / self.options.steps, f"step {n + 1}, residual {held:.1e}")
        self.knots[-1] = self.end
        return Result.SUCCESSFUL

    def _build(self) -> FeatureField:
        frame = frame_of(self.problem, self.sizes)
        built = (self.options.field or MLP(20, 2)).build(frame.space, self.task.key)
        return built.with_head(built.head * jnp.asarray(self.sizes.magnitudes))

    def _advanced(self, flat: Flat, vector: np.ndarray, n: int) -> Flat:
        """Return the flat step whose old network has these weights: the same program goes on."""
        start = np.array([self.start + n * self.length, self.length])
        new = flat.restore(jnp.asarray(vector))[0].new  # type: ignore[attr-defined]
        fixed = eqx.tree_at(
            lambda pair: (pair[0].old, pair[0].start), flat.fixed, (frozen(new), start)
        )
        return Flat(flat.vector, fixed, flat.unravel)

    def _rows(self, n: int, aside: int = 0) -> list[Rows]:
        """Return the equations at mid-step, and the boundary at its end."""
        options, key = self.options, int(generator(self.task.key, 97, n, aside).integers(1 << 31))
        shape = self.problem.shape
        assert shape is not None
        inside = shape.sample(options.points, key=key)
        inside = inside[:, [shape.axes.index(c.name) for c in self.problem.space]]
        middle = self.start + (n + 0.5) * self.length
        points = np.column_stack([np.full(len(inside), middle), inside])
        design = Collocation(1, max(options.points // 8, 16), weight=options.weight)
        found = [design.equations(self.problem, self.sizes, points)]
        for condition in (c for c in self.hard.weighted if c.on != "initial"):
            rows = design.condition(self.problem, self.sizes, condition, key)
            at = jnp.asarray(rows.points).at[:, 0].set(self.start + (n + 1) * self.length)
            found.append(eqx.tree_at(lambda r: r.points, rows, at))
        return found

    def _kept_aside(self, flat: Flat, vector: np.ndarray, n: int) -> float:
        model = Model(tuple(self._rows(n, 1)), flat.fixed, flat.unravel)
        return float(np.linalg.norm(np.asarray(model.value(jnp.asarray(vector)))))

    def _keep(self, flat: Flat, vector: np.ndarray, time: float, held: float) -> None:
        step: Any = flat.restore(jnp.asarray(vector))[0]
        self.knots.append(time)
        self.fields.append(step.new)
        self.held.append(held)


def _fit(
    flat: Flat, vector: np.ndarray, rows: list[Rows], iterations: int, task: Task
) -> tuple[np.ndarray, float]:
    """Return weights after damped Gauss–Newton steps, and the root of the sum of squares left."""
    model, damping = Model(tuple(rows), flat.fixed, flat.unravel), 1e-6
    size = math.inf
    for _ in range(iterations):
        residual, matrix = (np.asarray(a) for a in model.jacobian(jnp.asarray(vector)))
        old = float(residual @ residual)
        square, slope = matrix.T @ matrix, matrix.T @ residual
        for _ in range(8):
            step = np.linalg.solve(square + damping * np.eye(len(square)), -slope)
            new = np.asarray(model.value(jnp.asarray(vector + step)))
            size = float(new @ new)
            if size < old:
                break
            damping *= 8
        if not size < old:
            return vector, math.sqrt(old)
        vector, damping = vector + step, max(damping / 4, 1e-12)
        if size > 0.98 * old or task.monitor.spent:
            break
    return vector, math.sqrt(size)
