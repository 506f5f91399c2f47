"""The one verb: problem to solution."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from residuum._core import (
    Answer,
    Budget,
    Certificate,
    Checkpoint,
    Key,
    Listener,
    Method,
    Monitor,
    OptionError,
    Record,
    Result,
    Task,
    UnsuitableMethod,
    double_precision,
    generator,
    peak_memory_mb,
)
from residuum.problem import (
    ExpressionField,
    Problem,
    Solution,
    WellPosednessWarning,
    hard_conditions,
)
from residuum.problem._places import interior_points


def solve(
    problem: Problem,
    method: Method | None = None,
    *,
    tol: float | None = None,
    budget: Budget | float | None = None,
    key: Key = 7,
    progress: Listener | bool | None = None,
    start: Solution | Checkpoint | None = None,
    refine: bool | None = True,
) -> Solution:
    """Solve a problem, and say how wrong the answer may be.

    Args:
        problem: the statement.
        method: a method such as ``rs.PINN()``; chosen from the problem's traits if left out.
        tol: relative L2 error asked for. ``Result.TOLERANCE_REACHED`` is returned only if the
            certificate says so. A learned answer that is not good enough is refined: its error is
            solved for and added, or a classical method takes over; the notes of the record say
            what the guess saved.
        budget: wall seconds, or a ``Budget``. When it is spent the best answer so far is returned;
            its certificate may take a quarter of that time more, and three seconds at least.
        key: whole number or JAX key from which all randomness comes.
        progress: function of (fraction, message), ``False`` for silence; by default a bar on a
            terminal.
        start: an earlier solution of the same unknowns, to train on from where it stopped; or a
            ``Checkpoint``, whose file the training is kept in and goes on from, bit for bit.
        refine: whether a learned answer may be refined to the tolerance; where not, it is certified
            as it is. ``None``: nothing is asked beyond what the method itself knows.

    Raises:
        UnsuitableMethod: the method lacks what the problem needs; the message names others.
        OptionError: an argument is out of range.

    Numerical failure raises nothing: see ``Solution.result`` and ``Solution.check``.
    """
    _check_arguments(problem, method, tol)
    generator(key)  # a wrong key is refused before anything is computed
    limits = limits_of(budget)
    chosen = _choose(problem) if method is None else _suitable(problem, method)
    record = Record(method=str(chosen), seed=str(key))
    if method is None:
        record.notes.append(f"method chosen: {explain(problem)}")
    with listening(progress) as listener:
        monitor = Monitor(limits, record, listener)
        with double_precision():
            guess = Monitor(_room(chosen, limits, tol, refine), record, listener)
            if isinstance(start, Checkpoint):
                start.open()
                guess.checkpoint, start = start, None
            task = Task(tol, key, guess, earlier(problem, start))
            answer = _run(problem, chosen, task)
            if guess.checkpoint is not None and not guess.checkpoint.used:
                record.notes.append("no checkpoint is kept: the method trains nothing step by step")
            result = judge(problem, answer, tol, record)
            if refine is not None and _unknown(chosen, answer, result):
                task.tol, task.monitor = tol if refine else None, monitor
                answer = _verified(problem, answer, task)
                result = judge(problem, answer, tol, record)
    record.seconds["total"] = monitor.elapsed
    record.peak_memory_mb = peak_memory_mb()
    return Solution(
        problem,
        answer.field,
        result,
        certificate=answer.certificate,
        record=record,
        parameters=answer.parameters,
        posterior=answer.posterior,
    )


def explain(problem: Problem) -> str:
    """Return in one line which method ``solve`` takes for a problem, and why."""
    _check_arguments(problem, None, None)
    return str(_chooser()(problem)[1])


def _chooser() -> Callable[[Problem], tuple[Method, str]]:
    # The one upward import: the default method is a choice among all methods.
    from residuum.methods import choose

    return choose


def _choose(problem: Problem) -> Method:
    return _chooser()(problem)[0]


def _check_arguments(problem: Any, method: Any, tol: float | None) -> None:
    if not isinstance(problem, Problem):
        raise OptionError("a Problem", type(problem).__name__, "Pose one with rs.Problem(…).")
    if method is not None and not isinstance(method, Method):
        raise OptionError(
            "a method object such as rs.PINN()",
            repr(method),
            "Names are read only by the command line.",
        )
    if problem.undrawn:
        names = ", ".join(p.name for p in problem.undrawn)
        raise OptionError(
            "a value for every parameter with a distribution",
            f"none for {names}",
            "Solve a member: problem.draw(key=7), or problem.replace(given={…}).",
        )
    if problem.inferred and not problem.observations:
        warnings.warn(
            f"{', '.join(p.name for p in problem.inferred)} cannot be told without observations",
            WellPosednessWarning,
            stacklevel=3,
        )
    if tol is not None and not (isinstance(tol, int | float | np.number) and 0 < tol < 1):
        raise OptionError(
            "a tolerance between 0 and 1", str(tol), "It is a relative error, such as 1e-4."
        )


def _suitable(problem: Problem, method: Method) -> Method:
    reason = method.refuse(problem)
    if reason is None:
        return method
    from residuum.methods import (
        fitting,
    )  # the same upward import, for the names of methods that fit

    others = ", ".join(item.name for item in fitting(problem)) or "none yet"
    raise UnsuitableMethod(
        f"a problem that suits {method.name}", reason, f"Methods that fit: {others}."
    )


def limits_of(budget: Budget | float | None) -> Budget:
    """Return what a solve may spend, from seconds or a ``Budget``."""
    if isinstance(budget, Budget):
        return budget
    return Budget(math.inf if budget is None else budget)


GUESS_SECONDS, GUESS_SHARE = 60.0, 0.6
"""Where a tolerance is asked, a learned guess gets at most these seconds and this share."""


def _room(method: Method, limits: Budget, tol: float | None, refine: bool | None) -> Budget:
    """Return what the method itself may spend: a guess leaves time for what verifies it."""
    if tol is None or not refine or method.family == "classical":
        return limits
    return Budget(min(GUESS_SECONDS, GUESS_SHARE * limits.seconds), limits.memory_mb)


def _unknown(method: Method, answer: Answer, result: Result) -> bool:
    """Whether the error of an answer is to be found out: the method could not say."""
    broken = result in (Result.NOT_FINITE, Result.OUT_OF_MEMORY, Result.INTERRUPTED)
    return method.family != "classical" and answer.certificate.kind == "none" and not broken


def _verified(problem: Problem, answer: Answer, task: Task) -> Answer:
    """Return the answer with a certificate; refined, if a tolerance is asked and that is allowed.

    What goes wrong here loses nothing: the answer is kept as the method gave it.
    """
    from residuum._verify import verified  # the verbs about errors stand on this one

    record, values = task.monitor.record, answer.parameters
    known = Solution(problem, answer.field, answer.result, record=record, parameters=values)
    try:
        return verified(known, task.tol, task.monitor, key=task.key, start=task.start)
    except KeyboardInterrupt:
        answer.certificate = Certificate(assumptions=("interrupted before it was certified",))
        return answer


def listening(progress: Listener | bool | None) -> Any:
    """Return a context that gives the listener to progress asked for."""
    from residuum._core._progress import Bar, Silent  # rich is imported only where a bar is shown

    if callable(progress):
        return Silent(progress)
    shown = sys.stderr.isatty() if progress is None else progress
    return Bar() if shown else Silent(None)


def _run(problem: Problem, method: Method, task: Task) -> Answer:
    """Run a method; what it could not foresee becomes a result code."""
    try:
        return method.run(problem, task)
    except MemoryError as error:
        return _nothing(problem, Result.OUT_OF_MEMORY, task, str(error))
    except KeyboardInterrupt:
        return _nothing(problem, Result.INTERRUPTED, task, "interrupted before a first answer")
    except FloatingPointError as error:
        return _nothing(problem, Result.NOT_FINITE, task, str(error))


def _nothing(problem: Problem, result: Result, task: Task, reason: str) -> Answer:
    """Return the hard conditions alone: the best answer there is when a method gave none."""
    task.monitor.record.notes.append(
        f"no answer from the method ({reason}); the conditions' lift is returned"
    )
    return Answer(
        _lift(problem),
        result,
        Certificate(assumptions=(reason or result.value,)),
    )


def earlier(problem: Problem, start: Solution | None) -> Answer | None:
    """Return an earlier solution of the same unknowns as an answer to go on from."""
    if start is None:
        return None
    if [str(u) for u in start.problem.unknowns] != [str(u) for u in problem.unknowns]:
        raise OptionError(
            f"a start for {', '.join(map(str, problem.unknowns))}",
            f"one for {', '.join(map(str, start.problem.unknowns))}",
            "Start from a solution of the same unknowns.",
        )
    return Answer(start.field, start.result, start.certificate, start.parameters)


def judge(problem: Problem, answer: Answer, tol: float | None, record: Record) -> Result:
    """Return the result code: a tolerance counts as reached only if the certificate says so.

    What is not finite is taken out of the answer.
    """
    finite = answer.field.finite()
    if finite is None:
        points = interior_points(problem, 64, 31)
        finite = np.isfinite(Solution(problem, answer.field, answer.result).at(points)).all()
    if not finite or not all(math.isfinite(value) for value in answer.parameters.values()):
        record.notes.append("the answer was not finite; the conditions' lift is returned")
        answer.field = _lift(problem)
        answer.parameters = {}
        answer.certificate = Certificate(assumptions=("the answer was not finite",))
        return Result.NOT_FINITE
    if not (answer.result.ok or answer.result in ABOUT_TOLERANCE):
        return answer.result
    if tol is None:
        return Result.SUCCESSFUL
    if answer.certificate.kind == "none":
        return Result.TOLERANCE_NOT_VERIFIED
    return (
        Result.TOLERANCE_REACHED
        if answer.certificate.verifies(tol)
        else Result.TOLERANCE_NOT_REACHED
    )


ABOUT_TOLERANCE = (Result.TOLERANCE_NOT_VERIFIED, Result.TOLERANCE_NOT_REACHED)


def _lift(problem: Problem) -> ExpressionField:
    """Return what the conditions alone say of the answer."""
    return ExpressionField(hard_conditions(problem).lift, problem.coordinates)
