"""Misfit of finite-element functions in the norms of their space."""

from __future__ import annotations

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from residuum.operators import ElementFrame, SparseMap, sparse_map


@final
class ElementNorm(eqx.Module):
    """Relative error of coefficients: (eᵀ B e / uᵀ B u)^½ with B = M (L2) or M + K (H1).

    A plain sum over nodes would count where the mesh is fine.

    Args:
        matrix: B, constant.
    """

    matrix: SparseMap

    def __call__(self, found: Array, wanted: Array) -> Array:
        """Return the relative errors (n,) of found against wanted, (n, nodes, outputs) both."""
        error, size = self.square(found - wanted), self.square(wanted)
        return jnp.sqrt(error / jnp.maximum(size, jnp.finfo(size.dtype).tiny))

    def square(self, values: Array) -> Array:
        """Return the squared norms (n,) of functions (n, nodes, outputs)."""
        first = jnp.swapaxes(values, 0, 1)
        return (first * self.matrix(first)).sum(axis=(0, 2))


def element_norm(elements: ElementFrame, *, slopes: bool = False) -> ElementNorm:
    """Return the L2 norm of a space, or with ``slopes`` the H1 norm."""
    matrix = elements.mass + elements.stiffness if slopes else elements.mass
    return ElementNorm(sparse_map(matrix))
