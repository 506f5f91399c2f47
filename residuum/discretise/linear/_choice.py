"""Which paths suit a matrix, best first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, final

import numpy as np

from residuum._core import Result
from residuum.discretise.linear._direct import Direct
from residuum.discretise.linear._equilibration import Equilibration
from residuum.discretise.linear._front import front
from residuum.discretise.linear._full_factors import full
from residuum.discretise.linear._incomplete import Incomplete
from residuum.discretise.linear._iterative import Iterative, Kind
from residuum.discretise.linear._multigrid import Later, aggregated, classical, constants
from residuum.discretise.linear._null_space import NullSpace
from residuum.discretise.linear._path import Path
from residuum.discretise.linear._saddle import BlockDiagonal, Blocks, BlockTriangular
from residuum.discretise.linear._structure import ApproximateInverse, Structure

SMALL = 5000
"""Up to this many unknowns a direct solve is quicker than the set-up of anything else."""
FACTORS = (5.0e-6, 2.0e-8)
"""Seconds of a direct solve: per unknown, and per cube of the front (see ``front``)."""
CYCLES = 5.0e-7
"""Seconds of a solve by multigrid and conjugate gradients, per entry of the matrix."""
PATIENCE = {"definite": 2.0, "other": 20.0}
"""How much longer a direct solve may take before iterations come first. Solving again with the same
factors is far cheaper; and without definiteness iterations may fail."""
AFFORDABLE = 600.0
"""Estimated seconds beyond which a direct solve is not even a last resort."""

REPELLED = 0.05
"""Share of positive couplings from which smoothed aggregation comes before classical multigrid,
which takes every neighbour for one that pulls the same way. Triangles of order two exceed it."""

Candidate = tuple[str, Callable[[], Path]]


@final
class Choice:
    """The paths that suit one matrix.

    Args:
        matrix: (n, n) CSR, finite.
        structure: what is known of it.
        scale: its equilibration.
        null: its null space.
        symmetric: whether it was found symmetric.
    """

    def __init__(
        self,
        matrix: Any,
        structure: Structure,
        scale: Equilibration,
        null: NullSpace | None,
        symmetric: bool,
    ) -> None:
        self.matrix, self.structure, self.scale, self.null = matrix, structure, scale, null
        self.symmetric, self.size = symmetric, matrix.shape[0]
        diagonal = matrix.diagonal()
        definite = symmetric and structure.definite
        self.sign = -1.0 if definite and diagonal.sum() < 0 else 1.0
        # A diagonal of both signs refutes the claim before any step is lost on it.
        self.definite = definite and bool((self.sign * diagonal > 0).all())
        several = structure.components is not None and np.ptp(structure.components) > 0
        wide = structure.near_null is not None and structure.near_null.shape[1] > 1
        self.system = bool(several or wide)

    def ordered(
        self,
        largest_direct: int | None,
        preconditioner: ApproximateInverse | None,
        method: Kind | None = None,
    ) -> list[Candidate]:
        """Return the paths, best first; a given preconditioner, used as ``method``, leads."""
        direct: list[Candidate] = [("direct (SuperLU)", self._direct)]
        if full(self.matrix) and preconditioner is None:
            return direct
        if preconditioner is not None:
            return [self._given(preconditioner, method), *direct]
        if self.size <= (SMALL if largest_direct is None else largest_direct):
            return direct
        seconds = FACTORS[0] * self.size + FACTORS[1] * front(self.matrix) ** 3
        patience = PATIENCE["definite" if self.definite else "other"]
        if largest_direct is None and seconds <= patience * CYCLES * self.matrix.nnz:
            return direct
        return self._iterative() + (direct if seconds <= AFFORDABLE else [])

    def singular(self) -> tuple[str, Result] | None:
        """Look for a null vector among the slow vectors, which no iteration would notice."""
        if self.null is not None:
            return None
        slow = self._slow()
        basis = np.linalg.qr(np.ones((self.size, 1)) if slow is None else slow)[0]
        seen = np.linalg.svd(self.matrix @ basis, compute_uv=False)[-1]
        if seen > 1e-13 * np.abs(self.matrix.data).max():
            return None
        return "singular: a constant or rigid motion has no image", Result.STAGNATED

    def _slow(self) -> np.ndarray | None:
        if self.structure.near_null is not None:
            return self.structure.near_null
        if self.structure.components is not None:
            return constants(self.structure.components)
        return None

    def _direct(self) -> Path:
        pattern = self.symmetric or full(self.matrix) or _symmetric_pattern(self.matrix)
        return Direct(self.matrix, symmetric=self.symmetric, pattern=pattern, null=self.null)

    def _given(self, inverse: ApproximateInverse, method: Kind | None) -> Candidate:
        kind: Kind = method or ("CG" if self.definite else "GMRES")
        name = f"given preconditioner + {kind}"

        def signed(residual: np.ndarray) -> np.ndarray:
            return self.sign * np.asarray(inverse(residual), float)

        return name, partial(self._krylov, signed, kind, name=name)

    def _krylov(
        self,
        inverse: ApproximateInverse,
        kind: Kind,
        *,
        name: str,
        dual: ApproximateInverse | None = None,
    ) -> Path:
        matrix = self.matrix if self.sign > 0 else -self.matrix
        return Iterative(
            matrix, inverse, kind=kind, name=name, null=self.null, dual=dual, sign=self.sign
        )

    def _iterative(self) -> list[Candidate]:
        if self.structure.saddle is not None:
            return self._saddle()
        if self.definite:
            order = ["smoothed aggregation", "classical AMG"]
            if not self.system and _repelled(self.sign * self.matrix) <= REPELLED:
                order.reverse()
            return [(f"{name} + CG", partial(self._multigrid, name, "CG")) for name in order]
        name = "classical AMG"
        multigrid: Candidate = (f"{name} + GMRES", partial(self._multigrid, name, "GMRES"))
        incomplete: Candidate = ("ILU + GMRES", self._incomplete)
        return [incomplete] if self.system else [multigrid, incomplete]

    def _multigrid(self, name: str, kind: Kind) -> Path:
        matrix, dual = self.sign * self.matrix, None
        if name == "classical AMG":
            inverse = classical(matrix)
            dual = None if kind == "CG" else Later(lambda: classical(matrix.T.tocsr()))
        else:
            inverse = aggregated(matrix, self._slow())
        return self._krylov(inverse, kind, name=f"{inverse.name} + {kind}", dual=dual)

    def _incomplete(self) -> Path:
        inverse = Incomplete(self.sign * self.matrix, self.scale)
        return self._krylov(inverse, "GMRES", name="ILU + GMRES", dual=inverse.turned())

    def _saddle(self) -> list[Candidate]:
        if self.symmetric:
            return [("block AMG + MINRES", self._block_diagonal)]
        return [("block triangular + GMRES", self._block_triangular)]

    def _block_diagonal(self) -> Path:
        blocks = Blocks(self.matrix, self.structure)
        return self._krylov(BlockDiagonal(blocks), "MINRES", name="block AMG + MINRES")

    def _block_triangular(self) -> Path:
        blocks = Blocks(self.matrix, self.structure)
        name = "block triangular + GMRES"
        return self._krylov(BlockTriangular(blocks), "GMRES", name=name)


def _symmetric_pattern(matrix: Any) -> bool:
    """Whether at most a hundredth of the entries has no partner across the diagonal."""
    import scipy.sparse as sp

    ones = np.ones(len(matrix.data))
    pattern = sp.csr_array((ones, matrix.indices, matrix.indptr), matrix.shape)
    return abs(pattern - pattern.T.tocsr()).nnz <= 0.01 * len(ones)


def _repelled(matrix: Any) -> float:
    """Return the share of positive entries in the sum of the off-diagonal ones."""
    diagonal = matrix.diagonal()
    positive = float(matrix.data[matrix.data > 0].sum()) - float(diagonal[diagonal > 0].sum())
    total = float(np.abs(matrix.data).sum()) - float(np.abs(diagonal).sum())
    return positive / total if total > 0 else 0.0
