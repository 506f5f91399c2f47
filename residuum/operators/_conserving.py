"""An operator that keeps integrals: what an evolving answer holds as long as nothing flows in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source
from residuum.blocks import Edge
from residuum.datasets import Layout, Samples
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._around import OperatorAround, RecipeAround
from residuum.operators._fourier import FNO
from residuum.operators._standardised import Standardised


class ConservingOperator(OperatorAround):
    """An operator whose answers are shifted until their integrals are right.

    Args:
        inner: the operator.
        kept: pairs of channels: an input, and the output that keeps its integral.
        edges: of the grid; ends that are held by a node count half.
        times: whether answers have moments.
    """

    kept: tuple[tuple[int, int], ...] = eqx.field(static=True)
    edges: tuple[Edge, ...] = eqx.field(static=True)
    times: bool = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, [times], *grid, outputs)."""
        found = self.inner(inputs)
        has = _means(found, self.edges)
        asked = _means(inputs, self.edges)
        for i, j in self.kept:
            wanted = asked[:, None, i] if self.times else asked[:, i]
            missing = wanted - has[..., j]
            shift = missing.reshape(*missing.shape, *(1,) * len(self.edges))
            found = found.at[..., j].add(shift)
        return found


class Kept(NamedTuple):
    """An operator before training, and what it is trained on.

    Args:
        operator: before training.
        samples: to train on.
        held: validation samples, if there are any.
        turns: none.
    """

    operator: ConservingOperator
    samples: Samples
    held: Samples | None
    turns: None = None

    def finished(self, trained: Operator) -> Operator:
        """Return the operator as it is."""
        return trained


@final
@dataclass(frozen=True)
class Conserving(RecipeAround):
    """A recipe whose operator keeps the integral of a channel, at every time, up to rounding.

    For mass, or the mean of a vorticity: where the statement is a conservation law and nothing
    crosses the boundary, on rings and between insulated walls. The answer of the operator inside is
    shifted by one number per sample, channel and time; training runs through the shift. Nothing
    checks that the statement keeps the integral: a wrong claim makes wrong answers.

    Args:
        recipe: of the operator; good start: ``Rollout(FNO())`` for many steps.
        kept: pairs of names, an input and the output that keeps its integral; by default the last
            inputs, one for each output.

    It costs nothing, and mends the mean alone: an energy still drifts.

    Raises:
        OptionError: an option is of another kind; a channel does not exist or is kept twice; the
            grid has a wall with values held.
    """

    recipe: OperatorArchitecture = field(default_factory=FNO)
    kept: tuple[tuple[str, str], ...] | None = None

    name: ClassVar[str] = "conserving"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "probconserv",
            "Learning Physical Models that Can Respect Conservation Laws",
            "D. Hansen, D. C. Maddix, S. Alizadeh, G. Gupta, M. W. Mahoney",
            2023,
            "arXiv:2302.11002",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        recipe: Any = self.recipe
        if not isinstance(recipe, OperatorArchitecture):
            raise OptionError("a recipe of an operator", repr(recipe), "Try Conserving(FNO()).")

    def begin(self, samples: Samples, held: Samples | None, key: Key) -> Kept:
        """Build what is trained; return it with the samples."""
        inner = Standardised.around(self.build(GridFrame.of(samples.layout), key), samples)
        return Kept(self.around(inner, samples.layout), samples, held)

    def build(self, frame: GridFrame, key: Key) -> Operator:
        """Return the network before training."""
        return self.recipe.build(frame, key)

    def around(self, operator: Operator, layout: Layout) -> ConservingOperator:
        """Return an operator between named channels whose answers keep their integrals."""
        if "zero" in layout.edges:
            remedy = "What flows through a wall that is held changes the integral."
            raise OptionError("rings and insulated walls", f"edges {layout.edges}", remedy)
        names = layout.input_names, layout.output_names
        moments = layout.times is not None
        return ConservingOperator(operator, self._pairs(*names), layout.edges, moments)

    def _pairs(self, inputs: Sequence[str], outputs: Sequence[str]) -> tuple[tuple[int, int], ...]:
        kept = self.kept
        if kept is None:
            kept = tuple(zip(inputs[-len(outputs) :], outputs, strict=False))
        strange = [f"{a} and {b}" for a, b in kept if a not in inputs or b not in outputs]
        ends = [b for _, b in kept]
        if strange or not kept or len(set(ends)) < len(ends) or len(inputs) < len(outputs):
            wanted = f"an input of {', '.join(inputs)} for each of {', '.join(outputs)}"
            raise OptionError(wanted, "; ".join(strange) or repr(kept), "Name pairs in kept=.")
        return tuple((list(inputs).index(a), list(outputs).index(b)) for a, b in kept)


def _means(values: Array, edges: Sequence[Edge]) -> Array:
    """Return the means over the grid, one axis after the other: (n, …, *grid, c) to (n, …, c)."""
    for edge in reversed(edges):
        nodes = values.shape[-2]
        weights = np.ones(nodes, values.dtype)
        if edge != "wrap":
            weights[[0, -1]] = 0.5
        values = jnp.einsum("...nc,n->...c", values, weights / weights.sum())
    return values
