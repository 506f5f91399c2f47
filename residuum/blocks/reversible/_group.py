"""Runs of couplings of equal structure, stacked, so that one compiled loop serves them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible._invertible import Invertible


class Group(eqx.Module):
    """``count`` couplings: what differs is stacked along a first axis, the rest is held once.

    Args:
        stacked: a coupling whose arrays have a first axis of length ``count``, ``None`` elsewhere.
        shared: a coupling with everything else, ``None`` where ``stacked`` has an array.
        count: number of couplings.
    """

    stacked: Any
    shared: Any
    count: int = eqx.field(static=True)

    @property
    def single(self) -> bool:
        """Whether it is one coupling with nothing stacked, which needs no loop."""
        return self.count == 1 and not jax.tree.leaves(self.stacked)

    def couplings(self) -> list[Invertible]:
        """Return the couplings one by one."""
        return [
            eqx.combine(jax.tree.map(lambda leaf, i=i: leaf[i], self.stacked), self.shared)
            for i in range(self.count)
        ]


def grouped(couplings: Sequence[Invertible]) -> tuple[Group, ...]:
    """Return the couplings as groups of equal neighbours; single ones stay as they are."""
    runs: list[list[Invertible]] = []
    for coupling in couplings:
        if runs and structure(runs[-1][0]) == structure(coupling):
            runs[-1].append(coupling)
        else:
            runs.append([coupling])
    return tuple(_group(run) for run in runs)


def repeated(coupling: Invertible, count: int) -> Group:
    """Return one coupling that is applied ``count`` times with the same parameters."""
    return Group(jax.tree.map(lambda _: None, coupling), coupling, count)


def is_array(leaf: Any) -> bool:
    """Whether a leaf holds numbers, trained or constant."""
    return isinstance(leaf, jax.Array | np.ndarray)


def structure(coupling: Any) -> Any:
    """Return what must be equal for two modules to be stacked."""
    arrays, rest = eqx.partition(coupling, is_array)
    leaves, tree = jax.tree.flatten(arrays)
    kinds = [(leaf.shape, str(leaf.dtype), is_trained(leaf)) for leaf in leaves]
    others, other_tree = jax.tree.flatten(rest)
    # Functions among the leaves are the same only where they are one object.
    return tree, kinds, other_tree, others


def _group(run: list[Invertible]) -> Group:
    if len(run) == 1:
        return repeated(run[0], 1)
    arrays, rest = zip(*(eqx.partition(item, is_array) for item in run), strict=True)
    stacked = jax.tree.map(_stacked, *arrays)
    constant = jax.tree.map(
        lambda made, first: first if made is None else None,
        stacked,
        arrays[0],
        is_leaf=lambda item: item is None,
    )
    return Group(stacked, eqx.combine(constant, rest[0]), len(run))


def _stacked(*leaves: Any) -> Any:
    """Stack arrays; constants that are all equal are held once."""
    if is_trained(leaves[0]) or isinstance(leaves[0], jax.Array):
        return jnp.stack(leaves)
    if all(np.array_equal(leaf, leaves[0]) for leaf in leaves[1:]):
        return None
    return np.stack(leaves)
