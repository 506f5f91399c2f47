"""Monotone layers and monotone deep Boltzmann machines: mean fields with one fixed point."""

from __future__ import annotations

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator, jax_key
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._stage import DIFFERENTIABLE, Capability
from residuum.blocks.associative._energy import EnergyModel, check_states
from residuum.blocks.associative._splitting import Held, Splitting, fixed_point

FENG = Source(
    "monotone-dbm",
    "Monotone deep Boltzmann machines",
    "Z. Feng, E. Winston, J. Z. Kolter",
    2023,
    "arXiv:2307.04990",
    "verified",
)


class MonotoneWeight(eqx.Module):
    """W = (1 - m) I - AᵀA + B - Bᵀ, for which W + Wᵀ ⪯ 2 (1 - m) whatever A and B are.

    Args:
        entries: the trained numbers of A.
        places: which of them stands where in A, shape (rank, units), -1 for a zero; NumPy.
        turn: B, shape (units, units); None for a symmetric W, which has an energy.
        margin: m, above zero. Small margins let states reach far, and need more iterations.
    """

    entries: Array
    places: np.ndarray
    turn: Array | None = None
    margin: float = eqx.field(static=True, default=0.1)

    def __check_init__(self) -> None:
        if not self.margin > 0:
            raise OptionError("a margin above zero", str(self.margin), "Try 0.1.")

    @property
    def units(self) -> int:
        return int(self.places.shape[1])

    def matrix(self) -> Array:
        """Return W, shape (units, units)."""
        root = jnp.where(self.places < 0, 0.0, self.entries[jnp.asarray(self.places)])
        found = (1 - self.margin) * jnp.eye(self.units, dtype=root.dtype) - root.T @ root
        return found if self.turn is None else found + self.turn - self.turn.T


def dense_weight(
    units: int, key: Key, *, margin: float = 0.1, symmetric: bool = False
) -> MonotoneWeight:
    """Return a weight with a full square A, of normal numbers of variance 1 / (4 units), B too.

    Raises:
        OptionError: no unit, or the margin is not above zero.
    """
    if units < 1:
        raise OptionError("one unit or more", str(units), "Correct it.")
    first, second = jax_key(key, 0), jax_key(key, 1)
    size = 0.5 / np.sqrt(units)
    turn = None if symmetric else size * jax.random.normal(second, (units, units))
    places = np.arange(units * units).reshape(units, units)
    return MonotoneWeight(size * jax.random.normal(first, (units * units,)), places, turn, margin)


class MonotoneLayer(Block):
    """z = σ(W z + x U + b): an implicit layer with exactly one answer, found by splitting.

    Args:
        weight: W.
        drive: U, shape (inputs, units).
        bias: b, shape (units,).
        splitting: activation and solver.

    Raises:
        EquinoxRuntimeError: at a call, the tolerance is not met within the iterations.

    Good start: ``monotone_layer(inputs, units, key)``.

    Breaks where a steady problem has several answers: only one can be represented.

    Source: E. Winston, J. Z. Kolter, NeurIPS 2020; Z. Feng et al., arXiv:2307.04990.
    """

    weight: MonotoneWeight
    drive: Array
    bias: Array
    splitting: Splitting = eqx.field(static=True, default=Splitting())

    sources: ClassVar[tuple[Source, ...]] = (FENG,)

    @property
    def capabilities(self) -> frozenset[Capability]:
        return DIFFERENTIABLE | {Capability.SOLVE}

    @property
    def signature(self) -> Signature:
        return Signature(self.drive.shape[0], self.drive.shape[1])

    def __call__(self, x: Array) -> Array:
        drive = x @ self.drive + self.bias
        held = Held.none(drive.shape, drive.dtype)
        return fixed_point(self.weight.matrix(), drive, held, self.splitting)


def monotone_layer(
    inputs: int, units: int, key: Key, *, margin: float = 0.1, splitting: Splitting | None = None
) -> MonotoneLayer:
    """Return a layer with drives of variance 1 / inputs and no bias.

    Raises:
        OptionError: a number is out of range.
    """
    weight = dense_weight(units, key, margin=margin)
    drive = jax.random.normal(jax_key(key, 2), (inputs, units)) / np.sqrt(inputs)
    return MonotoneLayer(weight, drive, jnp.zeros(units), splitting or Splitting())


