"""An operator that keeps the symmetries of its statement: mirrors and exchanged axes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, final

from jax import Array

from residuum._core import Key, OptionError, Source
from residuum.blocks import Edge
from residuum.datasets import Layout, Samples
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._around import OperatorAround, RecipeAround
from residuum.operators._fourier import FNO
from residuum.operators._standardised import Standardised
from residuum.operators._symmetry import Move, Turn, Turns


class SymmetricOperator(OperatorAround):
    """The mean over all positions of what an operator answers: what ``Symmetric`` builds.

    Args:
        inner: trained on samples in random positions.
        turns: the symmetries.
    """

    turns: Turns

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, [times], *grid, outputs)."""
        return self.turns.mean(self.inner, inputs)


class Turned(NamedTuple):
    """An operator before training, and the positions that its samples are shown in.

    Args:
        operator: before training.
        samples: to train on.
        held: validation samples, if there are any.
        turns: the symmetries.
    """

    operator: Operator
    samples: Samples
    held: Samples | None
    turns: Turns

    def finished(self, trained: Operator) -> SymmetricOperator:
        """Return the mean over all positions."""
        return SymmetricOperator(trained, self.turns)


@final
@dataclass(frozen=True)
class Symmetric(RecipeAround):
    """A recipe whose operator keeps the symmetries of the statement, which the user states.

    Every step of training shows its samples in a position drawn at random: a few hundred samples
    then count for several times as many. The finished operator answers with the mean over all
    positions, and is as symmetric as rounding allows; that takes as many times as long as there are
    positions: two for a mirror, eight for a square. Nothing checks that the statement has the
    symmetries: a wrong one makes wrong answers.

    Args:
        recipe: of the operator; good start: ``FNO()``.
        mirrors: axes of the grid along which the mirror image of a member is a member too, with
            the mirror image for an answer. Domain, conditions and all that is no input must be
            their own image.
        swaps: pairs of axes that may change places, with as many nodes and the same edges.
        odd: channels, in or out, that change their sign: a name for all mirrors and swaps, which
            are mirrors in a diagonal, or (name, axis) for the mirror along one axis. A vorticity is
            odd in all, a velocity along its own axis; for Burgers both ``u0`` and ``u`` are.
        exchanged: pairs of channels that change places where axes do, such as two velocities.

    It gains most where samples are few and the network is large enough. It costs nothing in
    training.

    Raises:
        OptionError: an option is of another kind, or no symmetry is stated.
    """

    recipe: OperatorArchitecture = field(default_factory=FNO)
    mirrors: tuple[int, ...] = (0,)
    swaps: tuple[tuple[int, int], ...] = ()
    odd: tuple[str | tuple[str, int], ...] = ()
    exchanged: tuple[tuple[str, str], ...] = ()

    name: ClassVar[str] = "symmetric"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "lie-point-symmetry-augmentation",
            "Lie Point Symmetry Data Augmentation for Neural PDE Solvers",
            "J. Brandstetter, M. Welling, D. E. Worrall",
            2022,
            "arXiv:2202.07643",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        recipe: Any = self.recipe
        if not isinstance(recipe, OperatorArchitecture):
            raise OptionError("a recipe of an operator", repr(recipe), "Try Symmetric(FNO()).")
        moves = self._moves()
        if not moves or len(set(moves)) < len(moves):
            got = f"mirrors {self.mirrors}, swaps {self.swaps}"
            raise OptionError("one symmetry or more, each once", got, "Try mirrors=(0,).")
        if any(len(set(pair)) < 2 for pair in (*self.swaps, *self.exchanged)):
            got = f"swaps {self.swaps}, exchanged {self.exchanged}"
            raise OptionError("two in every pair", got, "Correct them.")

    def begin(self, samples: Samples, held: Samples | None, key: Key) -> Turned:
        """Build what is trained; return it with the samples and their symmetries.

        Raises:
            OptionError: the grid has no such axes or channels, or axes that cannot change places.
        """
        turns = self.turns(samples.layout)
        inner = self.build(GridFrame.of(samples.layout), key)
        return Turned(Standardised.around(inner, samples), samples, held, turns)

    def build(self, frame: GridFrame, key: Key) -> Operator:
        """Return the network before training."""
        return self.recipe.build(frame, key)

    def around(self, operator: Operator, layout: Layout) -> SymmetricOperator:
        """Return the mean over all positions."""
        return SymmetricOperator(operator, self.turns(layout))

    def turns(self, layout: Layout) -> Turns:
        """Return what the symmetries do on a grid with named channels; see ``begin``."""
        edges, shape = layout.edges, layout.shape
        known = {*layout.input_names, *layout.output_names}
        named = [o if isinstance(o, str) else o[0] for o in self.odd]
        strange = {*named, *itertools.chain(*self.exchanged)} - known
        if strange:
            got = ", ".join(sorted(strange))
            raise OptionError(f"channels of {', '.join(sorted(known))}", got, "Correct the names.")
        for move in self._moves():
            if not all(0 <= axis < len(shape) for axis in move):
                got = f"axes {move} of {len(shape)}"
                raise OptionError("axes of the grid, from 0", got, "Correct the symmetries.")
            if len({shape[axis] for axis in move}) > 1 or len({edges[axis] for axis in move}) > 1:
                got = f"axes {move} of {shape}, {edges}"
                raise OptionError("axes alike to exchange", got, "Leave the swap out.")
        sides = [
            tuple(self._turn(move, names, edges) for move in self._moves())
            for names in (layout.input_names, layout.output_names)
        ]
        return Turns.of(sides[0], sides[1], layout.times is not None)

    def _moves(self) -> list[Move]:
        return [*((axis,) for axis in self.mirrors), *(tuple(sorted(p)) for p in self.swaps)]

    def _turn(self, move: Move, names: Sequence[str], edges: Sequence[Edge]) -> Turn:
        order, signs = list(range(len(names))), [1.0] * len(names)
        if len(move) == 1:
            signs = [-1.0 if self._is_odd(name, move[0]) else 1.0 for name in names]
            return Turn(move, edges[move[0]] == "wrap", tuple(order), tuple(signs))
        for a, b in self.exchanged:
            if a in names and b in names:
                i, j = names.index(a), names.index(b)
                order[i], order[j] = j, i
        paired = {*itertools.chain(*self.exchanged)}
        signs = [-1.0 if name in self.odd and name not in paired else 1.0 for name in names]
        return Turn(move, False, tuple(order), tuple(signs))

    def _is_odd(self, name: str, axis: int) -> bool:
        return name in self.odd or (name, axis) in self.odd
