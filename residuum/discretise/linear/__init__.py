"""Sparse linear systems: solved by a path that suits them, or by the parts one names."""

from residuum.discretise.linear._deflation import Deflation
from residuum.discretise.linear._diagonal import Identity, Jacobi
from residuum.discretise.linear._geometric import geometric
from residuum.discretise.linear._grid_poisson import GridPoisson
from residuum.discretise.linear._harness import krylov
from residuum.discretise.linear._incomplete_cholesky import IncompleteCholesky
from residuum.discretise.linear._multigrid import aggregated, classical
from residuum.discretise.linear._prepare import prepare
from residuum.discretise.linear._ritz import ritz_pairs
from residuum.discretise.linear._solver import Solver
from residuum.discretise.linear._structure import ApproximateInverse, Linear, Structure

__all__ = [
    "ApproximateInverse",
    "Deflation",
    "GridPoisson",
    "Identity",
    "IncompleteCholesky",
    "Jacobi",
    "Linear",
    "Solver",
    "Structure",
    "aggregated",
    "classical",
    "geometric",
    "krylov",
    "prepare",
    "ritz_pairs",
]
