"""The verb of operators: recipe and samples to a surrogate, which is a method."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any, TypedDict, Unpack

import residuum.operators as operators
from residuum._core import (
    Budget,
    Checkpoint,
    DataError,
    Key,
    Listener,
    Monitor,
    OptionError,
    Record,
    generator,
)
from residuum._solve import limits_of, listening
from residuum.datasets import Layout, Samples
from residuum.learning import GradientRule, Trainer
from residuum.learning._staged import Memory
from residuum.methods import Surrogate
from residuum.operators import Floor, GridFrame, Operator, OperatorArchitecture, Standardised
from residuum.problem import Problem
from residuum.problem._statement_text import read_family, statement_text


class How(TypedDict, total=False):
    """How slopes are found, and what is kept for them."""

    rule: GradientRule | None
    memory: Memory


def train(
    recipe: OperatorArchitecture | Operator | Floor,
    data: Samples | tuple[Samples, Samples],
    trainer: Trainer | None = None,
    *,
    problem: Problem | None = None,
    budget: Budget | float | None = None,
    key: Key = 7,
    progress: Listener | bool | None = None,
    checkpoint: Checkpoint | None = None,
    **how: Unpack[How],
) -> Surrogate:
    """Train an operator on solved members of a family; return a method for all of them.

    Args:
        recipe: what the operator is built by; an operator that is built already; or a floor such as
            ``Ridge()``, which is fitted in one go.
        data: samples, of which a share is kept for validation; or samples to train on and samples
            to validate on.
        trainer: options of the training; the defaults if left out.
        problem: any member of the family, whose statement is then compared with that of every
            member asked about; read from the samples if left out.
        budget: wall seconds, or a ``Budget``. When it is spent the best weights are returned.
        key: whole number or JAX key: weights, split and order of the samples.
        progress: function of (fraction, message), ``False`` for silence; by default a bar on a
            terminal.
        checkpoint: the file that the training is kept in, and goes on from, bit for bit.
        how: ``rule``, how slopes are found (``residuum.learning.rules``), and ``memory``, what is
            kept for gradients: ``"stored"``, ``"checkpoints"`` or ``"reversible"``; instead of
            those of the trainer.

    Returns:
        A ``Surrogate``: ``rs.solve(member, surrogate)``. Its ``training`` holds losses, result and
        picture.

    Raises:
        OptionError: an argument is of another kind or out of range.
        DataError: no samples; the problem is no member of the samples' family.

    Numerical failure raises nothing: see ``surrogate.training.result``.
    """
    samples, held = data if isinstance(data, tuple) else (data, None)
    _check(recipe, samples, trainer)
    trainer = _trained_how(trainer, how)
    recipe = _reversible(recipe) if trainer.memory == "reversible" else recipe
    generator(key)
    layout = samples.layout
    statement = _statement(layout, problem)
    title = str(getattr(type(recipe), "name", type(recipe).__name__))
    seconds = _seconds(samples)
    if isinstance(recipe, Floor):
        begun = time.perf_counter()
        fitted = recipe.fit(samples)
        seconds["train"] = time.perf_counter() - begun
        return Surrogate(fitted, layout, statement, None, None, seconds, title)
    built = isinstance(recipe, OperatorArchitecture)
    record = Record(method=repr(recipe) if built else title, seed=str(key))
    operator = _operator(recipe, samples, key)
    with listening(progress) as listener:
        monitor = Monitor(limits_of(budget), record, listener, checkpoint=checkpoint)
        if checkpoint is not None:
            checkpoint.open()
        training = trainer.train(operator, samples, monitor, key=key, held=held)
    seconds["train"] = training.seconds
    kept = recipe if built else None
    return Surrogate(training.operator, layout, statement, kept, training, seconds, title)


def _trained_how(trainer: Trainer | None, how: How) -> Trainer:
    unknown = sorted(set(how) - set(How.__annotations__))
    if unknown:
        raise TypeError(f"train() got an unexpected keyword argument {unknown[0]!r}")
    return dataclasses.replace(trainer or Trainer(), **how)


def _reversible(recipe: Any) -> Any:
    """Return a recipe whose blocks are made reversible."""
    wrapper = getattr(operators, "Reversible", None)
    if isinstance(recipe, Floor) or (wrapper is not None and isinstance(recipe, wrapper)):
        return recipe
    if wrapper is None or not isinstance(recipe, OperatorArchitecture):
        got, remedy = type(recipe).__name__, 'Give a recipe, or take memory="checkpoints".'
        raise OptionError("a recipe whose blocks can be made reversible", got, remedy)
    return wrapper(recipe)


def _operator(recipe: OperatorArchitecture | Operator, samples: Samples, key: Key) -> Standardised:
    """Return the operator before training, between channels of mean zero and size one."""
    made = (
        recipe if isinstance(recipe, Operator) else recipe.build(GridFrame.of(samples.layout), key)
    )
    return made if isinstance(made, Standardised) else Standardised.around(made, samples)


def _check(recipe: Any, samples: Any, trainer: Any) -> None:
    if not isinstance(recipe, OperatorArchitecture | Operator | Floor):
        got, remedy = repr(recipe), "See residuum.operators."
        raise OptionError("a recipe of an operator, an operator or a floor", got, remedy)
    if not isinstance(samples, Samples):
        raise OptionError("Samples", type(samples).__name__, "Read or make a data set first.")
    if trainer is not None and not isinstance(trainer, Trainer):
        raise OptionError("a Trainer", type(trainer).__name__, "Write Trainer(epochs=100).")
    if len(samples) == 0:
        raise DataError("samples to train on", "none", "Make some first.")


def _statement(layout: Layout, problem: Problem | None) -> str | None:
    """Return the statement of the family, from a member or from what the samples carry."""
    names = layout.input_names
    stored = read_family(layout.family, names) if layout.family else None
    if problem is None:
        return stored
    mine = statement_text(problem, names)
    if stored is not None and stored != mine:
        remedy = "Train on samples of its own family."
        raise DataError("a member of the samples' family", repr(problem.name), remedy)
    return mine


def _seconds(samples: Samples) -> dict[str, float]:
    """Return what the samples cost, and one of them."""
    each = samples.seconds / len(samples)
    return {} if math.isnan(each) else {"data": samples.seconds, "classical": each}
