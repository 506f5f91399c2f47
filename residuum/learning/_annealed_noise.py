"""Noise on gradients that fades away, in front of any rule that goes down one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, final

import jax
import jax.numpy as jnp
import optax
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.learning._descent import DescentRule, Loss
from residuum.learning._first_order import Adam
from residuum.learning._rule import Flat, Trainable


class Count(NamedTuple):
    """How many steps were taken: with it noise is the same after a resume."""

    steps: Array


def annealed_noise(eta: float = 0.3, gamma: float = 0.55, key: Key = 7) -> Any:
    """Return an Optax transformation that adds normal noise of variance eta / (1 + t)^gamma.

    Args:
        eta: variance at the first step, in squares of the gradient's unit.
        gamma: how fast it fades.
        key: of the noise.

    Raises:
        OptionError: eta is not positive, or gamma negative.

    Good start: eta 0.01, 0.3 or 1.0 where gradients are of size one; gradients clipped before
    it make that so. It breaks training where it is far above the gradient at the last steps.

    Source: A. Neelakantan and others, arXiv:1511.06807.
    """
    if not eta > 0 or gamma < 0:
        raise OptionError("eta > 0 and gamma >= 0", f"{eta}, {gamma}", "Try 0.3 and 0.55.")
    base = jax_key(key, 97)

    def init(parameters: Any) -> Count:
        return Count(jnp.zeros((), jnp.int32))

    def update(slopes: Any, state: Count, parameters: Any = None) -> tuple[Any, Count]:
        size = jnp.sqrt(eta / (1.0 + state.steps) ** gamma)
        leaves, shape = jax.tree.flatten(slopes)
        keys = jax.random.split(jax.random.fold_in(base, state.steps), max(len(leaves), 1))
        noisy = [
            leaf + size.astype(leaf.dtype) * jax.random.normal(part, leaf.shape, leaf.dtype)
            for leaf, part in zip(leaves, keys, strict=False)
        ]
        return jax.tree.unflatten(shape, noisy), Count(state.steps + 1)

    return optax.GradientTransformation(init, update)


@final
@dataclass(frozen=True)
class AnnealedNoise(DescentRule):
    """Add fading normal noise to the gradient of a first-order rule.

    For deep networks that start badly: a better start (Glorot weights) is worth more where it can
    be had. ``annealed_noise`` is the same as an Optax transformation.

    Args:
        rule: the rule that moves by the noisy gradient.
        eta: variance of the noise at the first step.
        gamma: how fast it fades: the variance is eta / (1 + t)^gamma.
        key: of the noise.

    Raises:
        OptionError: eta is not positive, or gamma negative.

    It breaks where gradients are much smaller than sqrt(eta): nothing but noise is then followed.
    """

    rule: DescentRule = field(default_factory=Adam)
    eta: float = 0.3
    gamma: float = 0.55
    key: int = 7

    name: ClassVar[str] = "annealed_noise"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "gradient-noise",
            "Adding Gradient Noise Improves Learning for Very Deep Networks",
            "A. Neelakantan, L. Vilnis, Q. V. Le, I. Sutskever, L. Kaiser, K. Kurach, J. Martens",
            2015,
            "arXiv:1511.06807",
            "not met",
        ),
    )

    def __post_init__(self) -> None:
        annealed_noise(self.eta, self.gamma, self.key)

    @property
    def steps(self) -> int:  # type: ignore[override]
        """Steps of the rule."""
        return self.rule.steps

    @property
    def every(self) -> int:  # type: ignore[override]
        """Steps between fresh points."""
        return self.rule.every

    @property
    def precision(self) -> str:  # type: ignore[override]
        """Precision of the rule."""
        return self.rule.precision

    def optimiser(self, flat: Flat) -> Any:
        noise = annealed_noise(self.eta, self.gamma, self.key)
        return optax.chain(noise, self.rule.optimiser(flat))

    def loss(self, flat: Flat, start: Trainable) -> Loss:
        return self.rule.loss(flat, start)
