"""Exact solutions of Riemann problems: ideal gas and shallow water.

E. F. Toro, Riemann Solvers and Numerical Methods for Fluid Dynamics, 3rd ed., Springer 2009,
chapters 4 (Euler equations, with vacuum) and 5 to 6 of his Shock-Capturing Methods for
Free-Surface Shallow Flows, Wiley 2001 (dry beds). Both have two nonlinear waves around a state
that is constant in the quantity q that drives them (pressure p, depth h); q is the root of
f(q, left) + f(q, right) + u_right - u_left = 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from residuum._core import OptionError

Side = tuple[float, ...]


class RiemannProblem(ABC):
    """Two constant states that meet at x = 0; the solution depends on x/t alone."""

    @abstractmethod
    def __call__(self, speeds: np.ndarray) -> np.ndarray:
        """Return the states at x/t = ``speeds``: (n,) to (n, m)."""

    def at(self, points: np.ndarray, middle: float = 0.0) -> np.ndarray:
        """Return the states at points (n, 2) of columns t and x, (n, m); the jump is at middle."""
        t, x = np.asarray(points, float).T
        # At the start every place but the jump itself is infinitely far from it.
        with np.errstate(divide="ignore", invalid="ignore"):
            speeds = np.where(t > 0, (x - middle) / t, np.where(x < middle, -np.inf, np.inf))
        return self(speeds)


@final
@dataclass(frozen=True)
class GasRiemann(RiemannProblem):
    """The Euler equations of an ideal gas.

    Args:
        left, right: density, velocity, pressure; density and pressure of more than zero.
        gamma: ratio of specific heats.

    Values are (density, velocity, pressure); in a vacuum density and pressure are zero and the
    velocity is that of the nearer front.
    """

    left: tuple[float, float, float]
    right: tuple[float, float, float]
    gamma: float = 1.4

    def __post_init__(self) -> None:
        states = (self.left, self.right)
        if any(len(s) != 3 or min(s[0], s[2]) <= 0 for s in states) or self.gamma <= 1:
            wanted = "two states of positive density and pressure, and gamma above one"
            raise OptionError(wanted, f"{states}, {self.gamma}", "Correct them.")

    @cached_property
    def sounds(self) -> tuple[float, float]:
        """Speeds of sound left and right."""
        left, right = (float(np.sqrt(self.gamma * s[2] / s[0])) for s in (self.left, self.right))
        return left, right

    @property
    def vacuum(self) -> bool:
        """Whether a vacuum opens between the two rarefactions."""
        room = 2 * sum(self.sounds) / (self.gamma - 1)
        return self.right[1] - self.left[1] >= room

    @cached_property
    def star(self) -> tuple[float, float]:
        """Pressure and velocity between the nonlinear waves; pressure zero with a vacuum."""
        if self.vacuum:
            return 0.0, (self.left[1] + self.right[1]) / 2
        states, sounds = (self.left, self.right), self.sounds

        def excess(p: float) -> float:
            return float(
                sum(self._curve(p, s, c) for s, c in zip(states, sounds, strict=True))
                + self.right[1]
                - self.left[1]
            )

        p = _increasing_root(excess, max(self.left[2], self.right[2]))
        change = self._curve(p, self.right, sounds[1]) - self._curve(p, self.left, sounds[0])
        return p, (self.left[1] + self.right[1] + change) / 2

    def _curve(self, p: float, state: Side, sound: float) -> float:
        """Return by how much the velocity changes through the wave from a state to pressure p."""
        rho, _, before = state
        g = self.gamma
        if p > before:
            a, b = 2 / ((g + 1) * rho), (g - 1) / (g + 1) * before
            return (p - before) * float(np.sqrt(a / (p + b)))
        return 2 * sound / (g - 1) * ((p / before) ** ((g - 1) / (2 * g)) - 1)

    def __call__(self, speeds: np.ndarray) -> np.ndarray:
        xi = np.asarray(speeds, float)
        p, u = self.star
        found = np.empty((len(xi), 3))
        if self.vacuum:
            # The fronts of the two rarefactions; between them there is nothing.
            g = self.gamma
            u = self.left[1] + 2 * self.sounds[0] / (g - 1)
            v = self.right[1] - 2 * self.sounds[1] / (g - 1)
            found[:] = np.stack([0 * xi, np.clip(xi, u, v), 0 * xi], axis=1)
            before, behind = xi < u, xi > v
        else:
            v, before = u, xi < u
            behind = ~before
        found[before] = self._one(xi[before], self.left, self.sounds[0], (p, u))
        mirrored = (self.right[0], -self.right[1], self.right[2])
        other = self._one(-xi[behind], mirrored, self.sounds[1], (p, -v))
        found[behind] = other * np.array([1.0, -1.0, 1.0])
        return found

    def _one(
        self, xi: np.ndarray, state: Side, sound: float, star: tuple[float, float]
    ) -> np.ndarray:
        """Return the states left of the contact, behind a wave that moves left."""
        g, (rho, u, p), (q, v) = self.gamma, state, star
        found = np.empty((len(xi), 3))
        if q > p:
            ratio, k = q / p, (g - 1) / (g + 1)
            shock = u - sound * np.sqrt((g + 1) / (2 * g) * ratio + (g - 1) / (2 * g))
            dense = rho * (ratio + k) / (k * ratio + 1)
            found[:] = np.where((xi < shock)[:, None], state, (dense, v, q))
            return found
        slow = sound * (q / p) ** ((g - 1) / (2 * g))
        inside = np.maximum(
            2 / (g + 1) + (g - 1) / ((g + 1) * sound) * (u - np.clip(xi, u - sound, v - slow)), 0.0
        )
        fan = np.stack(
            [
                rho * inside ** (2 / (g - 1)),
                2 / (g + 1) * (sound + (g - 1) / 2 * u + np.clip(xi, u - sound, v - slow)),
                p * inside ** (2 * g / (g - 1)),
            ],
            axis=1,
        )
        after = (rho * (q / p) ** (1 / g), v, q)
        found[:] = np.where((xi <= u - sound)[:, None], state, fan)
        found[xi >= v - slow] = after
        return found


@final
@dataclass(frozen=True)
class WaterRiemann(RiemannProblem):
    """The shallow water equations over a flat bed.

    Args:
        left, right: depth and velocity; a depth of zero is a dry bed, on one side at most.
        gravity: acceleration, in length per time squared.

    Values are (depth, velocity); where it is dry both are zero.
    """

    left: tuple[float, float]
    right: tuple[float, float]
    gravity: float = 9.81

    def __post_init__(self) -> None:
        depths = (self.left[0], self.right[0])
        if min(depths) < 0 or max(depths) <= 0 or self.gravity <= 0:
            wanted = "depths of zero or more, not both zero, and gravity of more than zero"
            raise OptionError(wanted, f"{depths}, {self.gravity}", "Correct them.")

    @cached_property
    def sounds(self) -> tuple[float, float]:
        """Speeds of small waves left and right."""
        left, right = (float(np.sqrt(self.gravity * s[0])) for s in (self.left, self.right))
        return left, right

    @property
    def dry(self) -> bool:
        """Whether the bed is dry somewhere."""
        apart = self.right[1] - self.left[1] >= 2 * sum(self.sounds)
        return min(self.left[0], self.right[0]) == 0 or apart

    @cached_property
    def star(self) -> tuple[float, float]:
        """Depth and velocity between the waves; depth zero where the bed is dry."""
        if self.dry:
            return 0.0, 0.0

        def excess(h: float) -> float:
            sides = self._curve(h, self.left) + self._curve(h, self.right)
            return sides + self.right[1] - self.left[1]

        h = _increasing_root(excess, max(self.left[0], self.right[0]))
        change = self._curve(h, self.right) - self._curve(h, self.left)
        return h, (self.left[1] + self.right[1] + change) / 2

    def _curve(self, h: float, state: Side) -> float:
        g, before = self.gravity, state[0]
        if h > before:
            return (h - before) * float(np.sqrt(g / 2 * (h + before) / (h * before)))
        return 2 * float(np.sqrt(g * h) - np.sqrt(g * before))

    def __call__(self, speeds: np.ndarray) -> np.ndarray:
        xi = np.asarray(speeds, float)
        h, u = self.star
        found = np.zeros((len(xi), 2))
        if self.dry:
            # What a dry bed leaves of each side is a rarefaction down to nothing.
            first = self.left[1] + 2 * self.sounds[0] if self.left[0] > 0 else -np.inf
            last = self.right[1] - 2 * self.sounds[1] if self.right[0] > 0 else np.inf
            before, behind = xi < first, xi > last
        else:
            first = last = u
            before = xi < u
            behind = ~before
        found[before] = self._one(xi[before], self.left, (h, first))
        other = self._one(-xi[behind], (self.right[0], -self.right[1]), (h, -last))
        found[behind] = other * np.array([1.0, -1.0])
        return found

    def _one(self, xi: np.ndarray, state: Side, star: tuple[float, float]) -> np.ndarray:
        """Return the states behind a wave that moves left."""
        (depth, u), (h, v) = state, star
        sound = np.sqrt(self.gravity * depth)
        if h > depth:
            shock = u - sound * np.sqrt((h + depth) * h / 2) / depth
            return np.where((xi < shock)[:, None], state, star)
        slow = np.sqrt(self.gravity * h)
        place = np.clip(xi, u - sound, v - slow)
        inside = (u + 2 * sound - place) / 3
        fan = np.stack([inside**2 / self.gravity, (u + 2 * sound + 2 * place) / 3], axis=1)
        found = np.where((xi <= u - sound)[:, None], state, fan)
        found[xi >= v - slow] = star
        return found


def _increasing_root(function: object, scale: float) -> float:
    """Return the root of an increasing function of a positive number, to rounding."""
    assert callable(function)
    low, high = 0.0, scale
    while function(high) < 0:
        low, high = high, 4 * high
    # Bisection in the logarithm once the root is off zero: star states may be tiny.
    low = max(low, high * 1e-300)
    for _ in range(2000):
        middle = float(np.sqrt(low) * np.sqrt(high))
        if not low < middle < high:
            break
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2
