"""Two methods: how far an answer is from that of an independent one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from residuum._core import Budget, Certificate, Method, Monitor, OptionError
from residuum._solve import solve
from residuum.certify._certifier import Certifier
from residuum.problem import Problem, Solution
from residuum.problem._places import interior_points
from residuum.problem._traits import inferred_functions

POINTS = 2**13
"""Quasi-random places where two answers are compared."""
SHARE = 0.3
"""Error of the rival over the gap from which on the rival has to do better."""
SHARPER = 0.1
"""Tolerance asked for next over the gap."""
TRIES = 3


@final
@dataclass(frozen=True)
class TwoMethods(Certifier):
    """The distance to an independent answer, plus what is known of the error of that one.

    By the triangle inequality |u - v| ≤ |w - v| + |u - w| for the answer v, the rival's w and the
    solution u. The rival is asked again, to a finer tolerance, until its own error is small beside
    the distance. It works where there is no weak form: orders above two, conservation laws,
    ordinary and algebraic equations.

    Args:
        rival: a classical method, other than the one that gave the answer.
        tol: tolerance of its first solve; its own default if left out.

    It breaks where both methods find another solution than the one meant, and it is no better than
    the rival's own certificate: without one nothing is said.
    """

    rival: Method | None = None
    tol: float | None = None

    name: ClassVar[str] = "two methods"
    kind: ClassVar[str] = "estimate"
    norms: ClassVar[tuple[str, ...]] = ("L2",)

    def __post_init__(self) -> None:
        if self.rival is not None and not isinstance(self.rival, Method):
            raise OptionError("a method such as rs.Spectral()", repr(self.rival), "Give one.")
        if self.tol is not None and not 0 < self.tol < 1:
            raise OptionError("a tolerance between 0 and 1", str(self.tol), "Leave it out.")

    def refuse(self, solution: Solution, norm: str) -> str | None:
        """Return why nothing can be said; see ``Certifier.refuse``."""
        problem = solution.problem
        if self.rival is None:
            return "no rival method was given"
        functions = [*inferred_functions(problem), *problem.closures]
        if problem.inferred or functions:
            found = ", ".join([*(p.name for p in problem.inferred), *map(str, functions)])
            return (
                f"{found} was inferred from observations: a classical method that is given it"
                " would repeat its error"
            )
        own = solution.record.method.partition("(")[0]
        if own == type(self.rival).__name__:
            return f"the answer comes from {own} itself, which is no second opinion"
        return self.rival.refuse(problem)

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """Return the certificate; see ``Certifier.certify``."""
        tol, why = self.tol, "the budget was spent before the rival could start"
        best: tuple[float, float, Solution] | None = None
        for _ in range(TRIES):
            if monitor.spent:
                break
            other = self._asked(solution.problem, tol, monitor)
            if other.certificate.kind == "none" or other.certificate.norm != "L2":
                why = f"the rival's own error is not known: {other.certificate}"
                break
            gap, relative = distance(solution, other)
            if not math.isfinite(gap + relative + other.certificate.relative):
                why = "the two answers cannot be compared: values or errors are not finite"
                break
            if best is None or other.certificate.relative < best[2].certificate.relative:
                best = gap, relative, other
            if other.certificate.relative <= SHARE * relative or relative == 0:
                break
            tol = max(SHARPER * relative, 1e-12)
        if best is None:
            return Certificate(norm=norm, assumptions=(why,), by=self.name)
        return self._certificate(norm, *best)

    def _asked(self, problem: Problem, tol: float | None, monitor: Monitor) -> Solution:
        seconds = monitor.remaining
        budget = Budget(seconds, monitor.budget.memory_mb) if seconds > 0 else Budget(1e-9)
        return solve(problem, self.rival, tol=tol, budget=budget, progress=False)

    def compare(self, solution: Solution, other: Solution) -> Certificate:
        """Return what an answer of the rival that is at hand says of a solution."""
        gap, relative = distance(solution, other)
        if other.certificate.kind == "none" or not math.isfinite(gap + relative):
            return Certificate(assumptions=("the two answers cannot be compared",), by=self.name)
        return self._certificate("L2", gap, relative, other)

    def _certificate(self, norm: str, gap: float, relative: float, other: Solution) -> Certificate:
        known = other.certificate
        texts = (
            f"distance to {other.record.method}, plus its own {known.relative:.1e} ({known.kind})",
            "both find the same solution, and make independent errors",
            *known.assumptions,
        )
        return Certificate(
            self.kind, gap + known.value, relative + known.relative, norm, texts, by=self.name
        )


def distance(solution: Solution, other: Solution) -> tuple[float, float]:
    """Return how far two answers are apart in L2 over space and time: absolute and relative.

    All unknowns together; and of the worst unknown, divided by the norm of the other answer. Any
    two fields will do: they are read at quasi-random points, which crowd towards the start, where
    layers of the initial data are; weights make up for it.
    """
    problem = solution.problem
    points = interior_points(problem, POINTS, 59)
    weights, volume = np.ones((len(points), 1)), 1.0
    if problem.interval is not None:
        k = [c.name for c in problem.coordinates].index(str(problem.time))
        low, high = problem.interval
        share = (points[:, k] - low) / (high - low)
        points[:, k] = low + (high - low) * share**2
        weights, volume = 2 * share[:, None], high - low
    if problem.shape is not None:
        volume *= problem.shape.measure()
    mine, its = solution.at(points), other.at(points)
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.sqrt((weights * (mine - its) ** 2).mean(axis=0))
        size = np.sqrt((weights * its**2).mean(axis=0))
    least = 1e-10 * float(size.max(initial=0.0)) + 1e-300
    relative = float((gap / np.maximum(size, least)).max(initial=0.0))
    return math.sqrt(float((gap**2).sum()) * volume), relative
