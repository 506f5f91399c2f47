"""Ask every cause in turn what it sees in an answer."""

from __future__ import annotations

import math
from collections.abc import Callable

from residuum._core import (
    Budget,
    OptionError,
    ProblemError,
    SolveFailed,
    double_precision,
)
from residuum.analysis._budget import budget as stopped
from residuum.analysis._causality import causality
from residuum.analysis._certificate import certificate
from residuum.analysis._corners import corners
from residuum.analysis._evidence import Evidence
from residuum.analysis._finding import Diagnosis, Finding
from residuum.analysis._history import history
from residuum.analysis._imbalance import imbalance
from residuum.analysis._misfit import misfit
from residuum.analysis._precision import precision
from residuum.analysis._sampling import sampling
from residuum.analysis._scales import scales
from residuum.analysis._spectrum import spectral_bias
from residuum.analysis._transport import transport
from residuum.problem import Solution

CAUSES: tuple[tuple[str, Callable[[Evidence], Finding | None]], ...] = (
    ("history", history),
    ("budget", stopped),
    ("conditions missed", misfit),
    ("scaling", scales),
    ("corners", corners),
    ("transport", transport),
    ("causality", causality),
    ("sampling", sampling),
    ("precision", precision),
    ("spectrum", spectral_bias),
    ("loss imbalance", imbalance),
    ("certificate", certificate),
)
"""Cheap ones first, so that a small budget still sees most."""


def diagnose(solution: Solution, *, budget: Budget | float | None = None) -> Diagnosis:
    """Name the likely causes of a poor answer, from measurements on it and its problem.

    An answer counts as poor if its result is not ok, its certificate is large, or, without a
    certificate, its residual or a condition is missed by more than a hundredth of the size of its
    terms. Answers that do not are only asked whether a small residual hides a large error.
    The true solution is never looked at.

    Args:
        solution: any solution, fresh or loaded from a file.
        budget: wall seconds after which no further cause is looked at.

    Returns:
        The findings, the strongest first. It takes some seconds: each problem's equations are
        compiled once.

    Raises:
        OptionError: it is no solution.

    Pieces of finite elements and cells of finite volumes lack the derivatives of the strong form;
    of such answers only result, record, certificate and conditions are read.
    """
    if not isinstance(solution, Solution):
        raise OptionError("a solution", type(solution).__name__, "Pass what rs.solve returned.")
    seconds = budget.seconds if isinstance(budget, Budget) else budget
    evidence = Evidence(solution, math.inf if seconds is None else seconds)
    with double_precision():
        reasons = evidence.reasons
        asked = CAUSES if reasons else CAUSES[-1:]
        findings, skipped = _asked(evidence, asked)
        measured = {"residual": evidence.residual} if evidence.smooth else {}
        measured["misfit"] = evidence.misfit
    if findings and not reasons:
        reasons = (f"{findings[0].cause}: {findings[0].evidence}",)
    ordered = sorted(findings, key=lambda item: -item.strength)
    return Diagnosis(tuple(ordered), reasons, measured, tuple(skipped))


def _asked(
    evidence: Evidence, causes: tuple[tuple[str, Callable[[Evidence], Finding | None]], ...]
) -> tuple[list[Finding], list[str]]:
    found, skipped = [], []
    for name, cause in causes:
        if evidence.spent:
            skipped.append(f"{name}: the budget is spent")
            continue
        try:
            finding = cause(evidence)
        except (ProblemError, SolveFailed, FloatingPointError, MemoryError) as error:
            skipped.append(f"{name}: {error}")
            continue
        if finding is not None:
            found.append(finding)
    return found, skipped
