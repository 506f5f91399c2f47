"""The loop that trains an operator: steps, judgements, checkpoints, endings."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import FileError, Key, Monitor, Result, jax_key, peak_memory_mb
from residuum._core._checkpoint import State
from residuum.blocks._abstract import is_trained
from residuum.datasets import Samples
from residuum.learning._batches import Batch, Batches
from residuum.learning._descent import BLOWN
from residuum.learning._keeper import RESULTS, hash_of, pack_leaves, unpack_leaves
from residuum.learning._ruled import Ruled, stages_of
from residuum.learning._shares import Shares, gathered
from residuum.learning._staged import Staged
from residuum.learning._training import Training
from residuum.objectives import PerSample
from residuum.operators import Operator, Turns

if TYPE_CHECKING:
    from residuum.learning._trainer import Trainer

INTERRUPTED = (Result.OUT_OF_BUDGET, Result.INTERRUPTED)
"""Endings from which a checkpoint goes on."""


@eqx.filter_jit
def _moved(optimiser: Any, slope: Any, state: Any, moving: Any, rate: Array) -> tuple[Any, Any]:
    move, state = optimiser.update(slope, state, moving, rate=rate)
    return eqx.apply_updates(moving, move), state


@eqx.filter_jit
def _judged(value: PerSample, operator: Operator, inputs: Array, outputs: Array) -> Array:
    return value(operator(inputs), outputs, inputs)


class At(NamedTuple):
    """Where a training is. It is replaced whole, so that an interruption finds it whole.

    Args:
        step: steps taken.
        moving: the weights.
        before: the weights one step earlier, whose loss was finite.
        state: of the optimiser.
        best: the weights that were judged best.
        lowest: their judgement.
        waited: epochs since.
        judged: step and judgement of every epoch.
        memory: what a rule remembers.
    """

    step: int
    moving: Any
    before: Any
    state: Any
    best: Any
    lowest: float = math.inf
    waited: int = 0
    judged: tuple[tuple[float, float], ...] = ()
    memory: Any = ()


class OperatorRun:
    """One training of an operator; see ``Trainer.train`` for the arguments."""

    def __init__(
        self,
        trainer: Trainer,
        operator: Operator,
        samples: Samples,
        held: Samples | None,
        monitor: Monitor,
        key: Key,
        turns: Turns | None = None,
    ) -> None:
        self.trainer, self.monitor, self.key, self.turns = trainer, monitor, key, turns
        moving, self.fixed = eqx.partition(operator, is_trained)
        self.samples = {0: _single(samples)}
        self.held = None if held is None or len(held) == 0 else _single(held)
        self.plan = Batches(
            len(samples), trainer.batch, trainer.epochs, trainer.cycle, len(samples.axes), key
        )
        for k in set(trainer.cycle):
            self._on(k)  # a grid that cannot be halved so often is refused now
        self.shares: dict[int, Shares | Ruled] = {}
        self.rule, self.logs = trainer.slopes, dict[str, list[float]]()
        self.staged: Staged | None = None
        if self.rule is not None:
            self.staged = Staged.of(operator, stages_of, trainer.memory)
        self.optimiser, self.rates = trainer.transformation(), trainer.rates(len(self.plan))
        # Where gradients are added up: elsewhere the first step would be compiled twice.
        begin = jax.device_put((moving, self.optimiser.init(moving)), jax.local_devices()[0])
        moving, state = begin
        self.at = At(0, moving, moving, state, moving)
        self.spent, self.told, self.every = 0.0, 0, list[float]()
        self.judge: PerSample | None = None
        self.ending: tuple[Result, str] | None = None
        if self.rule is not None:
            self._begin()

    @property
    def losses(self) -> list[float]:
        """The losses of the steps taken."""
        return self.every[: self.at.step]

    def train(self) -> Training:
        """Go on from the checkpoint, if there is one; return the best weights however it ends."""
        self._recall()
        loggers = self.trainer.loggers if jax.process_index() == 0 else ()
        for logger in loggers:
            logger.begin(self.at.step)
        try:
            while self.ending is None:
                self._go_on()
        except KeyboardInterrupt:
            self.ending = Result.INTERRUPTED, "interrupted"
        finally:
            for logger in loggers:
                logger.close()
        self._keep(now=True)
        return self._training()

    def _go_on(self) -> None:
        """Judge, where an epoch has ended; else take a step."""
        step = self.at.step
        if step and self.told < step and self.plan.at(step - 1).last:
            with self.monitor.phase("validate"):
                self._report(self.plan.at(step - 1))
        elif step == 0 and self.rule is not None and self.rule.closed:
            self._solve()
        elif step >= len(self.plan):
            self.ending = Result.SUCCESSFUL, f"{self.trainer.epochs} epochs taken"
        else:
            batch = self.plan.at(step)
            with self.monitor.phase("train" if batch.halvings in self.shares else "compile"):
                self._take(batch)
            self._tell(batch)
        if self.ending is None:
            self._keep()
            # One process must not stop while others wait for it.
            if bool(gathered(self.monitor.spent).any()):
                self.ending = Result.OUT_OF_BUDGET, "the time budget is spent"

    def _take(self, batch: Batch) -> None:
        """Take one step, unless the loss is no longer sound."""
        at, samples = self.at, self._on(batch.halvings)
        if batch.halvings not in self.shares:
            self.shares[batch.halvings] = self._gradient(samples)
        given = samples.inputs[batch.rows], samples.outputs[batch.rows]
        if self.turns is not None:
            given = self.turns.drawn(*given, self.key, at.step)
        gradient, memory, log = self.shares[batch.halvings], at.memory, dict[str, float]()
        if isinstance(gradient, Ruled):
            turn = jax_key(self.key, 79, at.step)
            loss, slope, memory, log = gradient(at.moving, *given, memory=memory, key=turn)
        else:
            loss, slope = gradient(at.moving, *given)
        first = self.every[0] if at.step else loss
        if not math.isfinite(loss) or loss > BLOWN * first:
            # The last weights whose loss was finite, unless validation knows better ones.
            self.at = at._replace(moving=at.before)
            self.ending = Result.DIVERGED, f"the loss blew up at step {at.step + 1}"
            return
        rate = jnp.asarray(self.rates[at.step])
        moving, state = _moved(self.optimiser, slope, at.state, at.moving, rate)
        self.every[at.step :] = [loss]
        for name, value in log.items():
            self.logs.setdefault(name, [])[at.step :] = [value]
        self.at = at._replace(
            step=at.step + 1, moving=moving, before=at.moving, state=state, memory=memory
        )

    def _gradient(self, samples: Samples) -> Shares | Ruled:
        """Return what gives value and gradient on the grid of samples."""
        value, micro = self.trainer.objective.on(samples.layout), self.trainer.micro
        if self.rule is None or self.staged is None:
            return Shares(value, self.fixed, micro)
        return Ruled(self.rule, self.staged, value, fixed=self.fixed, micro=micro)

    def _solve(self) -> None:
        """Let the rule solve for what it trains, and judge that."""
        samples = self._on(0)
        gradient = self._gradient(samples)
        assert isinstance(gradient, Ruled)
        with self.monitor.phase("solve"):
            moving = gradient.solved(self.at.moving, samples.inputs, samples.outputs)
        value = math.nan
        self.at = self.at._replace(moving=moving, best=moving)
        if self.held is not None:
            value = self._judgement(self.held)
            self.at = self.at._replace(lowest=value, judged=((0.0, value),))
        sound = math.isfinite(value) or self.held is None
        result = Result.SUCCESSFUL if sound else Result.NOT_FINITE
        self.ending = result, "the last stage was solved for"

    def _begin(self) -> None:
        """Take what the rule remembers before the first step."""
        batch = self.plan.at(0)
        samples = self._on(batch.halvings)
        gradient = self.shares[batch.halvings] = self._gradient(samples)
        assert isinstance(gradient, Ruled)
        given = samples.inputs[batch.rows], samples.outputs[batch.rows]
        with self.monitor.phase("compile"):
            memory = gradient.begin(self.at.moving, *given, key=jax_key(self.key, 83))
        self.at = self.at._replace(memory=memory)

    def _on(self, halvings: int) -> Samples:
        """Return the samples on a grid halved some times."""
        if halvings not in self.samples:
            self.samples[halvings] = _single(self.samples[0].coarser(halvings))
        return self.samples[halvings]

    def _report(self, batch: Batch) -> None:
        """Judge the weights, keep the best, end where that is due; tell the loggers."""
        at, value = self.at, math.nan
        if self.held is not None and (not at.judged or at.judged[-1][0] < at.step):
            value = self._judgement(self.held)
            judged = (*at.judged, (float(at.step), value))
            if value < at.lowest:
                at = at._replace(best=at.moving, lowest=value, waited=0, judged=judged)
            else:
                at = at._replace(waited=at.waited + 1, judged=judged)
            self.at = at
        self.told = at.step
        self._end_early()
        numbers = {
            "epoch": float(batch.epoch + 1),
            "loss": self.losses[-1],
            "validation": at.judged[-1][1] if at.judged else value,
            "seconds": self.spent + self.monitor.elapsed,
        }
        for logger in self.trainer.loggers if jax.process_index() == 0 else ():
            logger.log(at.step, numbers)
        self._tell(batch)

    def _end_early(self) -> None:
        patience, target = self.trainer.patience, self.trainer.target
        if target is not None and self.at.lowest <= target:
            self.ending = Result.SUCCESSFUL, f"the judgement is at most {target:g}"
        elif patience is not None and self.at.waited >= patience:
            self.ending = Result.SUCCESSFUL, f"no better judgement for {patience} epochs"

    def _judgement(self, held: Samples) -> float:
        """Return the mean judgement of the validation samples."""
        if self.judge is None:
            self.judge = self.trainer.judge.on(held.layout)
        operator = eqx.combine(self.at.moving, self.fixed)
        size = min(self.trainer.batch, len(held))
        found = []
        for start in range(0, len(held), size):
            # One shape, one compilation: the last piece is filled up and cut again.
            rows = np.minimum(np.arange(start, start + size), len(held) - 1)
            given = jnp.asarray(held.inputs[rows]), jnp.asarray(held.outputs[rows])
            part = _judged(self.judge, operator, *given)
            found.append(np.asarray(part)[: len(held) - start])
        # One process decides, lest others end at another epoch for a bit of rounding.
        value = float(gathered(np.concatenate(found).mean(dtype=np.float64))[0])
        return value if math.isfinite(value) else math.inf

    def _tell(self, batch: Batch) -> None:
        share = max(
            self.at.step / len(self.plan), self.monitor.elapsed / self.monitor.budget.seconds
        )
        words = f"epoch {batch.epoch + 1}"
        if self.at.step:
            words += f", loss {self.every[self.at.step - 1]:.2e}"
        if self.at.judged:
            words += f", validation {self.at.judged[-1][1]:.2e}"
        self.monitor.update(share, words)

    def _training(self) -> Training:
        assert self.ending is not None
        (result, reason), at, record = self.ending, self.at, self.monitor.record
        moving = at.moving if self.held is None or math.isinf(at.lowest) else at.best
        record.seconds["total"] = self.spent + self.monitor.elapsed
        record.peak_memory_mb = peak_memory_mb()
        record.evaluations["steps"] = at.step
        record.unknowns = sum(int(leaf.size) for leaf in jax.tree.leaves(at.moving))
        record.history["loss"] = self.losses
        record.history.update({name: log[: at.step] for name, log in self.logs.items()})
        record.history["validation"] = [value for _, value in at.judged]
        return Training(
            eqx.combine(moving, self.fixed),
            result,
            reason,
            np.asarray(self.losses),
            np.asarray(at.judged, float).reshape(-1, 2),
            self.plan.ends,
            record,
        )

    def _recall(self) -> None:
        """Go on from the checkpoint, if there is one."""
        if self.monitor.checkpoint is None:
            return
        kept = self.monitor.checkpoint.recall(self._identity())
        if kept is None:
            return
        self._unpack(kept)
        note = f"the training goes on from step {self.at.step} of a checkpoint"
        self.monitor.record.notes.append(note)
        if "ended" in kept:
            code = int(kept["ended"])
            if not 0 <= code < len(RESULTS):
                raise FileError("a result code", str(code), "The checkpoint is damaged.")
            self.ending = RESULTS[code], "it had ended when the checkpoint was written"

    def _identity(self) -> dict[str, str]:
        weights = [np.asarray(leaf) for leaf in jax.tree.leaves(self.at.moving)]
        samples = self.samples[0]
        held = [] if self.held is None else [self.held.inputs, self.held.outputs]
        return {
            "training": self.trainer.identity(),
            "key": self.monitor.record.seed,
            "start of the weights": hash_of(weights),
            "set of samples": hash_of([samples.inputs, samples.outputs, *held]),
            **({} if self.turns is None else {"symmetries": repr(self.turns)}),
        }

    def _keep(self, *, now: bool = False) -> None:
        """Write the state, if it is time; one process of several does."""
        if self.monitor.checkpoint is not None and jax.process_index() == 0:
            self.monitor.checkpoint.keep(self._pack, now=now)

    def _pack(self) -> State:
        over = self.ending is not None and self.ending[0] not in INTERRUPTED
        code = {"ended": np.asarray(RESULTS.index(self.ending[0]))} if over and self.ending else {}
        at = self.at
        return {
            "losses": np.asarray(self.every[: at.step], float),
            "judged": np.asarray(at.judged, float).reshape(-1, 2),
            "step": np.asarray(at.step),
            "waited": np.asarray(at.waited),
            "lowest": np.asarray(at.lowest),
            "seconds": np.asarray(self.spent + self.monitor.elapsed),
            **pack_leaves((at.moving, at.before, at.state, at.best, at.memory)),
            **{f"log {name}": np.asarray(log[: at.step]) for name, log in self.logs.items()},
            **code,
        }

    def _unpack(self, kept: State) -> None:
        at = self.at
        like = (at.moving, at.before, at.state, at.best, at.memory)
        moving, before, state, best, memory = unpack_leaves(like, kept)
        judged = tuple((float(a), float(b)) for a, b in kept["judged"])
        lowest, waited = float(kept["lowest"]), int(kept["waited"])
        numbers = (lowest, waited, judged)
        self.at = At(int(kept["step"]), moving, before, state, best, *numbers, memory)
        logs = {name.removeprefix("log "): kept[name] for name in kept if name.startswith("log ")}
        self.logs = {name: [float(value) for value in log] for name, log in logs.items()}
        self.every = [float(value) for value in kept["losses"]]
        self.spent = float(kept["seconds"])
        if judged and judged[-1][0] == self.at.step:
            self.told = self.at.step
            self._end_early()


def _single(samples: Samples) -> Samples:
    """Return samples in float32, which operators compute in."""
    inputs = np.ascontiguousarray(samples.inputs, np.float32)
    outputs = np.ascontiguousarray(samples.outputs, np.float32)
    return replace(samples, inputs=inputs, outputs=outputs)
