"""Solutions in another form, with what the change adds to the error."""

from __future__ import annotations

import dataclasses
import math
import time

from residuum._core import (
    Certificate,
    DataError,
    Field,
    OptionError,
    Record,
    Result,
    UnsuitableMethod,
    double_precision,
)
from residuum.certify._added import Added, added
from residuum.certify._representation import Representation
from residuum.problem import Solution


def convert(solution: Solution, to: Representation, *, tol: float = 1e-6) -> Solution:
    """Return a solution in another representation, with a certificate that counts the change.

    Args:
        solution: any solution.
        to: ``AsChebyshev()``, ``AsElements()`` or ``AsGrid()``; with their sizes left out they are
            refined until the change is below the tolerance.
        tol: what may be added, as a relative L2 error.

    Returns:
        The coarsest one tried that adds at most ``tol``, or the best with
        ``Result.TOLERANCE_NOT_REACHED``. Its record says what was added and keeps the certificate
        of the solution before; see ``composed`` for the new one.

    Raises:
        OptionError: no representation, or a tolerance out of range.
        UnsuitableMethod: the representation does not fit the domain.
        DataError: the field is not finite where it is needed.
    """
    if not isinstance(solution, Solution) or not isinstance(to, Representation):
        raise OptionError("a solution and a representation", repr(to), "Pass AsChebyshev(), say.")
    if not (isinstance(tol, int | float) and 0 < tol < 1):
        raise OptionError("a tolerance between 0 and 1", repr(tol), "Pass 1e-6, say.")
    reason = to.refuse(solution.problem)
    if reason is not None:
        raise UnsuitableMethod(f"a domain that {to.name} fits", reason, "Choose another form.")
    start = time.perf_counter()
    best: tuple[Added, Field, str] | None = None
    with double_precision():
        for field, words in to.attempts(solution, tol):
            found = added(solution, field)
            if best is None or found.relative < best[0].relative:
                best = found, field, words
            if found.relative <= tol:
                break
    if best is None or not math.isfinite(best[0].absolute):
        raise DataError("a finite field", "NaN or infinity", "Nothing can be converted.")
    return _converted(solution, best, tol, time.perf_counter() - start)


def guard(before: Solution, after: Field, tol: float) -> Solution:
    """Return a solution with a compressed field, or refuse one that adds more than a tolerance.

    Args:
        before: the solution that was compressed.
        after: the compressed field, in the units of the problem.
        tol: what may be added, as a relative L2 error.

    Raises:
        DataError: the field adds more, is not finite, or belongs to another problem.
    """
    with double_precision():
        try:
            found = added(before, after)
        except (ValueError, TypeError, IndexError) as error:
            got = f"one that cannot be evaluated there ({error})"
            raise DataError("a field of the same problem", got, "Pair them again.") from error
    if not found.relative <= tol:
        wanted = f"a field that adds at most {tol:.1e} relative"
        raise DataError(wanted, str(found), "Compress less, or allow more.")
    return _converted(before, (found, after, type(after).__name__), tol, 0.0)


def composed(old: Certificate, more: Added) -> Certificate:
    """Return the certificate of a converted solution: by the triangle inequality, in L2 alone.

    |u - new| ≤ |u - old| + |old - new|: an estimate stays one. A bound stays a bound only where
    the change is integrated exactly, since quadrature of anything else guarantees nothing. In other
    norms nothing is known of the change; the kind is then ``"none"``, and the certificate before
    stands among the reasons.
    """
    kept = (f"before the conversion: {old}", f"the conversion adds {more}")
    if old.kind == "none":
        return dataclasses.replace(old, assumptions=(*old.assumptions, kept[1]))
    if old.norm != "L2":
        why = f"the change is known in L2, not in the {old.norm} norm"
        return Certificate(norm=old.norm, assumptions=(why, *kept))
    kind = "bound" if old.kind == "bound" and more.exact else "estimate"
    value = old.value + more.absolute
    # The norm of the exact solution is what the old certificate divided by.
    scaled = old.relative * value / old.value if old.value > 0 else more.relative
    relative = max(scaled, old.relative + more.relative)
    rest = old.assumptions if kind == old.kind else (*old.assumptions, "the quadrature is accurate")
    by = f"{old.by or 'the method'} and conversion"
    return Certificate(kind, value, relative, "L2", (*rest, *kept), old.seconds, by)


def _converted(
    solution: Solution, made: tuple[Added, Field, str], tol: float, seconds: float
) -> Solution:
    more, field, words = made
    old: Record = solution.record
    record = dataclasses.replace(
        old,
        notes=[*old.notes, f"converted to {words}, which adds {more}"],
        seconds={**old.seconds, "convert": seconds},
        evaluations=dict(old.evaluations),
        history=dict(old.history),
        unknowns=field.head.size if hasattr(field, "head") else old.unknowns,
    )
    record.notes.append(f"certificate before the conversion: {solution.certificate}")
    result = solution.result
    if more.relative > tol:
        result = Result.TOLERANCE_NOT_REACHED
    elif result is Result.TOLERANCE_REACHED:
        # What was asked then was asked of the field before.
        result = Result.SUCCESSFUL
    return Solution(
        solution.problem,
        field,
        result,
        certificate=composed(solution.certificate, more),
        record=record,
        parameters=solution.parameters,
    )
