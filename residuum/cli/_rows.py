"""The rows of a comparison: running every method, and what the rows are measured by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from residuum.cli import _console
from residuum.cli._exit_codes import ExitCode
from residuum.cli._options import Limits
from residuum.cli._problems import Difference, Posed, difference

if TYPE_CHECKING:
    import numpy as np

    from residuum._core import Method
    from residuum.problem import Problem, Solution

REFERENCE = "the reference"
TOLERANCE = 1e-4
"""The relative error that counts as met where none is asked for."""
PARTS = ("compile", "train")


@dataclass
class Row:
    """One method in the table, whatever became of it.

    Args:
        name: the method.
        status: the result code, ``refused``, ``failed`` or ``not run``.
        family: ``"classical"``, ``"floor"`` (nothing trained) or ``"learned"``.
        reason: why there is no solution.
        solution: the answer.
        error: difference from what the rows are compared with.
        ratio: total time over that of the best classical row.
    """

    name: str
    status: str
    family: str
    reason: str = ""
    solution: Solution | None = None
    error: Difference | None = None
    ratio: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the method met what was asked."""
        return self.solution is not None and self.solution.result.ok

    @property
    def classical(self) -> bool:
        """Whether the method is one the others have to beat."""
        return self.family == "classical"

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time in compiling, training, solving and all; nothing without a solution.

        Solving is whatever is neither of the first two: meshes, solves, comparing levels.
        """
        if self.solution is None:
            return {}
        found = self.solution.record.seconds
        parts = {name: found.get(name, 0.0) for name in PARTS}
        total = found.get("total", sum(found.values()))
        return {**parts, "solve": max(total - sum(parts.values()), 0.0), "total": total}


@dataclass(frozen=True)
class Verdict:
    """What the rows are measured by.

    Args:
        against: what the errors are differences from, in words; empty if there is nothing.
        best: the best classical row, and ``None`` if no classical method gave an answer.
        why: why it is the best.
    """

    against: str = ""
    best: Row | None = None
    why: str = ""


def run_all(posed: Posed, chosen: list[Method], limits: Limits, *, quiet: bool) -> list[Row]:
    """Run every method in turn; after Ctrl-C the rest is left out."""
    _warm_up(posed.problem)
    rows: list[Row] = []
    stopped = False
    for method in chosen:
        if stopped:
            row = Row(method.name, "not run", method.family, "interrupted before its turn")
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

    row = Row(method.name, "refused", method.family)
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
            start=posed.start(method),
            refine=False,  # a row is what its method gives, certified as it is
        )
        row.status = row.solution.result.code
    except KeyboardInterrupt:
        row.status, row.reason = "interrupted", "interrupted before a first answer"
    except Exception as error:  # a method that fails keeps its row, and the others their turn
        row.status, row.reason = "failed", f"{type(error).__name__}: {error}"
    return row


def judge(posed: Posed, rows: list[Row], points: np.ndarray, tol: float | None = None) -> Verdict:
    """Fill in differences and time ratios; return what they are measured by."""
    done = [row for row in rows if row.solution is not None]
    classical = [row for row in done if row.classical]
    against = _against_reference(posed, done, points)
    if not classical:
        return Verdict(against)
    best, why = _best(posed, classical, tol)
    for row in done:
        row.ratio = row.seconds["total"] / max(best.seconds["total"], 1e-9)
    return Verdict(against or _against_row(classical, done, points), best, why)


def _best(posed: Posed, classical: list[Row], tol: float | None) -> tuple[Row, str]:
    """Return the fastest classical row that is accurate enough, else the most accurate one."""
    floor = 0.0 if posed.case is None else posed.case.floor
    wanted = max(TOLERANCE if tol is None else tol, floor)
    near = [row for row in classical if _known_error(row) <= wanted]
    measure = "error" if classical[0].error is not None else "certificate"
    if near:
        fastest = min(near, key=lambda row: row.seconds["total"])
        return fastest, f"the fastest with {measure} <= {wanted:.0e}"
    closest = min(classical, key=lambda row: (_known_error(row), not row.ok))
    return closest, f"the smallest {measure}, as none has <= {wanted:.0e}"


def _known_error(row: Row) -> float:
    """Return the error against the reference, or without one what the certificate speaks of."""
    return _certified(row) if row.error is None else row.error.total


def _against_row(classical: list[Row], done: list[Row], points: np.ndarray) -> str:
    """Fill in the differences from the classical row that is most accurate by certificate."""
    best = min(classical, key=lambda row: (_certified(row), not row.ok))
    assert best.solution is not None
    for row in done:
        if row is not best and row.solution is not None:
            row.error = difference(row.solution, best.solution.at, points)
    return f"the most accurate classical row, {best.name}"


def _against_reference(posed: Posed, done: list[Row], points: np.ndarray) -> str:
    from residuum._core import ResiduumError  # imports JAX

    if posed.case is None or posed.case.reference is None:
        return ""
    found: list[Difference] = []
    try:
        for row in done:
            assert row.solution is not None
            found.append(difference(row.solution, posed.case.reference, points))
    except (ResiduumError, OSError) as error:
        _console.warn(f"warning: no reference: {error}")
        return ""
    for row, gap in zip(done, found, strict=True):
        row.error = gap
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
