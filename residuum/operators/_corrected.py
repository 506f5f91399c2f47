"""A floor and an operator together: the network learns what a fit in one go leaves over."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import DataError, Key, OptionError, generator
from residuum.datasets import Samples
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._around import RecipeAround
from residuum.operators._coordinates import moments_first
from residuum.operators._floor import FixedGrid, Floor
from residuum.operators._fourier import FNO
from residuum.operators._kernel_regression import KernelRegression
from residuum.operators._standardised import Standardised, apply
from residuum.operators._symmetry import Turns

GUESS = "guess of "


class Beside(Operator):
    """y = g + inner(x, g), where the guess g stands among the channels of the input.

    Args:
        inner: what is trained.
        given: channels of x.
        times: moments of y, 0 for a steady answer.
    """

    inner: Operator
    given: int
    times: int

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, given + guesses) to (n, [times], *grid, outputs)."""
        return moments_first(inputs[..., self.given :], self.times) + self.inner(inputs)


class CorrectedOperator(Operator):
    """y = g(x) + inner(x, g(x)): what ``Corrected`` builds.

    Args:
        base: g, fitted.
        inner: trained.
    """

    base: FixedGrid
    inner: Operator

    any_grid: ClassVar[bool] = False

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, [times], *grid, outputs)."""
        guess = self.base(inputs)
        beside = _channels(guess, inputs.ndim)
        return guess + self.inner(jnp.concatenate([inputs, beside], axis=-1))


class Guessed(NamedTuple):
    """A floor that is fitted, and what the network is trained on.

    Args:
        base: fitted to the samples.
        operator: before training.
        samples: with the guesses as further channels in; each guess is of a fit without its sample.
        held: validation samples with guesses of the fit, if there are any.
        turns: none.
    """

    base: FixedGrid
    operator: Beside
    samples: Samples
    held: Samples | None
    turns: Turns | None = None

    def finished(self, trained: Operator) -> CorrectedOperator:
        """Return the operator that makes its guesses itself."""
        assert isinstance(trained, Beside)
        return CorrectedOperator(self.base, trained.inner)


@final
@dataclass(frozen=True)
class Corrected(RecipeAround):
    """A floor first, then a network that takes its guess as an input and gives what is missing.

    With a few hundred samples a floor often beats a network; the network then has less to learn.
    The guess that it sees in training comes from fits that left the sample out, so that it is as
    wrong as it will be later. Works on the grid of the samples alone, with objectives that compare
    with labels. It gains nothing where the floor knows nothing (jumping coefficients).

    Args:
        recipe: of the network; good start: ``FNO()``.
        floor: good start: ``KernelRegression()``, or ``Ridge()`` for thousands of samples.
        folds: fits with a share left out, two or more.

    Raises:
        OptionError: an option is of another kind or out of range.
    """

    recipe: OperatorArchitecture = field(default_factory=FNO)
    floor: Floor = field(default_factory=KernelRegression)
    folds: int = 4

    name: ClassVar[str] = "corrected"
    labelled: ClassVar[bool] = True

    def __post_init__(self) -> None:
        parts: tuple[Any, Any] = self.recipe, self.floor
        if not isinstance(parts[0], OperatorArchitecture) or not isinstance(parts[1], Floor):
            got = f"{self.recipe!r} and {self.floor!r}"
            raise OptionError("a recipe of an operator, and a floor", got, "Try Corrected(FNO()).")
        if not isinstance(self.folds, int) or isinstance(self.folds, bool) or self.folds < 2:
            raise OptionError("two folds or more", repr(self.folds), "4 is usual.")

    def begin(self, samples: Samples, held: Samples | None, key: Key) -> Guessed:
        """Fit the floor; return what is trained, and on what.

        Raises:
            DataError: fewer samples than two for each fold.
        """
        if len(samples) < 2 * self.folds:
            wanted = f"{2 * self.folds} samples or more for {self.folds} folds"
            raise DataError(wanted, str(len(samples)), "Take fewer folds.")
        guesses = np.empty(samples.outputs.shape, np.float32)
        for part in np.array_split(generator(key, 79).permutation(len(samples)), self.folds):
            rest = np.setdiff1d(np.arange(len(samples)), part)
            guesses[part] = apply(self.floor.fit(samples.take(rest)), samples.inputs[part])
        base = self.floor.fit(samples)
        assert isinstance(base, FixedGrid)
        beside = _with(samples, guesses)
        held = None if held is None else _with(held, apply(base, held.inputs))
        inner = self.build(GridFrame.of(samples.layout), key)
        left = replace(beside, outputs=samples.outputs - guesses)
        times = 0 if samples.times is None else len(samples.times)
        operator = Beside(Standardised.around(inner, left), samples.inputs.shape[-1], times)
        return Guessed(base, operator, beside, held)

    def build(self, frame: GridFrame, key: Key) -> Operator:
        """Return the network before training, which reads the guess too."""
        more = frame.outputs * max(1, frame.times)
        return self.recipe.build(replace(frame, inputs=frame.inputs + more), key)


def _with(samples: Samples, guesses: np.ndarray) -> Samples:
    """Return samples with guesses as further channels in."""
    beside = _channels(guesses, samples.inputs.ndim)
    names = tuple(f"{GUESS}{i}" for i in range(beside.shape[-1]))
    inputs = np.concatenate([samples.inputs, np.asarray(beside)], axis=-1)
    return replace(samples, inputs=inputs, input_names=(*samples.input_names, *names))


def _channels(guess: Array | np.ndarray, dimension: int) -> Array:
    """Return answers (n, times, *grid, c) as channels (n, *grid, times · c)."""
    if guess.ndim == dimension:
        return jnp.asarray(guess)
    moved = jnp.moveaxis(jnp.asarray(guess), 1, -2)
    return moved.reshape(*moved.shape[:-2], -1)
