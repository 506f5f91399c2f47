"""Galerkin's method in the space of fixed features; their weights take classical steps in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

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
    one_blas_thread,
)
from residuum.discretise.elements import (
    UNCOUNTED,
    Levels,
    Moving,
    Projected,
    Projection,
    System,
    even_states,
    initial_state,
    refuse_elements,
    solve_projected,
    stable_pressures,
)
from residuum.discretise.time import ESDIRK4, RadauIIA, evolve
from residuum.fields import (
    Architecture,
    Constrained,
    FeatureField,
    FeatureSteps,
    Gaussians,
    GradedGaussians,
    RandomTanh,
    SumField,
    frame_of,
)
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    ExpressionField,
    Problem,
    hard_conditions,
    scaling,
    weak_form,
)

CELLS = {1: 200, 2: 40, 3: 10}
"""Cells along the longest side, over which features are integrated, by dimension."""
UNBALANCED = 1e-3
"""Share of what flows in that may be missing among what flows out; meshes of round shapes lose some
of it."""
DEPENDENT = 1e-13
"""Share of the largest eigenvalue of the Gram matrix below which features add nothing."""


@final
@dataclass(frozen=True)
class FeatureGalerkin(Method):
    """Fixed features in space whose weights solve the weak form; classical steps where time runs.

        u(t, x) = lift(t, x) + distance(x) · Σ_k w_k(t) φ_k(x)

    The features take the place of the functions of finite elements: the weak form is tested with
    them. Its integrals are those of elements of order three (two in space) to whose nodes the
    features are interpolated, so coefficients may jump along the edges of cells, and fluxes on
    boundaries of any shape are natural. Steady statements are one linear solve, or Newton's method
    with what is not linear raised step by step; the weights of evolving ones are integrated with
    controlled steps of order five (linear) or four. A pressure keeps those combinations of features
    that the velocities notice, so that the pair is stable. Nothing is trained: the shapes of the
    features stay as the recipe makes them.

    Args:
        field: recipe of the features in space. If left out, 900 ``Gaussians``, in three dimensions
            1000 ``RandomTanh``; where there is a pressure ``GradedGaussians``, finer along walls.
        size: length of the cells, in the unit of the coordinates; a fortieth of the longest side in
            the plane if left out (a 200th on a line, a tenth in space). It should be below the
            width of the features.
        step_tol: error allowed per step in time, relative to the answer.

    Good starting values: the defaults; more features for finer detail, at the cube of their number.
    It breaks where the answer has kinks or layers thinner than the spacing of the features. The
    result says that the equations of the weights were solved, not that the features are fine
    enough: the certificate of ``rs.solve`` does. The source fits the strong residual at points, its
    features cut into patches; here the weak form is tested.

    Raises:
        OptionError: an option out of range.
    """

    field: Architecture | None = None
    size: float | None = None
    step_tol: float = 1e-4

    name: ClassVar[str] = "feature_galerkin"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "random-feature-method",
            "Bridging Traditional and Machine Learning-based Algorithms for Solving PDEs: The "
            "Random Feature Method",
            "J. Chen, X. Chi, W. E, Z. Yang",
            2022,
            "doi:10.4208/jml.220726",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        if self.size is not None and not 0 < self.size < np.inf:
            raise OptionError("a size of cells above zero", repr(self.size), "Leave it out.")
        if not 0 < self.step_tol < 1:
            raise OptionError("a step_tol between 0 and 1", repr(self.step_tol), "Give 1e-4, say.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        if (reason := refuse_elements(problem)) is not None:
            return reason
        form = weak_form(problem)
        pressures = [problem.unknowns[j] for j in form.multipliers]
        if loose := [j for j in form.means if j not in form.multipliers]:
            return f"nothing fixes the mean of {problem.unknowns[loose[0]]}"
        if problem.inferred or problem.closures or problem.observations:
            return "it solves for fields alone, not for unknown numbers or from data"
        hard = hard_conditions(problem, starts=False, weak=True)
        levels = "integral", "point_value"
        left = [
            c
            for c in hard.weighted
            if c.kind == "dirichlet"
            or (c.kind in levels and not any(c.unknown.has(p) for p in pressures))
        ]
        if left:
            return f"features cannot be made to meet {left[0]} exactly"
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        run = _Run(self, problem, task)
        with one_blas_thread():
            return run.evolved() if problem.time is not None else run.steady()


@final
class _Run:
    """One solve: the features at the nodes of elements, and the equations there."""

    def __init__(self, options: FeatureGalerkin, problem: Problem, task: Task) -> None:
        self.options, self.problem, self.task = options, problem, task
        self.sizes, self.hard = scaling(problem), hard_conditions(problem, starts=False, weak=True)
        self.distance = ExpressionField(self.hard.distance, problem.coordinates)
        self.lift = ExpressionField(self.hard.lift, problem.coordinates)
        self.raised = any(lift != 0 for lift in self.hard.lift)
        self.field = self._features()
        with task.monitor.phase("assemble"):
            self.system = self._system()
            self.mixing, self.projection = self._projection()
            if self.system.form.multipliers:
                self._stabilise()
        task.monitor.record.unknowns = self.projection.size

    def steady(self) -> Answer:
        """Solve for the weights."""
        monitor = self.task.monitor

        def watch(iteration: int, size: float) -> bool:
            monitor.update(0.5, f"Newton's method: correction {size:.1e}")
            return not monitor.spent

        with monitor.phase("solve"):
            found = solve_projected(self.system, self.projection, watch=watch)
        monitor.record.evaluations["newton"] = found.iterations
        if found.result is Result.NOT_FINITE:
            raise FloatingPointError("an integral of the weak form is not finite")
        if found.reason:
            monitor.record.notes.append(f"at {found.load:.2g} of the load: {found.reason}")
        head = jnp.asarray(self._weights(found.values[None], np.zeros(1))[:, 0].T)
        field = Constrained(
            self.field.with_head(head), self.lift, self.distance, np.asarray(self.sizes.magnitudes)
        )
        return Answer(field, self._judged(found.result, np.zeros(1)), Certificate())

    def evolved(self) -> Answer:
        """Integrate the weights over time."""
        monitor, interval = self.task.monitor, self.problem.interval
        assert interval is not None
        start = initial_state(self.system)
        moving = Moving(self.system, start)
        with monitor.phase("assemble"):
            begun = self._projected(start[self.system.free])
            projected = Projected(moving, self.projection, self._sizes(begun))

        def watch(time: float) -> bool:
            share = (time - interval[0]) / (interval[1] - interval[0])
            monitor.update(share, f"t = {time:.4g}")
            return not monitor.spent

        scheme = RadauIIA() if projected.linear else ESDIRK4()
        with monitor.phase("solve"):
            found = evolve(
                projected, interval, begun, tol=self.options.step_tol, scheme=scheme, watch=watch
            )
        for name, count in found.counts.items():
            monitor.record.evaluations[name] = count
        if found.result is not Result.SUCCESSFUL:
            monitor.record.notes.append(
                f"time {found.times[-1]:.4g} was reached; the state there is held"
            )
        knots, times, parts = even_states(found, interval)
        states = np.stack(list(parts))
        steps = FeatureSteps(
            self.field.trunk,
            self.distance,
            jnp.asarray(self._weights(states, times)),
            knots,
            np.asarray(self.sizes.magnitudes, float),
            (len(times) - 1) // (len(knots) - 1),
        )
        field = SumField((self.lift, steps)) if self.raised else steps
        return Answer(
            field, self._judged(found.result, knots[[0, len(knots) // 2, -1]]), Certificate()
        )

    def _judged(self, result: Result, times: np.ndarray) -> Result:
        """Return the result, unless more is given to flow in than out: no solution fits that."""
        for item in self.system.constraints:
            rows = self.system.components == item.unknown
            for time in times:
                load = self.system.load(time)[rows]
                share = abs(load.sum()) / max(np.abs(load).sum(), np.finfo(float).tiny)
                if share > UNBALANCED:
                    self.task.monitor.record.notes.append(
                        f"{item.name}: the values on the boundary leave {share:.1%} of what flows"
                        f" in nowhere to go at {time:g}; no solution fits them"
                    )
                    return Result.STAGNATED if result.ok else result
        return result

    # Features

    def _features(self) -> FeatureField:
        problem, frame = self.problem, frame_of(self.problem, self.sizes)
        recipe = self.options.field
        if recipe is None and weak_form(problem).multipliers:
            recipe = GradedGaussians()
        elif recipe is None:
            recipe = RandomTanh(1000) if len(problem.space) > 2 else Gaussians(900)
        return recipe.build(frame if problem.time is None else frame.space, self.task.key)

    def _system(self) -> System:
        """Return the equations of elements of the highest order there is, off from the lift."""
        problem, shape = self.problem, self.problem.shape
        assert shape is not None
        longest = float(np.ptp(shape.bounds, axis=1).max())
        mesh = mesh_of(shape, self.options.size or longest / CELLS[shape.dimension])
        offset = self.lift if self.raised else None
        form, monitor = weak_form(problem), self.task.monitor
        return Levels(problem, form, None, None, False, monitor, offset=offset).system(mesh)

    def _projection(self) -> tuple[list[np.ndarray], Projection]:
        """Return what makes features nearly orthonormal, by unknown, and the functions made."""
        system = self.system
        mixing: list[np.ndarray] = []
        bases: list[np.ndarray] = []
        alike: dict[Any, int] = {}
        for j in range(len(system.form.unknowns)):
            owner = self._owner(j)
            own = system.free[system.components[system.free] == j]
            places, weights = system.space.places(j)[own - system.space.offsets[j]], system.mean(j)
            weights, size = np.abs(weights[own]), float(self.sizes.magnitudes[owner])
            # Unknowns at the same places with the same conditions share their functions.
            sign = (self.hard.distance[owner], places.tobytes(), weights.tobytes())
            if sign in alike:
                first = alike[sign]
                before = float(self.sizes.magnitudes[self._owner(first)])
                mixing.append(mixing[first] * (before / size))
                bases.append(bases[first])
                continue
            alike[sign] = j
            values = self._at(places, owner)
            gram = values.T @ (weights[:, None] * values)
            # Features of size one: a distance makes those near a wall small, not useless.
            norms = np.sqrt(np.maximum(np.diag(gram), np.finfo(float).tiny))
            sizes, turned = np.linalg.eigh(gram / norms / norms[:, None])
            kept = sizes > DEPENDENT * sizes[-1]
            mixing.append(turned[:, kept] / np.sqrt(sizes[kept]) / norms[:, None])
            bases.append(values @ mixing[-1])
        return mixing, Projection(bases, len(system.constraints))

    def _stabilise(self) -> None:
        """Leave the pressures out that no velocity notices."""
        system, bases = self.system, list(self.projection.bases)
        stiffness = self.projection.matrix(system.stiffness[system.free][:, system.free])
        pressures = system.form.multipliers
        for j, kept in stable_pressures(self.projection, stiffness, pressures).items():
            bases[j], self.mixing[j] = bases[j] @ kept, self.mixing[j] @ kept
        self.projection = Projection(bases, self.projection.beyond)

    def _owner(self, j: int) -> int:
        """Return the unknown that an entry of the form is of, or whose rate it is."""
        m = len(self.problem.unknowns)
        return j if j < m else self.system.form.rates[j - m]

    def _at(self, places: np.ndarray, j: int) -> np.ndarray:
        """Return the features of an unknown at places (n, d_space): (n, features + 1)."""
        found = np.asarray(self.field.features(jnp.asarray(places), []).value)
        if self.problem.interval is not None:
            places = np.column_stack([np.full(len(places), self.problem.interval[0]), places])
        distance = np.asarray(self.distance.component(jnp.asarray(places), [], j).value)
        return np.asarray(found * distance * float(self.sizes.magnitudes[j]))

    def _projected(self, free: np.ndarray) -> np.ndarray:
        """Return the coefficients nearest to free numbers, in the mean square over the domain."""
        found, projection = [], self.projection
        for j, basis in enumerate(projection.bases):
            rows = slice(projection.rows[j], projection.rows[j + 1])
            own = self.system.free[rows]
            weights = np.abs(self.system.mean(j)[own])
            gram = basis.T @ (weights[:, None] * basis)
            found.append(np.linalg.solve(gram, basis.T @ (weights * free[rows])))
        return np.concatenate(found)

    def _sizes(self, begun: np.ndarray) -> np.ndarray:
        """Return the size of a coefficient of each unknown; nobody asks for the rates of waves."""
        m = len(self.problem.unknowns)
        assert self.problem.shape is not None
        measure, groups = float(self.problem.shape.measure()), self.projection.groups
        found = np.full(len(begun), UNCOUNTED)
        for j in range(m):
            own = groups == j
            norm = max(np.linalg.norm(begun[own]), 0.1 * self.sizes.magnitudes[j] * measure**0.5)
            found[own] = norm / np.sqrt(own.sum())
        return found

    def _weights(self, states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return the weights of the features of states (k, size): (m, k, features + 1)."""
        columns = self.projection.columns
        found = np.stack(
            [
                states[:, columns[j] : columns[j + 1]] @ self.mixing[j].T
                for j in range(len(self.problem.unknowns))
            ]
        )
        for item in self.system.constraints:
            # Velocities notice no constant of a pressure: it is put in afterwards.
            j, row = item.unknown, item.row if item.mean is None else item.mean
            free = self.system.free[self.projection.rows[j] : self.projection.rows[j + 1]]
            has = states[:, columns[j] : columns[j + 1]] @ (row[free] @ self.projection.bases[j])
            asked = np.array([item.asked(time, self.system.offset) for time in times])
            found[j, :, -1] += (asked - has) / (row[free].sum() * self.sizes.magnitudes[j])
        return found