class MonotoneBoltzmann(EnergyModel):
    """Mean field of a Boltzmann machine whose couplings are monotone and symmetric.

    F(z) = Σ f(z_i) + z · (1 - W) z / 2 - b · z, strongly convex; its one minimum is the fixed point
    z = σ(W z + b). Some units are seen, the others hidden. The update is one proximal step of
    length 1 / |1 - W|, which never raises F.

    Args:
        weight: W, without B.
        bias: b, shape (units,).
        visible: how many units are seen; they come first.
        splitting: activation and solver.

    Raises:
        OptionError: the weight is not symmetric, or more units are seen than there are.

    Source: Z. Feng, E. Winston, J. Z. Kolter, arXiv:2307.04990.
    """

    weight: MonotoneWeight
    bias: Array
    visible: int = eqx.field(static=True)
    splitting: Splitting = eqx.field(static=True, default=Splitting())

    sources: ClassVar[tuple[Source, ...]] = (FENG,)

    def __check_init__(self) -> None:
        if self.weight.turn is not None:
            raise OptionError("a symmetric weight", "one with B", "An energy needs B = None.")
        if not 1 <= self.visible <= self.weight.units:
            raise OptionError(f"1 to {self.weight.units} seen units", str(self.visible), "Fewer.")

    @property
    def units(self) -> int:
        return self.weight.units

    def energy(self, state: Array) -> Array:
        check_states(self, state)
        gap = jnp.eye(self.units) - self.weight.matrix()
        bowl = jnp.sum(state * (state @ gap.T), axis=1) / 2
        return jnp.sum(self.splitting.activation.penalty(state), axis=1) + bowl - state @ self.bias

    def update(self, state: Array) -> Array:
        check_states(self, state)
        gap = jnp.eye(self.units) - self.weight.matrix()
        alpha = 1 / jnp.linalg.norm(gap, 2)
        moved = state - alpha * (state @ gap.T - self.bias)
        return self.splitting.activation.prox(moved, alpha)

    def complete(self, seen: Array, known: Array) -> Array:
        """Return the means of the seen units, those known at their values; shape (n, visible).

        Args:
            seen: values, shape (n, visible); what is not known is not read.
            known: true where known, same shape.
        """
        held = self.held(seen, known)
        drive = jnp.broadcast_to(self.bias, held.where.shape)
        whole = fixed_point(self.weight.matrix(), drive, held, self.splitting)
        return whole[:, : self.visible]

    def held(self, seen: Array, known: Array) -> Held:
        """Return what is held of all units.

        Raises:
            OptionError: the shapes are not (n, visible).
        """
        if seen.ndim != 2 or seen.shape[1] != self.visible or seen.shape != known.shape:
            raise OptionError(
                f"two arrays of shape (n, {self.visible})",
                f"{seen.shape}, {known.shape}",
                "One row per field.",
            )
        widths = ((0, 0), (0, self.units - self.visible))
        return Held(jnp.pad(known, widths), jnp.pad(jnp.where(known, seen, 0.0), widths))


def lattice_boltzmann(
    side: int, key: Key, *, block: int = 2, hidden: int = 1, rank: int = 8, margin: float = 0.05
) -> MonotoneBoltzmann:
    """Return a two-layer machine on a side × side periodic grid of spins, alike everywhere.

    Blocks of block × block pixels own some hidden units each. Rows of A cover a window of 3 × 3
    blocks with its hidden units, ``rank`` rows per block, with the same numbers in every block.

    Args:
        side: pixels, a multiple of ``block``, three blocks or more.
        key: of the first weights.
        block: pixels along a block.
        hidden: units per block, from zero.
        rank: rows of A per block.
        margin: m.

    Raises:
        OptionError: the side is no multiple of the block or too small.
    """
    if block < 1 or side % block or side // block < 3 or hidden < 0 or rank < 1:
        raise OptionError("a side of three blocks or more", f"{side}, {block}", "16 and 2.")
    places = lattice_places(side, block, hidden, rank)
    count = int(places.max()) + 1
    entries = generator(key, 3).normal(size=count) * 0.5 / np.sqrt(count / rank)
    weight = MonotoneWeight(jnp.asarray(entries, jnp.float32), places, None, margin)
    return MonotoneBoltzmann(weight, jnp.zeros(places.shape[1]), side * side)


def lattice_places(side: int, block: int, hidden: int, rank: int) -> np.ndarray:
    """Return which number stands where in A, shape (rank · blocks, units)."""
    blocks = side // block
    pixels = np.arange(side * side).reshape(side, side)
    owned = side * side + np.arange(blocks * blocks * hidden).reshape(blocks, blocks, hidden)
    rows = []
    for i in range(blocks):
        for j in range(blocks):
            lines = np.arange((i - 1) * block, (i + 2) * block) % side
            columns = np.arange((j - 1) * block, (j + 2) * block) % side
            near = np.arange(i - 1, i + 2) % blocks, np.arange(j - 1, j + 2) % blocks
            units = np.concatenate(
                [pixels[np.ix_(lines, columns)].ravel(), owned[np.ix_(*near)].ravel()]
            )
            for r in range(rank):
                row = np.full(side * side + owned.size, -1)
                row[units] = r * len(units) + np.arange(len(units))
                rows.append(row)
    return np.stack(rows)
