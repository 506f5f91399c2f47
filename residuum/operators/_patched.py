"""The domain in patches: a small operator on each, with margins and coarser views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source
from residuum.blocks import Edge
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._coordinates import coordinate_channels, coordinate_count


class PatchedOperator(Operator):
    """What ``MultiGridDomainDecomposition`` builds."""

    inner: Operator
    levels: int = eqx.field(static=True)
    margin: float = eqx.field(static=True)
    edges: tuple[Edge, ...] = eqx.field(static=True)
    in_turn: bool = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        x, grid = self._with_places(inputs), inputs.shape[1:-1]
        sides = patch_sides(grid, self.levels)
        margins = margins_of(sides, self.margin)
        views = [self._view(x, sides, margins, level) for level in range(self.levels + 1)]
        patches = jnp.concatenate(views, axis=-1)  # (n, *cuts, *windows, channels)
        cuts, axes = 2**self.levels, len(grid)
        many = cuts**axes
        flat = patches.reshape(len(x), many, *patches.shape[1 + axes :])
        flat = jnp.moveaxis(flat, 1, 0)
        if self.in_turn:
            made = jax.lax.map(jax.checkpoint(lambda patch: self.inner(patch)), flat)
        else:
            made = self.inner(flat.reshape(-1, *flat.shape[2:]))
            made = made.reshape(many, len(x), *made.shape[1:])
        return self._joined(made, sides, margins, grid)

    def _with_places(self, inputs: Array) -> Array:
        """Add coordinates, and a channel of ones that is zero beyond held walls."""
        grid = inputs.shape[1:-1]
        places = coordinate_channels(grid, self.edges)
        places = np.concatenate([places, np.ones((*grid, 1), np.float32)], axis=-1)
        shape = (*inputs.shape[:-1], places.shape[-1])
        return jnp.concatenate([inputs, jnp.broadcast_to(jnp.asarray(places), shape)], -1)

    def _view(
        self, x: Array, sides: tuple[int, ...], margins: tuple[int, ...], level: int
    ) -> Array:
        """Return windows around every patch, each 2^level nodes apart."""
        axes = len(sides)
        for i in range(axes):
            # Axes so far: n, windows of the axes done (two each), the axes left, channels.
            at = 1 + 2 * i
            nodes = x.shape[at]
            where = window_nodes(2**self.levels, sides[i], margins[i], 2**level)
            inside = (where >= 0) & (where < nodes)
            reach = where % nodes if self.edges[i] == "wrap" else np.clip(where, 0, nodes - 1)
            x = jnp.take(x, reach, axis=at)
            if self.edges[i] == "zero":
                shape = [1] * x.ndim
                shape[at : at + 2] = inside.shape
                x = x * jnp.asarray(inside.reshape(shape), x.dtype)
        order = [0, *range(1, 2 * axes, 2), *range(2, 2 * axes + 1, 2), 2 * axes + 1]
        return x.transpose(order)

    def _joined(
        self, made: Array, sides: tuple[int, ...], margins: tuple[int, ...], grid: tuple[int, ...]
    ) -> Array:
        """Cut the margins off and put patches (many, n, [times,] *windows, c) side by side."""
        axes, cuts = len(sides), 2**self.levels
        first = made.ndim - 1 - axes
        inner = [slice(None)] * first
        inner += [slice(m, m + s) for m, s in zip(margins, sides, strict=True)]
        made = made[tuple(inner)]
        made = made.reshape(*(cuts,) * axes, *made.shape[1:])
        front = made.shape[axes : made.ndim - 1 - axes]
        order = [axes + i for i in range(len(front))]
        for i in range(axes):
            order += [i, axes + len(front) + i]
        whole = [cuts * side for side in sides]
        joined = made.transpose(*order, made.ndim - 1).reshape(*front, *whole, made.shape[-1])
        keep = [slice(None)] * len(front) + [slice(0, side) for side in grid]
        return joined[tuple(keep)]


@final
@dataclass(frozen=True)
class MultiGridDomainDecomposition(OperatorArchitecture):
    """An operator on 2^levels patches per axis, each with a margin and coarser views around it.

    A patch sees its own nodes with a margin, and for l = 1 .. levels a window of as many nodes that
    stand 2^l apart around its middle, as extra channels. One small operator works on all patches,
    in turn: memory falls with their number. Coordinates of the whole domain are channels too.

    Beyond the domain, periodic axes go on at the other end, insulated walls repeat their last
    value, held walls give zero; a channel says which nodes are inside. The published code wraps
    every axis, whatever the problem. Sides that 2^levels does not divide are cut unevenly.

    Answers may jump between patches by as much as the error; ``margin`` and the views reduce it.

    Args:
        inner: recipe of the operator on a patch.
        levels: halvings per axis; good start: 1.
        margin: on each side, as a share of the side of a patch; good start: 0.25.
        in_turn: whether patches run one after another, with what the gradient needs computed
            again. ``False`` runs all in one piece.

    Raises:
        OptionError: levels below one, a negative margin, or fewer than four nodes a patch.
    """

    inner: OperatorArchitecture
    levels: int = 1
    margin: float = 0.25
    in_turn: bool = True

    name: ClassVar[str] = "multi_grid_domain_decomposition"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "multigrid-tensorized-fno",
            "Multi-Grid Tensorized Fourier Neural Operator for High-Resolution PDEs",
            "J. Kossaifi, N. Kovachki, K. Azizzadenesheli, A. Anandkumar",
            2023,
            "arXiv:2310.00120",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.levels < 1 or not 0 <= self.margin <= 2:
            got = f"levels {self.levels}, margin {self.margin}"
            raise OptionError("one level or more and a margin of 0 to 2", got, "1 and 0.25, say.")

    def build(self, frame: GridFrame, key: Key) -> PatchedOperator:
        sides = patch_sides(frame.shape, self.levels)
        if min(sides) < 4:
            got = f"patches of {sides} nodes"
            raise OptionError("four nodes or more a side of a patch", got, "Use fewer levels.")
        margins = margins_of(sides, self.margin)
        windows = tuple(side + 2 * m for side, m in zip(sides, margins, strict=True))
        channels = frame.inputs + coordinate_count(frame.edges) + 1
        # A window's sides are no walls of the problem: nothing is known of them but the values.
        spans = tuple(
            length * window / nodes
            for length, window, nodes in zip(frame.lengths, windows, frame.shape, strict=True)
        )
        edges: tuple[Edge, ...] = tuple("copy" for _ in sides)
        inner = GridFrame(
            inputs=channels * (self.levels + 1),
            outputs=frame.outputs,
            shape=windows,
            lengths=spans,
            edges=edges,
            times=frame.times,
        )
        built = self.inner.build(inner, key)
        return PatchedOperator(built, self.levels, self.margin, frame.edges, self.in_turn)


def patch_sides(grid: tuple[int, ...], levels: int) -> tuple[int, ...]:
    """Return the nodes along each side of a patch, the last patch reaching beyond the grid."""
    return tuple(-(-nodes // 2**levels) for nodes in grid)


def margins_of(sides: tuple[int, ...], margin: float) -> tuple[int, ...]:
    """Return the nodes of a margin along each axis."""
    return tuple(round(margin * side) for side in sides)


def window_nodes(cuts: int, side: int, margin: int, apart: int) -> np.ndarray:
    """Return the nodes (cuts, side + 2 margin) of windows around the middles of patches."""
    starts = side * np.arange(cuts)[:, None]
    offsets = np.arange(side + 2 * margin) - margin - (side - 1) / 2
    return np.floor(starts + (side - 1) / 2 + offsets * apart).astype(int)
