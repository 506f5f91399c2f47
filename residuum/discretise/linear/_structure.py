"""What is known of a matrix, what a linear solve hands back, and what may precondition it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, final

import numpy as np

from residuum._core import OptionError, Result


class ApproximateInverse(Protocol):
    """Anything that applies an approximate inverse of a matrix: multigrid, ILU, a learned one.

    Conjugate gradients and MINRES need one that is a fixed symmetric definite matrix. GMRES and
    flexible CG take one that changes from step to step; directions take anything.
    """

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return a correction (n,) for a residual (n,)."""
        ...


@final
@dataclass(frozen=True)
class Structure:
    """What is known of a matrix; it chooses the path and never the answer.

    Args:
        symmetric: the matrix equals its transpose. A claim that a test vector refutes is dropped.
        definite: symmetric and positive definite, or negative definite. Semidefinite where ``null``
            is given.
        saddle: (n,) booleans, true for the rows of multipliers or pressures.
        near_null: (n, k) vectors that the operator hardly sees: a constant for every component,
            or the rigid motions of elasticity. For smoothed aggregation.
        components: (n,) integers, the unknown that each row belongs to.
        null: (n, k) basis of the exact null space. The solution is made orthogonal to it and the
            right side compatible; how much was taken away is ``Linear.incompatibility``.

    Raises:
        OptionError: an array is not of the shape said here.
    """

    symmetric: bool = False
    definite: bool = False
    saddle: np.ndarray | None = None
    near_null: np.ndarray | None = None
    components: np.ndarray | None = None
    null: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, rank in (("saddle", 1), ("components", 1), ("near_null", 2), ("null", 2)):
            value = getattr(self, name)
            if value is not None and np.ndim(value) != rank:
                raise OptionError(
                    f"{name} with {rank} axes",
                    f"an array of shape {np.shape(value)}",
                    "Give one row for every row of the matrix.",
                )

    def check(self, size: int) -> None:
        """Refuse arrays that do not have one row for each of ``size`` rows of a matrix."""
        for name in ("saddle", "components", "near_null", "null"):
            value = getattr(self, name)
            if value is not None and len(value) != size:
                raise OptionError(
                    f"{name} with {size} rows, as the matrix",
                    f"{len(value)} rows",
                    "Restrict it together with the matrix.",
                )
            if value is not None and not np.isfinite(value).all():
                raise OptionError(f"finite {name}", "NaN or infinity", "Correct the array.")


@final
@dataclass(frozen=True)
class Linear:
    """The answer of a linear solve.

    Args:
        values: (n,), or (n, k) for k right sides. Always finite; where the solve failed, the best
            iterate.
        path: the path that gave the values, and those that failed before it.
        iterations: of the Krylov method, all paths and right sides together; 0 for a direct solve.
        residual: norm of ``right - matrix @ values`` over that of ``right``, computed anew from the
            values, with rows brought to one size; the largest for several right sides.
        result: ``SUCCESSFUL``; ``STAGNATED`` above the tolerance or for a singular matrix;
            ``NOT_FINITE`` for NaN or infinity in the matrix or right side; ``OUT_OF_MEMORY`` where
            factors do not fit and nothing else helped.
        incompatibility: the part of ``right`` outside the range, relative, where ``null`` is given.
        reason: why the solve failed, empty where it did not.
        history: relative residuals of a Krylov method, the first at the start; empty for direct
            solves and several right sides.
        fallbacks: iterations along a classical direction where a proposal was worse or useless.
    """

    values: np.ndarray
    path: str
    iterations: int
    residual: float
    result: Result
    incompatibility: float = 0.0
    reason: str = ""
    history: tuple[float, ...] = ()
    fallbacks: int = 0
