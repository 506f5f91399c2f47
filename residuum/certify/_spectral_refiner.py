"""Any answer to a periodic problem, refined by its residual in the dual norm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import (
    Budget,
    Certificate,
    Monitor,
    OptionError,
    Record,
    Result,
    Source,
    UnsuitableMethod,
    in_double_precision,
    one_blas_thread,
    peak_memory_mb,
)
from residuum.certify._descent import descend
from residuum.certify._dual_norm import SHIFT, DualNorm
from residuum.certify._dual_system import DualSystem
from residuum.certify._error_equation import (
    Defect,
    ErrorEquation,
    finer,
    knots_of,
    modes_of,
    sampled,
    time_tail,
    windows,
)
from residuum.discretise.spectral import (
    FourierAxis,
    GridField,
    Krylov,
    Modes,
    even_field,
    fix_means,
    periodic_axes,
    refuse_periodic,
    split,
    stage_field,
    tail,
)
from residuum.discretise.spectral._space_time import STAGES
from residuum.discretise.time import tableau
from residuum.problem import Problem, Solution

LEVELS = 8
ROUGH = 1e-2
"""Share of the last modes in the largest above which an answer is not resolved."""
TRIES = 3
"""How often slabs are doubled where Newton's method stagnates."""


@final
@dataclass(frozen=True)
class SpectralRefiner:
    """Minimise the dual norm of the residual over corrections of an answer, instance by instance.

    The answer, of any method, is frozen; what is added to it is a sum of all Fourier modes of a
    grid times polynomials in slabs of time, without truncation. The residual is that of the
    statement, formed on the grid, and measured in L²(0, T; H⁻¹), where it is equivalent to the
    error. Time derivatives are exact and the initial value is built in, so that no micro-step of
    time is taken, as the paper does.

    The residual is nearly linear in the correction. Newton's method takes a few steps, each the
    minimiser of the linearised functional over a Krylov space with the exact inverse of the linear
    part on the right; ``rate`` asks for Adam on the coefficients instead, as published. The
    certificate is an estimate from the error equation on a finer grid (``ErrorEquation``).

    Args:
        modes: per axis; by default what the answer and the initial data ask for.
        slabs: of time, each with five nodes; good start: 16.
        steps: most of Newton's method (12 by default) or of Adam (100).
        rate: step size of Adam relative to the largest mode, or ``None`` for Newton's method.
        largest: most modes per axis; by default 512, 128 and 48 in one, two, three dimensions.
        shift: α of the dual norm.

    Breaks where the grid cannot hold the solution (jumps), and over times so long that errors grow
    to the size of the solution: Newton's method then stagnates, and its code says so. Give more
    slabs, or a better answer.
    """

    modes: int | None = None
    slabs: int = 16
    steps: int | None = None
    rate: float | None = None
    largest: int | None = None
    shift: float = SHIFT

    name: ClassVar[str] = "spectral_refiner"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "spectral-refiner",
            "Spectral-Refiner: Accurate Fine-Tuning of Spatiotemporal Fourier Neural Operator for "
            "Turbulent Flows",
            "S. Cao, F. Brarda, R. Li, Y. Xi",
            2024,
            "arXiv:2405.17211",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        for option, least in (("modes", 8), ("slabs", 1), ("steps", 1), ("largest", 8)):
            value = getattr(self, option)
            if value is not None and (not isinstance(value, int) or value < least):
                raise OptionError(f"{option} of {least} or more", repr(value), "Leave it out, say.")
        for option in ("rate", "shift"):
            value = getattr(self, option)
            if value is not None and not value > 0:
                raise OptionError(f"a {option} of more than zero", repr(value), "Leave it out.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the refiner, or ``None``."""
        return refuse_periodic(problem)

    @in_double_precision
    def refine(
        self, solution: Solution, *, tol: float | None = None, budget: float | None = None
    ) -> Solution:
        """Return the refined answer with its certificate.

        Args:
            solution: of any method; its problem is periodic along every axis.
            tol: relative L2 error asked for: modes and slabs are raised until the estimate is
                below it.
            budget: wall seconds; when spent, the best answer so far is returned.

        Raises:
            UnsuitableMethod: the problem is not periodic, or not solved mode by mode.
            OptionError: a tolerance outside (0, 1).
        """
        reason = self.refuse(solution.problem)
        if reason is not None:
            raise UnsuitableMethod("a problem that suits the refiner", reason, "Solve it anew.")
        if tol is not None and not 0 < tol < 1:
            raise OptionError("a tolerance between 0 and 1", str(tol), "It is relative, say 1e-4.")
        record = Record(method=f"{self} after {solution.record.method or 'a given answer'}")
        monitor = Monitor(Budget(math.inf if budget is None else budget), record)
        with one_blas_thread():
            return _Refinement(self, solution, monitor, tol).run()

    def first_modes(self, solution: Solution) -> int:
        """Return the modes per axis that resolve the answer and the initial data."""
        problem, most = solution.problem, self.most(len(solution.problem.space))
        if self.modes is not None:
            return self.modes
        count = modes_of(solution, most)
        while problem.time is not None and 2 * count <= min(most, 256):
            parts = split(problem)
            assert not isinstance(parts, str)  # refused before
            start = Modes(problem, parts, periodic_axes(problem, count))
            if tail(np.moveaxis(start.waves.nodal(start.start()), 0, -1)[None], start.axes) < ROUGH:
                break
            count *= 2
        return count

    def most(self, dimension: int) -> int:
        """Return the most modes per axis."""
        return self.largest or {1: 512, 2: 128}.get(dimension, 48)


@final
@dataclass
class _Level:
    """What one grid gave."""

    solution: Solution
    result: Result
    tails: tuple[float, float]
    defect: Defect


@final
@dataclass
class _Refinement:
    """One refinement: the levels so far."""

    options: SpectralRefiner
    given: Solution
    monitor: Monitor
    tol: float | None
    sizes: list[float] = field(default_factory=list)

    @property
    def problem(self) -> Problem:
        return self.given.problem

    def run(self) -> Solution:
        """Refine on one grid, or on finer ones until the estimate is below the tolerance."""
        modes, slabs = self.options.first_modes(self.given), self.options.slabs
        current, tries = self._finite(self.given), 0
        for _ in range(LEVELS):
            found = self._level(current, modes, slabs)
            self.monitor.record.evaluations |= {"modes": modes, "slabs": slabs}
            stuck = found.result is Result.STAGNATED and self.problem.time is not None
            if stuck and tries < TRIES and not self.monitor.spent:
                # Shorter slabs: the answer given is started from again.
                tries, slabs = tries + 1, 2 * slabs
                continue
            current = found.solution
            verified = self.tol is None or current.certificate.verifies(self.tol)
            if verified or self.monitor.spent or stuck:
                break
            modes, slabs, grown = self._grow(found, modes, slabs)
            if not grown:
                break
        return self._finish(found)

    def _level(self, current: Solution, modes: int, slabs: int) -> _Level:
        axes, record = periodic_axes(self.problem, modes), self.monitor.record
        equation = ErrorEquation(finer(modes), slabs, shift=self.options.shift)
        with self.monitor.phase("solve"):
            if self.problem.time is None:
                made, result, tails = self._steady(current, axes)
            else:
                made, result, tails = self._evolve(current, axes, slabs)
        answer = Solution(self.problem, made, result, record=record)
        with self.monitor.phase("certify"):
            defect = equation.measure(answer)
        counts = record.evaluations
        counts["certify"] = counts.get("certify", 0) + defect.evaluations
        answer.certificate = Certificate(assumptions=(f"{result.value}",))
        if result.ok or result is Result.OUT_OF_BUDGET:
            cut = f"the last modes are {tails[0]:.0e} of the largest"
            answer.certificate = equation.certificate(defect, answer, cut)
        record.history.setdefault("residual", []).append(defect.residual)
        return _Level(answer, result, tails, defect)

    def _grow(self, found: _Level, modes: int, slabs: int) -> tuple[int, int, bool]:
        """Return the next grid: what is cut off most coarsely is refined, if not both."""
        space, time = found.tails
        most = self.options.most(len(self.problem.space))
        more_slabs = self.problem.time is not None and time >= 0.1 * space
        more_modes = space >= 0.1 * time
        next_modes = min(2 * modes, most) if more_modes else modes
        next_slabs = 2 * slabs if more_slabs else slabs
        return next_modes, next_slabs, (next_modes, next_slabs) != (modes, slabs)

    def _finish(self, found: _Level) -> Solution:
        record, answer = self.monitor.record, found.solution
        record.peak_memory_mb = peak_memory_mb()
        record.seconds["total"] = self.monitor.elapsed
        record.history["dual_norm"] = self.sizes
        if self.sizes and self.sizes[-1] > 0:
            record.notes.append(
                f"the residual on the grid fell from {self.sizes[0]:.2e} to {self.sizes[-1]:.2e} "
                f"in H^-1; between its nodes and beyond its modes {found.defect.residual:.2e} is "
                "left"
            )
        if max(found.tails) > ROUGH:
            record.notes.append(
                f"not resolved: the last coefficients are {found.tails[0]:.0e} of the largest in "
                f"space and {found.tails[1]:.0e} in time; give a tolerance, or more modes or slabs"
            )
        if found.result.ok and self.tol is not None:
            met = answer.certificate.verifies(self.tol)
            known = answer.certificate.kind != "none"
            answer.result = (
                Result.TOLERANCE_REACHED
                if met
                else Result.TOLERANCE_NOT_REACHED
                if known
                else Result.TOLERANCE_NOT_VERIFIED
            )
        return answer

    def _finite(self, given: Solution) -> Solution:
        """Return the answer given, or the initial state held where it is not finite."""
        axes = periodic_axes(self.problem, 8)
        interval = self.problem.interval
        times = None if interval is None else np.linspace(*interval, 9)
        if np.isfinite(sampled(given, axes, times)).all():
            return given
        self.monitor.record.notes.append("the given answer was not finite; zero is refined instead")
        values = np.zeros((*(axis.count for axis in axes), len(self.problem.unknowns)))
        end = 0.0 if interval is None else interval[1]
        times = np.zeros(0) if interval is None else np.linspace(*interval, 9)
        if interval is not None:
            values = np.broadcast_to(values, (9, *values.shape))
        return Solution(self.problem, even_field(values, times, end, axes), Result.NOT_FINITE)

    # Steady

    def _steady(
        self, current: Solution, axes: Sequence[FourierAxis]
    ) -> tuple[GridField, Result, tuple[float, float]]:
        posed, norm = Krylov(self.problem, axes), DualNorm(axes, shift=self.options.shift)
        start = np.moveaxis(sampled(current, axes, None), -1, 0)
        self.sizes.append(norm(np.asarray(posed.residual(jnp.asarray(start)))))
        counts, result = self.monitor.record.evaluations, Result.SUCCESSFUL
        if self.options.rate is None:
            most = self.options.steps or 12

            def go_on(iteration: int, _: float) -> bool:
                return not self.monitor.spent and iteration < most

            state, result, count = posed.solve(start, go_on=go_on)
        else:
            across = tuple(range(1, 1 + len(axes)))
            count = self.options.steps or 100
            found = descend(
                lambda y, rows: rows * jnp.fft.rfftn(posed.residual(y), axes=across),
                start,
                jnp.asarray(norm.rows),
                rate=self.options.rate,
                steps=count,
            )
            state = found.state
        self.sizes.append(norm(np.asarray(posed.residual(jnp.asarray(state)))))
        counts["residual"] = counts.get("residual", 0) + count
        values = np.moveaxis(state, 0, -1)
        made = even_field(values, np.zeros(0), 0.0, axes)
        return made, result, (tail(values[None], axes), 0.0)

    # Evolving

    def _evolve(
        self, current: Solution, axes: Sequence[FourierAxis], slabs: int
    ) -> tuple[GridField, Result, tuple[float, float]]:
        system: DualSystem | None = None
        parts, worst = [], Result.SUCCESSFUL
        knots = knots_of(self.problem, axes, slabs)
        before, after, evaluations = 0.0, 0.0, 0
        start: np.ndarray = np.zeros(0)
        for window in windows(self.problem, axes, knots, STAGES):
            if system is None:
                system = DualSystem(
                    self.problem, axes, window, stages=STAGES, shift=self.options.shift
                )
                start = system.form.modes.start()
            system.place(window)
            values = sampled(current, axes, system.form.times)
            states, own = system.form.states(values)
            before = math.hypot(before, system.size(system.residual(states, own)))
            states, size, result = self._window(system, states, start)
            after = math.hypot(after, size)
            parts.append(_nodal(system, states, start))
            worst = result if worst.ok else worst
            start, evaluations = states[-1, -1], system.evaluations
        self.sizes += [before, after]
        counts = self.monitor.record.evaluations
        counts["residual"] = counts.get("residual", 0) + evaluations
        assert self.problem.interval is not None
        end = self.problem.interval[1]
        whole, places = np.concatenate(parts), np.concatenate([[0.0], tableau(STAGES).nodes])
        made = stage_field(whole, knots, places, end=end, axes=axes)
        self.monitor.record.unknowns = whole.size
        return made, worst, (tail(whole.reshape(-1, *whole.shape[2:]), axes), time_tail(whole))

    def _window(
        self, system: DualSystem, states: np.ndarray, start: np.ndarray
    ) -> tuple[np.ndarray, float, Result]:
        """Refine some slabs; return states, norm of the residual left, and how it ended."""
        if self.options.rate is None:
            return system.newton(
                states,
                start,
                steps=self.options.steps or 12,
                go_on=lambda: not self.monitor.spent,
            )
        times, form = system.form.times[:, 1:], system.form
        count = self.options.steps or 100
        found = descend(
            lambda y, data: data[0] * form.residual(y, data[1], data[2], data[3]),
            states,
            (jnp.asarray(system.scale), jnp.asarray(start), jnp.asarray(times), form.numbers),
            rate=self.options.rate,
            steps=count,
        )
        # A gradient costs about as much as three residuals.
        system.evaluations += 3 * count * form.slabs * form.stages
        size = float(np.nanmin(found.sizes))
        return found.state, size, Result.SUCCESSFUL


def _nodal(system: DualSystem, states: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return nodal values of all unknowns, means left open by the equations set as asked."""
    values = system.form.values(states, start)
    flat = fix_means(system.form.modes, values.reshape(-1, *values.shape[2:]))
    return flat.reshape(values.shape)
