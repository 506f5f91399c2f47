"""The error of any answer to a periodic problem, to first order, from the statement alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple, final

import jax.numpy as jnp
import numpy as np

from residuum._core import (
    Certificate,
    Monitor,
    OptionError,
    Source,
    in_double_precision,
    one_blas_thread,
)
from residuum.certify._certifier import Certifier
from residuum.certify._defect_correction import STETTER
from residuum.certify._dual_norm import SHIFT, DualNorm
from residuum.certify._dual_system import DualSystem
from residuum.discretise.spectral import (
    FourierAxis,
    Gap,
    GridField,
    Krylov,
    Modes,
    periodic_axes,
    refuse_periodic,
    split,
    tail,
)
from residuum.discretise.spectral._space_time import STAGES
from residuum.discretise.time import tableau
from residuum.problem import Problem, Solution

GAIN = 0.05
"""An estimate needs no more than its first digit."""
RESOLVED = 1e-6
"""Share of the last coefficients in the largest below which a grid resolves an answer."""
VECTOR_MB = 8.0
"""Most that one state of a window may take; Krylov's method keeps some ten of them."""


class Defect(NamedTuple):
    """What an answer leaves of its equations.

    Args:
        residual: in the norm of L²(0, T; H⁻¹), or H⁻¹ for a steady problem.
        start: L² norm of the error of the initial state; zero for a steady problem.
        error: the error in L² over space and time, to first order.
        evaluations: instants at which the nonlinear part was evaluated.
    """

    residual: float
    start: float
    error: Gap
    evaluations: int


