"""The verb of operators: recipe and samples to a surrogate, which is a method."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any, TypedDict, Unpack, overload

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
from residuum._solve import limits_of, listening, solve
from residuum.datasets import Layout, Samples
from residuum.fields import MLP, Architecture, ReversibleMLP
from residuum.learning import GradientRule, LearningRule, Trainer, Training
from residuum.learning._staged import Memory
from residuum.learning.rules import Backpropagation
from residuum.methods import PINN, Surrogate
from residuum.objectives import RelativeH1, RelativeL2
from residuum.operators import (
    Conserving,
    Corrected,
    Floor,
    GridFrame,
    Operator,
    OperatorArchitecture,
    RecipeAround,
    Reversible,
    Standardised,
    Symmetric,
)
from residuum.problem import Problem, Solution
from residuum.problem._statement_text import read_family, statement_text

OperatorRecipe = OperatorArchitecture | Operator | Floor | RecipeAround | Surrogate

LABELLED = RelativeL2, RelativeH1
"""Objectives that compare with labels, which a guess among the inputs does not disturb."""


class How(TypedDict, total=False):
    """How slopes are found, and what is kept for them."""

    rule: LearningRule | None
    memory: Memory


@overload
def train(
    recipe: Architecture,
    data: Problem,
    trainer: None = None,
    *,
    problem: None = None,
    budget: Budget | float | None = None,
    key: Key = 7,
    progress: Listener | bool | None = None,
    checkpoint: Checkpoint | None = None,
    **how: Unpack[How],
) -> Solution: ...


@overload
def train(
    recipe: OperatorRecipe,
    data: Samples | tuple[Samples, Samples],
    trainer: Trainer | None = None,
    *,
    problem: Problem | None = None,
    budget: Budget | float | None = None,
    key: Key = 7,
    progress: Listener | bool | None = None,
    checkpoint: Checkpoint | None = None,
    **how: Unpack[How],
) -> Surrogate: ...


def train(
    recipe: OperatorRecipe | Architecture,
    data: Samples | tuple[Samples, Samples] | Problem,
    trainer: Trainer | None = None,
    *,
    problem: Problem | None = None,
    budget: Budget | float | None = None,
    key: Key = 7,
    progress: Listener | bool | None = None,
    checkpoint: Checkpoint | None = None,
    **how: Unpack[How],
) -> Surrogate | Solution:
    """Train an operator on solved members of a family, or a field on the residual of one problem.

    Args:
        recipe: what the operator is built by; an operator that is built already; a floor such as
            ``Ridge()``, which is fitted in one go; ``Corrected(FNO())``, ``Symmetric(FNO())`` or
            ``Conserving(FNO())``; a surrogate of a network alone, whose training goes on (its
            seconds are added up, those of samples too, though they may be the same); or the recipe
            of a field.
        data: samples, of which a share is kept for validation; or samples to train on and samples
            to validate on. For a field, the problem.
        trainer: options of the training of an operator; the defaults if left out.
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
        Of an operator a ``Surrogate``: ``rs.solve(member, surrogate)``; its ``training`` holds
        losses, result and picture. Of a field the ``Solution``, as ``rs.solve`` with a ``PINN``.

    Raises:
        OptionError: an argument is of another kind or out of range.
        DataError: no samples; the problem is no member of the samples' family.

    Numerical failure raises nothing: see ``surrogate.training.result``.
    """
    if isinstance(recipe, Architecture):
        if trainer is not None or problem is not None:
            remedy = "A rule has the options of its descent: rule=Backpropagation(descent=…)."
            raise OptionError("no trainer and no problem= for a field", "one", remedy)
        posed, method = _field(recipe, data, how.get("rule"), how.get("memory"))
        options: Any = {"budget": budget, "key": key, "progress": progress, "start": checkpoint}
        return solve(posed, method, **options)
    samples: Any
    built: Any
    samples, held = data if isinstance(data, tuple) else (data, None)
    _check(recipe, samples, trainer)
    built, kept = _parts(recipe)
    trainer = _trained_how(trainer, how)
    if trainer.memory == "reversible":
        built = kept = _reversible(built)
    generator(key)
    layout = samples.layout
    statement = _statement(layout, problem)
    kind = type(built if kept is None else kept)
    title = str(getattr(kind, "name", kind.__name__))
    seconds = _seconds(samples)
    if isinstance(built, Floor):
        begun = time.perf_counter()
        fitted = built.fit(samples)
        seconds["train"] = time.perf_counter() - begun
        return Surrogate(fitted, layout, statement, None, None, seconds, title)
    name = title if isinstance(built, Operator) else repr(built)
    record = Record(method=name, seed=str(key))
    with listening(progress) as listener:
        monitor = Monitor(limits_of(budget), record, listener, checkpoint=checkpoint)
        if checkpoint is not None:
            checkpoint.open()
        training = _trained(built, samples, held, trainer, monitor, key)
    seconds["train"] = training.seconds
    if isinstance(recipe, Surrogate):
        seconds = _added(recipe.seconds, seconds)
    return Surrogate(training.operator, layout, statement, kept, training, seconds, title)


def _trained(
    recipe: OperatorArchitecture | Operator | RecipeAround,
    samples: Samples,
    held: Samples | None,
    trainer: Trainer,
    monitor: Monitor,
    key: Key,
) -> Training:
    """Build what is not built yet, and train it."""
    if not isinstance(recipe, RecipeAround):
        operator = _operator(recipe, samples, key)
        return trainer.train(operator, samples, monitor, key=key, held=held)
    compared = isinstance(trainer.objective, LABELLED) and isinstance(trainer.judge, LABELLED)
    if recipe.labelled and not compared:
        remedy = "Take RelativeL2 or RelativeH1."
        raise OptionError("objectives that compare with labels", repr(trainer.objective), remedy)
    if held is None:
        samples, held = trainer.split(samples, key)
    begun = recipe.begin(samples, held, key)
    training = trainer.train(
        begun.operator, begun.samples, monitor, key=key, held=begun.held, turns=begun.turns
    )
    return dataclasses.replace(training, operator=begun.finished(training.operator))


def _trained_how(trainer: Trainer | None, how: How) -> Trainer:
    unknown = sorted(set(how) - set(How.__annotations__))
    if unknown:
        raise TypeError(f"train() got an unexpected keyword argument {unknown[0]!r}")
    changes: dict[str, Any] = dict(how)
    return dataclasses.replace(trainer or Trainer(), **changes)


def _reversible(recipe: Any) -> Any:
    """Return a recipe whose blocks are made reversible."""
    if isinstance(recipe, Floor | Reversible):
        return recipe
    if isinstance(recipe, Conserving | Corrected | Symmetric):
        return dataclasses.replace(recipe, recipe=_reversible(recipe.recipe))
    if not isinstance(recipe, OperatorArchitecture):
        got, remedy = type(recipe).__name__, 'Give a recipe, or take memory="checkpoints".'
        raise OptionError("a recipe whose blocks can be made reversible", got, remedy)
    return Reversible(recipe)


def _field(
    recipe: Architecture, problem: Any, rule: LearningRule | None, memory: Memory | None
) -> tuple[Problem, PINN]:
    """Return what a field is trained on, and the method that trains it."""
    if not isinstance(problem, Problem):
        got, remedy = type(problem).__name__, "A field is trained on one problem."
        raise OptionError("a Problem", got, remedy)
    if memory == "reversible":
        if type(recipe) is MLP:
            options = {f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)}
            recipe = ReversibleMLP(**options, memory=memory)
        elif isinstance(recipe, ReversibleMLP):
            recipe = dataclasses.replace(recipe, memory=memory)
        else:
            remedy = 'Take ReversibleMLP, or memory="checkpoints".'
            raise OptionError("a field that can be made reversible", repr(recipe), remedy)
    if memory is not None:
        rule = Backpropagation() if rule is None else rule
        if not isinstance(rule, GradientRule):
            remedy = "Take Backpropagation(descent=Adam()), say."
            raise OptionError("a rule that works stage by stage", repr(rule), remedy)
        if memory == "checkpoints":
            rule = dataclasses.replace(rule, memory=memory)
    return problem, PINN(recipe, rule)


def _operator(recipe: OperatorArchitecture | Operator, samples: Samples, key: Key) -> Standardised:
    """Return the operator before training, between channels of mean zero and size one."""
    made = (
        recipe if isinstance(recipe, Operator) else recipe.build(GridFrame.of(samples.layout), key)
    )
    return made if isinstance(made, Standardised) else Standardised.around(made, samples)


def _parts(recipe: OperatorRecipe) -> tuple[Any, Any]:
    """Return what is to be trained, and the recipe that its file will name."""
    if not isinstance(recipe, Surrogate):
        return recipe, None if isinstance(recipe, Operator) else recipe
    if not isinstance(recipe.operator, Standardised):
        remedy = "Train its recipe anew."
        raise OptionError("a surrogate of a network alone", str(recipe), remedy)
    return recipe.operator, recipe.recipe


def _check(recipe: Any, samples: Any, trainer: Any) -> None:
    if not isinstance(recipe, OperatorRecipe):
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


def _added(before: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """Return what a surrogate that goes on has cost in all; one solve costs what it costs now."""
    spent = {k: before.get(k, math.nan) + now.get(k, math.nan) for k in ("data", "train")}
    return {**now, **{k: value for k, value in spent.items() if not math.isnan(value)}}


def _seconds(samples: Samples) -> dict[str, float]:
    """Return what the samples cost, and one of them."""
    each = samples.seconds / len(samples)
    return {} if math.isnan(each) else {"data": samples.seconds, "classical": each}
