"""A nonlinear medium of waves: speakers drive it, microphones read its power."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks._abstract import Signature
from residuum.blocks.physical._physical import PhysicalBlock, floating

State = tuple[Array, Array, Array]
"""The field, the field one step before, and the sum of its square so far, each (cells,)."""


@final
class WaveMedium(PhysicalBlock):
    """u_tt + γ u_t = c² Δu + f with c² = c₀² (1 + η I / (1 + I)), I = u².

    Leapfrog in time, five points in space, u = 0 in the outermost cells, damping γ(x) that grows
    towards the rim. The field is in units of where the speed saturates: the size of the input
    decides how nonlinear the medium is. Features in: amplitudes (n, speakers · frequencies), the
    frequencies of the first speaker first. Features out: gain times the mean of u² at every
    microphone. Differentiable (a digital twin); ``BlackBox`` makes a device of it.

    Args:
        speed: c₀, (rows, columns).
        damping: γ, (rows, columns).
        strength: η, one number above -1.
        speakers: how each drives the cells, (speakers, rows, columns).
        microphones: cells that are read, (microphones, 2).
        frequencies: of the drive amplitudes, (frequencies,).
        gain: of the microphones, one number.
        step: of time; stable while step · max c · √2 ≤ 1 in cells.
        steps: how many.

    Breaks where wavelengths fall below about six cells, and where drives beyond tens of the
    saturation make harmonics that the grid cannot carry.
    """

    parts: ClassVar[tuple[str, ...]] = ("speed", "damping", "strength")
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "model-free-forward-forward",
            "Backpropagation-free Training of Deep Physical Neural Networks",
            "A. Momeni, B. Rahmani, M. Malléjac, P. del Hougne, R. Fleury",
            2023,
            "doi:10.1126/science.adi8474",
            "verified",
        ),
    )

    speed: Array | np.ndarray
    damping: Array | np.ndarray
    strength: Array | np.ndarray
    speakers: np.ndarray
    microphones: np.ndarray
    frequencies: np.ndarray
    gain: np.ndarray
    step: float = eqx.field(static=True)
    steps: int = eqx.field(static=True)

    @property
    def signature(self) -> Signature:
        return Signature(len(self.speakers) * len(self.frequencies), len(self.microphones))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        rows, columns = self.speed.shape
        return int(rows), int(columns)

    @property
    def cfl(self) -> float:
        """The CFL number at the fastest the medium can be: at most 1 is stable."""
        fastest = float(np.max(self.speed)) * math.sqrt(1 + max(0.0, float(self.strength)))
        return self.step * fastest * math.sqrt(2)

    def check(self) -> None:
        """Raise where the step is too long for the speed, or a parameter is out of range."""
        low = (float(np.min(self.speed)), float(np.min(self.damping)), float(self.strength) + 1)
        if not (low[0] > 0 and low[1] >= 0 and low[2] > 0 and np.isfinite(self.cfl)):
            raise OptionError(
                "speed above 0, damping from 0, strength above -1, all finite",
                f"least {low[0]:.3g}, {low[1]:.3g} and {low[2] - 1:.3g}",
                "Correct the medium.",
            )
        if self.cfl > 1:
            raise OptionError(
                "a CFL number of at most 1",
                f"{self.cfl:.3g}",
                "Shorten the step or slow the medium.",
            )

    def signals(self, x: Array) -> Array:
        """Return what speakers play for amplitudes: (n, inputs) to (n, steps, speakers)."""
        if x.ndim != 2 or x.shape[1] != self.signature.inputs:
            raise OptionError(
                f"amplitudes of shape (n, {self.signature.inputs})",
                str(x.shape),
                "One column for every speaker and frequency.",
            )
        x = floating(x)
        time = jnp.asarray(self.step * np.arange(self.steps), x.dtype)[:, None]
        turns = time * jnp.asarray(self.frequencies, x.dtype)
        # A drive that starts at once would ring at all frequencies.
        tones = jnp.minimum(turns, 1.0) * jnp.sin(2 * np.pi * turns)
        amplitudes = x.reshape(len(x), len(self.speakers), len(self.frequencies))
        return jnp.einsum("tf,nsf->nts", tones, amplitudes)

    def __call__(self, x: Array) -> Array:
        return self.listen(self.signals(x))

    def listen(self, signals: Array) -> Array:
        """Return the readings for played signals: (n, time, speakers) to (n, microphones)."""
        return jnp.asarray(self.gain) * self._marched(signals, False)[0][:, self._cells]

    def traces(self, signals: Array) -> Array:
        """Return the field at every microphone over time, (n, time, microphones)."""
        return self._marched(signals, True)[1]

    def power(self, x: Array) -> Array:
        """Return the mean of u² in every cell for amplitudes: (n, inputs) to (n, rows, columns)."""
        return self._marched(self.signals(x), False)[0].reshape(len(x), *self.shape)

    @property
    def _cells(self) -> Array | np.ndarray:
        rows, columns = self.microphones.T
        cells: Array | np.ndarray = rows * self.shape[1] + columns
        return cells

    def _marched(self, signals: Array, traced: bool) -> tuple[Array, Array]:
        if signals.ndim != 3 or signals.shape[2] != len(self.speakers):
            raise OptionError(
                f"signals of shape (n, time, {len(self.speakers)})",
                str(signals.shape),
                "One column for every speaker.",
            )
        return jax.vmap(lambda one: self._march(one, traced))(floating(signals))

    def _march(self, signals: Array, traced: bool) -> tuple[Array, Array]:
        """March one sample; return the mean of u² (cells,) and the traces of the microphones.

        Pieces of about √time steps are computed again on the way back, so that the memory of a
        gradient grows as the root of the time. A leapfrog that is undone could take their place.
        """
        count, kind = signals.shape[0], signals.dtype
        piece = max(1, math.isqrt(count))
        pieces = -(-count // piece)
        signals = jnp.pad(signals, ((0, pieces * piece - count), (0, 0)))
        live = jnp.asarray(np.arange(pieces * piece) < count, kind)
        leap, cells = self._leap(kind), self._cells

        def advance(state: State, now: tuple[Array, Array]) -> tuple[State, Array | None]:
            new = leap(state, now)
            return new, new[0][cells] if traced else None

        @jax.checkpoint
        def several(state: State, now: tuple[Array, Array]) -> tuple[State, Array | None]:
            return jax.lax.scan(advance, state, now)

        rest = jnp.zeros(math.prod(self.shape), kind)
        cut = signals.reshape(pieces, piece, -1), live.reshape(pieces, piece)
        (_, _, total), found = jax.lax.scan(several, (rest, rest, rest), cut)
        traces = found.reshape(pieces * piece, -1)[:count] if traced else rest
        return total / count, traces

    def _leap(self, kind: Any) -> Callable[[State, tuple[Array, Array]], State]:
        """Return one step of time; rows lie one after another, so that a shift is one copy."""
        eta = jnp.asarray(self.strength, kind)
        # A trained speed is held at the fastest that the step carries.
        limit = 0.5 / (self.step**2 * (1 + jnp.maximum(eta, 0)))
        square = jnp.minimum(jnp.asarray(self.speed, kind).ravel() ** 2, limit)
        half = 0.5 * self.step * jnp.asarray(self.damping, kind).ravel()
        # Outermost cells are held at zero: the shifts wrap around onto them alone.
        inside = np.pad(np.ones([side - 2 for side in self.shape]), 1).ravel()
        scale = jnp.asarray(inside, kind) / (1 + half)
        drive = jnp.asarray(self.speakers, kind).reshape(len(self.speakers), -1)
        width = self.shape[1]

        def leap(state: State, now: tuple[Array, Array]) -> State:
            u, before, total = state
            signal, live = now
            power = u * u
            squared = square * (1 + eta * power / (1 + power))
            force = squared * _laplacian(u, width) + signal @ drive
            new = scale * (2 * u - (1 - half) * before + self.step**2 * force)
            return new, u, total + live * new * new

        return leap


def _laplacian(u: Array, width: int) -> Array:
    wide = jnp.pad(u, (width, width))
    size = len(u)
    rows = wide[2 * width :] + wide[:size]
    columns = wide[width + 1 : width + 1 + size] + wide[width - 1 : width - 1 + size]
    return rows + columns - 4 * u
