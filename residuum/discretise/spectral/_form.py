"""The strong form on a grid: an expression as a function of nodal values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax.numpy as jnp
from jax import Array

from residuum.discretise.spectral._grid import Nodes, derivative
from residuum.problem import Pointwise

Slot = tuple[int, tuple[int, ...]]


@final
@dataclass(frozen=True)
class GridForm:
    """A scalar expression of a problem, taken at every node of a grid.

    Args:
        expression: the expression at points.
        shape: number of nodes along each axis.
        evolving: whether the first coordinate is time.
    """

    expression: Pointwise
    shape: tuple[int, ...]
    evolving: bool

    @property
    def needs(self) -> list[tuple[int, ...]]:
        """The space derivatives the expression asks for."""
        return [index[int(self.evolving) :] for index in self.expression.indices]

    def __call__(
        self,
        time: Array | float,
        levels: Sequence[Array],
        nodes: Nodes,
        *,
        extra: Mapping[Slot, Array] | None = None,
        normals: Array | None = None,
    ) -> Array:
        """Return the value at every node, shape (size,).

        Args:
            time: the time; ignored for a steady problem.
            levels: nodal values of the unknowns and of their time derivatives, (size, m) each,
                lowest order first.
            nodes: see ``Grid.nodes``.
            extra: values of slots that ``levels`` does not cover.
            normals: outward normals at the nodes, (size, d).
        """
        values: dict[Slot, Array] = {}
        for slot in self.expression.slots:
            component, index = slot
            order, space = (index[0], index[1:]) if self.evolving else (0, index)
            if extra is not None and slot in extra:
                values[slot] = extra[slot]
            else:
                nodal = levels[order][:, component]
                values[slot] = derivative(nodal, space, self.shape, nodes)
        return self.expression(self.places(time, nodes), values, normals=normals)

    def places(self, time: Array | float, nodes: Nodes) -> Array:
        """Return the points of the nodes, (size, 1 + d), or (size, d) for a steady problem."""
        space = jnp.asarray(nodes.points)
        if not self.evolving:
            return space
        return jnp.concatenate([jnp.full((space.shape[0], 1), time), space], axis=1)
