"""Stacks of couplings in constant memory: forward, inverse, log-determinant and gradient."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, ClassVar, Literal, NamedTuple, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source, double_precision
from residuum.blocks._stage import DIFFERENTIABLE, Capability, Stage
from residuum.blocks.reversible._adjoint import Passed, Plan, _carried, ahead, run
from residuum.blocks.reversible._coupling import FLOOR, Coupling
from residuum.blocks.reversible._group import Group, grouped, repeated
from residuum.blocks.reversible._invertible import Invertible
from residuum.blocks.reversible._round_trip import MOST, Path, drawn, is_traced, resolution
from residuum.blocks.reversible._state import State, cast_like, dense

Memory = Literal["reversible", "checkpoints", "stored"]
"""How the states of a gradient come back: recomputed from the end, recomputed from the state before
every step, or kept."""


Schedule = Literal["serial", "overlapped"]
"""Whether a state is recomputed when its gradient is due, or one step ahead of it."""


class Outcome(NamedTuple):
    """What a stack gives.

    Args:
        state: the last state.
        log_determinant: of the whole map: one number, or one per sample.
        records: what each step observed, with a first axis of steps, per group of steps.
    """

    state: State
    log_determinant: Array
    records: tuple[Any, ...]


class ReversibleStack(Stage):
    """Couplings in turn, whose gradient needs no memory of the states between them.

    Made by ``reversible_stack`` or ``reversible_march``. Only reverse differentiation, unless
    ``memory="stored"``.

    Args:
        groups: couplings, those of equal structure stacked.
        checkpoint_every: steps between kept states; 0 for none.
        carry_dtype: ``"float64"`` where the state is carried so between float32 branches.
        limit: largest relative error of a recomputed state that a gradient is given for.
        drift: what a larger error does: ``"raise"``, or ``"nan"``: the gradient is not a number.
        memory: ``"reversible"``; ``"checkpoints"`` or ``"stored"`` for comparison.
        round_trip: error of the self-test when it was built; not a number if it was not made.
        drive_at: which leaf of the coupling a march is driven by.
        schedule: as of ``reversible_stack``.
    """

    groups: tuple[Group, ...]
    checkpoint_every: int = eqx.field(static=True)
    carry_dtype: str = eqx.field(static=True)
    limit: float = eqx.field(static=True)
    drift: Literal["raise", "nan"] = eqx.field(static=True)
    memory: Memory = eqx.field(static=True)
    round_trip: np.ndarray
    drive_at: Callable[[Any], Any] | None = eqx.field(static=True, default=None)
    schedule: Schedule = eqx.field(static=True, default="serial")

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "reversible-residual-network",
            "The Reversible Residual Network: Backpropagation Without Storing Activations",
            "A. N. Gomez, M. Ren, R. Urtasun, R. B. Grosse",
            2017,
            "arXiv:1707.04585",
            "reproduced",
        ),
        Source(
            "pareprop",
            "PaReprop: Fast Parallelized Reversible Backpropagation",
            "T. Zhu, K. Mangalam",
            2023,
            "arXiv:2306.09342",
            "not met",
        ),
    )

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Gradients, and an inverse."""
        return DIFFERENTIABLE | {Capability.INVERSE}

    def __call__(self, state: State, drive: Any = None) -> State:
        """Return the last state; ``drive`` as of ``outcome``."""
        return self.outcome(state, drive).state

    def outcome(self, state: State, drive: Any = None) -> Outcome:
        """Return the last state, log |det| and what was observed.

        Args:
            state: of the structure of the probe, any number of samples.
            drive: values of the driven leaf for every step of a march, shape (steps, …).
        """
        state, groups = dense(state), self._driven(drive)
        plan = Plan(self.checkpoint_every, self.limit, self.drift == "raise", self.carry_dtype)
        plan = plan._replace(overlapped=self.schedule == "overlapped")
        if self.memory == "reversible":
            return Outcome(*run(groups, state, plan)[:3])
        remember = self.memory == "checkpoints"
        if not self.carry_dtype:
            return Outcome(*ahead(groups, state, 0, remember=remember)[:3])
        with double_precision():
            found: Passed = ahead(groups, _carried(state, plan), 0, remember=remember)
            shown = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), found[1:3])
            return Outcome(cast_like(found.state, state), *shown)

    def inverse(self, image: State, drive: Any = None) -> State:
        """Return the state whose image is given."""
        groups, state = self._driven(drive), dense(image)
        plan = Plan(0, self.limit, False, self.carry_dtype)
        with double_precision() if self.carry_dtype else nullcontext():
            state = _carried(state, plan)
            for group in reversed(groups):
                state = _undone(group, state)
            return cast_like(state, image)

    def couplings(self) -> list[Invertible]:
        """Return the couplings one by one."""
        return [item for group in self.groups for item in group.couplings()]

    def __len__(self) -> int:
        return sum(group.count for group in self.groups)

    def _driven(self, drive: Any) -> tuple[Group, ...]:
        if (drive is None) == (self.drive_at is not None):
            got = "none" if drive is None else "some"
            raise OptionError("a drive where a march has a driven leaf", got, "See drive_at.")
        if self.drive_at is None:
            return self.groups
        (group,), length = self.groups, len(jax.tree.leaves(drive)[0])
        if length != group.count:
            raise OptionError(f"a drive of {group.count} steps", str(length), "One per step.")
        empty = jax.tree.map(lambda _: None, group.shared)
        none = {"is_leaf": lambda item: item is None}
        stacked = eqx.tree_at(self.drive_at, empty, drive, **none)
        shared = eqx.tree_at(self.drive_at, group.shared, None, **none)
        return (Group(stacked, shared, group.count),)


