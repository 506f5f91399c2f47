"""Rows of a weak form: expressions at quadrature points, summed against test functions."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from residuum.objectives._rows import Rows


class TestedRows(Rows):
    """r_k = factor · Σ_e Σ_q tests[e, k, q] · (expression e at point q).

    ``tests`` holds weights of the quadrature times values or derivatives of the test functions.
    With ``local``, the points come in equal groups, one per test function; else every test
    function sees every point. ``groups`` is the number of test functions.

    Args:
        tests: shape (expressions, groups, points per test function).
        local: whether every test function has its own points.
    """

    __test__ = False  # no test class, whatever its name begins with

    tests: Array | None = None
    local: Array | None = None

    @property
    def count(self) -> int:
        return self.groups

    def _weigh(self, found: Array) -> Array:
        return self.summed(found)

    def summed(self, found: Array) -> Array:
        """Sum an array (expressions, n, anything) against the test functions."""
        assert self.tests is not None
        if self.local is None:
            return jnp.einsum("ekq,eqa->ka", self.tests, found) * self.factor
        pieces = found.reshape(len(self.at), self.groups, -1, found.shape[2])
        return jnp.einsum("ekq,ekqa->ka", self.tests, pieces) * self.factor
