"""Do the data fix the numbers? The directions in which Fisher's information vanishes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from residuum.inverse._numbers import Numbers

LEAST = 4.0
"""Information, in units of half the bounds, below which nothing is known: a deviation of half the
half-width; a number anywhere between its bounds has 0.58."""
INVOLVED = 0.05
"""Share of a direction below which a number takes no part in it."""


@dataclass(frozen=True)
class Open:
    """A direction that the data leave open.

    Args:
        names: the numbers that take part.
        text: what may change without changing the readings, and what alone is fixed.
    """

    names: tuple[str, ...]
    text: str


def covariance_of(information: np.ndarray, known: Numbers) -> np.ndarray:
    """Return the covariance of data and priors; open directions get one wider than the bounds."""
    half = known.half
    scaled = (information + np.diag(known.precision)) * np.outer(half, half)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    inverse = (vectors / np.maximum(values, 1e-6)) @ vectors.T
    found: np.ndarray = inverse * np.outer(half, half)
    return (found + found.T) / 2


def left_open(information: np.ndarray, known: Numbers, place: np.ndarray) -> list[Open]:
    """Return the directions that neither data nor priors fix, in words.

    Source: A. Raue et al., Structural and practical identifiability analysis of partially observed
    dynamical models, Bioinformatics 25 (2009).
    """
    half = known.half
    scaled = (information + np.diag(known.precision)) * np.outer(half, half)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    weak = vectors[:, values < LEAST]
    if weak.shape[1] == 0:
        return []
    if weak.shape[1] > 1:
        # Of a plane of directions only the numbers in it can be named.
        share = np.linalg.norm(weak, axis=1)
        names = tuple(n for n, s in zip(known.names, share, strict=True) if s > INVOLVED)
        text = f"the data do not fix {', '.join(names)}: {weak.shape[1]} directions are open"
        return [Open(names, text)]
    return [_named(weak[:, 0] * half, known, place)]


def _named(direction: np.ndarray, known: Numbers, place: np.ndarray) -> Open:
    positive = bool((known.bounds[:, 0] > 0).all())
    moves = direction / place if positive else direction / known.half
    moves = moves / np.abs(moves).max()
    involved = np.flatnonzero(np.abs(moves) > INVOLVED)
    names = tuple(known.names[i] for i in involved)
    if len(names) == 1:
        return Open(names, f"the data do not fix {names[0]}")
    unit = "{:+.2g} %" if positive else "{:+.2g}"
    steps = moves if positive else direction / np.abs(direction).max()
    told = " with ".join(f"{known.names[i]} by {unit.format(steps[i])}" for i in involved)
    text = f"the data do not fix {' and '.join(names)}: a change of {told} leaves the readings"
    if len(names) == 2:
        kept = _invariant(names, moves[involved] if positive else direction[involved], positive)
        text += f"; only {kept} is fixed"
    return Open(names, text)


def _invariant(names: tuple[str, ...], moves: np.ndarray, positive: bool) -> str:
    """Return what stays the same when two numbers change by these steps."""
    first, second = names
    ratio = -moves[0] / moves[1]
    plain = Fraction(float(ratio)).limit_denominator(4)
    if plain and abs(float(plain) - ratio) < 0.03 * abs(ratio):
        ratio = plain
    if not positive:
        return f"{first} {'+' if ratio > 0 else '-'} {_short(abs(ratio))}*{second}"
    if ratio == 1 or ratio == -1:
        return f"{first}{'*' if ratio > 0 else '/'}{second}"
    return f"{first}{'*' if ratio > 0 else '/'}{second}**{_short(abs(ratio))}"


def _short(number: Fraction | float) -> str:
    if isinstance(number, Fraction):
        return str(number) if number.denominator == 1 else f"({number})"
    return f"{float(number):.3g}"
