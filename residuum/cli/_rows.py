"""The rows of a comparison: running every method, and what the rows are measured by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from residuum.cli import _console
from residuum.cli._exit_codes import ExitCode
from residuum.cli._methods import is_classical
from residuum.cli._options import Limits
from residuum.cli._problems import Difference, Posed, difference

if TYPE_CHECKING:
    import numpy as np

    from residuum._core import Method
    from residuum.problem import Problem, Solution

REFERENCE = "the reference"


@dataclass
class Row:
    """One method in the table, whatever became of it.

    Args:
        name: the method.
        status: the result code, ``refused``, ``failed`` or ``not run``.
        classical: whether the method is a classical one.
        reason: why there is no solution.
        solution: the answer.
        error: difference from what the rows are compared with.
        ratio: total time over that of the fastest classical row.
    """

    name: str
    status: str
    classical: bool
    reason: str = ""
    solution: Solution | None = None
    error: Difference | None = None
    ratio: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the method met what was asked."""
        return self.solution is not None and self.solution.result.ok

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time by phase; nothing without a solution."""
        return {} if self.solution is None else self.solution.record.seconds


def run_all(posed: Posed, chosen: list[Method], limits: Limits, *, quiet: bool) -> list[Row]:
    """Run every method in turn; after Ctrl-C the rest is left out."""
    _warm_up(posed.problem)
    rows: list[Row] = []
    stopped = False
    for method in chosen:
        if stopped:
            row = Row(method.name, "not run", is_classical(method), "interrupted before its turn")
        else:
            row = _run(posed, method, limits, quiet=quiet)
        rows.append(row)
        stopped = stopped or row.status == "interrupted"
    return rows


def _warm_up(problem: Problem) -> None:
    """Do once what every solve of a problem needs: it would be counted to the first row alone.

    That is the start of JAX, the traits of the problem, and reading a solution at points.
    """
    from sympy import Integer  # 0.3 s

    from residuum._core import Result
    from residuum.problem import ExpressionField, Solution
    from residuum.problem._places import interior_points

    zero = ExpressionField((Integer(0),) * len(problem.unknowns), problem.coordinates)
    Solution(problem, zero, Result.SUCCESSFUL).at(interior_points(problem, 64, 31))
    _ = problem.traits


def _run(posed: Posed, method: Method, limits: Limits, *, quiet: bool) -> Row:
    from residuum._solve import solve  # imports JAX

    row = Row(method.name, "refused", is_classical(method))
    try:
        row.reason = method.refuse(posed.problem) or ""
        if row.reason:
            return row
        row.solution = solve(
            posed.problem,
            method,
            tol=limits.tol,
            budget=limits.budget,
            key=limits.seed,
            progress=False if quiet else None,
        )
        row.status = row.solution.result.code
    except KeyboardInterrupt:
        row.status, row.reason = "interrupted", "interrupted before a first answer"
    except Exception as error:  # a method that fails keeps its row, and the others their turn
        row.status, row.reason = "failed", f"{type(error).__name__}: {error}"
    return row


def judge(posed: Posed, rows: list[Row], points: np.ndarray) -> str:
    """Fill in differences and time ratios; return in words what the rows are compared with."""
    done = [row for row in rows if row.solution is not None]
    classical = [row for row in done if row.classical]
    classical = [row for row in classical if row.ok] or classical
    if classical:
        fastest = min(row.seconds["total"] for row in classical)
        for row in done:
            row.ratio = row.seconds["total"] / max(fastest, 1e-9)
    against = _against_reference(posed, done, points)
    if against or not classical:
        return against
    best = min(classical, key=_certified)
    assert best.solution is not None
    for row in done:
        if row is not best and row.solution is not None:
            row.error = difference(row.solution, best.solution.at, points)
    return f"the best classical row, {best.name}"


def _against_reference(posed: Posed, done: list[Row], points: np.ndarray) -> str:
    from residuum._core import ResiduumError  # imports JAX

    if posed.case is None:
        return ""
    try:
        for row in done:
            if row.solution is not None:
                row.error = difference(row.solution, posed.case.reference, points)
    except (ResiduumError, OSError) as error:
        _console.warn(f"warning: no reference: {error}")
        return ""
    return REFERENCE


def _certified(row: Row) -> float:
    """Return the relative error a row's certificate speaks of; infinite without one."""
    if row.solution is None or row.solution.certificate.kind == "none":
        return float("inf")
    return row.solution.certificate.relative


def rows_code(rows: list[Row]) -> ExitCode:
    """A losing row is no failure: the comparison failed only if no row met what was asked."""
    if any(row.status == "interrupted" for row in rows):
        return ExitCode.INTERRUPTED
    if any(row.ok for row in rows):
        return ExitCode.OK
    return ExitCode.USAGE if all(row.status == "refused" for row in rows) else ExitCode.NOT_OK
