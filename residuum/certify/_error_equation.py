"""The error of any answer to a periodic problem, to first order, from the statement alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Certificate, OptionError, Source, in_double_precision
from residuum.certify._dual_norm import SHIFT, DualNorm
from residuum.certify._dual_system import DualSystem, Window
from residuum.discretise.spectral import (
    FourierAxis,
    Gap,
    GridField,
    Krylov,
    periodic_axes,
    refuse_periodic,
)
from residuum.discretise.spectral._space_time import STAGES
from residuum.problem import Problem, Solution

GAIN = 0.05
"""An estimate needs no more than its first digit."""
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
class ErrorEquation:
    """Solve for the error: F'(u) e = F(u) with the initial error as its start.

    The answer may come from any method: it is sampled on a grid in space and time that should be
    finer than what it resolves, its residual formed there and the linearised equation solved by
    Krylov's method. That is one step of Newton's method towards the solution on that grid, so that
    e is exact up to what the grid does not hold and to what is quadratic in the error.

    Args:
        modes: per axis, one number or one for each; a good start is 3/2 of what resolves the
            answer, which shows all aliases of quadratic terms.
        slabs: of time; ignored by steady problems.
        stages: nodes in a slab; a good start is two more than the answer was made with.
        shift: α of the dual norm.

    Breaks, in that it comes out too small, for what the grid cannot hold, and for errors so large
    that their square counts. First order in the error: after D. Estep, *A posteriori error bounds
    and global error control*, SIAM J. Numer. Anal. 32 (1995), with the error itself in place of a
    dual solution.
    """

    modes: int | tuple[int, ...]
    slabs: int = 16
    stages: int = STAGES + 2
    shift: float = SHIFT

    source: ClassVar[Source] = Source(
        "defect_correction",
        "The Defect Correction Principle and Discretization Methods",
        "H. J. Stetter",
        1978,
        "doi:10.1007/BF01432879",
        "verified",
    )

    def __post_init__(self) -> None:
        counts = self.modes if isinstance(self.modes, tuple) else (self.modes,)
        if min(counts) < 2 or self.slabs < 1 or self.stages < 2:
            got = f"{self.modes}, {self.slabs}, {self.stages}"
            raise OptionError("two modes, one slab and two stages or more", got, "Give more.")

    @in_double_precision
    def __call__(self, solution: Solution) -> Defect:
        """Return residual and error of an answer.

        Raises:
            OptionError: the problem is not periodic along every axis, or cannot be solved mode by
                mode.
        """
        problem = solution.problem
        reason = refuse_periodic(problem)
        if reason is not None:
            raise OptionError("a problem in Fourier modes", reason, "Compare two answers instead.")
        axes = periodic_axes(problem, self.modes)
        return (
            self._steady(solution, axes) if problem.time is None else self._evolve(solution, axes)
        )

    def certificate(self, found: Defect, *assumptions: str) -> Certificate:
        """Return what was found as an estimate in L²."""
        counts = self.modes if isinstance(self.modes, tuple) else (self.modes,)
        grid = "x".join(map(str, counts)) + " modes"
        return found.error.certificate(
            f"error equation on {grid}, its residual {found.residual:.1e} in H^-1",
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

    def _evolve(self, solution: Solution, axes: Sequence[FourierAxis]) -> Defect:
        problem = solution.problem
        system: DualSystem | None = None
        change: np.ndarray | None = None
        residual, first, evaluations = 0.0, 0.0, 0
        errors, sizes = np.zeros(len(problem.unknowns)), np.zeros(len(problem.unknowns))
        for window in windows(problem, axes, self.slabs, self.stages):
            if system is None:
                system = DualSystem(problem, axes, window, stages=self.stages, shift=self.shift)
            form = system.form
            values = sampled(solution, axes, form.times(window.begin))
            states, start = form.states(values)
            if change is None:
                change = start - form.modes.start()
                first = DualNorm(axes, order=0.0).of_modes(change)
            left, slope = system.linearised(states, start, window.begin)
            residual = math.hypot(residual, system.size(left))
            found, _ = system.solve(slope, left, first=change, gain=GAIN)
            corrected = form.values(states - found, start - change, window.begin)
            cell = math.prod(axis.high - axis.low for axis in axes) / form.modes.grid.size
            weight = (form.weights * cell).reshape(-1, *[1] * (values.ndim - 2))
            over = tuple(range(values.ndim - 1))
            errors += (weight * (corrected - values)[:, 1:] ** 2).sum(axis=over)
            sizes += (weight * values[:, 1:] ** 2).sum(axis=over)
            change = found[-1, -1]
            evaluations = system.evaluations
        return Defect(residual, first, _gap(errors, sizes), evaluations)


def windows(
    problem: Problem, axes: Sequence[FourierAxis], slabs: int, stages: int
) -> Iterator[Window]:
    """Yield equal windows of time, small enough for Krylov's method to keep several states.

    Their slabs are ``slabs`` together, or a few more where that number cannot be shared out.
    """
    assert problem.interval is not None
    low, high = problem.interval
    entries = len(problem.unknowns) * max(1, problem.traits.time_order)
    megabytes = 8e-6 * stages * math.prod(axis.count for axis in axes) * entries
    count = math.ceil(slabs / max(1, int(VECTOR_MB / megabytes)))
    each = math.ceil(slabs / count)
    duration = (high - low) / count
    for k in range(count):
        yield Window(low + k * duration, duration, each)


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
