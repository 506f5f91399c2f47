"""The verbs of the error: say how wrong an answer may be, and push it to a tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from residuum._core import (
    Answer,
    Budget,
    Certificate,
    Key,
    Listener,
    Method,
    Monitor,
    OptionError,
    Record,
    double_precision,
    generator,
    peak_memory_mb,
)
from residuum._solve import earlier, judge, limits_of, listening
from residuum.problem import Problem, Solution

if TYPE_CHECKING:
    from residuum.certify import Certifier


def verify(
    solution: Solution,
    *,
    norm: str = "L2",
    by: Certifier | Sequence[Certifier] | None = None,
    budget: Budget | float | None = None,
) -> Certificate:
    """Say how wrong a solution may be, from its statement and its field alone.

    Guaranteed bounds are tried first, then estimates; where no other certifier can speak, a
    classical method solves the problem anew and the two answers are compared.

    Args:
        solution: any solution: of a classical or a learned method, or loaded from a file.
        norm: ``"L2"``, ``"energy"``, ``"max"`` or ``"quantity"``.
        by: a certifier of ``residuum.certify`` such as ``FluxBound()``, or several, asked in turn.
        budget: wall seconds, or a ``Budget``.

    Returns:
        The first certificate that one of them gives; kind ``"none"`` with every reason if none
        does.

    Raises:
        OptionError: an unknown norm, or something that is no certifier.
        DataError: the field is not finite, or does not belong to the problem.
    """
    from residuum.certify import certifiers
    from residuum.certify import certify as ask

    asked = certifiers(rival(solution.problem)) if by is None else by
    return ask(solution, norm=norm, by=asked, monitor=Monitor(limits_of(budget)))


def refine(
    solution: Solution,
    tol: float,
    *,
    budget: Budget | float | None = None,
    key: Key = 7,
    compare: bool = True,
    progress: Listener | bool | None = None,
    start: Solution | None = None,
) -> Solution:
    """Push a solution to a tolerance: certify, correct, certify again, or solve classically.

    An answer that is good enough is returned as it is, with the certificate that says so. Else its
    error is solved for on finite elements, where the problem has a weak form, and added; else a
    classical method solves the problem. Without a budget that method goes first where one mesh sees
    that the guess misses the tolerance, and its answer is enough if the guess corrected on one mesh
    confirms it. The notes of the record say what the guess saved.

    Args:
        solution: the guess, of any method.
        tol: relative L2 error asked for, between 0 and 1.
        budget: wall seconds for all of it, or a ``Budget``.
        key: source of randomness of the classical method, should it need any.
        compare: whether a corrected answer is checked against a solve from zero, which also
            measures what the guess saved.
        progress: as in ``solve``.
        start: where the classical method starts if it fails from zero, as in ``solve``; the guess
            is tried after it.

    Raises:
        OptionError: the tolerance is out of range.
        DataError: the field is not finite, or does not belong to the problem.
    """
    if not (isinstance(tol, int | float | np.number) and 0 < tol < 1):
        raise OptionError(
            "a tolerance between 0 and 1", str(tol), "It is a relative error, such as 1e-4."
        )
    generator(key)
    old = solution.record
    record = Record(
        method=old.method,
        seed=old.seed,
        seconds=dict(old.seconds),
        evaluations=dict(old.evaluations),
        unknowns=old.unknowns,
        notes=list(old.notes),
        history={name: list(values) for name, values in old.history.items()},
    )
    before = record.seconds.pop("total", 0.0)
    with listening(progress) as listener, double_precision():
        monitor = Monitor(limits_of(budget), record, listener)
        first = earlier(solution.problem, start)
        answer = verified(solution, tol, monitor, key=key, compare=compare, start=first)
        result = judge(solution.problem, answer, tol, record)
    record.seconds["total"] = before + monitor.elapsed
    record.peak_memory_mb = peak_memory_mb()
    return Solution(
        solution.problem,
        answer.field,
        result,
        certificate=answer.certificate,
        record=record,
        parameters=answer.parameters,
        posterior=solution.posterior if answer.parameters == solution.parameters else None,
    )


def rival(problem: Problem, besides: str = "") -> Method | None:
    """Return the classical method that suits a problem best, if there is one."""
    from residuum.methods import fitting

    found = [m for m in fitting(problem) if m.family == "classical" and m.name != besides]
    return found[0] if found else None


SHARE, LEAST = 0.25, 3.0
"""Without a tolerance, a certificate may take this share of the time of the answer, in seconds."""


def verified(
    solution: Solution,
    tol: float | None,
    monitor: Monitor,
    *,
    key: Key = 7,
    compare: bool = True,
    start: Answer | None = None,
) -> Answer:
    """Return the answer with a certificate, and with a tolerance the better one that meets it.

    Without a tolerance the field is left as it is, and only what is cheap is asked.
    """
    from residuum.certify import Refinement, certifiers
    from residuum.certify import certify as ask

    if tol is not None:
        pushed = Refinement(tol, rival(solution.problem), key, compare, start)
        return pushed.run(solution, monitor)
    # Training spends its whole budget: the certificate has room of its own.
    room = max(LEAST, SHARE * monitor.elapsed)
    allowed = Monitor(Budget(room, monitor.budget.memory_mb), listener=monitor.listener)
    with monitor.phase("certify"):
        found = ask(solution, by=certifiers(None), monitor=allowed)
    return Answer(solution.field, solution.result, found, solution.parameters)
