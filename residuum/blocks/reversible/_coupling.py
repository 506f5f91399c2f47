"""The block-triangular coupling behind every reversible network."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Jet, OptionError
from residuum._core import _jet as jets
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible._fusion import GridBranch
from residuum.blocks.reversible._invertible import Invertible
from residuum.blocks.reversible._state import (
    Part,
    State,
    cast_like,
    dense_like,
    fitted,
    lowered,
    minus,
    plus,
    scaled,
)

FLOOR = 1e-3
"""Smallest constant factor on the diagonal that is taken."""


class Factor(eqx.Module):
    """A constant factor a on the diagonal, trained where it is a JAX array.

    Args:
        value: shape (channels,) or (). Its size is kept at ``FLOOR`` or more while it is trained.

    Each step divides rounding by |a|: below 1 only short stacks can be undone in float32.

    Raises:
        OptionError: a factor is smaller than ``FLOOR``, or not finite.
    """

    value: Array | np.ndarray

    def __check_init__(self) -> None:
        if isinstance(self.value, jax.core.Tracer) or not hasattr(self.value, "dtype"):
            return
        size = np.abs(np.asarray(self.value))
        if not (np.isfinite(size).all() and size.min() >= FLOOR):
            got = f"a factor of {float(size.min()):g}"
            raise OptionError(f"finite factors of {FLOOR:g} or more", got, "It cannot be undone.")

    def effective(self) -> Array:
        """Return the factor, held away from zero."""
        value = jnp.asarray(self.value)
        side = jnp.where(value < 0, -1.0, 1.0).astype(value.dtype)
        return jnp.where(jnp.abs(value) < FLOOR, FLOOR * side, value)


class Exponential(eqx.Module):
    """A factor exp(s) on the diagonal, s = bound · tanh(S(others) / bound).

    Args:
        log_scale: S, a function of the other parts with values of the shape of the part.
        bound: largest |s|; 2 keeps each step within a factor of 7.4.
    """

    log_scale: Callable[..., Part]
    bound: float = eqx.field(static=True, default=2.0)

    def logarithm(self, others: tuple[Part, ...], like: Part) -> Part:
        """Return s."""
        found = applied(self.log_scale, others, like)
        if isinstance(found, Jet):
            return jets.tanh(found * (1 / self.bound)) * self.bound
        return self.bound * jnp.tanh(found / self.bound)


Scale = Factor | Exponential | None


def applied(branch: Any, others: tuple[Part, ...], like: Part) -> Part:
    """Return a branch at the other parts, by its jet rule where they are jets."""
    if isinstance(branch, GridBranch):
        return branch(*others, shape=like.shape[1:-1])
    return branch.jet(*others) if isinstance(others[0], Jet) else branch(*others)


class Terms(eqx.Module):
    """What the other parts say about one part: y = a · exp(s) · x + G."""

    shift: Part
    factor: Array | None
    logarithm: Part


class Coupling(Invertible):
    """y_k = a_k · x_k + G_k(others), part after part; undone in the opposite order.

    When part k is updated, the parts before it in ``order`` are new and those after it are old.
    The map is block-triangular whatever the G_k are, so that they need no inverse.

    Args:
        shifts: G_k of every part, called with all other parts in the order of the state (jets:
            with the branch's ``jet``); ``None`` for no shift.
        scales: a_k of every part: ``None`` for 1, ``Factor``, or ``Exponential``.
        order: order of the updates; that of the parts if left out.
        record: function of the image whose values a stack returns for every step.
        mixed: ``"float32"`` where the state is carried in float64 and the branches compute in
            float32; set by the stack.

    Good start: ``Coupling((G, F))`` with scales of 1, which amplifies no rounding.
    It breaks where |a| < 1 in many steps in turn: see ``reversible_stack``.

    Raises:
        OptionError: scales or order do not fit the parts.
    """

    shifts: tuple[Any, ...]
    scales: tuple[Scale, ...] = ()
    order: tuple[int, ...] = eqx.field(static=True, default=())
    record: Any = None
    mixed: Literal["same", "float32"] = eqx.field(static=True, default="same")

    def __post_init__(self) -> None:
        self.scales = self.scales or (None,) * len(self.shifts)
        self.order = self.order or tuple(range(len(self.shifts)))

    def __check_init__(self) -> None:
        places = range(len(self.shifts))
        if len(self.scales) != len(self.shifts) or sorted(self.order) != list(places):
            got = f"{len(self.shifts)} shifts, {len(self.scales)} scales, order {self.order}"
            raise OptionError("a shift, a scale and a place per part", got, "Give one of each.")

    def forward(self, state: State) -> tuple[State, Array]:
        parts, total = list(state), jnp.zeros(())
        for k in self._updated():
            terms = self._terms(k, self._others(parts, k), parts[k])
            parts[k], volume = _mixed(parts[k], terms)
            total = total + volume
        return tuple(parts), total

    def inverse(self, image: State) -> State:
        parts = list(image)
        for k in reversed(self._updated()):
            parts[k] = _unmixed(parts[k], self._terms(k, self._others(parts, k), parts[k]))
        return tuple(parts)

    def observe(self, image: State) -> Any:
        return None if self.record is None else self.record(image)

    def smallest(self) -> float:
        found = [
            float(np.abs(np.asarray(scale.value)).min())
            if isinstance(scale, Factor)
            else math.exp(-scale.bound)
            for scale in self.scales
            if scale is not None
        ]
        return min(found, default=1.0)

    def pull(self, image: State, change: State, slope: Array) -> tuple[State, State, Any]:
        """Undo and differentiate: every branch is evaluated once."""
        parts, changes = list(image), list(change)
        own, _ = eqx.partition(self, is_trained)
        shifts, scales = list(own.shifts), list(own.scales)
        for k in reversed(self._updated()):
            places = [j for j in range(len(parts)) if j != k]
            trained, fixed = eqx.partition((self.shifts[k], self.scales[k]), is_trained)

            def terms(trained: Any, others: Any, k: int = k, fixed: Any = fixed) -> Terms:
                shift, scale = eqx.combine(trained, fixed)
                return _terms(shift, scale, others, parts[k])

            found, back = jax.vjp(terms, trained, self._others(parts, k))
            parts[k] = _unmixed(parts[k], found)
            low = cast_like(parts[k], changes[k])
            (_, volume), apart = jax.vjp(_mixed, low, found)
            changes[k], along = apart(
                (changes[k], fitted(slope, volume.shape).astype(volume.dtype))
            )
            part, others = back(along)
            shifts[k], scales[k] = part
            for j, item in zip(places, others, strict=True):
                changes[j] = plus(changes[j], item)
        # What is recorded is differentiated by the stack.
        record = jax.tree.map(jnp.zeros_like, own.record)
        own = eqx.tree_at(
            lambda item: (item.shifts, item.scales, item.record),
            own,
            (tuple(shifts), tuple(scales), record),
            is_leaf=lambda item: item is None,
        )
        return tuple(parts), tuple(changes), own

    def _updated(self) -> list[int]:
        return [k for k in self.order if self.shifts[k] is not None or self.scales[k] is not None]

    def _others(self, parts: list[Part], k: int) -> tuple[Part, ...]:
        found = tuple(part for j, part in enumerate(parts) if j != k)
        return lowered(found) if self.mixed == "float32" else found

    def _terms(self, k: int, others: tuple[Part, ...], like: Part) -> Terms:
        return _terms(self.shifts[k], self.scales[k], others, like)


def _terms(shift: Any, scale: Scale, others: tuple[Part, ...], like: Part) -> Terms:
    # In the precision of the other parts, whatever constants a branch computes with.
    kind = jax.tree.leaves(others)[0].dtype if others else None

    def kept(part: Part) -> Part:
        return jax.tree.map(lambda leaf: leaf.astype(kind), dense_like(part, like))

    found = None if shift is None else kept(applied(shift, others, like))
    if isinstance(scale, Factor):
        return Terms(found, scale.effective(), None)
    if isinstance(scale, Exponential):
        return Terms(found, None, kept(scale.logarithm(others, like)))
    return Terms(found, None, None)


def _mixed(x: Part, terms: Terms) -> tuple[Part, Array]:
    """Return a · exp(s) · x + G and log |det|."""
    volume = jnp.zeros(())
    if terms.factor is not None:
        size = max(math.prod(_value(x).shape[1:]) // terms.factor.size, 1)
        x = scaled(x, terms.factor)
        volume = jnp.log(jnp.abs(terms.factor)).sum() * size
    if terms.logarithm is not None:
        volume = volume + _value(terms.logarithm).sum(tuple(range(1, _value(x).ndim)))
        x = _times_exp(x, terms.logarithm)
    return (x if terms.shift is None else plus(x, terms.shift)), volume


def _unmixed(y: Part, terms: Terms) -> Part:
    x = y if terms.shift is None else minus(y, terms.shift)
    if terms.logarithm is not None:
        x = _times_exp(x, -terms.logarithm)
    return x if terms.factor is None else scaled(x, 1 / terms.factor)


def _times_exp(x: Part, logarithm: Part) -> Part:
    return jets.exp(logarithm) * x if isinstance(x, Jet) else x * jnp.exp(logarithm)


def _value(part: Part) -> Array:
    return part.value if isinstance(part, Jet) else jax.tree.leaves(part)[0]
