"""Coupling flows whose conditioners are kernel expansions: densities from few samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import DataError, OptionError, Source
from residuum.blocks.reversible._coupling import Coupling, Exponential
from residuum.blocks.reversible._invertible import Composed, Invertible
from residuum.blocks.reversible._permutation import Halves, Inverted, Permutation
from residuum.blocks.reversible._stack import ReversibleStack, reversible_stack


class KernelExpansion(eqx.Module):
    """f(u) = Σ_i exp(-|u - c_i|² / 2 l²) A_i.

    Args:
        centres: c, shape (m, inputs).
        logarithm: log l, one number.
        factors: A, shape (m, outputs).
    """

    centres: Array
    logarithm: Array
    factors: Array

    def __call__(self, u: Array) -> Array:
        """Map (n, inputs) to (n, outputs)."""
        apart = ((u[:, None] - self.centres) ** 2).sum(-1)
        return jnp.exp(-0.5 * apart * jnp.exp(-2 * self.logarithm)) @ self.factors


class Flow(eqx.Module):
    """A density: a normal one, carried by an invertible map of samples to it.

    Args:
        stack: from (n, d) to (n, d).
        shift, size: of the samples, shape (d,), constants.
    """

    stack: ReversibleStack
    shift: np.ndarray
    size: np.ndarray

    def log_density(self, x: Array) -> Array:
        """Return the logarithm of the density at (n, d): shape (n,)."""
        found = self.stack.outcome((x - self.shift) / self.size)
        dimension = x.shape[1]
        normal = -0.5 * (found.state**2).sum(1) - 0.5 * dimension * math.log(2 * math.pi)
        return normal + found.log_determinant - jnp.log(jnp.asarray(self.size)).sum()

    def sample(self, count: int, key: Array) -> Array:
        """Return samples of shape (count, d)."""
        noise = jax.random.normal(key, (count, len(self.shift)))
        found: Array = self.stack.inverse(noise) * self.size + self.shift
        return found


@final
@dataclass(frozen=True)
class KernelFlow:
    """y_2 = x_2 exp(s(x_1)) + t(x_1) with s, t kernel expansions, halves in turn.

    Few parameters: good for posteriors of a few numbers from some hundred samples. It breaks in
    many dimensions, where distances say little.

    Args:
        layers: couplings; each updates both halves. Good start: 4.
        centres: of each expansion, drawn from the samples; 30 to 150.
        bound: largest |s| of a coupling.

    Raises:
        OptionError: an option below one.

    The representation by centres at the data is a theorem for one layer alone; here it is a
    parametrisation.
    """

    layers: int = 4
    centres: int = 50
    bound: float = 2.0

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "kernelised-flows",
            "Kernelised Normalising Flows",
            "E. English, M. Kirchler, C. Lippert",
            2023,
            "arXiv:2307.14839",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.layers < 1 or self.centres < 1 or not self.bound > 0:
            got = f"{self.layers} layers, {self.centres} centres, bound {self.bound:g}"
            raise OptionError("counts of one or more, a positive bound", got, "4, 50, 2.")

    def build(self, samples: np.ndarray, key: Array) -> Flow:
        """Return the flow before training: the standardised normal density.

        Args:
            samples: shape (n, d), two dimensions or more.
            key: of centres and orders.

        Raises:
            DataError: fewer than two dimensions or samples, a dimension that does not vary, or
                numbers that are not finite.
        """
        x = np.asarray(samples, np.float64)
        if x.ndim != 2 or min(x.shape) < 2 or not np.isfinite(x).all() or x.std(0).min() == 0:
            wanted = "finite samples (n, d) that vary in two dimensions or more"
            raise DataError(wanted, str(x.shape), "Leave constant columns out.")
        shift, size = x.mean(0).astype(np.float32), x.std(0).astype(np.float32)
        plain = jnp.asarray((x - shift) / size, jnp.float32)
        steps = [self._layer(plain, item) for item in jax.random.split(key, self.layers)]
        stack = reversible_stack(steps, plain, drift="nan")
        return Flow(stack, shift, size)

    def _layer(self, plain: Array, key: Array) -> Invertible:
        turn, *keys = jax.random.split(key, 5)
        order = np.asarray(jax.random.permutation(turn, plain.shape[1]))
        halves = Halves()
        parts = halves(plain[:, order])
        made = [
            self._expansion(parts[1 - k // 2], parts[k // 2].shape[1], item)
            for k, item in enumerate(keys)
        ]
        scales = (Exponential(made[1], self.bound), Exponential(made[3], self.bound))
        coupling = Coupling((made[0], made[2]), scales)
        return Composed((Permutation(order), halves, coupling, Inverted(halves)))

    def _expansion(self, given: Array, outputs: int, key: Array) -> KernelExpansion:
        count = min(self.centres, len(given))
        some = jax.random.choice(key, len(given), (count,), replace=False)
        length = jnp.asarray(0.5 * math.log(given.shape[1]))
        return KernelExpansion(given[some], length, jnp.zeros((count, outputs)))
