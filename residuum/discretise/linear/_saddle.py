"""Block preconditioners of saddle points: multigrid for the primal block, a Schur complement.

With K = [[A, B1], [B2, C]] the multipliers see S = B2 A⁻¹ B1 - C, positive for stable pairs of
elements. (H. C. Elman, D. J. Silvester, A. J. Wathen, Finite Elements and Fast Iterative Solvers,
2nd edition, Oxford 2014, chapters 4 and 9; M. F. Murphy, G. H. Golub, A. J. Wathen, SIAM J. Sci.
Comput. 21, 2000.)
"""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum.discretise.linear._multigrid import aggregated, constants
from residuum.discretise.linear._path import UnfitPath
from residuum.discretise.linear._structure import ApproximateInverse, Structure

PROBES = 24
"""Random vectors that estimate the diagonal of the Schur complement; errors fall as its root."""


@final
class Blocks:
    """The blocks of a saddle point and multigrid for the primal one.

    Args:
        matrix: (n, n) CSR.
        structure: with ``saddle``; ``components`` and ``near_null`` serve the primal block.

    Raises:
        UnfitPath: one of the blocks is empty, or multigrid cannot be set up.
    """

    def __init__(self, matrix: Any, structure: Structure) -> None:
        assert structure.saddle is not None
        mask = structure.saddle.astype(bool)
        self.dual, self.primal = np.flatnonzero(mask), np.flatnonzero(~mask)
        if not len(self.dual) or not len(self.primal):
            raise UnfitPath("a saddle point without one of its blocks")
        upper, lower = matrix[self.primal], matrix[self.dual]
        self.a = upper[:, self.primal].tocsr()
        self.b1 = upper[:, self.dual].tocsr()
        self.b2 = lower[:, self.primal].tocsr()
        self.c = lower[:, self.dual].tocsr()
        gap = abs(self.a - self.a.T)
        self.symmetric = bool(gap.max() <= 1e-10 * abs(self.a).max()) if gap.nnz else True
        self.sign = -1.0 if self.a.diagonal().sum() < 0 else 1.0
        self.inverse = aggregated(
            self.sign * self.a, self._slow(structure), symmetric=self.symmetric
        )

    def _slow(self, structure: Structure) -> np.ndarray | None:
        if structure.near_null is not None:
            return structure.near_null[self.primal]
        if structure.components is not None:
            return constants(structure.components[self.primal])
        return None

    def schur_diagonal(self) -> np.ndarray:
        """Estimate the diagonal (m,) of the Schur complement from random signs.

        The mean of v ∘ S v over random signs v. (C. Bekas, E. Kokiopoulou, Y. Saad, Appl. Numer.
        Math. 57, 2007.)
        """
        chance = np.random.default_rng(20)
        total = np.zeros(len(self.dual))
        for _ in range(PROBES):
            signs = chance.choice([-1.0, 1.0], len(self.dual))
            image = self.b2 @ self.inverse(self.b1 @ signs) - self.sign * (self.c @ signs)
            total += signs * image
        found = total / PROBES
        if not np.isfinite(found).all() or not (found > 0).any():
            raise UnfitPath("the Schur complement is not definite")
        # Noise may leave a small or negative value; a fair one is that of the middle.
        middle = float(np.median(found[found > 0]))
        return np.where(found > 0.05 * middle, found, middle)


@final
class BlockDiagonal:
    """Multigrid and the diagonal of the Schur complement: definite, for MINRES."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks, self.schur = blocks, blocks.schur_diagonal()

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the correction (n,) for a residual (n,)."""
        found = np.empty_like(residual)
        found[self.blocks.primal] = self.blocks.inverse(residual[self.blocks.primal])
        found[self.blocks.dual] = residual[self.blocks.dual] / self.schur
        return found


@final
class BlockTriangular:
    """Multigrid and a Schur complement that knows of transport, for GMRES.

    The Schur complement is inverted by least-squares commutators, with the diagonal of A in place
    of the mass: (B2 D⁻¹ B1)⁻¹ B2 D⁻¹ A D⁻¹ B1 (B2 D⁻¹ B1)⁻¹. (H. Elman, V. E. Howle, J. Shadid,
    R. Shuttleworth, R. Tuminaro, SIAM J. Sci. Comput. 27, 2006.) With a block C (stabilised
    elements) the estimated diagonal is used instead.
    """

    def __init__(self, blocks: Blocks) -> None:
        self.blocks, self.schur = blocks, None
        self.laplacian: ApproximateInverse | None = None
        diagonal = blocks.a.diagonal()
        if (blocks.c.nnz and abs(blocks.c).max() > 0) or not (blocks.sign * diagonal > 0).all():
            self.schur = blocks.schur_diagonal()
            return
        self.weight = 1.0 / (blocks.sign * diagonal)
        scaled = blocks.b1.copy()
        scaled.data *= np.repeat(self.weight, np.diff(scaled.indptr))
        self.laplacian = aggregated((blocks.b2 @ scaled).tocsr(), None, symmetric=False)

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the correction (n,) for a residual (n,)."""
        blocks = self.blocks
        found = np.empty_like(residual)
        pressure = -blocks.sign * self._schur(residual[blocks.dual])
        rest = residual[blocks.primal] - blocks.b1 @ pressure
        found[blocks.dual] = pressure
        found[blocks.primal] = blocks.sign * blocks.inverse(rest)
        return found

    def _schur(self, right: np.ndarray) -> np.ndarray:
        if self.laplacian is None:
            return right / self.schur
        blocks = self.blocks
        once = self.weight * (blocks.b1 @ self.laplacian(right))
        twice = self.weight * (blocks.sign * (blocks.a @ once))
        return self.laplacian(blocks.b2 @ twice)
