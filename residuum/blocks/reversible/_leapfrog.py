"""Leapfrog integrators as couplings: their gradients in constant memory are symplectic adjoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._correlation import MODES, Edge
from residuum.blocks.reversible._coupling import Coupling, Factor
from residuum.blocks.reversible._stack import ReversibleStack, reversible_march
from residuum.blocks.reversible._state import Part


class Kick(eqx.Module):
    """step · (force(q) + Σ_s drive_s places_s): what changes the momentum.

    Args:
        force: acceleration at a displacement, with trained arrays of its own.
        step: of time.
        drive: amplitudes of the sources at this step, shape (sources,); ``None`` without sources.
        places: where they act, shape (sources, *grid).
    """

    force: Callable[[Part], Part]
    step: float = eqx.field(static=True)
    drive: Array | None = None
    places: np.ndarray | None = None

    def __call__(self, displacement: Part) -> Part:
        found = jax.tree.map(lambda leaf: self.step * leaf, self.force(displacement))
        if self.places is None or self.drive is None:
            return found
        # Sources far from most nodes: one product, no sum over a copy of the grid for each.
        sources = jnp.tensordot(self.drive, jnp.asarray(self.places, self.drive.dtype), 1)
        return found + self.step * sources


class Drift(eqx.Module):
    """step · p: what changes the displacement."""

    step: float = eqx.field(static=True)

    def __call__(self, momentum: Part) -> Part:
        return jax.tree.map(lambda leaf: self.step * leaf, momentum)


class Probes(eqx.Module):
    """Displacements at some nodes, recorded at every step.

    Args:
        indices: one row of indices per axis of the grid, shape (axes, probes).
    """

    indices: np.ndarray = eqx.field(converter=np.asarray)

    def __call__(self, image: tuple[Array, Array]) -> Array:
        return image[0][(..., *self.indices)]


class WaveForce(eqx.Module):
    """c² Δq on a regular grid by second differences; q of shape (n, *grid).

    Args:
        speed: c, of shape (*grid) or (); trained where it is a JAX array.
        spacing: distance of nodes per axis.
        edges: what lies beyond the sides: ``"zero"`` (held), ``"copy"`` (free), ``"wrap"``.
        saturation: α: c² is divided by 1 + α q² where it is above zero.
    """

    speed: Array | np.ndarray
    spacing: tuple[float, ...] = eqx.field(static=True)
    edges: tuple[Edge, ...] = eqx.field(static=True)
    saturation: float = eqx.field(static=True, default=0.0)

    def __check_init__(self) -> None:
        known = set(self.edges) <= set(MODES) and len(self.edges) == len(self.spacing)
        if not known or min(self.spacing) <= 0:
            got = f"{self.edges}, spacing {self.spacing}"
            raise OptionError("an edge and a positive spacing per axis", got, "One of each.")

    def __call__(self, q: Array) -> Array:
        total = jnp.zeros_like(q)
        first = q.ndim - len(self.edges)
        for axis, (edge, width) in enumerate(zip(self.edges, self.spacing, strict=True), first):
            margins = [(1, 1) if i == axis else (0, 0) for i in range(q.ndim)]
            wide = jnp.pad(q, margins, mode=MODES[edge])
            size = q.shape[axis]
            before = jax.lax.slice_in_dim(wide, 0, size, axis=axis)
            after = jax.lax.slice_in_dim(wide, 2, size + 2, axis=axis)
            total = total + (before - 2 * q + after) / width**2
        square = jnp.asarray(self.speed) ** 2
        return square * total / (1 + self.saturation * q * q) if self.saturation else square * total


def leapfrog(
    force: Callable[[Part], Part],
    step: float,
    *,
    damping: Array | np.ndarray | None = None,
    places: np.ndarray | None = None,
    probes: Sequence[Sequence[int]] | None = None,
) -> Coupling:
    """Return one step on (q, p): p ← a p + step · (force(q) + sources), q ← q + step · p.

    The momenta stand half a step behind the displacements: second order, symplectic where nothing
    is damped.

    Args:
        force: acceleration at q.
        step: of time.
        damping: a at every node, 1 inside and a little less in absorbing layers; with a below 1 the
            way back grows, and a march puts in the checkpoints that it needs.
        places: shape (sources, *grid): where driven sources act; their amplitudes are the drive of
            a march, with ``drive_at=driven``.
        probes: indices per axis of nodes whose displacement is recorded at every step.
    """
    drive = None if places is None else jnp.zeros(len(places))
    kick = Kick(force, step, drive, places)
    scale = None if damping is None else Factor(damping)
    record = None if probes is None else Probes(np.asarray(probes))
    return Coupling((Drift(step), kick), (None, scale), (1, 0), record=record)


def driven(step: Any) -> Any:
    """Return the leaf of a leapfrog step that sources drive."""
    return step.shifts[1].drive


def wave_march(
    step: Coupling,
    count: int,
    shape: tuple[int, ...],
    *,
    carry_dtype: Literal["float64"] | None = None,
    checkpoint_every: int | None = None,
) -> ReversibleStack:
    """Return a march of leapfrog steps on fields of a shape (n, *grid).

    It takes (q, p), and ``drive`` of shape (count, sources) where the step has sources; records
    are of shape (count, n, probes).
    """
    kick = step.shifts[1]
    probe = (jax.ShapeDtypeStruct(shape, jnp.float32),) * 2
    return reversible_march(
        step,
        count,
        probe,
        drive_at=driven if kick.places is not None else None,
        carry_dtype=carry_dtype,
        checkpoint_every=checkpoint_every,
    )
