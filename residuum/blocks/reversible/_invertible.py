"""What a reversible stack is made of: maps of states that can be undone."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum.blocks._abstract import is_trained
from residuum.blocks._stage import DIFFERENTIABLE, Capability, Stage
from residuum.blocks.reversible._state import State, fitted


class Invertible(Stage):
    """A map of states with an inverse, the logarithm of its determinant, and its adjoint.

    States are pytrees of real arrays, in general a tuple of parts (arrays or jets). Subclasses
    give ``forward`` and ``inverse``; ``pull`` may be overridden where one pass can both undo the
    map and differentiate it.
    """

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Gradients, and an inverse."""
        return DIFFERENTIABLE | {Capability.INVERSE}

    @abstractmethod
    def forward(self, state: State) -> tuple[State, Array]:
        """Return the image and log |det| of the map: one number, or one per sample."""

    @abstractmethod
    def inverse(self, image: State) -> State:
        """Return the state whose image is given."""

    def __call__(self, state: State) -> State:
        """Return the image alone."""
        return self.forward(state)[0]

    def observe(self, image: State) -> Any:
        """Return what a stack records after this step; nothing by default."""
        return None

    def smallest(self) -> float:
        """Return the smallest known factor on the diagonal; 1 for maps that keep volume."""
        return 1.0

    def pull(self, image: State, change: State, slope: Array) -> tuple[State, State, Any]:
        """Undo the map and carry a gradient back through it.

        Args:
            image: what the map gave.
            change: gradient with respect to the image.
            slope: gradient with respect to log |det|.

        Returns:
            The state, the gradient with respect to it, the gradient with respect to the trained
            arrays of this module.
        """
        state = self.inverse(image)
        return state, *self.pull_at(state, change, slope)

    def pull_at(self, state: State, change: State, slope: Array) -> tuple[State, Any]:
        """Carry a gradient back through the map at a known state."""
        trained, fixed = eqx.partition(self, is_trained)

        def ahead(trained: Any, state: State) -> tuple[State, Array]:
            made: Invertible = eqx.combine(trained, fixed)
            return made.forward(state)

        kind = jax.tree.leaves(change)[0].dtype
        given = jax.tree.map(lambda leaf: leaf.astype(kind), state)
        (_, volume), back = jax.vjp(ahead, trained, given)
        own, before = back((change, fitted(slope, volume.shape).astype(volume.dtype)))
        return before, own


class Composed(Invertible):
    """Invertible maps in turn, as one step of a stack.

    Args:
        steps: applied from the first to the last.
    """

    steps: tuple[Invertible, ...]

    def forward(self, state: State) -> tuple[State, Array]:
        total = jnp.zeros(())
        for step in self.steps:
            state, volume = step.forward(state)
            total = total + volume
        return state, total

    def inverse(self, image: State) -> State:
        for step in reversed(self.steps):
            image = step.inverse(image)
        return image

    def observe(self, image: State) -> Any:
        return self.steps[-1].observe(image)

    def smallest(self) -> float:
        return min((step.smallest() for step in self.steps), default=1.0)

    def pull(self, image: State, change: State, slope: Array) -> tuple[State, State, Any]:
        own = []
        for step in reversed(self.steps):
            image, change, part = step.pull(image, change, slope)
            own.append(part)
        trained, _ = eqx.partition(self, is_trained)
        trained = eqx.tree_at(lambda item: item.steps, trained, tuple(reversed(own)))
        return image, change, trained
