"""How an operator is trained: the options of the loop, and its door."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax
import numpy as np
import optax

from residuum._core import DataError, Key, Monitor, OptionError, Source, generator
from residuum.datasets import Samples
from residuum.learning._gradient_rule import GradientRule
from residuum.learning._loggers import Logger
from residuum.learning._moves import Optimiser, moves
from residuum.learning._muon import SOURCES
from residuum.learning._operator_run import OperatorRun
from residuum.learning._orthogonal_projection import OrthogonalProjection
from residuum.learning._schedule import SCHEDULES, Schedule, rates
from residuum.learning._staged import MEMORIES, Memory
from residuum.learning._training import Training
from residuum.learning.rules import Backpropagation
from residuum.objectives import GridObjective, RelativeL2
from residuum.operators import Operator, Turns, takes_any_grid

RATES = {"muon": 0.03, "adam": 5e-3, "lion": 5e-4, "sgd": 5e-3}
"""Largest learning rate of each optimiser where none is given."""


@dataclass(frozen=True)
class Trainer:
    """One loop for every operator: first-order steps over batches of samples.

    The weights kept are those that are best on validation samples, which are never trained on.
    A training goes on exactly where it was interrupted: the order of samples follows from the key.

    Args:
        epochs: passes over the samples.
        batch: samples of a step.
        rate: largest learning rate; left out, 0.03 for Muon, 5e-3 for Adam and gradient descent,
            5e-4 for Lion.
        schedule: ``"cosine"``, ``"one_cycle"`` or ``"constant"``.
        warmup: share of the steps in which the rate rises.
        clip: largest norm of a gradient; ``None`` for any.
        noise: variance of fading normal noise on the clipped gradient (``annealed_noise``); none if
            left out.
        projection: what steps must leave alone, lest tasks learned before are forgotten
            (``OrthogonalProjection().past(operator, inputs)``); nothing if left out.
        decay: weight decay, apart from the gradient.
        optimiser: ``"muon"`` (momentum made orthogonal, matrix by matrix; Adam for the rest),
            ``"adam"``, ``"lion"`` or ``"sgd"`` (with momentum 0.9).
        micro: most samples at a time on a device; their gradients are added up. All if left out.
        cycle: halvings of the grid by epoch, over and over, such as ``(1, 1, 0)``: coarse steps are
            cheap and take more samples. The last epoch is always on the full grid.
        objective: what is minimised.
        judge: what says how good the weights are on the validation samples.
        validation: share of the samples kept for that, drawn by the key; 0 for none.
        patience: epochs without a better judgement after which it ends; never if left out.
        target: judgement at which it ends, such as a residual that is good enough.
        loggers: told the numbers of every epoch.
        rule: how slopes are found, stage by stage (``residuum.learning.rules``); one
            backpropagation through the whole operator if left out.
        memory: what is kept for gradients: ``"stored"`` for all that they need, ``"checkpoints"``
            for the states between stages. ``rs.train`` also knows ``"reversible"``.

    Good start: the defaults, a batch of 8 to 32, and as many epochs as time allows: the rate falls
    over all of them, so that a training cut off by its budget is worse than a shorter one.
    It breaks (``DIVERGED``, with the best weights so far) where the rate is too high.

    Raises:
        OptionError: an option is out of range.
    """

    epochs: int = 100
    batch: int = 16
    rate: float | None = None
    schedule: Schedule = "cosine"
    warmup: float = 0.05
    clip: float | None = 1.0
    decay: float = 1e-5
    optimiser: Optimiser = "muon"
    micro: int | None = None
    cycle: tuple[int, ...] = (0,)
    objective: GridObjective = field(default_factory=RelativeL2)
    judge: GridObjective = field(default_factory=RelativeL2)
    validation: float = 0.1
    patience: int | None = None
    target: float | None = None
    loggers: tuple[Logger, ...] = ()
    rule: GradientRule | None = None
    memory: Memory = "stored"
    noise: float | None = None
    projection: OrthogonalProjection | None = None

    name: ClassVar[str] = "trainer"
    sources: ClassVar[tuple[Source, ...]] = SOURCES

    def __post_init__(self) -> None:
        counts = {"epochs": self.epochs, "batch": self.batch, "micro": self.micro or 1}
        counts["patience"] = self.patience or 1
        for name, count in counts.items():
            if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
                raise OptionError(f"{name} of one or more", repr(count), "Correct it.")
        for name, value in (
            ("rate", self.rate),
            ("clip", self.clip),
            ("target", self.target),
            ("noise", self.noise),
        ):
            if value is not None and not value > 0:
                raise OptionError(f"a positive {name}", repr(value), "Correct it.")
        if not (0 <= self.warmup < 1 and 0 <= self.validation < 1 and self.decay >= 0):
            got = f"warmup {self.warmup}, validation {self.validation}, decay {self.decay}"
            raise OptionError("shares between 0 and 1, and no negative decay", got, "Correct them.")
        if self.schedule not in SCHEDULES or self.optimiser not in RATES:
            got = f"{self.schedule!r}, {self.optimiser!r}"
            wanted = f"one of {SCHEDULES} and one of {tuple(RATES)}"
            raise OptionError(wanted, got, "Choose them.")
        if not self.cycle or any(not isinstance(k, int) or k < 0 for k in self.cycle):
            raise OptionError("halvings of zero or more", repr(self.cycle), "Try (1, 1, 0).")
        parts: tuple[Any, ...] = (self.objective, self.judge)
        for part in parts:
            if not isinstance(part, GridObjective):
                remedy = "See residuum.objectives."
                raise OptionError("an objective on grids", repr(part), remedy)

        rule: Any = self.rule
        if rule is not None and not isinstance(rule, GradientRule):
            remedy = "See residuum.learning.rules; optimisers are another option."
            raise OptionError("a rule that finds slopes by stage", repr(rule), remedy)
        held: Any = self.projection
        if held is not None and not isinstance(held, OrthogonalProjection):
            remedy = "Write OrthogonalProjection().past(operator, inputs)."
            raise OptionError("an OrthogonalProjection", repr(held), remedy)
        if held is not None and rule is not None and rule.closed:
            remedy = "Take a rule that steps."
            raise OptionError("steps to project", f"{rule.name}, which solves", remedy)
        if self.memory not in MEMORIES:
            raise OptionError(f"one of {', '.join(MEMORIES)}", repr(self.memory), "Choose one.")

    @property
    def slopes(self) -> GradientRule | None:
        """The rule by stage, if there is one; a reversible operator keeps nothing by itself."""
        if self.rule is None and self.memory == "checkpoints":
            return Backpropagation()
        return self.rule

    def transformation(self) -> Any:
        """Return the Optax transformation, whose ``update`` takes the ``rate`` of the step."""
        made = moves(self.optimiser, self.decay, self.clip, self.noise)
        return made if self.projection is None else optax.chain(made, self.projection.transform())

    def rates(self, steps: int) -> np.ndarray:
        """Return the rate of every step of a training, (steps,)."""
        top = self.rate or RATES[self.optimiser]
        return rates(self.schedule, top, steps, self.warmup)

    def train(
        self,
        operator: Operator,
        samples: Samples,
        monitor: Monitor,
        *,
        key: Key = 7,
        held: Samples | None = None,
        turns: Turns | None = None,
    ) -> Training:
        """Train an operator on samples, in float32.

        Args:
            operator: before training; JAX arrays in it are trained.
            samples: what is trained on, and split for validation if ``held`` is left out.
            monitor: clock, budget, record, progress and checkpoint.
            key: of the split and of the order.
            held: validation samples, on the same grid.
            turns: symmetries by which every batch is turned at random; none if left out.

        Raises:
            DataError: no samples, or validation samples of another layout.
            OptionError: a batch larger than the set; a grid that cannot be halved so often.
        """
        if len(samples) == 0:
            raise DataError("samples to train on", "none", "Make some first.")
        if held is None:
            samples, held = self.split(samples, key)
        elif held.shape != samples.shape or held.input_names != samples.input_names:
            got = f"{held.shape} {held.input_names}"
            wanted = f"validation samples on {samples.shape} {samples.input_names}"
            raise DataError(wanted, got, "Take samples of one set.")
        if any(self.cycle) and not takes_any_grid(operator):
            got = f"cycle {self.cycle}"
            raise OptionError("the full grid: the operator works on no other", got, "Give (0,).")
        with jax.enable_x64(False):
            return OperatorRun(self, operator, samples, held, monitor, key, turns).train()

    def split(self, samples: Samples, key: Key) -> tuple[Samples, Samples | None]:
        """Return the samples to train on and those to validate on."""
        count = round(self.validation * len(samples))
        if self.validation > 0 and len(samples) > 1:
            count = max(count, 1)
        if count == 0:
            return samples, None
        order = generator(key, 73).permutation(len(samples))
        return samples.take(np.sort(order[count:])), samples.take(np.sort(order[:count]))

    def identity(self) -> str:
        """Return the options that decide the weights, as text."""
        silent = ("loggers", "patience", "target")
        options = {
            item.name: getattr(self, item.name)
            for item in dataclasses.fields(self)
            if item.name not in silent
            and not (
                item.name in ("rule", "memory", "noise", "projection")
                and getattr(self, item.name) == item.default
            )
        }
        if self.projection is not None:
            options["projection"] = self.projection.identity()
        return repr(options)
