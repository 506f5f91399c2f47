"""Plain supervised learning: features to values or classes, by any rule."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from residuum._core import Checkpoint, DataError, Key, OptionError, Result, generator, jax_key
from residuum.blocks import Stage
from residuum.blocks._abstract import is_trained
from residuum.learning._gradient_rule import GradientRule, Task
from residuum.learning._keeper import hash_of, pack_leaves, unpack_leaves
from residuum.learning._staged import Staged, solved
from residuum.learning.rules import Backpropagation, ReadoutOnly

Measure = Literal["squares", "cross_entropy"]
MEASURES = ("squares", "cross_entropy")


@dataclass(frozen=True)
class Learnt:
    """A trained model and how it came about.

    Args:
        model: with the last weights.
        result: how the training ended.
        losses: by step.
        logs: what the rule wrote down, by name and step.
        seconds: wall time of the training, compilation included.
    """

    model: Any = field(repr=False)
    result: Result
    losses: np.ndarray = field(repr=False)
    logs: dict[str, np.ndarray] = field(repr=False)
    seconds: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return what the model gives for features (n, …), in float32."""
        with jax.enable_x64(False):
            return np.asarray(_applied(self.model, jnp.asarray(x, jnp.float32)))

    def classes(self, x: np.ndarray) -> np.ndarray:
        """Return the number of the largest output for each row of features, (n,)."""
        return self(x).argmax(-1)


