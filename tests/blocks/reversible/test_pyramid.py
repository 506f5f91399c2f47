"""Pyramids amplify nothing, columns with small factors do; both keep memory constant."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pytest

from residuum._core import OptionError
from residuum.blocks.reversible import ReversibleColumns, ReversiblePyramid, reversible_stack

from ._stacks import temporary_bytes

GRIDS = ((16,), (8,))
STATE = tuple(jnp.ones((4, *grid, 2)) for grid in GRIDS)


def stack(recipe: Any, memory: Any = "reversible") -> Any:
    probe = tuple(jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in STATE)
    steps = recipe.couplings(("copy",), jax.random.key(3))
    return reversible_stack(steps, probe, memory=memory)


def test_silos_are_safe_and_columns_are_lossy() -> None:
    silos = stack(ReversiblePyramid((2, 2), 6))
    columns = stack(ReversibleColumns((2, 2), 6, 0.5))
    assert silos.round_trip < 1e-5
    assert columns.checkpoint_every or columns.round_trip > 4 * silos.round_trip


@pytest.mark.slow
def test_memory_does_not_grow_with_silos() -> None:
    few, many = (stack(ReversiblePyramid((2, 2), n)) for n in (2, 8))
    assert temporary_bytes(many, STATE) < 1.2 * temporary_bytes(few, STATE)


def test_options() -> None:
    with pytest.raises(OptionError, match="two grids"):
        ReversiblePyramid((4,))
    with pytest.raises(OptionError, match="two levels"):
        ReversibleColumns((4, 4), 0)
    with pytest.raises(OptionError, match="cannot be undone"):
        ReversibleColumns(factor=1e-4)
