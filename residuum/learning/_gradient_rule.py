"""The socket of rules that find a gradient stage by stage, with backpropagation or without it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError, jax_key
from residuum.blocks import Capability, Stage, Step
from residuum.learning._descent import DescentRule, Loss
from residuum.learning._first_order import Adam
from residuum.learning._rule import Flat, Trainable


class Task(NamedTuple):
    """What a model is to do on a batch.

    Args:
        loss: from the state after the last stage to one number; the gradient that is wanted is
            its. It may depend on trained numbers outside the stages, which get theirs elsewhere.
        target: what the state after the last stage should be, where that is known; class numbers
            come as rows of zeros with a one.
    """

    loss: Callable[[Any], Array]
    target: Any = None


class Slope(NamedTuple):
    """What a rule finds on a batch.

    Args:
        value: the loss.
        slopes: one per stage, shaped like its trained arrays (``trained_part``).
        memory: what the rule hands to its next call.
        log: numbers worth a curve, by name; the same names at every call.
    """

    value: Array
    slopes: tuple[Any, ...]
    memory: Any = ()
    log: Mapping[str, Array] = {}


@dataclass(frozen=True)
class GradientRule(DescentRule):
    """A rule that finds a slope for every stage; an optimiser then moves the parameters by it.

    Final subclasses say in ``needs`` which capabilities every stage must have, in ``exact``
    whether the slopes are those of backpropagation, and give ``gradient``; those that remember
    something also give ``begin``. Everything in ``gradient`` is traced by JAX.

    Args:
        descent: how a field moves by the slopes: steps, rate, precision. Operators and
            supervised models move as their trainer says.
        key: of what the rule draws for a field; operators and supervised models have their own.
        memory: what is kept for the gradient of a field: ``"stored"`` for all that it needs,
            ``"checkpoints"`` for the jets between stages.
        compare: whether the log also holds ``alignment``, the cosine with the gradient of
            backpropagation, and ``alignment i`` of stage i; it costs one backpropagation a step.
    """

    descent: DescentRule = field(default_factory=Adam, kw_only=True)
    key: int = field(default=7, kw_only=True)
    memory: Literal["stored", "checkpoints"] = field(default="stored", kw_only=True)
    compare: bool = field(default=False, kw_only=True)

    needs: ClassVar[frozenset[Capability]] = frozenset()
    closed: ClassVar[bool] = False  # whether it solves instead of stepping: ``ReadoutOnly``

    @property
    def exact(self) -> bool:
        """Whether the rule claims the gradient of backpropagation, up to rounding."""
        return False

    @classmethod
    def missing(cls, stage: Stage) -> frozenset[Capability]:
        """Return the capabilities that the rule needs and a stage lacks."""
        return cls.needs - stage.capabilities

    def check(self, stages: Sequence[Stage]) -> None:
        """Raise OptionError where a stage lacks a capability, naming the rules that would do."""
        for i, stage in enumerate(stages):
            lacking = self.missing(stage)
            if lacking:
                words = " and ".join(sorted(item.value for item in lacking))
                raise OptionError(
                    f"stages with {words}, which {type(self).__name__} needs",
                    f"stage {i} ({name_of(stage)}) without",
                    _remedy(stages),
                )

    def begin(self, stages: Sequence[Stage], state: Any, task: Task, key: Array) -> Any:
        """Return what the rule remembers before the first call: a tree of JAX arrays.

        Args:
            stages: of the model before training.
            state: a first batch, as the first stage takes it.
            task: on that batch.
            key: a JAX key.
        """
        return ()

    @abstractmethod
    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        """Return the slope of every stage on a batch.

        Args:
            stages: of the model.
            state: the batch, as the first stage takes it.
            task: on that batch.
            memory: of the call before, or of ``begin``.
            key: another JAX key at every step.
        """

    # What the descent of fields asks for.

    @property
    def steps(self) -> int:  # type: ignore[override]
        """Steps of a descent."""
        return self.descent.steps

    @property
    def every(self) -> int:  # type: ignore[override]
        """Steps between fresh points."""
        return self.descent.every

    @property
    def precision(self) -> str:  # type: ignore[override]
        """Precision of a descent."""
        return self.descent.precision

    def optimiser(self, flat: Flat) -> Any:
        return self.descent.optimiser(flat)

    def loss(self, flat: Flat, start: Trainable) -> Loss:
        from residuum.learning._ruled_loss import RuledLoss  # which knows rules

        return RuledLoss.of(self, flat, start, jax_key(self.key, 89))


def name_of(stage: Stage) -> str:
    """Return what a stage is called in messages."""
    if isinstance(stage, Step):
        return stage.function.__name__.strip("_")
    inner = getattr(stage, "stage", None) or getattr(stage, "block", None)
    return name_of(inner) if isinstance(inner, Stage) else type(stage).__name__


def every_rule(kind: type[GradientRule] = GradientRule) -> Iterator[type[GradientRule]]:
    """Give all rules there are."""
    for sub in kind.__subclasses__():
        if not getattr(sub, "__abstractmethods__", None):
            yield sub
        yield from every_rule(sub)


def _remedy(stages: Sequence[Stage]) -> str:
    fit = [kind.__name__ for kind in every_rule() if _would_do(kind, stages)]
    found = f"Rules that would do: {', '.join(sorted(fit))}." if fit else "No rule would do."
    return f"Take another rule or another stage. {found}"


def _would_do(kind: type[GradientRule], stages: Sequence[Stage]) -> bool:
    """Whether a rule takes stages, by their capabilities and by what else it asks of them."""
    if any(kind.missing(stage) for stage in stages):
        return False
    try:
        kind().check(stages)
    except OptionError:
        return False
    return True


def trained_part(stage: Any) -> Any:
    """Return the arrays of a stage that get a slope, ``None`` elsewhere."""
    return eqx.filter(stage, eqx.is_inexact_array)


def zero_slope(stage: Any) -> Any:
    """Return a slope of zeros."""
    return jax.tree.map(jnp.zeros_like, trained_part(stage))


def ahead(stage: Stage, state: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
    """Return the next state, and the map from its error to slope and error of the input."""
    moving, rest = eqx.partition(stage, eqx.is_inexact_array)
    found: tuple[Any, Any] = jax.vjp(
        lambda part, given: eqx.combine(part, rest)(given), moving, state
    )
    return found


def own_slope(stage: Stage, state: Any, error: Any) -> Any:
    """Return the slope by the parameters alone, for an error of the output."""
    moving, rest = eqx.partition(stage, eqx.is_inexact_array)
    return jax.vjp(lambda part: eqx.combine(part, rest)(state), moving)[1](error)[0]


def states_of(stages: Sequence[Stage], state: Any) -> list[Any]:
    """Return the states before every stage and after the last one."""
    found = [state]
    for stage in stages:
        found.append(stage(found[-1]))
    return found


def cosine(first: Any, second: Any) -> Array:
    """Return the cosine between two trees of slopes; 1 where both vanish, 0 where one does."""
    pairs = list(zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True))
    if not pairs:
        return jnp.ones(())
    inner, one, two = (
        sum((jnp.vdot(a, b) for a, b in made), start=jnp.zeros((), pairs[0][0].dtype))
        for made in (pairs, [(a, a) for a, _ in pairs], [(b, b) for _, b in pairs])
    )
    both, none = one * two > 0, (one == 0) & (two == 0)
    return jnp.where(both, inner / jnp.sqrt(jnp.where(both, one * two, 1.0)), none * 1.0)