@final
@dataclass(frozen=True)
class Supervised:
    """Train any stage, such as a ``Chain`` of blocks, on rows of features with answers.

    Args:
        rule: how slopes are found; backpropagation if left out.
        loss: ``"squares"``, half the mean sum of squares; or ``"cross_entropy"``, for classes.
        epochs: passes over the rows.
        batch: rows of a step.
        rate: learning rate of Adam, falling to zero along a cosine.
        checkpoints: whether only the states between stages are kept for gradients.

    Good start: the defaults, features of size one. ``DIVERGED`` with the weights before is an
    answer, not an error.

    Raises:
        OptionError: an option is out of range.
    """

    rule: GradientRule = field(default_factory=Backpropagation)
    loss: Measure = "squares"
    epochs: int = 100
    batch: int = 50
    rate: float = 1e-3
    checkpoints: bool = False

    name: ClassVar[str] = "supervised"

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch) < 1 or not self.rate > 0 or self.loss not in MEASURES:
            wanted = f"epochs and batch of one or more, a positive rate, one of {MEASURES}"
            raise OptionError(wanted, repr(self), "Correct them.")
        rule: Any = self.rule
        if not isinstance(rule, GradientRule):
            remedy = "See residuum.learning.rules."
            raise OptionError("a rule that finds slopes by stage", repr(rule), remedy)

    def train(
        self,
        model: Stage,
        data: tuple[np.ndarray, np.ndarray],
        *,
        key: Key = 7,
        checkpoint: Checkpoint | None = None,
    ) -> Learnt:
        """Train a model; NumPy arrays in it are constants.

        Args:
            model: from features to values, or to a number per class.
            data: features (n, …); and values of the model's shape, or whole numbers of classes.
            key: of the order of rows, and of what the rule draws.
            checkpoint: the file that the training is kept in, and goes on from, bit for bit.

        Raises:
            DataError: as many answers as rows are not there, or something is not finite.
            OptionError: a stage lacks what the rule needs.
        """
        begun = time.perf_counter()
        with jax.enable_x64(False):
            x, y = self._read(model, *data)
            run = _Run(self, model, x, y, key, checkpoint)
            result = run.solve() if isinstance(self.rule, ReadoutOnly) else run.train()
        logs = {name: np.asarray(log) for name, log in run.logs.items()}
        losses = np.asarray(run.losses)
        return Learnt(run.model, result, losses, logs, time.perf_counter() - begun)

    def _read(self, model: Stage, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        x, y = np.asarray(x, np.float32), np.asarray(y)
        if len(x) == 0 or len(x) != len(y):
            raise DataError("as many answers as rows", f"{len(x)} and {len(y)}", "Check them.")
        out = jax.eval_shape(model, jnp.asarray(x[:1])).shape
        if self.loss == "cross_entropy":
            if y.ndim != 1 or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= out[-1]:
                got = f"{y.dtype} of shape {y.shape} from {y.min()} to {y.max()}"
                raise DataError(f"classes 0 to {out[-1] - 1}, one a row", got, "Number them.")
            y = np.eye(out[-1])[y]
        y = y.astype(np.float32)
        if y.shape[1:] != out[1:] or not (np.isfinite(x).all() and np.isfinite(y).all()):
            got = f"shape {y.shape}, or numbers that are not finite"
            raise DataError(f"finite answers of shape {('n', *out[1:])}", got, "Check them.")
        return x, y

    def measure(self, found: Array, wanted: Array) -> Array:
        """Return the loss of answers (n, …)."""
        if self.loss == "cross_entropy":
            return -(wanted * jax.nn.log_softmax(found)).sum(-1).mean()
        return 0.5 * ((found - wanted) ** 2).reshape(len(found), -1).sum(-1).mean()


@eqx.filter_jit
def _applied(model: Stage, x: Array) -> Array:
    found: Array = model(x)
    return found


def _stages(model: Stage) -> tuple[Stage, ...]:
    return model.stages()


Work = tuple[Supervised, Staged, int]
"""Options, stages of the model, steps in all: what a program is compiled for."""


def _optimiser(work: Work) -> Any:
    return optax.adam(optax.cosine_decay_schedule(work[0].rate, work[2]))


class _Run:
    """One training."""

    def __init__(
        self,
        how: Supervised,
        model: Stage,
        x: np.ndarray,
        y: np.ndarray,
        key: Key,
        checkpoint: Checkpoint | None,
    ) -> None:
        self.how, self.x, self.y, self.key, self.checkpoint = how, x, y, key, checkpoint
        self.moving, self.fixed = eqx.partition(model, is_trained)
        memory: Literal["stored", "checkpoints"] = "checkpoints" if how.checkpoints else "stored"
        self.staged = Staged.of(model, _stages, memory)
        how.rule.check(self.staged.stages(model))
        self.size = min(how.batch, len(x))
        self.each = len(x) // self.size
        self.work = how, self.staged, how.epochs * self.each
        self.losses, self.logs, self.epoch = list[float](), dict[str, list[float]](), 0
        first = jnp.asarray(x[: self.size]), jnp.asarray(y[: self.size])
        memory_of_rule = _begun(self.work, self.moving, self.fixed, *first, jax_key(key, 83))
        self.state = self.moving, _optimiser(self.work).init(self.moving), memory_of_rule

    @property
    def model(self) -> Any:
        return eqx.combine(self.moving, self.fixed)

    def train(self) -> Result:
        self._recall()
        while self.epoch < self.how.epochs:
            order = generator(self.key, 71, self.epoch).permutation(len(self.x))
            rows = order[: self.each * self.size].reshape(self.each, self.size)
            batches = jnp.asarray(self.x[rows]), jnp.asarray(self.y[rows])
            turn = jax_key(self.key, 79, self.epoch)
            state, losses, logs = _epoch(self.work, self.fixed, self.state, batches, turn)
            if not np.isfinite(losses).all():
                return Result.DIVERGED
            self.state, self.epoch = state, self.epoch + 1
            self.moving = state[0]
            self.losses += np.asarray(losses, float).tolist()
            for name, log in logs.items():
                self.logs.setdefault(name, []).extend(np.asarray(log, float).tolist())
            if self.checkpoint is not None:
                self.checkpoint.keep(self._pack, now=self.epoch == self.how.epochs)
        return Result.SUCCESSFUL

    def solve(self) -> Result:
        """Solve for the last stage."""
        rule, staged = self.how.rule, self.staged
        assert isinstance(rule, ReadoutOnly)
        stages, size = staged.stages(self.model), self.size
        pieces = (
            (
                staged.begin(self.model, jnp.asarray(self.x[i : i + size])),
                staged.target(self.model, jnp.asarray(self.y[i : i + size])),
            )
            for i in range(0, len(self.x), size)
        )
        change = rule.solved(stages, pieces)
        self.moving = solved(staged, self.moving, self.fixed, change)
        loss = self.how.measure(_applied(self.model, jnp.asarray(self.x)), jnp.asarray(self.y))
        self.losses = [float(loss)]
        return Result.SUCCESSFUL if np.isfinite(self.losses[0]) else Result.NOT_FINITE

    def _recall(self) -> None:
        if self.checkpoint is None:
            return
        self.checkpoint.open()
        weights = [np.asarray(leaf) for leaf in jax.tree.leaves(self.moving)]
        kept = self.checkpoint.recall(
            {
                "training": repr(self.how),
                "key": str(self.key),
                "start of the weights": hash_of(weights),
                "set of samples": hash_of([self.x, self.y]),
            }
        )
        if kept is None:
            return
        self.state = unpack_leaves(self.state, kept)
        self.moving, self.epoch = self.state[0], int(kept["epoch"])
        self.losses = kept["losses"].tolist()
        names = [name for name in kept if name.startswith("log ")]
        self.logs = {name.removeprefix("log "): kept[name].tolist() for name in names}

    def _pack(self) -> dict[str, np.ndarray]:
        return {
            "epoch": np.asarray(self.epoch),
            "losses": np.asarray(self.losses, float),
            **pack_leaves(self.state),
            **{f"log {name}": np.asarray(log, float) for name, log in self.logs.items()},
        }


def _posed(work: Work, moving: Any, fixed: Any, x: Array, y: Array) -> tuple[Any, Any, Task]:
    how, staged, model = *work[:2], eqx.combine(moving, fixed)
    task = Task(lambda state: how.measure(staged.end(model, state), y), staged.target(model, y))
    return staged.stages(model), staged.begin(model, x), task


@eqx.filter_jit
def _begun(work: Work, moving: Any, fixed: Any, x: Array, y: Array, key: Array) -> Any:
    return work[0].rule.begin(*_posed(work, moving, fixed, x, y), key)


@eqx.filter_jit
def _epoch(work: Work, fixed: Any, state: Any, batches: Any, key: Array) -> Any:
    """Take the steps of an epoch; return the state, and losses and logs by step."""
    rule, staged, optimiser = work[0].rule, work[1], _optimiser(work)

    def step(carry: Any, given: Any) -> Any:
        (moving, kept, memory), (x, y, i) = carry, given
        stages, first, task = _posed(work, moving, fixed, x, y)
        turn = jax.random.fold_in(key, i)
        found = staged.slope(rule, stages, first, task, memory=memory, key=turn)
        slope = staged.pulled(moving, fixed, found.slopes)
        move, kept = optimiser.update(slope, kept, moving)
        moving = eqx.apply_updates(moving, move)
        return (moving, kept, found.memory), (found.value, dict(found.log))

    numbers = jnp.arange(len(batches[0]))
    state, (losses, logs) = jax.lax.scan(step, state, (*batches, numbers))
    return state, losses, logs
