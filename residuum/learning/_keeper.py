"""What rules keep of a training in a checkpoint, and how they find it again."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import FileError, Monitor, Result
from residuum._core._checkpoint import State
from residuum.learning._rule import Draw, Trainable
from residuum.objectives import Rows

LENGTHS = ("iterations", "steps")
"""Options of rules that say how long to train: a training may be gone on with for longer."""

RESULTS = tuple(Result)


class Keeper:
    """One training in the checkpoint of a monitor; without one it does nothing.

    Args:
        rule: the rule that trains.
        start: what it starts from.
        rows: its first rows.
        monitor: carries the checkpoint.
        draw: where fresh rows come from. One that remembers rows between calls takes those of
            the checkpoint by its method ``resume``.
    """

    def __init__(
        self,
        rule: Any,
        start: Trainable,
        rows: Sequence[Rows],
        monitor: Monitor,
        draw: Draw | None = None,
    ) -> None:
        self.monitor, self.draw = monitor, draw
        self.first = tuple(rows)
        self.found: State | None = None
        if monitor.checkpoint is not None:
            self.found = monitor.checkpoint.recall(identity(rule, start, rows, monitor))

    def state(self) -> State | None:
        """Return what had been kept of this training, or ``None`` for a new one."""
        if self.found is not None:
            note = f"the training goes on from {self.found['losses'].size} losses in a checkpoint"
            self.monitor.record.notes.append(note)
        return self.found

    def rows(self) -> tuple[Rows, ...]:
        """Return the rows the training had reached."""
        if self.found is None:
            return self.first
        kept = tuple(_unpack(item, i, self.found) for i, item in enumerate(self.first))
        resume = getattr(self.draw, "resume", None)
        if resume is not None:
            resume(kept)
        return kept

    def ended(self) -> tuple[Result, str] | None:
        """Return how the training had ended by itself, if it had."""
        if self.found is None or "ended" not in self.found:
            return None
        code = int(self.found["ended"])
        if not 0 <= code < len(RESULTS):
            raise FileError("a result code", str(code), "The checkpoint is damaged.")
        return RESULTS[code], "it had ended when the checkpoint was written"

    def keep(self, state: Callable[[], State], rows: Sequence[Rows], *, now: bool = False) -> None:
        """Keep a state, if it is time."""
        if self.monitor.checkpoint is not None:
            self.monitor.checkpoint.keep(lambda: {**state(), **pack(rows)}, now=now)

    def close(self, state: Callable[[], State], rows: Sequence[Rows], result: Result) -> None:
        """Keep the last state at once; one that ended by itself is not trained again."""
        over = result not in (Result.OUT_OF_BUDGET, Result.INTERRUPTED)
        code = {"ended": np.asarray(RESULTS.index(result))} if over else {}
        self.keep(lambda: {**state(), **code}, rows, now=True)


def identity(rule: Any, start: Trainable, rows: Sequence[Rows], monitor: Monitor) -> dict[str, str]:
    """Return what a training is made of, by name: hashes and texts."""
    options = {
        item.name: getattr(rule, item.name)
        for item in dataclasses.fields(rule)
        if item.name not in LENGTHS
    }
    arrays = [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(start, eqx.is_array))]
    return {
        "rule": f"{rule.name} {options!r}",
        "key": monitor.record.seed,
        "start of the weights": hash_of(arrays),
        "equation, condition or set of points": hash_of(
            [part for item in rows for part in _probe(item, start)]
        ),
    }


def _probe(rows: Rows, start: Trainable) -> list[np.ndarray]:
    """Return arrays that differ between rows of different statements, points or data."""
    ones = jnp.ones(rows.points.shape[0])
    numbers = start[1].values()
    values = [
        at(
            rows.points,
            {slot: ones * (0.5 + 0.1 * i) for i, slot in enumerate(at.slots)},
            normals=rows.normals,
            parameters=numbers,
        )
        for at in rows.at
    ]
    kept = [rows.points, rows.factor, rows.normals, rows.target]
    return [np.asarray(part) for part in (*values, *kept) if part is not None]


def hash_of(arrays: Sequence[np.ndarray]) -> str:
    """Return a checksum of numbers, shapes and types."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.shape} {array.dtype}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def pack(rows: Sequence[Rows]) -> State:
    """Return the arrays of rows by name."""
    found: State = {}
    for i, item in enumerate(rows):
        for name in ("points", "factor", "normals", "target"):
            value = getattr(item, name)
            if value is not None:
                found[f"rows {i} {name}"] = np.asarray(value)
    return found


def _unpack(rows: Rows, i: int, state: State) -> Rows:
    arrays: dict[str, Any] = {
        name: jnp.asarray(state[f"rows {i} {name}"]) if f"rows {i} {name}" in state else None
        for name in ("points", "factor", "normals", "target")
    }
    return dataclasses.replace(rows, **arrays)


def pack_leaves(tree: Any) -> State:
    """Return the leaves of any state by number."""
    return {f"leaf {i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(tree))}


def unpack_leaves(tree: Any, state: State) -> Any:
    """Put kept leaves in the place of those of a state of the same structure."""
    leaves, shape = jax.tree.flatten(tree)
    kept = [
        jnp.asarray(fitting(state, f"leaf {i}", leaf)) if eqx.is_array(leaf) else leaf
        for i, leaf in enumerate(leaves)
    ]
    return jax.tree.unflatten(shape, kept)


def fitting(state: State, name: str, like: Any) -> np.ndarray:
    """Return a kept array, which must have the shape and type of another."""
    found, wanted = state.get(name), np.asarray(like)
    if found is None or found.shape != wanted.shape or found.dtype != wanted.dtype:
        got = "nothing" if found is None else f"{found.dtype} {found.shape}"
        raise FileError(
            f"{name} of {wanted.dtype} {wanted.shape}", got, "The checkpoint is damaged."
        )
    return found