@final
@dataclass(frozen=True)
class ErrorEquation(Certifier):
    """Solve for the error: F'(u) e = F(u) with the initial error as its start.

    The answer may come from any method: it is sampled on a grid in space and time that should be
    finer than what it resolves, its residual formed there and the linearised equation solved by
    Krylov's method. That is one step of Newton's method towards the solution on that grid, so that
    e is exact up to what the grid does not hold and to what is quadratic in the error. Problems
    are periodic along every axis, steady or evolving.

    Args:
        modes: per axis; by default 3/2 of what resolves the answer, which shows all aliases of
            quadratic terms.
        slabs: of time, each with ``stages`` nodes; by default what resolves the answer. Ignored
            by steady problems.
        stages: nodes in a slab; a good start is two more than the answer was made with.
        shift: α of the dual norm, see ``DualNorm``.

    Breaks, in that it comes out too small, for what the grid cannot hold, and for errors so large
    that their square counts.
    """

    modes: int | None = None
    slabs: int | None = None
    stages: int = STAGES + 2
    shift: float = SHIFT

    name: ClassVar[str] = "error equation"
    kind: ClassVar[str] = "estimate"
    sources: ClassVar[tuple[Source, ...]] = (STETTER,)

    def __post_init__(self) -> None:
        for option, least in (("modes", 8), ("slabs", 1), ("stages", 2)):
            value = getattr(self, option)
            if value is not None and (not isinstance(value, int) or value < least):
                raise OptionError(f"{option} of {least} or more", repr(value), "Leave it out, say.")

    def refuse(self, solution: Solution, norm: str) -> str | None:
        """See ``Certifier.refuse``."""
        return refuse_periodic(solution.problem)

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """See ``Certifier.certify``."""
        modes = self.modes or finer(modes_of(solution))
        slabs = None if solution.problem.time is None else self.slabs or slabs_of(solution)
        chosen = replace(self, modes=modes, slabs=slabs)
        with monitor.phase("certify"):
            found = chosen.measure(solution)
        return chosen.certificate(found, solution)

    @in_double_precision
    def measure(self, solution: Solution) -> Defect:
        """Return residual and error of an answer.

        Raises:
            OptionError: the problem is not periodic along every axis, or cannot be solved mode by
                mode.
        """
        problem = solution.problem
        reason = refuse_periodic(problem)
        if reason is not None:
            raise OptionError("a problem in Fourier modes", reason, "Compare two answers instead.")
        axes = periodic_axes(problem, self.modes or finer(modes_of(solution)))
        with one_blas_thread():
            if problem.time is None:
                return self._steady(solution, axes)
            return self._evolve(solution, axes, self.slabs or slabs_of(solution))

    def certificate(self, found: Defect, solution: Solution, *assumptions: str) -> Certificate:
        """Return what was found as an estimate in L2."""
        grid = "x".join([str(self.modes or "chosen")] * len(solution.problem.space)) + " modes"
        slabs = "" if solution.problem.time is None else f" and {self.slabs or 'chosen'} slabs"
        return found.error.certificate(
            f"error equation on {grid}{slabs}, the residual {found.residual:.1e} in H^-1",
            *assumptions,
            "errors so small that their squares do not count",
        )

    def _steady(self, solution: Solution, axes: Sequence[FourierAxis]) -> Defect:
        posed = Krylov(solution.problem, axes)
        state = np.moveaxis(sampled(solution, axes, None), -1, 0)
        norm = DualNorm(axes, shift=self.shift)
        step, count, _ = posed.correction(state)
        residual = norm(np.asarray(posed.residual(jnp.asarray(state))))
        cell = math.prod(axis.high - axis.low for axis in axes) / posed.waves.grid.size
        over = tuple(range(1, step.ndim))
        error = _gap((step**2).sum(axis=over) * cell, (state**2).sum(axis=over) * cell)
        return Defect(residual, 0.0, error, count + 2)

    def _evolve(self, solution: Solution, axes: Sequence[FourierAxis], slabs: int) -> Defect:
        problem = solution.problem
        system: DualSystem | None = None
        change: np.ndarray | None = None
        residual, first, evaluations = 0.0, 0.0, 0
        errors, sizes = np.zeros(len(problem.unknowns)), np.zeros(len(problem.unknowns))
        for knots in windows(problem, axes, knots_of(problem, axes, slabs), self.stages):
            if system is None:
                system = DualSystem(problem, axes, knots, stages=self.stages, shift=self.shift)
            system.place(knots)
            form = system.form
            values = sampled(solution, axes, form.times)
            states, start = form.states(values)
            if change is None:
                change = start - form.modes.start()
                first = DualNorm(axes, order=0.0).of_modes(change)
            left, slope = system.linearised(states, start)
            residual = math.hypot(residual, system.size(left))
            found, _ = system.solve(slope, left, first=change, gain=GAIN)
            corrected = form.values(states - found, start - change)
            cell = math.prod(axis.high - axis.low for axis in axes) / form.modes.grid.size
            weight = (form.weights * cell).reshape(*form.weights.shape, *[1] * (values.ndim - 2))
            over = tuple(range(values.ndim - 1))
            errors += (weight * (corrected - values)[:, 1:] ** 2).sum(axis=over)
            sizes += (weight * values[:, 1:] ** 2).sum(axis=over)
            change = found[-1, -1]
            evaluations = system.evaluations
        return Defect(residual, first, _gap(errors, sizes), evaluations)


def modes_of(solution: Solution, most: int | None = None) -> int:
    """Return the modes per axis that resolve an answer at its start, middle and end, or the most.

    By default at most 256, 64 and 32 in one, two and three dimensions.
    """
    count, limit = {1: (64, 256), 2: (32, 64)}.get(len(solution.problem.space), (16, 32))
    interval, limit = solution.problem.interval, min(limit, most or limit)
    times = None if interval is None else np.linspace(*interval, 3)
    while count < limit:
        axes = periodic_axes(solution.problem, count)
        values = sampled(solution, axes, times)
        if tail(values[None] if times is None else values, axes) < RESOLVED:
            break
        count *= 2
    return min(count, limit)


def slabs_of(solution: Solution, least: int = 16, most: int = 128) -> int:
    """Return the slabs of ``STAGES`` nodes that resolve an answer in time, or the most."""
    interval = solution.problem.interval
    assert interval is not None
    axes, count = periodic_axes(solution.problem, 8), least
    places = np.concatenate([[0.0], tableau(STAGES).nodes])
    while count < most:
        length = (interval[1] - interval[0]) / count
        times = interval[0] + length * (np.arange(count)[:, None] + places)
        if time_tail(sampled(solution, axes, times)) < RESOLVED:
            break
        count *= 2
    return count


