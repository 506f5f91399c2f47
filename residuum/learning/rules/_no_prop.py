"""NoProp: every block learns by itself to denoise the answer; nothing goes forward or back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks import Capability, DenoisingChain, Stage
from residuum.learning._gradient_rule import GradientRule, Slope, Task


@final
@dataclass(frozen=True)
class NoProp(GradientRule):
    """Train each block of a ``DenoisingChain`` on the answer with its own level of noise.

    Block t sees z = sqrt(g_{t-1}) u + sqrt(1 - g_{t-1}) ε and the input, and its loss is
    (T/2) eta (SNR_t - SNR_{t-1}) |f_t - u|². No block waits for another: only one block's
    activations are kept at a time. The value that is reported is that of the whole chain.

    Args:
        eta: weight of the losses; Adam does not see it.
        weighted: whether the factor of signal-to-noise ratios is used: it only scales the steps
            of a block, which Adam undoes; without it the first blocks learn as fast under others.

    Good start: 6 to 10 blocks, answers of size one (scaled components). It breaks where the last
    blocks copy their noised answer: more input features, or a lower signal level.

    Raises:
        OptionError: an option is out of range; the model is no ``DenoisingChain``.
    """

    eta: float = 0.1
    weighted: bool = True

    name: ClassVar[str] = "no_prop"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARAM_VJP})
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "noprop",
            "NoProp: Training Neural Networks without Back-propagation or Forward-propagation",
            "Q. Li, Y. W. Teh, R. Pascanu",
            2025,
            "arXiv:2503.24322",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not self.eta > 0:
            raise OptionError("a positive eta", repr(self.eta), "Leave it out.")

    def check(self, stages: Sequence[Stage]) -> None:
        super().check(stages)
        _chain(stages)

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        chain, slopes, log = _chain(stages), [], {}
        keys = jax.random.split(key, len(chain.blocks))
        for t, part in enumerate(keys):
            value, slope = self._local(chain, t, state, task.target, part)
            slopes.append(slope)
            log[f"denoising {t}"] = value
        empty = eqx.filter(chain, eqx.is_inexact_array)
        whole = eqx.tree_at(lambda m: m.blocks, empty, tuple(slopes))
        return Slope(task.loss(jax.lax.stop_gradient(chain(state))), (whole,), memory, log)

    def _local(
        self, chain: DenoisingChain, t: int, state: Array, target: Array, key: Array
    ) -> tuple[Array, Any]:
        """Return |f_t - u|² and the slope of a block's loss."""
        g = chain.levels
        noise = jax.random.normal(key, target.shape, target.dtype)
        z = math.sqrt(g[t]) * target + math.sqrt(1 - g[t]) * noise
        ratio = g[t + 1] / (1 - g[t + 1]) - g[t] / (1 - g[t])
        weight = 0.5 * len(chain.blocks) * self.eta * ratio if self.weighted else 1.0
        moving, rest = eqx.partition(chain.blocks[t], eqx.is_inexact_array)

        def loss(part: Any) -> Array:
            answer = eqx.combine(part, rest)(jnp.concatenate([z, state], axis=1))
            return jnp.mean(jnp.sum((answer - target) ** 2, axis=1))

        value, slope = jax.value_and_grad(loss)(moving)
        return value, jax.tree.map(lambda leaf: weight * leaf, slope)


def _chain(stages: Sequence[Stage]) -> DenoisingChain:
    if len(stages) != 1 or not isinstance(stages[0], DenoisingChain):
        got = ", ".join(type(stage).__name__ for stage in stages)
        remedy = "Give your blocks to blocks.DenoisingChain."
        raise OptionError("a DenoisingChain", got, remedy)
    return stages[0]
