"""From a matrix and what is known of it to a solver."""

from __future__ import annotations

from typing import Any

import numpy as np

from residuum._core import OptionError, Result
from residuum.discretise.linear._choice import Choice
from residuum.discretise.linear._equilibration import equilibration
from residuum.discretise.linear._iterative import Kind
from residuum.discretise.linear._null_space import NullSpace
from residuum.discretise.linear._solver import Solver
from residuum.discretise.linear._structure import ApproximateInverse, Structure


def prepare(
    matrix: Any,
    structure: Structure | None = None,
    *,
    tol: float = 1e-10,
    largest_direct: int | None = None,
    preconditioner: ApproximateInverse | None = None,
    method: Kind | None = None,
) -> Solver:
    """Make a sparse matrix ready to be solved with, by the path that suits it.

    Small systems and meshes of the plane go to sparse LU factors; large definite ones to algebraic
    multigrid with conjugate gradients (classical for one scalar unknown, smoothed aggregation for
    systems); saddle points to MINRES or GMRES with block preconditioners; the rest to GMRES with
    incomplete factors or multigrid. Where a path fails, the next is tried and ``Linear.path`` says
    so. The cut-offs come from ``benchmarks/sparse_paths.py``.

    Args:
        matrix: (n, n) real, any SciPy sparse array or matrix.
        structure: what is known of it; nothing by default, which is safe and slower.
        tol: relative residual to reach, rows brought to one size. Below 1e-12 only direct solves
            arrive.
        largest_direct: number of unknowns up to which the direct path comes first; chosen from the
            graph of the matrix where ``None``.
        preconditioner: an approximate inverse to use instead of the built-in ones. Symmetric
            positive definite where ``structure`` says definite. Transposed systems do without.
        method: Krylov method for it; CG where definite and GMRES else by default. A learned one,
            neither linear nor symmetric, wants ``"directions"``.

    Raises:
        OptionError: the matrix is not square, not real or not sparse; an array of the structure
            does not fit; the tolerance is not between 0 and 1.
    """
    structure = structure or Structure()
    csr = _checked(matrix, structure, tol)
    n = csr.shape[0]
    if not np.isfinite(csr.data).all():
        fault = ("the matrix holds NaN or infinity", Result.NOT_FINITE)
        return Solver(csr, (), tol=tol, fault=fault)
    empty = np.flatnonzero(np.diff(csr.indptr) == 0)
    if structure.null is None and (len(empty) or (n and not csr.data.any())):
        place = f"row {empty[0]} is empty" if len(empty) else "every entry is zero"
        return Solver(csr, (), tol=tol, fault=(f"singular: {place}", Result.STAGNATED))
    symmetric = (structure.symmetric or structure.definite) and _looks_symmetric(csr)
    scale = equilibration(csr, symmetric=symmetric)
    null = NullSpace(csr, structure.null) if structure.null is not None and n else None
    choice = Choice(csr, structure, scale, null, symmetric)
    paths = choice.ordered(largest_direct, preconditioner, method)
    return Solver(
        csr,
        paths,
        tol=tol,
        weights=None if scale.trivial else (scale.rows, scale.columns),
        null=null,
        # The direct path finds this out by itself.
        fault=None if paths[0][0].startswith("direct") else choice.singular(),
    )


def _checked(matrix: Any, structure: Structure, tol: float) -> Any:
    import scipy.sparse as sp

    if not sp.issparse(matrix) or matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        got = f"{type(matrix).__name__} of shape {np.shape(matrix)}"
        raise OptionError("a square sparse matrix", got, "Assemble it as CSR.")
    if np.iscomplexobj(matrix):
        raise OptionError("a real matrix", "a complex one", "Split real and imaginary parts.")
    if not 0 < tol < 1:
        raise OptionError("a tolerance between 0 and 1", repr(tol), "1e-10 is a good value.")
    structure.check(matrix.shape[0])
    csr = sp.csr_array(matrix, dtype=float)
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    return csr


def _looks_symmetric(matrix: Any) -> bool:
    """Whether a fixed pair of test vectors sees the same form both ways round."""
    chance = np.random.default_rng(20)
    x, y = chance.uniform(0.5, 1.5, (2, matrix.shape[0]))
    one, other = float(y @ (matrix @ x)), float(x @ (matrix @ y))
    # Absolute values would take another product; every row adds to both forms.
    size = float(np.abs(matrix.data).sum())
    return abs(one - other) <= 1e-9 * size
