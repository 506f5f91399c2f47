"""The verb of inverse problems: finish the numbers of an answer and say how well they are known."""

from __future__ import annotations

from residuum._core import (
    Budget,
    Key,
    Listener,
    Method,
    Monitor,
    OptionError,
    Record,
    Task,
    double_precision,
    peak_memory_mb,
)
from residuum._solve import limits_of, listening
from residuum.inverse._infer import Asked, field_of, infer
from residuum.problem import Solution


def intervals(
    solution: Solution,
    level: float = 0.9,
    *,
    method: Method | None = None,
    budget: Budget | float | None = None,
    key: Key = 7,
    progress: Listener | bool | None = None,
) -> Solution:
    """Finish the inferred numbers of a solution of any method, with intervals.

    The numbers that a network was trained to are only a start. Gauss–Newton on the likelihood of
    the readings, y = u(p) + noise, finishes them: u(p) is the solved equation, not a network that
    weighs the equation against the data, and its derivative by the numbers is that of the solve.
    Around the most likely numbers the posterior is taken as normal (Laplace).

    Args:
        solution: has a problem with observations and parameters with bounds. A parameter with
            bounds and a ``NormalDistribution`` has that as its prior.
        level: of the intervals.
        method: what solves the equation, such as ``rs.TimeIntegration()``; slopes are then central
            differences of its solves. By default polynomials at collocation points, raised until
            two degrees agree, which suits smooth solutions.
        budget: wall seconds, or a ``Budget``.
        key: source of randomness of the method.
        progress: as in ``solve``.

    Returns:
        A solution of the same problem: its field solves the equation at the most likely numbers,
        ``parameters`` are these, ``posterior`` holds covariance, noise and notes, ``intervals`` the
        intervals by name. The result is ``NOT_DETERMINED`` if the data leave a direction open or
        contradict the statement; the notes say which.

    Observations whose ``noise`` is zero have it estimated, and intervals are Student's.

    Raises:
        OptionError: no parameter to infer, or a level that is none.
        DataError: no observations.
        ProblemError: the statement alone does not fix its unknowns.
        SolveFailed: it could not be solved at any place tried.

    It breaks where the posterior is far from normal: few readings, much noise, a ridge along which
    numbers trade. ``residuum.inverse.sample`` shows it.

    Source: A. Stuart, Inverse problems: a Bayesian perspective, Acta Numerica 19 (2010).
    """
    if not 0 < level < 1:
        raise OptionError("a level between 0 and 1", str(level), "Write level=0.9.")
    problem, old = solution.problem, solution.record
    record = Record(
        method=f"{old.method}, then output least squares",
        seed=str(key),
        seconds={k: v for k, v in old.seconds.items() if k != "total"},
        notes=list(old.notes),
        history=dict(old.history),
    )
    with listening(progress) as listener, double_precision():
        monitor = Monitor(limits_of(budget), record, listener)
        guess = {k: v for k, v in solution.parameters.items() if k in _open(solution)}
        asked = Asked(level, method, field_of(solution), guess or None)
        answer = infer(problem, Task(None, key, monitor), asked)
    record.seconds["total"] = old.seconds.get("total", 0.0) + monitor.elapsed
    record.peak_memory_mb = peak_memory_mb()
    return Solution(
        problem,
        answer.field,
        answer.result,
        certificate=answer.certificate,
        record=record,
        parameters=answer.parameters,
        posterior=answer.posterior,
    )


def _open(solution: Solution) -> set[str]:
    return {str(p.name) for p in solution.problem.inferred}
