"""What a user chooses when choosing a field: a recipe that builds it for a problem."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source
from residuum.blocks import Block, Chain, Standardise
from residuum.fields._feature_field import FeatureField
from residuum.geometry import Shape
from residuum.problem import Problem, Scaling


@dataclass(frozen=True, eq=False)
class Frame:
    """Where a field lives.

    Args:
        centre: middle of each coordinate's range, shape (d,).
        half_width: half the range, shape (d,).
        periodic: the axes on which the field must be periodic.
        outputs: number of unknowns.
        names: of the coordinates, where the shape is known.
        shape: the domain in space.
    """

    centre: np.ndarray
    half_width: np.ndarray
    periodic: tuple[int, ...]
    outputs: int
    names: tuple[str, ...] = ()
    shape: Shape | None = None

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.centre)

    @property
    def space(self) -> Frame:
        """The frame without its first coordinate, time."""
        axes = tuple(axis - 1 for axis in self.periodic if axis > 0)
        rest = self.centre[1:], self.half_width[1:], axes, self.outputs
        return Frame(*rest, self.names[1:], self.shape)


class Architecture(ABC):
    """Recipe of a field. Final subclasses are frozen dataclasses of their options."""

    name: ClassVar[str]
    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def trunk(self, frame: Frame, key: Key) -> Block:
        """Return the block from dimensionless coordinates to features."""

    def build(self, frame: Frame, key: Key) -> FeatureField:
        """Return the field, dimensionless inside, of size one outside."""
        inner = Chain((Standardise(frame.centre, frame.half_width), self.trunk(frame, key)))
        return FeatureField(inner, self.head(inner.signature.outputs + 1, frame.outputs, key))

    def head(self, features: int, outputs: int, key: Key) -> Array:
        """Return the first last layer: zero, for features whose weights are solved for."""
        return jnp.zeros((features, outputs))


def frame_of(problem: Problem, sizes: Scaling) -> Frame:
    """Return where a field for a problem lives; an axis is periodic if every unknown is."""
    names = tuple(c.name for c in problem.coordinates)
    every = [set(problem.periodic_axes(u)) for u in problem.unknowns]
    shared = set.intersection(*every)
    periodic = tuple(i for i, name in enumerate(names) if name in shared)
    count = len(problem.unknowns)
    return Frame(sizes.centre, sizes.half_width, periodic, count, names, problem.shape)


def positive(owner: Any, **values: Any) -> None:
    """Raise unless every option is a finite number of more than zero."""
    for name, value in values.items():
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not number or not 0 < value < np.inf:
            remedy = f"Correct {type(owner).__name__}."
            raise OptionError(f"a {name} of more than zero", repr(value), remedy)


def whole(owner: Any, **values: Any) -> None:
    """Raise unless every option is a whole number of at least one."""
    positive(owner, **values)
    for name, value in values.items():
        if not isinstance(value, int | np.integer):
            remedy = f"Correct {type(owner).__name__}."
            raise OptionError(f"a whole number for {name}", repr(value), remedy)
