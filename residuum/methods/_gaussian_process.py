"""A Gaussian-process solver: spectral-mixture product kernels on a grid, with error bars."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import (
    Answer,
    Certificate,
    Index,
    LinearField,
    Method,
    OptionError,
    Result,
    Source,
    Task,
    generator,
    one_blas_thread,
)
from residuum.blocks import Chain, KernelProducts, Standardise
from residuum.fields import Constrained, FeatureField, KroneckerField, PosteriorField, constrain
from residuum.fields._architecture import positive, whole
from residuum.geometry import Box
from residuum.learning import (
    Evidence,
    Fit,
    GridSystem,
    Linearised,
    MarginalLikelihood,
    ProductPrior,
    misfit,
    pruned,
    thinned,
    whitened,
)
from residuum.objectives import Collocation, Inferred, Rows, inferred
from residuum.problem import ExpressionField, Problem, hard_conditions, pointwise, scaling

REACH = 0.6
"""Highest first frequency, against the highest a grid can tell."""

EXACT = 1e-4
"""Deviation of an equation that stands beside data, against the size of its terms: what a grid
cannot represent would outweigh the data if it were less."""

MOST_ROWS = 500
MOST_DENSE = 2_000_000
SETTLED = 1e-3
TURNS = 12


@dataclass(frozen=True)
class GaussianProcess(Method):
    """The unknown is a Gaussian process whose spectrum is a sum of bumps along each axis.

    Values given on sides of the box are lifted, and the process is conditioned to vanish there. Its
    hyper-parameters and the unknown numbers of the equation climb the marginal likelihood of
    equation and data; given those, the weights on the grid are Gaussian: their mean is one linear
    solve, with Kronecker products where the grid is large, and their deviation is returned with the
    field (``answer.field.deviation(points)``). Equations that are not linear are linearised anew
    until nothing moves.

    Args:
        points: grid points along every axis, or one number per axis; three or more per wave length.
        bumps: bumps along every axis at the start; those the evidence does not want fade away.
        matern: Student-t bumps (a Matérn envelope) instead of Gaussian ones: for solutions that are
            less smooth.
        slack: deviation of the equation from zero in the last solve, against the size of its terms;
            1e-4 and the jitter of the likelihood where there are data.
        iterations: of L-BFGS, at each climb.

    Good starting values: the defaults; 400 points for a hundred waves. It breaks on other domains
    than boxes, with several unknowns, on periodic axes, and on layers: one kernel holds everywhere.
    """

    points: int | tuple[int, ...] = 200
    bumps: int = 20
    matern: bool = False
    slack: float = 1e-10
    iterations: int = 100

    name: ClassVar[str] = "gaussian_process"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "gp-high-frequency-multiscale",
            "Solving High Frequency and Multi-Scale PDEs with Gaussian Processes",
            "S. Fang, M. Cooley, D. Long, S. Li, R. Kirby, S. Zhe",
            2024,
            "arXiv:2311.04465",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        whole(self, bumps=self.bumps, iterations=self.iterations)
        positive(self, slack=self.slack)
        sizes = (self.points,) if isinstance(self.points, int | np.integer) else self.points
        for size in sizes:
            if not isinstance(size, int | np.integer) or size < 4:
                raise OptionError("four points or more along an axis", str(size), "Give more.")

    def refuse(self, problem: Problem) -> str | None:
        if len(problem.unknowns) != 1 or len(problem.residuals) != 1:
            return "the problem has several unknowns or equations, and one process has one"
        if problem.shape is not None and not isinstance(problem.shape, Box):
            return "the domain is no box, and grids need one"
        if len(problem.coordinates) > 2:
            return "the problem has more than two coordinates"
        if problem.closures:
            return "the problem has trainable closures, which take a network"
        kinds = {c.kind for c in problem.conditions}
        if kinds & {"periodic", "integral"} or any(c.jump for c in problem.conditions):
            return "periodic, integral and jump conditions do not suit a stationary kernel"
        given = None if isinstance(self.points, int | np.integer) else len(self.points)
        if given not in (None, len(problem.coordinates)):
            return f"{given} numbers of points for {len(problem.coordinates)} axes"
        if self.matern and max(max(s[1]) for s in _slots(problem)) > 2:
            return "a Matérn kernel has no derivatives for an equation of more than second order"
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        with one_blas_thread():
            return _Work(self, problem, task).run()


class _Work:
    """One run: the rows, the lift, and the state of the iteration."""

    def __init__(self, plan: GaussianProcess, problem: Problem, task: Task) -> None:
        self.plan, self.problem, self.task = plan, problem, task
        self.sizes, self.hard = scaling(problem), hard_conditions(problem)
        self.magnitude = float(self.sizes.magnitudes[0])
        count = len(problem.coordinates)
        points = plan.points
        shape = (points,) * count if isinstance(points, int | np.integer) else points
        self.axes = [np.linspace(-1.0, 1.0, n) for n in shape]
        grid = np.stack([a.ravel() for a in np.meshgrid(*self.axes, indexing="ij")], axis=1)
        self.grid = self.sizes.centre + self.sizes.half_width * grid
        design = Collocation(1, 60)
        self.equation = self._unit(design.equations(problem, self.sizes, self.grid), 1.0)
        self.around = [
            self._unit(design.condition(problem, self.sizes, c, task.key), None)
            for c in self.hard.weighted
        ]
        self.seen = [
            self._unit(design.observation(problem, self.sizes, o), 1 / self.magnitude)
            for o in problem.observations
        ]
        self.ends = tuple(self._ends(i) for i in range(count))
        # Beside data the last solve allows the equation what the evidence did, jitter included.
        self.loose = EXACT

    def _unit(self, rows: Rows, factor: float | None) -> Rows:
        """Return rows of size one, each place once."""
        if rows.name == "equations":
            size = jnp.asarray(1 / self.sizes.residuals[0])
        elif factor is not None:
            size = jnp.asarray(factor)
        else:
            size = 1 / jnp.asarray(max(self.sizes.typical(slot) for slot in rows.at[0].slots))
        if rows.target is not None or rows.name == "equations":
            return Rows(rows.name, rows.at, rows.points, size, rows.normals, rows.target)
        _, once = np.unique(np.round(np.asarray(rows.points), 12), axis=0, return_index=True)
        normals = None if rows.normals is None else rows.normals[once]
        return Rows(rows.name, rows.at, rows.points[once], size, normals)

    def _ends(self, axis: int) -> tuple[float, ...]:
        """Return the ends of an axis where the unknown is enforced."""
        distance, c = self.hard.distance[0], self.problem.coordinates[axis]
        centre, half = self.sizes.centre[axis], self.sizes.half_width[axis]
        found = []
        for end in (-1.0, 1.0):
            value = sp.sympify(distance).subs(c, sp.Float(centre + end * half))
            others = {s: sp.Rational(1, 3) * (i + 1) for i, s in enumerate(value.free_symbols)}
            if abs(float(value.subs(others))) < 1e-9:
                found.append(end)
        return tuple(found)

    def run(self) -> Answer:
        monitor, record = self.task.monitor, self.task.monitor.record
        numbers = inferred(self.problem)
        prior, logs = self._first()
        field: LinearField | None = None
        result, fit = Result.SUCCESSFUL, None
        last = math.inf
        for turn in range(1 if self.problem.traits.linear else TURNS):
            try:
                with monitor.phase("train"):
                    evidence = self._evidence(field)
                    if turn == 0:
                        prior = self._sized(prior, evidence, logs, numbers)
                    fit = MarginalLikelihood(self.plan.iterations if turn < 2 else 20).fit(
                        evidence, (prior, logs, numbers), monitor, search=turn == 0
                    )
                prior, logs, numbers = fit.prior, fit.logs, fit.numbers
                self.loose = float(np.hypot(EXACT, evidence.jitter(prior, numbers)))
                with monitor.phase("solve"):
                    found = self._solve(fit, field)
            except KeyboardInterrupt:
                if field is None:
                    raise
                result = Result.INTERRUPTED
                break
            held = self._held(found, numbers)
            record.history.setdefault("hold-out residual", []).append(held)
            if not held < last:
                break
            settled = held > 0.5 * last
            field, last = found, held
            if monitor.spent:
                result = Result.OUT_OF_BUDGET
                break
            if settled:
                break
        if field is None or fit is None:
            raise FloatingPointError("no linearisation gave a finite answer")
        if result is Result.SUCCESSFUL and last > SETTLED:
            result = Result.STAGNATED
        record.notes.append(self.hard.note())
        record.notes.append(f"residual between the grid points {last:.1e} of the size of the terms")
        record.evaluations["evidence"] = fit.evaluations
        return self._answer(field, fit, result)

    def _first(self) -> tuple[ProductPrior, Array]:
        """Return bumps side by side over all frequencies the grid can tell."""
        bumps, logs, spacings = self.plan.bumps, [], []
        for axis in self.axes:
            spacing = REACH * (len(axis) - 1) / 4 / max(bumps - 1, 1)
            spacings.append(spacing)
            flat = [-math.log(bumps), math.log(2 * math.pi * spacing), 0.0]
            logs.append(jnp.repeat(jnp.asarray(flat)[:, None], bumps, axis=1))
        prior = ProductPrior(tuple(logs), tuple(spacings), self.ends, self.plan.matern)
        noise = self._noise()
        free = [0.03] * (noise[0] is None) + [0.5] * sum(item is None for item in noise[1:])
        return prior, jnp.log(jnp.asarray(free))

    def _noise(self) -> list[float | None]:
        """Return the noise of the blocks of rows; the equation's is found on the way."""
        known = [
            o.noise / self.magnitude if o.noise > 0 else None for o in self.problem.observations
        ]
        return [None, *(1e-6 for _ in self.around), *known]

    def _linearised(self, equation: Rows, field: LinearField | None) -> Linearised:
        """Return all rows about a field, or about the lift."""
        every = (equation, *self.around, *self.seen)
        states, frees = [], []
        lift, zero = self._field(None), (0,) * len(self.axes)
        for rows in every:
            indices, slots = [*rows.indices, zero], rows.at[0].slots
            base = _parts(lift, rows.points, indices)
            now = base if field is None else _parts(field, rows.points, indices)
            states.append({s: now[s[1]] for s in slots})
            frees.append({s[1]: now[s[1]] - base[s[1]] for s in slots})
        half = tuple(float(h) for h in self.sizes.half_width)
        return Linearised(every, tuple(states), tuple(frees), self.magnitude, half)

    def _evidence(self, field: LinearField | None) -> Evidence:
        chosen = thinned(self.grid, MOST_ROWS, self.task.key)
        full = self.equation
        thin = Rows(full.name, full.at, full.points[chosen], full.factor)
        linear = self._linearised(thin, field)
        # A source is given, not drawn: where numbers are unknown, only data are evidence.
        sure = (thin, *self.around) if self.problem.inferred else ()
        given = sum(len(rows.points) for rows in sure)
        return Evidence.of(linear, self.sizes.centre, self._noise(), given)

    def _sized(
        self, prior: ProductPrior, evidence: Evidence, logs: Array, numbers: Inferred
    ) -> ProductPrior:
        """Return the prior at the size that the right-hand sides have."""
        slopes, right = evidence.linear.system(numbers.values())
        # Beside data the size is theirs: a source may be small where the unknown is not.
        seen = slice(evidence.given, None)
        size = float(jnp.mean(jnp.diagonal(evidence.covariance(prior, slopes))[seen]))
        ratio = float(jnp.mean(right[seen] ** 2)) / max(size, 1e-300)
        shift = math.log(max(ratio, 1e-300)) / len(self.axes)
        moved = tuple(item.at[0].add(shift) for item in prior.logs)
        return ProductPrior(moved, prior.spacing, prior.ends, prior.matern)

    def _field(self, products: KernelProducts | None) -> Constrained:
        """Return the lift alone, or the lift and the features of a prior, all weights zero."""
        start = Standardise(self.sizes.centre, self.sizes.half_width)
        field: LinearField = FeatureField(Chain((start,)), jnp.zeros((len(self.axes) + 1, 1)))
        if products is not None:
            field = KroneckerField(start, products, jnp.zeros((products.signature.outputs, 1)))
        made = constrain(field, self.problem, self.hard, self.sizes)
        # The process itself vanishes where values are enforced: no distance is needed.
        one = ExpressionField((sp.Integer(1),), self.problem.coordinates)
        return Constrained(field, made.lift, one, made.sizes)

    def _solve(self, fit: Fit, field: LinearField | None) -> LinearField:
        """Return the mean on the whole grid, and its deviation where the solve is dense."""
        kernels = [pruned(fit.prior.kernel(i), self._order(i)) for i in range(len(self.axes))]
        axes = tuple(
            whitened(kernel, nodes, ends)
            for kernel, nodes, ends in zip(kernels, self._nodes(), self.ends, strict=True)
        )
        block = KernelProducts(axes)
        mean = self._field(block)
        record, size = self.task.monitor.record, block.signature.outputs
        record.unknowns = size
        linear, noise = self._linearised(self.equation, field), self._deviations(fit)
        parts = GridSystem(linear, block, self.sizes.centre, self.axes, noise)
        if size * len(noise) > MOST_DENSE:
            head = parts.iterate(fit.numbers.values())
            return mean.with_head(jnp.asarray(head[:, None]))
        head, root = parts.solve(fit.numbers.values())
        extra = [root]
        for numbers in fit.steps():
            ahead, _ = parts.solve(numbers.values())
            extra.append((ahead - head)[:, None])
        filled = mean.with_head(jnp.asarray(head[:, None]))
        return PosteriorField(filled, np.concatenate(extra, axis=1))

    def _nodes(self) -> list[np.ndarray]:
        """Return where the features sit: on the grid; beside data twice as close, since as many
        equations as features would leave the data nothing to choose."""
        if not self.seen:
            return self.axes
        return [np.linspace(-1.0, 1.0, 2 * len(axis) - 1) for axis in self.axes]

    def _order(self, axis: int) -> int:
        return max(index[axis] for index in self.equation.indices)

    def _deviations(self, fit: Fit) -> np.ndarray:
        """Return the noise of every row of the last solve."""
        free = iter(np.exp(np.asarray(fit.logs)))
        known = [next(free) if noise is None else noise for noise in self._noise()]
        known[0] = self.loose if self.seen else self.plan.slack
        # Conditions decide between answers that the equation hardly tells apart.
        known[1 : 1 + len(self.around)] = [1e-3 * known[0]] * len(self.around)
        counts = [rows.points.shape[0] for rows in (self.equation, *self.around, *self.seen)]
        return np.repeat(known, counts)

    def _held(self, field: LinearField, numbers: Inferred) -> float:
        """Return the residual of the equation between the grid points."""
        count = min(max(len(self.grid) // 2, 300), 3000)
        places = generator(self.task.key, 17).uniform(-1, 1, (count, len(self.axes)))
        points = self.sizes.centre + self.sizes.half_width * places
        rows = Collocation().equations(self.problem, self.sizes, points)
        return misfit(field, [rows], numbers.values())

    def _answer(self, field: LinearField, fit: Fit, result: Result) -> Answer:
        record, numbers = self.task.monitor.record, fit.numbers.numbers()
        for name, value in fit.deviations().items():
            record.history[f"deviation of {name}"] = [value]
            record.notes.append(f"{name} = {numbers[name]:.6g} ± {value:.2g} (one deviation)")
        if isinstance(field, PosteriorField):
            spread = field.deviation(self.grid)
            record.notes.append(
                f"posterior deviation {np.sqrt(np.mean(spread**2)):.1e} in the mean over the grid, "
                "if the prior is right; it is no certificate"
            )
        else:
            record.notes.append("no error bars: the solve was iterative")
        return Answer(field, result, Certificate(), numbers)


def _slots(problem: Problem) -> list[Any]:
    return list(pointwise(problem, problem.residuals[0]).slots)


@eqx.filter_jit
def _parts(field: LinearField, points: Array, indices: list[Index]) -> dict[Index, Array]:
    jet = field.jet(points, indices)
    return {index: jet.derivative(index)[:, 0] for index in jet.indices}
