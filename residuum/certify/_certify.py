"""Ask the certifiers in turn: bounds before estimates."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence

import numpy as np

from residuum._core import (
    Budget,
    Certificate,
    DataError,
    Monitor,
    OptionError,
    double_precision,
)
from residuum.certify._certifier import NORMS, Certifier
from residuum.problem import Solution
from residuum.problem._places import interior_points

CERTIFIERS: tuple[Certifier, ...] = ()
"""Asked in this order."""
LOOKS = 256
"""Points at which a field must be finite before anything is said of it."""


def certify(
    solution: Solution,
    *,
    norm: str = "L2",
    by: Certifier | Sequence[Certifier] | None = None,
    budget: Budget | float | None = None,
) -> Certificate:
    """Say how wrong a solution may be, from its statement and its field alone.

    Args:
        solution: any solution: of a classical or a learned method, or loaded from a file.
        norm: ``"L2"``, ``"energy"``, ``"max"`` or ``"quantity"``.
        by: a certifier such as ``residuum.certify.FluxBound()``, or several, asked in turn; all of
            them if left out, bounds first.
        budget: wall seconds, or a ``Budget``.

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
    asked = CERTIFIERS if by is None else (by,) if isinstance(by, Certifier) else tuple(by)
    for item in asked:
        if not isinstance(item, Certifier):
            raise OptionError("a certifier object", repr(item), "See residuum.certify.")
    limits = (
        budget if isinstance(budget, Budget) else Budget(math.inf if budget is None else budget)
    )
    start = time.perf_counter()
    with double_precision():
        _check(solution)
        found, reasons = _first(solution, norm, asked, Monitor(limits))
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


def _check(solution: Solution) -> None:
    """Refuse a field that is not finite or not one of the problem."""
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
