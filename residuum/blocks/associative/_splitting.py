"""The one fixed point of a monotone layer, by operator splitting, with implicit derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError
from residuum.blocks.associative._mean_field import ProximalActivation, SpinMean


@dataclass(frozen=True)
class Splitting:
    """How z = σ(W z + p) is solved.

    Args:
        activation: σ, with its proximal maps.
        way: ``"peaceman-rachford"`` (few iterations, one inverse per set of weights) or
            ``"forward-backward"`` (products with W alone, many iterations).
        alpha: step; 0 for 1 with Peaceman-Rachford and for m / |1 - W|² with forward-backward,
            where it must be below 2 m / |1 - W|².
        most: iterations, one or more.
        tolerance: of the largest |z - σ(W z + p)|; 1e-5 in float32.

    Raises:
        OptionError: an option is out of range.

    Source: E. Winston, J. Z. Kolter, arXiv:2006.08591.
    """

    activation: ProximalActivation = field(default_factory=SpinMean)
    way: Literal["peaceman-rachford", "forward-backward"] = "peaceman-rachford"
    alpha: float = 0.0
    most: int = 2000
    tolerance: float = 1e-5

    def __post_init__(self) -> None:
        if self.way not in ("peaceman-rachford", "forward-backward"):
            raise OptionError("peaceman-rachford or forward-backward", self.way, "Name one.")
        if not self.alpha >= 0 or self.most < 1 or not self.tolerance > 0:
            got = f"{self.alpha}, {self.most}, {self.tolerance}"
            raise OptionError(
                "alpha from 0, one iteration or more, a tolerance above 0", got, "0, 2000, 1e-5."
            )


class Held(NamedTuple):
    """Units that are held at given values.

    Args:
        where: shape (n, units), true where held.
        value: shape (n, units).
    """

    where: Array
    value: Array

    @staticmethod
    def none(shape: tuple[int, ...], dtype: jnp.dtype) -> Held:
        """Return a mask that holds nothing."""
        return Held(jnp.zeros(shape, bool), jnp.zeros(shape, dtype))

    def put(self, z: Array) -> Array:
        """Return z with the held values in their places."""
        return jnp.where(self.where, self.value, z)


def residual(weight: Array, drive: Array, held: Held, z: Array, splitting: Splitting) -> Array:
    """Return the largest |z - σ(W z + p)| over all free units."""
    return jnp.max(jnp.abs(z - held.put(splitting.activation.value(z @ weight.T + drive))))


@partial(jax.custom_jvp, nondiff_argnums=(3,))
def fixed_point(weight: Array, drive: Array, held: Held, splitting: Splitting) -> Array:
    """Return z = σ(W z + p), shape (n, units).

    Derivatives of every order come from the implicit function theorem, by one dense solve of
    (1 - σ' W) dz = σ' (dW z + dp) per state; good to about a thousand units.

    Args:
        weight: W, shape (units, units), W + Wᵀ ⪯ 2 (1 - m): else there may be many fixed points.
        drive: p, shape (n, units).
        held: units at given values.
        splitting: how it is solved.

    Raises:
        EquinoxRuntimeError: the tolerance is not met within the iterations.
    """
    z, _ = iterate(weight, drive, held, splitting)
    gap = residual(weight, drive, held, z, splitting)
    met = gap <= jnp.maximum(splitting.tolerance, 100 * jnp.finfo(z.dtype).eps)
    return eqx.error_if(z, ~met, "the fixed point was not found: raise most or the tolerance")


@fixed_point.defjvp
def _fixed_point_jvp(
    splitting: Splitting, primals: tuple[Array, Array, Held], tangents: tuple[Array, Array, Held]
) -> tuple[Array, Array]:
    (weight, drive, held), (d_weight, d_drive, d_held) = primals, tangents
    z = fixed_point(weight, drive, held, splitting)
    slope = jnp.where(held.where, 0.0, splitting.activation.slope(z))
    right = slope * (z @ d_weight.T + d_drive) + jnp.where(held.where, d_held.value, 0.0)
    matrix = jnp.eye(len(weight), dtype=z.dtype) - slope[:, :, None] * weight
    return z, jnp.linalg.solve(matrix, right[..., None])[..., 0]


def iterate(weight: Array, drive: Array, held: Held, splitting: Splitting) -> tuple[Array, Array]:
    """Return the last z and the number of iterations."""
    count = len(weight)
    gap = jnp.eye(count, dtype=drive.dtype) - weight
    alpha = _step(gap, splitting)
    sigma = splitting.activation
    peaceman = splitting.way == "peaceman-rachford"
    inverse = jnp.linalg.inv(jnp.eye(count, dtype=drive.dtype) + alpha * gap) if peaceman else gap

    def step(z: Array, u: Array) -> tuple[Array, Array]:
        if peaceman:
            half = 2 * z - u
            u = 2 * ((half + alpha * drive) @ inverse.T) - half
        else:
            u = z - alpha * (z @ gap.T - drive)
        return held.put(sigma.prox(u, alpha)), u

    def going(carry: tuple[Array, Array, Array, Array]) -> Array:
        return (carry[2] > splitting.tolerance) & (carry[3] < splitting.most)

    def body(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        z, u = step(carry[0], carry[1])
        return z, u, residual(weight, drive, held, z, splitting), carry[3] + 1

    start = held.put(sigma.value(drive))
    far = jnp.asarray(jnp.inf, drive.dtype)
    z, _, _, spent = jax.lax.while_loop(going, body, (start, start, far, jnp.asarray(0)))
    return z, spent


def _step(gap: Array, splitting: Splitting) -> Array:
    if splitting.alpha > 0:
        return jnp.asarray(splitting.alpha, gap.dtype)
    if splitting.way == "peaceman-rachford":
        return jnp.ones((), gap.dtype)
    lowest = jnp.linalg.eigvalsh((gap + gap.T) / 2)[0]
    return lowest / jnp.linalg.norm(gap, 2) ** 2
