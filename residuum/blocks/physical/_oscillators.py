"""A chain of driven nonlinear oscillators: forces in, amplitudes out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator
from residuum.blocks._abstract import Signature
from residuum.blocks.physical._physical import PhysicalBlock, floating

State = tuple[Array, Array, Array]
"""Places, speeds and sums of squares, each (n, oscillators)."""
Slope = Callable[[Array, Array, Array], tuple[Array, Array]]

FASTEST = 2.5
"""Step times the fastest linear frequency: Runge-Kutta of order four is stable up to 2.8."""


@final
class OscillatorChain(PhysicalBlock):
    """x_i'' + 2ζ x_i' + ω_i² x_i + β x_i³ = κ (x_{i-1} - 2 x_i + x_{i+1}) + F_i cos(ω t).

    Duffing oscillators, not phases (Kuramoto): forces and amplitudes are what a chain of resonators
    is driven with and read by; their nonlinearity is a frequency that depends on the amplitude. The
    chain starts at rest, both ends are held, and the root of twice the mean square of x over the
    last periods is read. Times are in units of 1/ω₀. Inputs: forces (n, oscillators); outputs:
    amplitudes (n, oscillators), those of a steady state where it has settled (several 1/ζ).

    Args:
        stiffness: ω_i², (oscillators,).
        damping: ζ, one number.
        cubic: β, one number; forces of about 2ζω₀³/√β reach the bend of the resonance.
        coupling: κ, one number.
        frequency: ω of the drive.
        step: of time, Runge-Kutta of order four.
        settle: steps before the reading.
        read: steps of the reading.

    Breaks above the bend: two amplitudes are then possible, and small changes decide which.
    """

    parts: ClassVar[tuple[str, ...]] = ("stiffness", "damping", "cubic", "coupling")
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "duffing-oscillator",
            "Nonlinear Oscillations",
            "A. H. Nayfeh, D. T. Mook",
            1979,
            "ISBN 978-0-471-03555-8",
            "verified",
        ),
    )

    stiffness: Array | np.ndarray
    damping: Array | np.ndarray
    cubic: Array | np.ndarray
    coupling: Array | np.ndarray
    frequency: np.ndarray
    step: float = eqx.field(static=True)
    settle: int = eqx.field(static=True)
    read: int = eqx.field(static=True)

    @property
    def signature(self) -> Signature:
        count = int(self.stiffness.shape[0])
        return Signature(count, count)

    def check(self) -> None:
        """Raise where a parameter is out of range or the step is too long for the chain."""
        least = min(float(np.min(getattr(self, name))) for name in self.parts)
        if not (least >= 0 and float(np.min(self.stiffness)) > 0):
            raise OptionError(
                "stiffness above 0; damping, cubic and coupling from 0",
                f"{least:.3g}",
                "Correct the chain.",
            )
        top = math.sqrt(float(np.max(self.stiffness)) + 4 * float(self.coupling))
        if not self.step * top <= FASTEST:
            raise OptionError(
                f"a step of at most {FASTEST / top:.3g}", f"{self.step:.3g}", "Shorten the step."
            )

    def __call__(self, x: Array) -> Array:
        if x.ndim != 2 or x.shape[1] != self.signature.inputs:
            raise OptionError(
                f"forces of shape (n, {self.signature.inputs})",
                str(x.shape),
                "One column per oscillator.",
            )

        def slope(place: Array, speed: Array, time: Array) -> tuple[Array, Array]:
            wide = jnp.pad(place, ((0, 0), (1, 1)))
            pull = self.coupling * (wide[:, 2:] - 2 * place + wide[:, :-2])
            push = x * jnp.cos(self.frequency * time)
            spring = self.stiffness * place + self.cubic * place**3
            return speed, push + pull - spring - 2 * self.damping * speed

        return self._amplitudes(slope, jnp.zeros_like(floating(x)))

    def _amplitudes(self, slope: Slope, rest: Array) -> Array:
        h = self.step

        def advance(state: State, moment: Array) -> tuple[State, None]:
            place, speed, total = state
            time, counts = moment
            a, b = slope(place, speed, time)
            c, d = slope(place + h / 2 * a, speed + h / 2 * b, time + h / 2)
            e, f = slope(place + h / 2 * c, speed + h / 2 * d, time + h / 2)
            g, k = slope(place + h * e, speed + h * f, time + h)
            place = place + h / 6 * (a + 2 * c + 2 * e + g)
            speed = speed + h / 6 * (b + 2 * d + 2 * f + k)
            return (place, speed, total + counts * place**2), None

        @jax.checkpoint
        def several(state: State, moments: Array) -> tuple[State, None]:
            return jax.lax.scan(advance, state, moments)

        count = self.settle + self.read
        piece = max(1, math.isqrt(count))
        pieces = -(-count // piece)
        # Steps before the reading do the filling up: they only let the chain settle longer.
        extra = pieces * piece - count
        time = h * (np.arange(pieces * piece) - extra - self.settle)
        counts = np.arange(pieces * piece) >= extra + self.settle
        moments = jnp.asarray(np.stack([time, counts], 1).reshape(pieces, piece, 2), rest.dtype)
        (_, _, total), _ = jax.lax.scan(several, (rest, rest, rest), moments)
        return jnp.sqrt(2 * total / self.read + jnp.finfo(rest.dtype).tiny ** 0.5)


def oscillator_chain(
    count: int = 8,
    *,
    key: Key,
    frequency: float = 1.1,
    damping: float = 0.05,
    cubic: float = 0.3,
    coupling: float = 0.1,
    trained: bool = False,
) -> OscillatorChain:
    """Return a chain whose stiffnesses are spread by ± 10 %, as made ones are.

    Args:
        count: of oscillators, at least 1.
        key: draws the stiffnesses.
        frequency, damping, cubic, coupling: of the chain; the drive lies above resonance, where a
            hardening spring meets it.
        trained: whether the stiffnesses are trained.
    """
    if count < 1 or not frequency > 0:
        raise OptionError("an oscillator, a frequency above 0", f"{count}, {frequency}", "Correct.")
    stiffness = (1 + 0.1 * generator(key).uniform(-1, 1, count)).astype(np.float32)
    around, numbers = 24, (damping, cubic, coupling, frequency)
    fixed = [np.asarray(number, np.float32) for number in numbers]
    chain = OscillatorChain(
        jnp.asarray(stiffness) if trained else stiffness,
        damping=fixed[0],
        cubic=fixed[1],
        coupling=fixed[2],
        frequency=fixed[3],
        step=2 * math.pi / frequency / around,
        settle=around * max(1, round(4 / max(damping, 0.02) * frequency / (2 * math.pi))),
        read=around * 8,
    )
    chain.check()
    return chain
