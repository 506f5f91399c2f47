"""When a bound is sharp enough for the question whether an error is below a tolerance."""

from __future__ import annotations

from residuum._core import OptionError


def settled(tol: float | None, lower: float, upper: float, size: float) -> bool:
    """Whether bounds of an error on both sides answer the question for a relative tolerance.

    A bound shows a tolerance where it is at most that share of the norm of the field less itself.
    No bound is below the error: where the lower side is above that share, none will ever show it.

    Args:
        tol: relative error asked about; ``None`` where no question is asked.
        lower, upper: the error is between them.
        size: norm of the field.
    """
    if tol is None:
        return False
    return upper <= tol * (size - upper) or lower > tol * max(size - lower, 0.0)


def check_tol(tol: float | None) -> None:
    """Refuse a tolerance that is none.

    Raises:
        OptionError: it is not between 0 and 1.
    """
    if tol is not None and not 0 < tol < 1:
        raise OptionError("a tolerance between 0 and 1", repr(tol), "Leave it out.")
