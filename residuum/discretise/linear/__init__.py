"""Sparse linear systems solved by a path that suits them."""

from residuum.discretise.linear._prepare import prepare
from residuum.discretise.linear._solver import Solver
from residuum.discretise.linear._structure import ApproximateInverse, Linear, Structure

__all__ = ["ApproximateInverse", "Linear", "Solver", "Structure", "prepare"]