def _undone(group: Group, state: State) -> State:
    def step(image: State, item: Any) -> tuple[State, None]:
        made: Invertible = eqx.combine(item, group.shared)
        return made.inverse(image), None

    if group.single:
        return step(state, group.stacked)[0]
    return jax.lax.scan(step, state, group.stacked, length=group.count, reverse=True)[0]


def reversible_stack(
    couplings: Sequence[Invertible],
    probe: State,
    *,
    carry_dtype: Literal["float64"] | None = None,
    checkpoint_every: int | None = None,
    tolerance: float | None = None,
    drift: Literal["raise", "nan"] = "raise",
    memory: Memory = "reversible",
    schedule: Schedule = "serial",
) -> ReversibleStack:
    """Return couplings as one stack, after a test of its round trip.

    Neighbours of equal structure are stacked and run in one compiled loop; others are unrolled.
    The probe goes forth and back. Where it comes back with a larger error than the tolerance, as
    many checkpoints are put in as are needed, down to one before every step, where nothing is
    undone. The same comparison is made in every gradient: see ``drift``.

    Args:
        couplings: applied from the first to the last.
        probe: a typical state: arrays, or ``jax.ShapeDtypeStruct`` for normal numbers. While a
            program is traced no test is made.
        carry_dtype: ``"float64"`` carries float32 states in float64 between float32 branches, at
            twice the memory of a state: for factors below 1. It needs couplings alone.
        checkpoint_every: at most so many steps between kept states.
        tolerance: of the relative error of a recomputed state; by default 1e3 rounding units,
            which is 1e-4 in float32. A gradient allows ten times as much.
        drift: what a larger error in a gradient does: ``"raise"``, or ``"nan"``: not a number.
        memory: ``"stored"`` and ``"checkpoints"`` leave the own gradient out, for comparison.
        schedule: ``"overlapped"`` undoes a step beside the gradient of the one after it: for
            devices that run both at once. It evaluates every branch once more.

    Raises:
        OptionError: no couplings; a factor on a diagonal below 1e-3; a probe whose states are
            not finite; an option out of range.

    Sources: A. N. Gomez et al., arXiv:1707.04585; D. Maclaurin et al., arXiv:1502.03492.
    """
    if not couplings:
        raise OptionError("one coupling or more", "none", "Give some.")
    if carry_dtype:
        couplings = [_mixed(item) for item in couplings]
    groups = grouped(couplings)
    ways = (drift, memory, schedule)
    return _tested(groups, probe, carry_dtype, checkpoint_every, tolerance, ways)


