"""What is minimised when an operator is trained: a number per sample on a grid."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, final

from jax import Array

from residuum._core import OptionError, Source
from residuum.datasets import Layout

PerSample = Callable[[Array, Array, Array], Array]
"""(answers found, answers wanted, inputs), sample first, to one number per sample (n,)."""


class GridObjective(ABC):
    """What is minimised over samples. Final subclasses are frozen dataclasses of their options.

    Class attributes:
        labelled: whether it looks at the answers wanted.
    """

    name: ClassVar[str]
    labelled: ClassVar[bool] = True
    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def on(self, layout: Layout) -> PerSample:
        """Return the objective on a grid, as a function that JAX can trace.

        Raises:
            OptionError: the grid or its channels do not suit it; the message says why.
        """


@final
@dataclass(frozen=True)
class Mixed(GridObjective):
    """A weighted sum of objectives: labels and physics at once.

    Args:
        parts: pairs of an objective and its weight.

    Good start: relative L2 with weight 1 and the equation's residual with 0.1.

    Raises:
        OptionError: no parts, or a weight that is not positive.
    """

    parts: tuple[tuple[GridObjective, float], ...]

    name: ClassVar[str] = "mixed"

    def __post_init__(self) -> None:
        fine = all(isinstance(part, GridObjective) and weight > 0 for part, weight in self.parts)
        if not self.parts or not fine:
            raise OptionError("objectives with positive weights", repr(self.parts), "Give pairs.")

    def on(self, layout: Layout) -> PerSample:
        """Return the sum on a grid."""
        made = [(part.on(layout), weight) for part, weight in self.parts]

        def value(found: Array, wanted: Array, inputs: Array) -> Array:
            terms = [weight * part(found, wanted, inputs) for part, weight in made]
            return sum(terms[1:], terms[0])

        return value
