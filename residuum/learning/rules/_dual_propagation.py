"""Dual propagation: two states per unit, whose mean is the activity and whose gap is the error."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Jet, OptionError, Source
from residuum.blocks import Block, Capability, Checkpointed, Jets, Stage
from residuum.learning._gradient_rule import GradientRule, Slope, Task, ahead


@final
@dataclass(frozen=True)
class DualPropagation(GradientRule):
    """Errors as differences of two nudged states, without a derivative of any activation.

    For affine stages W and elementwise stages f, with the gap D = W^T (z - u) from above,

        z = f(a + (1 - alpha) D),   u = f(a - alpha D),   activity alpha z + (1 - alpha) u,

    and the slope of W is the product of the gap and the activity below, over the nudge. The output
    is nudged along the negative gradient of the loss, so any differentiable loss will do. With
    ``alpha`` 0.5 the gap is a centred difference: right to second order in the nudge.

    Jets are carried too. The Jacobian of an elementwise map in Taylor coefficients is a product
    with one series, and its transpose is the same product with the order of coefficients reversed.

    Args:
        alpha: how the nudge is shared between the two states, 0 to 1; 0.5 is best.
        beta: root mean square of the nudge of a sample at the output; 0 for the limit of small
            nudges, which takes one forward derivative per stage and is exact. Good start: 0.1 for
            features of size one; smaller ones lose digits in float32.
        rounds: sweeps up and down; later ones start from the nudged activities.

    It breaks where nudges are no longer small against the bends of the activations, and at the
    kinks of rectifiers, where the difference is right on the average alone.

    Raises:
        OptionError: an option is out of range.
    """

    alpha: float = 0.5
    beta: float = 0.1
    rounds: int = 1

    name: ClassVar[str] = "dual_propagation"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.TRANSPOSE, Capability.ELEMENTWISE}
    )
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "dual-propagation",
            "Dual Propagation: Accelerating Contrastive Hebbian Learning with Dyadic Neurons",
            "R. Høier, D. Staudt, C. Zach",
            2023,
            "arXiv:2302.01228",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not (0 <= self.alpha <= 1 and self.beta >= 0 and self.rounds >= 1):
            wanted = "alpha from 0 to 1, beta of zero or more, one round or more"
            raise OptionError(wanted, repr(self), "0.5, 0.1 and 1 are good.")

    @property
    def exact(self) -> bool:
        return self.beta == 0

    @classmethod
    def missing(cls, stage: Stage) -> frozenset[Capability]:
        """Either of the two will do."""
        return frozenset() if cls.needs & stage.capabilities else cls.needs

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        gaps: list[Any] = [None] * (len(stages) + 1)
        slopes: list[Any] = [None] * len(stages)
        value: Any = None
        for turn in range(self.rounds):
            states = [state]
            for i, stage in enumerate(stages):
                states.append(self._up(stage, states[-1], gaps[i + 1]))
            found, error = jax.value_and_grad(task.loss)(states[-1])
            value = found if turn == 0 else value
            # Errors keep their size; only as nudges of an elementwise stage are they scaled.
            sizes = self._sizes(error)
            for i in reversed(range(len(stages))):
                slopes[i], below = ahead(stages[i], states[i])[1](error)
                if Capability.TRANSPOSE in stages[i].capabilities:
                    error = below
                else:
                    gaps[i + 1] = scaled(error, sizes)
                    error = self._gap(stages[i], states[i], gaps[i + 1], sizes)
        return Slope(value, tuple(slopes), memory)

    def _sizes(self, error: Any) -> Any:
        """Return the factor from gradient to nudge of every sample, (n,); one such per jet."""
        if is_jets(error):
            return tuple(self._sizes(list(jet.parts.values())) for jet in error)
        leaves = jax.tree.leaves(error)
        rows = max(len(leaf) for leaf in leaves)
        wide = [jnp.broadcast_to(v, (rows, *v.shape[1:])).reshape(rows, -1) for v in leaves]
        mean = (jnp.concatenate(wide, axis=1) ** 2).mean(axis=1)
        # The sign is that of going down; the limit is linear, its size only avoids underflow.
        still = mean == 0
        return -jnp.where(still, 1.0, (self.beta or 1.0) / jnp.sqrt(jnp.where(still, 1.0, mean)))

    def _up(self, stage: Stage, state: Any, gap: Any) -> Any:
        """Return the activity after a stage under the gap of the sweep before."""
        plain = Capability.ELEMENTWISE in stage.capabilities
        if gap is None or not plain or self.beta == 0 or isinstance(bare(stage), Jets):
            return stage(state)
        up, down = self._pair(stage, state, gap)
        mixed = lambda z, u: self.alpha * z + (1 - self.alpha) * u  # noqa: E731
        return jax.tree.map(mixed, up, down)

    def _pair(self, stage: Any, state: Any, gap: Any) -> tuple[Any, Any]:
        a = self.alpha
        up = jax.tree.map(lambda x, d: x + (1 - a) * d, state, gap)
        down = jax.tree.map(lambda x, d: x - a * d, state, gap)
        return stage(up), stage(down)

    def _gap(self, stage: Stage, state: Any, gap: Any, sizes: Any) -> Any:
        """Return the error below an elementwise stage, from the gap above."""
        inner = bare(stage)
        if isinstance(inner, Jets):
            each = zip(state, gap, sizes, strict=True)
            return tuple(self._jet_gap(inner.block, *parts) for parts in each)
        if self.beta == 0:
            found = jax.jvp(stage, (state,), (gap,))[1]
        else:
            found = jax.tree.map(jnp.subtract, *self._pair(stage, state, gap))
        return scaled(found, 1 / sizes)

    def _jet_gap(self, block: Block, jet: Jet, gap: Jet, size: Array) -> Jet:
        """The same in jets: nudges enter, and differences leave, with their order reversed."""
        top = tuple(map(max, zip(*jet.indices, strict=True)))
        box = list(itertools.product(*(range(order + 1) for order in top)))
        mirror = {k: tuple(a - b for a, b in zip(top, k, strict=True)) for k in box}
        wide = Jet({k: jet.parts.get(k) for k in box})
        nudge = Jet({k: gap.parts.get(mirror[k]) for k in box})

        def at(share: Array | float) -> Jet:
            return block.jet(wide + nudge * share)

        if self.beta == 0:
            one = jnp.ones((), jet.value.dtype)
            found: Jet = jax.jvp(at, (0 * one,), (one,))[1]
        else:
            found = at(1 - self.alpha) - at(-self.alpha)
        found = scaled_jet(found, 1 / size)
        return Jet({k: like(found.parts[mirror[k]], jet.parts[k]) for k in jet.indices})


def is_jets(state: Any) -> bool:
    """Whether a state is a tuple of jets."""
    return isinstance(state, tuple) and all(isinstance(item, Jet) for item in state)


def scaled(error: Any, sizes: Any) -> Any:
    """Return an error with every sample at another size."""
    if is_jets(error):
        return tuple(scaled_jet(jet, size) for jet, size in zip(error, sizes, strict=True))
    return jax.tree.map(lambda leaf: leaf * sizes.reshape(-1, *(1,) * (leaf.ndim - 1)), error)


def scaled_jet(jet: Jet, size: Array) -> Jet:
    """Return a jet with every point at another size."""
    return jet.linear(lambda part: part * size[:, None])


def bare(stage: Stage) -> Stage:
    """Return what a stage does, without what it keeps."""
    return stage.stage if isinstance(stage, Checkpointed) else stage


def like(found: Array | None, part: Any) -> Array | None:
    """Return a coefficient summed over the points where the one it belongs to is constant."""
    if part is None:
        return None
    if found is None:
        return jnp.zeros_like(part)
    shape = jnp.broadcast_shapes(found.shape, part.shape)
    return unstretched(jnp.broadcast_to(found, shape), part.shape)


def unstretched(found: Array, shape: tuple[int, ...]) -> Array:
    """Return the transpose of a broadcast: sums over the axes that were stretched."""
    axes = tuple(i for i, (a, b) in enumerate(zip(found.shape, shape, strict=True)) if a != b)
    return found.sum(axes, keepdims=True)