def reversible_march(
    step: Invertible,
    count: int,
    probe: State,
    *,
    drive_at: Callable[[Any], Any] | None = None,
    carry_dtype: Literal["float64"] | None = None,
    checkpoint_every: int | None = None,
    tolerance: float | None = None,
    memory: Memory = "reversible",
) -> ReversibleStack:
    """Return one step that is applied ``count`` times with the same parameters: a time integrator.

    The gradient of a leapfrog march is its symplectic adjoint. In float32 there is a kept state
    every 1,000 steps or less; a run of 1,000 is what the self-test sees.

    Args:
        step: a coupling.
        count: number of steps.
        probe: a typical state.
        drive_at: the leaf of ``step`` that changes from step to step, such as
            ``lambda step: step.shifts[1].drive``; its values are given with the call.
        carry_dtype, checkpoint_every, tolerance, memory: as of ``reversible_stack``.

    Raises:
        OptionError: as ``reversible_stack``, or fewer than one step.
    """
    if count < 1:
        raise OptionError("one step or more", str(count), "Give how many.")
    most = MOST if checkpoint_every is None else min(checkpoint_every, MOST)
    step = _mixed(step) if carry_dtype else step
    groups = (repeated(step, count),)
    found = _tested(
        groups,
        probe,
        carry_dtype,
        most if count > most else None,
        tolerance,
        ("raise", memory, "serial"),
    )
    return dataclasses.replace(found, drive_at=drive_at)


def _tested(
    groups: tuple[Group, ...],
    probe: State,
    carry: str | None,
    most: int | None,
    tolerance: float | None,
    ways: tuple[Any, Any, Any],
) -> ReversibleStack:
    drift, memory, schedule = ways
    if most is not None and most < 1:
        raise OptionError("one step or more between checkpoints", str(most), "None for none.")
    known = (None, "float64"), get_args(Memory), get_args(Schedule), ("raise", "nan")
    given = carry, memory, schedule, drift
    if any(item not in names for item, names in zip(given, known, strict=True)):
        raise OptionError(f"one of each of {known}", str(given), "Correct them.")
    state, every, error = drawn(probe), most or 0, float("nan")
    wanted = 1e3 * resolution(state) if tolerance is None else tolerance
    if not is_traced(groups, state):
        for group in groups:
            _refuse_flat(group)
        path = Path(groups, state, carry or "")
        found, error = path.interval(wanted)
        every = min(filter(None, (found, most)), default=0)
    return ReversibleStack(
        groups,
        every,
        carry or "",
        10 * wanted,
        drift,
        memory,
        np.asarray(error),
        schedule=schedule,
    )


def _refuse_flat(group: Group) -> None:
    for item in group.couplings() if jax.tree.leaves(group.stacked) else [group.shared]:
        if not (np.isfinite(item.smallest()) and item.smallest() >= FLOOR):
            got = f"a factor of {item.smallest():g} in {type(item).__name__}"
            raise OptionError(f"factors of {FLOOR:g} or more", got, "It cannot be undone.")


def _mixed(coupling: Invertible) -> Invertible:
    def one(item: Any) -> Any:
        if not isinstance(item, Coupling):
            return item
        return Coupling(item.shifts, item.scales, item.order, record=item.record, mixed="float32")

    made: Invertible = jax.tree.map(one, coupling, is_leaf=lambda item: isinstance(item, Coupling))
    return made
