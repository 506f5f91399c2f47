"""Ask the certifiers in turn: bounds before estimates."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

import numpy as np

from residuum._core import (
    Certificate,
    DataError,
    Method,
    Monitor,
    OptionError,
    double_precision,
)
from residuum.certify._certifier import NORMS, Certifier
from residuum.certify._defect_correction import DefectCorrection
from residuum.certify._error_equation import ErrorEquation
from residuum.certify._pairing import mispaired
from residuum.certify._two_methods import TwoMethods
from residuum.certify.bounds import ElementsBound, EquilibratedBound, FluxBound
from residuum.problem import Solution
from residuum.problem._places import interior_points

LOOKS = 256
"""Points at which a field must be finite before anything is said of it."""


def bounds(tol: float | None = None) -> tuple[Certifier, ...]:
    """Return what proves an error, in the order it is asked.

    Args:
        tol: relative error that is asked about; where it is settled no bound is made sharper.
    """
    return FluxBound(tol=tol), ElementsBound(tol=tol), EquilibratedBound()


def certifiers(rival: Method | None = None) -> tuple[Certifier, ...]:
    """Return every certifier in the order they are asked: bounds, then estimates.

    Args:
        rival: a classical method for the problem, to solve it anew where nothing else can speak.
    """
    return (*bounds(), DefectCorrection(), ErrorEquation(), TwoMethods(rival))


def certify(
    solution: Solution,
    *,
    by: Certifier | Sequence[Certifier],
    norm: str = "L2",
    monitor: Monitor | None = None,
) -> Certificate:
    """Say how wrong a solution may be, from its statement and its field alone.

    Args:
        solution: any solution: of a classical or a learned method, or loaded from a file.
        by: a certifier, or several, asked in turn.
        norm: ``"L2"``, ``"energy"``, ``"max"`` or ``"quantity"``.
        monitor: clock and budget.

    Returns:
        The first certificate that one of them gives; kind ``"none"`` with every reason if none
        does. ``value`` is absolute, ``relative`` is divided by the norm of the exact solution as
        far as it is known: for bounds by the norm of the answer less the bound.

    Raises:
        OptionError: an unknown norm, or something that is no certifier.
        DataError: the field is not finite, or does not belong to the problem.
    """
    if norm not in NORMS:
        raise OptionError(f"a norm among {', '.join(NORMS)}", repr(norm), "Correct it.")
    asked = (by,) if isinstance(by, Certifier) else tuple(by)
    for item in asked:
        if not isinstance(item, Certifier):
            raise OptionError("a certifier object", repr(item), "See residuum.certify.")
    start = time.perf_counter()
    with double_precision():
        check(solution)
        found, reasons = _first(solution, norm, asked, monitor or Monitor())
    seconds = time.perf_counter() - start
    if found is None:
        why = tuple(reasons) or ("no certifier was asked",)
        return Certificate(norm=norm, assumptions=why, seconds=seconds)
    return dataclasses.replace(found, seconds=seconds)


def _first(
    solution: Solution, norm: str, asked: Sequence[Certifier], monitor: Monitor
) -> tuple[Certificate | None, list[str]]:
    reasons: list[str] = []
    for item in asked:
        reason = (
            f"it speaks of {' and '.join(item.norms)}, not of {norm}"
            if norm not in item.norms
            else item.refuse(solution, norm)
        )
        if reason is None:
            found = item.certify(solution, norm, monitor)
            if found.kind != "none":
                return found, reasons
            reason = "; ".join(found.assumptions)
        reasons.append(f"{item.name}: {reason}")
    return None, reasons


def check(solution: Solution) -> None:
    """Refuse a field that is not finite or not one of the problem.

    Raises:
        DataError: with the reason.
    """
    reason = mispaired(solution)
    if reason is not None:
        raise DataError("a finite field of the problem", reason, "Pair them again.")
    points = interior_points(solution.problem, LOOKS, 37)
    wanted = (len(points), len(solution.problem.unknowns))
    try:
        values = solution.at(points)
    except (ValueError, TypeError, IndexError) as error:
        got = f"a field that cannot be evaluated there ({error})"
        raise DataError("a field of the problem's coordinates", got, "Pair them again.") from error
    if values.shape != wanted:
        raise DataError(
            f"a field of {wanted[1]} unknowns",
            f"values of shape {values.shape}",
            "Pair them again.",
        )
    if not np.isfinite(values).all():
        raise DataError(
            "a finite field",
            f"NaN or infinity at {int((~np.isfinite(values)).any(axis=1).sum())} of {LOOKS} points",
            "Nothing can be said of it.",
        )
