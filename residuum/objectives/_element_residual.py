"""The residual of an equation on elements, in the dual norm: training without labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.operators import ElementFrame

LARGEST = 4000
"""Most nodes: the inverse of the stiffness matrix is kept as a dense one."""

Term = Callable[[Array, Array, Array], Array]
"""(u, its slopes, input channels) at quadrature points to a flux or a source there."""


@final
class ElementResidual(eqx.Module):
    """-div flux(u, grad u, a) = source(u, grad u, a) on a mesh: its residual and its energy.

        r_i(u) = ∫ flux · ∇φ_i - source φ_i,   loss = r_Fᵀ K_F⁻¹ r_F

    over the nodes F without given values. K_F⁻¹ makes the loss the squared norm of the residual in
    the dual of H1. For flux = grad u it equals the squared energy norm of the distance to the
    Galerkin solution, so no label can do better; elsewhere it bounds that distance up to constants.

    Args:
        dofs, value, slope, weights: tables of the space at quadrature points; constants.
        inverse: K_F⁻¹ with zero rows and columns at held nodes, (nodes, nodes); constant.
        flux: (cells, q, n), (cells, d, q, n), (cells, q, n, channels) to (cells, d, q, n).
        source: the same arguments to (cells, q, n).
    """

    dofs: np.ndarray
    value: np.ndarray
    slope: np.ndarray
    weights: np.ndarray
    inverse: np.ndarray
    flux: Term = eqx.field(static=True)
    source: Term = eqx.field(static=True)

    def __call__(self, found: Array, inputs: Array) -> Array:
        """Return the losses (n,) of functions (n, nodes, 1) for inputs (n, nodes, channels)."""
        rest = self.residual(found, inputs)
        return (rest * (jnp.asarray(self.inverse, rest.dtype) @ rest)).sum(axis=0)

    def residual(self, found: Array, inputs: Array) -> Array:
        """Return r, nodes first: (nodes, n); rows of held nodes are fluxes through the boundary."""
        u, a = jnp.swapaxes(found, 0, 1)[..., 0], jnp.swapaxes(inputs, 0, 1)
        dtype = u.dtype
        value, slope = jnp.asarray(self.value, dtype), jnp.asarray(self.slope, dtype)
        weights = jnp.asarray(self.weights, dtype)
        local = u[self.dofs]
        at = jnp.einsum("cin,ciq->cqn", local, value)
        along = jnp.einsum("cin,cidq->cdqn", local, slope)
        given = jnp.einsum("cink,ciq->cqnk", a[self.dofs].astype(dtype), value)
        flux, source = self.flux(at, along, given), self.source(at, along, given)
        part = jnp.einsum("cdqn,cidq,cq->cin", flux, slope, weights)
        part = part - jnp.einsum("cqn,ciq,cq->cin", source, value, weights)
        rows = self.dofs.reshape(-1)
        return jax.ops.segment_sum(part.reshape(len(rows), -1), rows, len(self.inverse))


def element_residual(
    elements: ElementFrame, flux: Term | None = None, source: Term | None = None
) -> ElementResidual:
    """Return the residual of -div flux = source; by default -Δu = first input channel.

    Raises:
        OptionError: no boundary part is held, or more than ``LARGEST`` nodes.
    """
    if not elements.fixed.any():
        raise OptionError("a boundary part with given values", "none", "Name it in held.")
    if elements.size > LARGEST:
        remedy = "Train on a coarser mesh and move the operator with on()."
        raise OptionError(f"at most {LARGEST} nodes", str(elements.size), remedy)
    free = np.flatnonzero(~elements.fixed)
    inverse = np.zeros((elements.size, elements.size))
    inner = elements.stiffness[free][:, free].toarray()
    inverse[np.ix_(free, free)] = np.linalg.inv(inner)
    volume = elements.space.volume
    table: Any = volume.tables[elements.order]
    return ElementResidual(
        table.dofs.astype(np.int32),
        table.value,
        table.slope,
        volume.weights,
        inverse,
        _slopes if flux is None else flux,
        _first if source is None else source,
    )


def _slopes(u: Array, slopes: Array, given: Array) -> Array:
    return slopes


def _first(u: Array, slopes: Array, given: Array) -> Array:
    return given[..., 0]
