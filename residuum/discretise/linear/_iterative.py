"""Krylov methods with a preconditioner as paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Literal, final

import numpy as np

from residuum._core import one_blas_thread
from residuum.discretise.linear._diagonal import Identity
from residuum.discretise.linear._directions import conjugate_directions
from residuum.discretise.linear._krylov import (
    Iterate,
    Stop,
    conjugate_gradients,
    flexible_residuals,
    minimal_residuals,
)
from residuum.discretise.linear._null_space import NullSpace
from residuum.discretise.linear._path import Path, UnfitPath
from residuum.discretise.linear._structure import ApproximateInverse

Kind = Literal["CG", "flexible CG", "directions", "MINRES", "GMRES"]
METHODS: dict[Kind, Callable[..., Iterate]] = {
    "CG": conjugate_gradients,
    "flexible CG": partial(conjugate_directions, window=1),
    "directions": conjugate_directions,
    "MINRES": minimal_residuals,
    "GMRES": flexible_residuals,
}
SYMMETRIC = ("CG", "flexible CG", "directions", "MINRES")


@final
class Iterative(Path):
    """A Krylov method and an approximate inverse.

    Args:
        matrix: (n, n) CSR.
        inverse: approximate inverse of the matrix.
        kind: CG for definite, MINRES for symmetric (``inverse`` definite), GMRES for the rest;
            for definite ones and an ``inverse`` that changes from step to step flexible CG, and
            directions where nothing at all is known of it.
        name: what the record shows.
        null: null space to stay orthogonal to.
        dual: approximate inverse of the transposed matrix; for symmetric ones the same.
        fallback: for directions: a fixed, symmetric and definite approximate inverse; the residual
            itself where ``None``.
        sign: -1 where ``matrix`` is the negative of the one that the right sides belong to.
    """

    def __init__(
        self,
        matrix: Any,
        inverse: ApproximateInverse,
        *,
        kind: Kind,
        name: str,
        null: NullSpace | None = None,
        dual: ApproximateInverse | None = None,
        fallback: ApproximateInverse | None = None,
        sign: float = 1.0,
    ) -> None:
        self.sign, self.fallback = sign, fallback
        self.matrix, self.inverse, self.null, self.name = matrix, inverse, null, name
        self.kind: Kind = kind
        self.dual = inverse if kind in SYMMETRIC else dual

    def solve(self, right: np.ndarray, start: np.ndarray | None, stop: Stop) -> Iterate:
        """Return the iterate for one right side, restarted once where rounding took its toll."""
        return self._run(self.matrix, self.inverse, self.sign * right, start=start, stop=stop)

    def transposed(self, right: np.ndarray, stop: Stop) -> Iterate:
        """Return the iterate of the transposed system.

        Raises:
            UnfitPath: there is no approximate inverse of the transposed matrix.
        """
        if self.dual is None:
            raise UnfitPath("no preconditioner for the transposed matrix")
        matrix = self.matrix if self.kind in SYMMETRIC else self.matrix.T
        return self._run(matrix, self.dual, self.sign * right, start=None, stop=stop)

    def _run(
        self,
        matrix: Any,
        inverse: ApproximateInverse,
        right: np.ndarray,
        *,
        start: np.ndarray | None,
        stop: Stop,
    ) -> Iterate:
        # Idle BLAS threads spin; one is enough for inner products.
        with one_blas_thread():
            return self._iterated(matrix, right, inverse, start=start, stop=stop)

    def _iterated(
        self,
        matrix: Any,
        right: np.ndarray,
        inverse: ApproximateInverse,
        *,
        start: np.ndarray | None,
        stop: Stop,
    ) -> Iterate:
        method = partial(METHODS[self.kind], inverse=self._orthogonal(inverse))
        if self.kind == "directions":
            method = partial(method, fallback=self._orthogonal(self.fallback or Identity()))
        values = np.zeros_like(right) if start is None else start
        found = method(matrix.__matmul__, right, start=values, stop=stop)
        if found.breakdown or stop.met(right - matrix @ found.values):
            return found
        # The residual that CG carries along drifts from the true one.
        again = method(matrix.__matmul__, right, start=found.values, stop=stop)
        return replace(
            again,
            iterations=found.iterations + again.iterations,
            history=(*found.history, *again.history[1:]),
            fallbacks=found.fallbacks + again.fallbacks,
        )

    def _orthogonal(self, inverse: ApproximateInverse) -> ApproximateInverse:
        """Return the approximate inverse kept away from the null space."""
        null = self.null
        if null is None:
            return inverse

        def corrected(residual: np.ndarray) -> np.ndarray:
            return null.orthogonal(inverse(residual))

        return corrected
