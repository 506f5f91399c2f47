"""One Krylov method, one approximate inverse, one right side: nothing chosen, all of it told."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from residuum._core import OptionError, Result
from residuum.discretise.linear._diagonal import Identity
from residuum.discretise.linear._iterative import Iterative, Kind
from residuum.discretise.linear._krylov import NO_CONVERGENCE, Stop
from residuum.discretise.linear._structure import ApproximateInverse, Linear


def krylov(
    matrix: Any,
    right: np.ndarray,
    *,
    method: Kind = "CG",
    inverse: ApproximateInverse | None = None,
    fallback: ApproximateInverse | None = None,
    tol: float = 1e-8,
    most: int = 1000,
    start: np.ndarray | None = None,
) -> Linear:
    """Solve with a named method and approximate inverse, and tell every residual.

    ``prepare`` chooses a path and changes it where it fails; this does neither. The residual is
    computed anew from the values, in float64, before the answer is called successful.

    Args:
        matrix: (n, n), sparse or dense.
        right: (n,).
        method: ``"CG"`` and ``"MINRES"`` with a fixed symmetric definite inverse,
            ``"flexible CG"`` with one that changes, ``"directions"`` with anything at all,
            ``"GMRES"`` for matrices without symmetry.
        inverse: the approximate inverse; none where ``None``.
        fallback: for ``"directions"``: what a proposal is compared with; none where ``None``.
        tol: relative residual to reach.
        most: iterations allowed.
        start: (n,) guess.

    Returns:
        The best values with code ``SUCCESSFUL``, ``OUT_OF_BUDGET`` after ``most`` iterations,
        ``STAGNATED`` where the method broke down, ``NOT_FINITE`` for NaN in what was given.

    Raises:
        OptionError: a shape, the method, the tolerance or the number of iterations is wrong.
    """
    right = np.asarray(right, float)
    if right.ndim != 1 or matrix.shape != (len(right), len(right)):
        got = f"{np.shape(matrix)} and {right.shape}"
        raise OptionError("a square matrix and a right side (n,)", got, "Match them.")
    if method not in get_args(Kind):
        raise OptionError(f"one of {get_args(Kind)}", repr(method), "Name a method.")
    if start is not None and np.shape(start) != right.shape:
        got = str(np.shape(start))
        raise OptionError(f"a start of shape {right.shape}", got, "Match the right side.")
    if not 0 < tol < 1 or most < 1:
        got = f"tol={tol}, most={most}"
        raise OptionError("0 < tol < 1 and most >= 1", got, "1e-8 and 1000 are good values.")
    inverse = inverse or Identity()
    name = f"{getattr(inverse, 'name', 'given inverse')} + {method}"
    size = float(np.linalg.norm(right))
    sound = np.isfinite(getattr(matrix, "data", np.zeros(0))).all() and np.isfinite(size)
    zero = np.zeros_like(right)
    if not sound or (start is not None and not np.isfinite(start).all()):
        reason = "the matrix, the right side or the start holds NaN or infinity"
        return Linear(zero, name, 0, np.inf, Result.NOT_FINITE, 0.0, reason)
    if size == 0.0:
        return Linear(zero, name, 0, 0.0, Result.SUCCESSFUL)
    path = Iterative(matrix, inverse, kind=method, name=name, fallback=fallback)
    stop = Stop(tol * size, most=most)
    with np.errstate(all="ignore"):
        found = path.solve(right, None if start is None else np.array(start, float), stop)
        values = found.values if np.isfinite(found.values).all() else zero
        residual = float(np.linalg.norm(right - matrix @ values)) / size
    result = Result.SUCCESSFUL if residual <= tol else Result.STAGNATED
    if residual > tol and found.breakdown == NO_CONVERGENCE and found.iterations >= most:
        result = Result.OUT_OF_BUDGET
    return Linear(
        values,
        name,
        found.iterations,
        residual,
        result,
        reason="" if result.ok else found.breakdown or NO_CONVERGENCE,
        history=tuple(value / size for value in found.history),
        fallbacks=found.fallbacks,
    )
