"""Continuation: a hard problem reached through easier ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from residuum._core import OptionError, Result
from residuum.discretise.linear import Structure
from residuum.discretise.nonlinear._newton import newton
from residuum.discretise.nonlinear._nonlinear import Jacobian, Nonlinear, Residual, Watch

Posed = tuple[Residual, Jacobian]
QUICK = 5
"""Newton iterations up to which a step of the load was easy, and the next may be longer."""


def continued(
    problem_at: Callable[[float], Posed],
    start: np.ndarray,
    *,
    structure: Structure | None = None,
    tol: float = 1e-10,
    first: float = 0.25,
    shortest: float = 1e-3,
    watch: Watch | None = None,
    largest_direct: int | None = None,
) -> Nonlinear:
    """Follow the solution of F(u; λ) = 0 from the load λ = 0 to 1.

    The load of the next problem is raised in steps that grow while Newton's method is quick and
    shrink where it fails; each solve starts from the secant through the last two solutions.
    (E. L. Allgower, K. Georg, Numerical Continuation Methods, Springer 1990, chapters 2 and 6.)

    Args:
        problem_at: from a load to residual and Jacobian. At 0 it must be solvable from ``start``;
            at 1 it is the problem asked. For flow let the load be the logarithm of the Reynolds
            number, brought to [0, 1], rather than the viscosity.
        start: (n,), a guess at load 0.
        structure: what is known of the Jacobians.
        tol: as in ``newton``, at load 1; problems on the way are solved to 1e-4.
        first: first step of the load.
        shortest: step below which the path is given up. A fold (two solutions that meet and end)
            cannot be passed: the answer is then ``STAGNATED`` with the largest load reached.
        watch: told of every Newton iteration; stopping gives ``OUT_OF_BUDGET``.
        largest_direct: as in ``prepare``.

    Returns:
        Iterations, history and paths of the whole way; ``load`` is the load of ``values``.

    Raises:
        OptionError: the start is not finite, or a step is not between 0 and 1.
    """
    if not 0 < shortest <= first <= 1:
        raise OptionError(
            "0 < shortest <= first <= 1", f"{shortest}, {first}", "Keep the defaults."
        )
    way = max(tol, 1e-4)
    options: dict[str, Any] = {"structure": structure, "watch": watch}
    options["largest_direct"] = largest_direct
    found = newton(*problem_at(0.0), start, tol=way, **options)
    total = [found]
    if not found.result.ok:
        return _joined(total, found, 0.0, f"not solved at load 0: {found.reason}")
    here, place, step, before = found, 0.0, first, (found.values, 0.0)
    while place < 1.0:
        ahead = min(1.0, place + step)
        guess = here.values
        if place > 0:
            guess = guess + (ahead - place) / (place - before[1]) * (guess - before[0])
        end = ahead == 1.0
        found = newton(*problem_at(ahead), guess, tol=tol if end else way, most=15, **options)
        total.append(found)
        if found.result is Result.OUT_OF_BUDGET:
            return _joined(total, here, place, found.reason)
        if found.result.ok:
            before, here, place = (here.values, place), found, ahead
            step *= 2.0 if found.iterations <= QUICK else 1.0
        elif step <= shortest:
            return _joined(total, here, place, f"no solution found beyond load {place:.4g}")
        else:
            step = max(shortest, 0.25 * min(step, ahead - place))
    return _joined(total, here, 1.0, "")


def _joined(total: list[Nonlinear], best: Nonlinear, load: float, reason: str) -> Nonlinear:
    """Return the best answer with what the whole way cost."""
    return Nonlinear(
        best.values,
        total[-1].result,
        sum(item.iterations for item in total),
        best.residual,
        tuple(size for item in total for size in item.history),
        tuple(path for item in total for path in item.paths),
        load,
        reason,
    )
