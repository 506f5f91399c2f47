"""Residual rows for a learning rule: the field in stages between jets, the rows as their loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Field, Index, Jet
from residuum._core import _jet as jets
from residuum.blocks import Dense, Jets, Stage, run
from residuum.blocks._abstract import is_trained
from residuum.fields import FeatureField
from residuum.learning._descent import Loss
from residuum.learning._gradient_rule import GradientRule, Task
from residuum.learning._rule import Flat, Trainable, residuals
from residuum.learning._staged import Staged
from residuum.objectives import Rows


@final
class WholeField(Stage):
    """A field as one stage: from jets of the coordinates to jets of its values."""

    field: Field

    def __call__(self, state: tuple[Jet, ...]) -> tuple[Jet, ...]:
        return tuple(self.field.jet(jet.value, jet.indices) for jet in state)


def networks(field: Field) -> list[FeatureField]:
    """Return the networks inside a field."""
    leaves = jax.tree.leaves(field, is_leaf=_is_network)
    return [leaf for leaf in leaves if _is_network(leaf)]


def _is_network(part: Any) -> bool:
    return isinstance(part, FeatureField)


def is_network_alone(field: Field) -> bool:
    """Whether all that is trained in a field is one network, inside whatever conditions."""
    leaves = jax.tree.leaves(field, is_leaf=_is_network)
    others = [leaf for leaf in leaves if not _is_network(leaf)]
    return len(others) == len(leaves) - 1 and not any(map(is_trained, others))


def network_stages(trained: Trainable) -> tuple[Stage, ...]:
    """Return the blocks of the one network in a field, and its last layer."""
    (network,) = networks(trained[0])
    last = Dense(network.weights[:-1], network.weights[-1])
    return tuple(Jets(block) for block in (*network.trunk.stages(), last))  # type: ignore[arg-type]


def whole_stage(trained: Trainable) -> tuple[Stage, ...]:
    """Return a field as one stage."""
    return (WholeField(trained[0]),)


@dataclass(eq=False)
class _Talk:
    """What a network was asked for, and what it shall answer, while a program is traced."""

    given: list[Jet] | None = None
    asked: list[tuple[Array, Sequence[Index]]] = dataclass_field(default_factory=list)


class _Heard(Field):
    """Stands for a network: writes down what it is asked for, or answers what it is given."""

    network: Field | None
    talk: _Talk = eqx.field(static=True)

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        self.talk.asked.append((points, indices))
        if self.talk.given is not None:
            return self.talk.given[len(self.talk.asked) - 1]
        assert self.network is not None
        return self.network.jet(points, indices)


def _replaced(field: Field, heard: _Heard, *, alone: bool) -> Field:
    return eqx.tree_at(lambda f: networks(f)[0], field, heard) if alone else heard


@final
class RuledLoss(Loss):
    """Half the sum of squares of rows, with slopes by a rule.

    Args:
        rule: finds the slopes.
        staged: the stages of field and numbers.
        key: of what the rule draws.
    """

    rule: GradientRule = eqx.field(static=True)
    staged: Staged = eqx.field(static=True)
    key: Array

    @staticmethod
    def of(rule: GradientRule, flat: Flat, start: Trainable, key: Array) -> RuledLoss:
        """Return the loss of a field before training, whose stages the rule can work with."""
        make = network_stages if is_network_alone(start[0]) else whole_stage
        staged = Staged.of(start, make, rule.memory)
        rule.check(staged.stages(start))
        return RuledLoss(flat.fixed, flat.unravel, rule, staged, key)

    @eqx.filter_jit
    def begin(self, vector: Array, rows: Sequence[Rows]) -> Any:
        stages, state, task, _ = self._posed(vector, rows)
        return self.rule.begin(stages, state, task, jax.random.fold_in(self.key, 0))

    def slope(
        self, vector: Array, rows: Sequence[Rows], memory: Any, turn: Array
    ) -> tuple[Array, Array, Any, Mapping[str, Array]]:
        stages, state, task, around = self._posed(vector, rows)
        key = jax.random.fold_in(self.key, turn + 1)
        found = self.staged.slope(self.rule, stages, state, task, memory=memory, key=key)

        def arrays(v: Array) -> Any:
            trained = self.unravel(v, self.fixed)
            return eqx.filter(self.staged.stages(trained), eqx.is_inexact_array)

        (slope,) = jax.vjp(arrays, vector)[1](found.slopes)
        # Inferred numbers act on the rows themselves, not through the field.
        outputs = jax.lax.stop_gradient(run(stages, state))
        return found.value, slope + jax.grad(around)(vector, outputs), found.memory, found.log

    def _posed(self, vector: Array, rows: Sequence[Rows]) -> tuple[Any, Any, Task, Any]:
        """Return stages, first state, task, and the loss as a function of (vector, outputs)."""
        alone = self.staged.make is network_stages
        field, numbers = trained = self.unravel(vector, self.fixed)
        network: Field = networks(field)[0] if alone else field
        talk = _Talk()
        residuals((_replaced(field, _Heard(network, talk), alone=alone), numbers), rows)
        zero = (0,) * talk.asked[0][0].shape[1]
        state = tuple(jets.coordinates(points, [*k, zero]) for points, k in talk.asked)

        def around(v: Array, outputs: tuple[Jet, ...]) -> Array:
            own, values = self.unravel(v, self.fixed)
            given = list(self.staged.end(trained, outputs))
            answering = _replaced(own, _Heard(None, _Talk(given)), alone=alone)
            return 0.5 * jnp.sum(residuals((answering, values), rows) ** 2)

        task = Task(lambda outputs: around(vector, outputs))
        return self.staged.stages(trained), self.staged.begin(trained, state), task, around