def time_tail(values: np.ndarray) -> float:
    """Return the largest last coefficient of polynomials in slabs, relative to the largest value.

    Values are (slabs, 1 + STAGES, …), at the start and the nodes of each slab.
    """
    last = np.tensordot(tableau(STAGES).series[-1], values, axes=(0, 1))
    return float(np.abs(last).max() / max(float(np.abs(values).max()), 1e-300))


def finer(modes: int) -> int:
    """Return an even number of modes that shows all aliases of quadratic terms."""
    return 2 * math.ceil(3 * modes / 4)


def knots_of(problem: Problem, axes: Sequence[FourierAxis], slabs: int) -> np.ndarray:
    """Return the ends of the slabs: even, or crowded to the start where the data ask for it.

    They do if the linear part alone leaves an initial layer that even slabs cannot hold.
    """
    interval, parts = problem.interval, split(problem)
    assert interval is not None and not isinstance(parts, str)
    modes = Modes(problem, parts, axes)
    share, low = np.arange(slabs + 1) / slabs, interval[0]
    even, crowded = (low + (interval[1] - low) * share**power for power in (1, 2))
    start = modes.start()
    if modes.symbol.ndim != start.ndim:
        return even
    # Modes that grow say nothing of a layer.
    symbol = np.minimum(np.real(modes.symbol), 0.0)
    places = np.concatenate([[0.0], tableau(STAGES).nodes])

    def cut(knots: np.ndarray) -> float:
        # Later slabs hold less: the first few tell.
        lengths = np.diff(knots)[:4, None]
        times = knots[: len(lengths), None] - low + lengths * places
        return time_tail(start * np.exp(times.reshape(*times.shape, *[1] * start.ndim) * symbol))

    rough = cut(even)
    return crowded if rough > RESOLVED and cut(crowded) < 0.1 * rough else even


def windows(
    problem: Problem, axes: Sequence[FourierAxis], knots: np.ndarray, stages: int
) -> Iterator[np.ndarray]:
    """Yield the knots of windows of equally many slabs, whose states take little memory."""
    entries = sum(c.kind in ("initial", "initial_rate") for c in problem.conditions)
    megabytes = 8e-6 * stages * math.prod(axis.count for axis in axes) * max(entries, 1)
    slabs = len(knots) - 1
    most = max(1, int(VECTOR_MB / megabytes))
    each = max(k for k in range(1, slabs + 1) if slabs % k == 0 and k <= most)
    for first in range(0, slabs, each):
        yield knots[first : first + each + 1]


def sampled(
    solution: Solution, axes: Sequence[FourierAxis], times: np.ndarray | None
) -> np.ndarray:
    """Return the values of an answer on a grid: (*times, *grid, m), without times if steady."""
    places = [axis.nodes for axis in axes]
    shape = tuple(axis.count for axis in axes)
    if isinstance(solution.field, GridField):
        flat = np.zeros(0) if times is None else times.ravel()
        found = solution.field.tensor(flat, places)
    else:
        lines = places if times is None else [times.ravel(), *places]
        points = np.stack([c.ravel() for c in np.meshgrid(*lines, indexing="ij")], axis=1)
        found = solution.at(points)
    ahead = () if times is None else times.shape
    return found.reshape(*ahead, *shape, len(solution.problem.unknowns))


def _gap(errors: np.ndarray, sizes: np.ndarray) -> Gap:
    """Return the distance from squares of the norms of error and answer, by unknown."""
    error, size = np.sqrt(errors), np.sqrt(sizes)
    ratio = error / np.maximum(size, 1e-10 * size.max(initial=0.0) + 1e-300)
    return Gap(float(np.linalg.norm(error)), float(ratio.max(initial=0.0)))
