"""One custom gradient for every reversible stack: the way back recomputes the way ahead.

What is kept between the two ways is the last state, the first one to compare with, and the states
at the checkpoints. On the way back each coupling is undone and differentiated in turn; at every
state that was kept the recomputed one is compared with it and replaced by it. Where they differ by
more than the limit the gradient is not a number: it is never wrong in silence.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import double_precision
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible._group import Group, is_array
from residuum.blocks.reversible._invertible import Invertible
from residuum.blocks.reversible._state import State, cast_like, distance


class Plan(NamedTuple):
    """How the way back is made.

    Args:
        every: steps between kept states; 0 for none but the first.
        limit: largest relative error of a recomputed state.
        raises: whether a larger error raises (else the gradient is not a number).
        carry: precision of the state inside: ``""`` for its own, ``"float64"``.
        overlapped: whether a state is recomputed beside the gradient of the step after it.
    """

    every: int
    limit: float
    raises: bool
    carry: str = ""
    overlapped: bool = False


class Passed(NamedTuple):
    """What a stack gives: the last state, log |det|, records per group, and the kept states."""

    state: State
    volume: Array
    records: tuple[Any, ...]
    kept: tuple[Any, ...] = ()


def run(groups: tuple[Group, ...], state: State, plan: Plan) -> Passed:
    """Apply the groups in turn, with the gradient of constant memory."""
    trained, fixed = eqx.partition(groups, is_trained)
    arrays, static = eqx.partition(fixed, is_array)

    def whole(trained: Any, arrays: Any) -> tuple[Group, ...]:
        made: tuple[Group, ...] = eqx.combine(trained, arrays, static)
        return made

    def passed(trained: Any, arrays: Any, state: State, every: int) -> tuple[Any, Any]:
        with _scope(plan):
            found = ahead(whole(trained, arrays), _carried(state, plan), every)
            kept = (found.state, found.kept)
            shown = found.volume, found.records
            if plan.carry:
                shown = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), shown)
            return (cast_like(found.state, state), *shown), kept

    @jax.custom_vjp
    def march(trained: Any, arrays: Any, state: State) -> Any:
        return passed(trained, arrays, state, 0)[0]

    def forth(trained: Any, arrays: Any, state: State) -> tuple[Any, Any]:
        found, kept = passed(trained, arrays, state, plan.every)
        return found, (trained, arrays, kept)

    def back(kept: Any, change: Any) -> tuple[Any, None, Any]:
        trained, arrays, (last, states) = kept
        with _scope(plan):
            way = _Back(whole(trained, arrays), plan, change[1])
            own, start, drift = way.walk(last, states, change[0], change[2])
            drift = drift.astype(jnp.float32)
        own, start = guarded((own, start), drift, plan)
        return own, None, start

    march.defvjp(forth, back)
    return Passed(*march(trained, arrays, state))


def _scope(plan: Plan) -> AbstractContextManager[object]:
    return double_precision() if plan.carry else nullcontext()


def _carried(state: State, plan: Plan) -> State:
    return jax.tree.map(lambda leaf: leaf.astype(plan.carry), state) if plan.carry else state


def ahead(groups: tuple[Group, ...], state: State, every: int, *, remember: bool = False) -> Passed:
    """Apply the groups in turn, keeping a state before every ``every`` steps, and the first.

    Args:
        remember: whether each step is a checkpoint of JAX: for comparison.
    """
    volume = _volume(groups, state)
    records, kept, since = [], [], 0
    for place, group in enumerate(groups):
        keep, since = _keeps(place, since, group.count, every)
        size = min(every or group.count, group.count) if keep else group.count
        state, volume, record, states = _ahead_group(group, state, volume, size, remember)
        records.append(record)
        kept.append(states if keep else None)
    return Passed(state, volume, tuple(records), tuple(kept))


def _keeps(place: int, since: int, count: int, every: int) -> tuple[bool, int]:
    """Return whether the start of a group is kept, and the steps since the last kept state."""
    keep = place == 0 or (bool(every) and since + count > every)
    if not keep:
        return False, since + count
    return True, (count % every or every) if every else count


def _volume(groups: tuple[Group, ...], state: State) -> Array:
    """Return a zero of the shape of log |det|."""
    shape: tuple[int, ...] = ()
    for group in groups:
        first = _coupling(group, jax.tree.map(lambda leaf: leaf[0], group.stacked))
        state, volume = jax.eval_shape(lambda x, first=first: first.forward(x), state)
        shape = jnp.broadcast_shapes(shape, volume.shape)
    return jnp.zeros(shape)


def _coupling(group: Group, item: Any) -> Invertible:
    made: Invertible = eqx.combine(item, group.shared)
    return made


def _ahead_group(
    group: Group, state: State, volume: Array, size: int, remember: bool
) -> tuple[State, Array, Any, Any]:
    """Apply a group by pieces of ``size`` steps; return the states before the pieces, too."""

    def step(carry: Any, item: Any) -> Any:
        coupling = _coupling(group, item)
        image, part = coupling.forward(carry[0])
        return (image, carry[1] + part), coupling.observe(image)

    step = jax.checkpoint(step) if remember else step
    if group.single:
        carry, record = step((state, volume), group.stacked)
        return *carry, record, state

    def piece(carry: Any, items: Any, count: int) -> Any:
        after, record = jax.lax.scan(step, carry, items, length=count)
        return after, (record, carry[0])

    carry = (state, volume)
    full, rest = divmod(group.count, size)
    if full == 1 and not rest:
        carry, (record, before) = piece(carry, group.stacked, size)
        return *carry, record, before
    items, left = _pieces(group.stacked, full, size)
    carry, (record, before) = jax.lax.scan(
        lambda c, x: piece(c, x, size), carry, items, length=full
    )
    record = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), record)
    if rest:
        carry, (more, last) = piece(carry, left, rest)
        record = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), record, more)
        before = (before, last)
    return *carry, record, before


def _pieces(stacked: Any, full: int, size: int) -> tuple[Any, Any]:
    cut = full * size
    head = jax.tree.map(lambda leaf: leaf[:cut].reshape(full, size, *leaf.shape[1:]), stacked)
    return head, jax.tree.map(lambda leaf: leaf[cut:], stacked)


class _Moving(NamedTuple):
    """What moves on the way back: state, its gradient, gradients of what is shared, error."""

    state: State
    change: State
    shared: Any
    drift: Array


class _Back:
    """The way back through all groups."""

    def __init__(self, groups: tuple[Group, ...], plan: Plan, slope: Array) -> None:
        self.groups, self.plan, self.slope = groups, plan, slope
        self.last: State = None

    def walk(self, state: State, kept: Any, change: State, records: Any) -> tuple[Any, State, Any]:
        """Return the gradients of the groups and of the first state, and the largest error."""
        self.last = state
        found: list[Any] = []
        drift, sinces, since = jnp.zeros(()), [], 0
        for place, group in enumerate(self.groups):
            keep, since = _keeps(place, since, group.count, self.plan.every)
            sinces.append(keep)
        for group, states, record, keep in reversed(
            list(zip(self.groups, kept, records, sinces, strict=True))
        ):
            shared = _zeros(eqx.filter(group.shared, is_trained))
            moving = _Moving(state, change, shared, drift)
            every = self.plan.every if keep else 0
            size = min(every or group.count, group.count)
            moving, own = self._group(group, moving, states if keep else None, record, size)
            state, change, shared, drift = moving
            found.append(Group(own, shared, group.count))
        return tuple(reversed(found)), change, drift

    def _group(
        self, group: Group, moving: _Moving, states: Any, record: Any, size: int
    ) -> tuple[_Moving, Any]:
        if group.single:
            # Without a barrier all states may be recomputed first, and held all at once.
            state, change = jax.lax.optimization_barrier((moving.state, moving.change))
            moving = moving._replace(state=state, change=change)
            if states is not None and self.plan.every == 1:
                return self._step(group, moving, (group.stacked, record, states))
            moving, own = self._step(group, moving, (group.stacked, record, None))
            return self._compared(moving, states), own
        full, rest = divmod(group.count, size)
        if full == 1 and not rest:
            return self._piece(group, moving, (group.stacked, record, states), size)
        items, left = _pieces(group.stacked, full, size)
        said, more = _pieces(record, full, size)
        tail = None
        if rest:
            states, last = states
            moving, tail = self._piece(group, moving, (left, more, last), rest)
        moving, own = jax.lax.scan(
            lambda m, x: self._piece(group, m, x, size),
            moving,
            (items, said, states),
            length=full,
            reverse=True,
        )
        own = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), own)
        if tail is not None:
            own = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), own, tail)
        return moving, own

    def _piece(self, group: Group, moving: _Moving, items: Any, size: int) -> tuple[_Moving, Any]:
        """Go back through steps without a kept state between them."""
        stacked, record, start = items
        exact = self.plan.every == 1 and start is not None
        if self.plan.overlapped and not exact:
            moving, own = self._overlapped(group, moving, (stacked, record), size)
            return self._compared(moving, start), own
        if exact:
            start = jax.tree.map(lambda leaf: leaf[None], start)
        moving, own = jax.lax.scan(
            lambda m, x: self._step(group, m, x),
            moving,
            (stacked, record, start if exact else None),
            length=size,
            reverse=True,
        )
        return (moving if exact else self._compared(moving, start)), own

    def _overlapped(
        self, group: Group, moving: _Moving, items: Any, size: int
    ) -> tuple[_Moving, Any]:
        """Go back so that undoing a step does not wait for the gradient of the one after it."""
        stacked, record = items
        earlier = jax.tree.map(lambda leaf: jnp.roll(leaf, 1, axis=0), stacked)
        last = _coupling(group, jax.tree.map(lambda leaf: leaf[-1], stacked))

        def step(carry: Any, item: Any) -> Any:
            (moving, state), (own, before, said) = carry, item
            # Neither of both needs the other: a device with streams may run them side by side.
            more = _coupling(group, before).inverse(state)
            moving, slope = self._step(group, moving, (own, said, state))
            return (moving, more), slope

        start = (moving, last.inverse(moving.state))
        (moving, _), own = jax.lax.scan(
            step, start, (stacked, earlier, record), length=size, reverse=True
        )
        return moving, own

    def _step(self, group: Group, moving: _Moving, item: Any) -> tuple[_Moving, Any]:
        """Undo and differentiate one coupling; at a kept state it need not be undone."""
        stacked, record, kept = item
        coupling, change = _coupling(group, stacked), moving.change
        trained, fixed = eqx.partition(coupling, is_trained)
        seen = None
        if jax.tree.leaves(record):

            def observed(trained: Any, image: State) -> Any:
                made: Invertible = eqx.combine(trained, fixed)
                return made.observe(image)

            _, back = jax.vjp(observed, trained, moving.state)
            seen, more = back(record)
            change = plus_trees(change, more)
        if kept is None:
            state, before, own = coupling.pull(moving.state, change, self.slope)
        else:
            state, (before, own) = kept, coupling.pull_at(kept, change, self.slope)
        own = own if seen is None else plus_trees(own, seen)
        apart, common = _split(eqx.filter(stacked, is_trained), own)
        return _Moving(state, before, plus_trees(moving.shared, common), moving.drift), apart

    def _compared(self, moving: _Moving, kept: Any) -> _Moving:
        if kept is None:
            return moving
        drift = jnp.maximum(
            moving.drift, distance(moving.state, kept, self.last).astype(moving.drift.dtype)
        )
        return moving._replace(state=kept, drift=drift)


def plus_trees(first: Any, second: Any) -> Any:
    """Return the sum of two pytrees of equal structure."""
    return jax.tree.map(jnp.add, first, second)


def _zeros(tree: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, tree)


def _split(stacked: Any, own: Any) -> tuple[Any, Any]:
    """Return the gradients of stacked arrays, and those of shared ones."""

    def is_none(item: Any) -> bool:
        return item is None

    apart = jax.tree.map(lambda a, b: None if a is None else b, stacked, own, is_leaf=is_none)
    common = jax.tree.map(lambda a, b: b if a is None else None, stacked, own, is_leaf=is_none)
    return apart, common


def guarded(gradients: Any, drift: Array, plan: Plan) -> Any:
    """Return gradients, or what is not a number where the way back missed the way ahead."""
    sound = drift <= plan.limit
    if plan.raises:
        words = (
            f"wanted a recomputed state within {plan.limit:g} of the true one; got a larger error "
            "or numbers that are not finite, so that the gradient would be wrong. "
            "Build the stack with a smaller checkpoint_every or carry_dtype='float64'."
        )
        return eqx.error_if(gradients, ~sound, words)
    bad = jnp.where(sound, 0.0, jnp.nan)
    return jax.tree.map(lambda leaf: leaf + bad.astype(leaf.dtype), gradients)
