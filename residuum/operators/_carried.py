"""An operator trained on one mesh, asked and answering on another."""

from __future__ import annotations

from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.operators._abstract import Operator
from residuum.operators._element_frame import ElementFrame
from residuum.operators._sparse_map import SparseMap, sparse_map
from residuum.operators._structure_preserving import StructurePreservingOperator, decoded


@final
class CarriedOperator(Operator):
    """Inputs to the nodes trained on, the operator, outputs interpolated, given values overwritten.

    Boundary values are exact on the new mesh as they are on the old one. Its answers are those of
    the mesh trained on: a finer mesh makes them no better.

    Args:
        own: the operator.
        down, up: interpolation from the new mesh to the one trained on, and back.
        held, weights: which nodes of the new mesh have given values, and its integrals.
    """

    any_grid: ClassVar[bool] = False

    own: StructurePreservingOperator
    down: SparseMap
    up: SparseMap
    held: np.ndarray
    weights: np.ndarray

    def __call__(self, inputs: Array) -> Array:
        """Map (n, nodes, inputs) to (n, nodes, outputs) on the new mesh."""
        x = jnp.swapaxes(jnp.asarray(inputs), 0, 1)
        found = self.own(jnp.swapaxes(self.down(x), 0, 1))
        return jnp.swapaxes(self._decoded(self.up(jnp.swapaxes(found, 0, 1)), x), 0, 1)

    def answer(self, inputs: np.ndarray) -> np.ndarray:
        """Return coefficients (n, nodes, outputs), given values and integrals in float64."""
        given = np.asarray(inputs, float)
        found = np.asarray(jax.jit(self.__call__)(jnp.asarray(given, jnp.float32)), float)
        moved = self._decoded(np.swapaxes(found, 0, 1), np.swapaxes(given, 0, 1))
        return np.asarray(np.swapaxes(moved, 0, 1))

    def _decoded(self, found: Any, x: Any) -> Any:
        return decoded(found, x, (self.held, self.weights), self.own.options[:2])


def carried(
    operator: StructurePreservingOperator, own: ElementFrame, other: ElementFrame
) -> CarriedOperator:
    """Return an operator trained on ``own`` that works on ``other``, any mesh of the domain.

    Raises:
        OptionError: the operator was not built on ``own``.
    """
    if len(operator.levels.held) != own.size:
        wanted = f"the frame of {len(operator.levels.held)} nodes trained on"
        raise OptionError(wanted, f"{own.size} nodes", "Pass that frame first.")
    down, up = sparse_map(other.at(own.places)), sparse_map(own.at(other.places))
    return CarriedOperator(operator, down, up, other.fixed, other.weights)
