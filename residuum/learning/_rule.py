"""The protocol of everything that changes parameters to shrink residual rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jax.flatten_util import ravel_pytree

from residuum._core import Field, Monitor, OptionError, Result, Source
from residuum.blocks._abstract import is_trained
from residuum.objectives import Inferred, Rows

Trainable = tuple[Field, Inferred]
"""A field and the inferred parameters; JAX arrays in them are trained, NumPy arrays are not."""

Draw = Callable[[Trainable, int], tuple[Sequence[Rows], float]]
"""From the trained parts and the number of the round: fresh rows, and the residual they met."""


@dataclass
class Outcome:
    """What a rule hands back.

    Args:
        trained: field and parameters, the best found.
        result: how the training ended.
        reason: the same in words.
        losses: half the sum of squares by iteration.
        held: root-mean-square residual at fresh points, by round.
        logs: other numbers by iteration, by name.
    """

    trained: Trainable
    result: Result
    reason: str
    losses: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    logs: dict[str, list[float]] = field(default_factory=dict)


class LearningRule(ABC):
    """How parameters change. Final subclasses are frozen dataclasses of their options."""

    name: ClassVar[str]
    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def train(
        self,
        start: Trainable,
        rows: Sequence[Rows],
        monitor: Monitor,
        draw: Draw | None = None,
    ) -> Outcome:
        """Shrink the rows; stop with a stated reason. Called in float64 scope."""


@dataclass(frozen=True)
class Flat:
    """Trained parts as one vector.

    Args:
        vector: shape (p,).
        fixed: what is not trained.
        unravel: (vector, fixed) to the trained parts.
    """

    vector: Array
    fixed: Any
    unravel: Callable[[Array, Any], Trainable]

    def restore(self, vector: Array) -> Trainable:
        """Return field and parameters of a vector."""
        return self.unravel(vector, self.fixed)


def flatten(trained: Trainable) -> Flat:
    """Return the trained arrays as one vector.

    Raises:
        OptionError: nothing in the field or the parameters can be trained.
    """
    moving, fixed = eqx.partition(trained, is_trained)
    vector, unravel = ravel_pytree(moving)
    if vector.size == 0:
        raise OptionError(
            "a field with trained arrays", "none", "Solve for its last layer instead."
        )

    def join(values: Array, rest: Any) -> Trainable:
        joined: Trainable = eqx.combine(unravel(values), rest)
        return joined

    return Flat(vector, fixed, join)


def residuals(trained: Trainable, rows: Sequence[Rows]) -> Array:
    """Return all residual rows as one vector."""
    found, numbers = trained
    values = numbers.values()
    return jnp.concatenate([item.residual(found, values) for item in rows])


def loss(trained: Trainable, rows: Sequence[Rows]) -> Array:
    """Return half the sum of squares of all rows."""
    return 0.5 * jnp.sum(residuals(trained, rows) ** 2)


def finite(trained: Trainable) -> bool:
    """Whether every trained array is finite."""
    leaves = jax.tree.leaves(eqx.filter(trained, is_trained))
    return all(bool(jnp.isfinite(leaf).all()) for leaf in leaves)
