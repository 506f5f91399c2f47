"""Compiled right-hand sides, shared by solves that differ in arrays alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import jax

from residuum._core._programs import remembered

if TYPE_CHECKING:
    from residuum.discretise.spectral._modes import Modes


def program_of(modes: Modes) -> Hashable:
    """Return what tells compiled programs of two grids apart: everything that is not an array."""
    pieces = enumerate(modes.parts.pieces)
    bodies = tuple(None if p in modes.still else piece.body for p, piece in pieces)
    plain = (modes.passes, modes.multiples, modes.places, modes.parities, modes.form.entries)
    return (
        modes.grid.shape,
        bodies,
        repr((*plain, modes.form.algebraic, modes.parts.evolving, modes.still)),
        repr(sorted(map(str, modes.parts.open))),
    )


def compiled(modes: Modes, name: str) -> Callable[..., Any]:
    """Return a compiled function (state, time, data) of a grid by its name."""
    rule: Callable[..., Any] = getattr(modes, name)
    return remembered((name, program_of(modes)), lambda: jax.jit(rule))
