"""What recipes around another recipe share: they prepare its samples and finish its operator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

from residuum._core import Key, Source
from residuum.datasets import Layout, Samples
from residuum.operators._abstract import GridFrame, Operator
from residuum.operators._standardised import is_looped, takes_any_grid
from residuum.operators._symmetry import Turns


class Begun(Protocol):
    """What is trained, and on what."""

    @property
    def operator(self) -> Operator:
        """The operator before training."""

    @property
    def samples(self) -> Samples:
        """Samples to train on."""

    @property
    def held(self) -> Samples | None:
        """Validation samples, if there are any."""

    @property
    def turns(self) -> Turns | None:
        """Symmetries by which every batch is turned at random; none where samples stay."""

    def finished(self, trained: Operator) -> Operator:
        """Return the whole operator."""


class OperatorAround(Operator):
    """An operator that works with the answers of another one.

    Args:
        inner: the other one.
    """

    inner: Operator

    @property
    def any_grid(self) -> bool:  # type: ignore[override]
        """Whether the operator inside takes any grid."""
        return takes_any_grid(self.inner)

    @property
    def in_pieces(self) -> bool:  # type: ignore[override]
        """Whether the gradient of the operator inside is fast in pieces."""
        return is_looped(self.inner)


class RecipeAround(ABC):
    """A recipe around that of a network. Final subclasses are frozen dataclasses."""

    name: ClassVar[str]
    labelled: ClassVar[bool] = False
    """Whether samples must carry labels that objectives compare with."""
    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def begin(self, samples: Samples, held: Samples | None, key: Key) -> Begun:
        """Return what is trained, and on what."""

    @abstractmethod
    def build(self, frame: GridFrame, key: Key) -> Operator:
        """Return the network before training."""

    def around(self, operator: Operator, layout: Layout) -> Operator:
        """Return the whole operator around that of the network; the same if it was all."""
        return operator
