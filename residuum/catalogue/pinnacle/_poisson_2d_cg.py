"""Screened Poisson (linear Poisson-Boltzmann) on a square with four round holes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.geometry import Box, Disc, Shape
from residuum.problem import Eq, Problem, dirichlet, div, grad, parameter, space, unknown

SCREENING, OUTER, INNER = 8.0, 0.2, 1.0
HOLES = ((0.5, 0.5, 0.2), (0.4, -0.4, 0.4), (-0.2, -0.7, 0.1), (-0.6, 0.5, 0.3))
_CHUNK = 512


def _statement() -> Problem:
    x, y = space("x", "y")
    u, k = unknown("u", x, y), parameter("k", SCREENING)
    square = Box(x=(-1, 1), y=(-1, 1))
    domain: Shape = square
    for a, b, radius in HOLES:
        domain = domain - Disc((a, b), radius, name="hole")
    source = 10 * (17 + x**2 + y**2) * sp.sin(sp.pi * x) * sp.sin(4 * sp.pi * y)
    return Problem(
        domain=domain,
        equations=[Eq(-div(grad(u)) + k**2 * u, source)],
        conditions=[
            *(dirichlet(u, OUTER, on=side) for side in square.parts),
            dirichlet(u, INNER, on="hole"),
        ],
        name="pinnacle_poisson_2d_cg",
    )


def _driven(place: np.ndarray, wave: float, decay: float, constant: float) -> np.ndarray:
    """Return φ(s) with -φ'' + decay φ = (constant + s²) sin(wave·s) and φ(±1) = 0.

    ``wave`` is a multiple of π.
    """
    total = wave**2 + decay
    alpha = 1 / total
    gamma = 4 * wave * alpha / total
    beta = (2 * alpha - 2 * wave * gamma + constant) / total
    root = np.sqrt(decay)
    # sinh(root·s)/sinh(root) without overflow; it undoes what s·cos leaves at the ends.
    odd = (np.exp(root * (place - 1)) - np.exp(-root * (place + 1))) / -np.expm1(-2 * root)
    free = gamma * (place * np.cos(wave * place) - np.cos(wave) * odd)
    found: np.ndarray = (alpha * place**2 + beta) * np.sin(wave * place) + free
    return found


def _level(x: np.ndarray, y: np.ndarray, terms: int) -> np.ndarray:
    """Return v with Δv = 64 v and v = 1 on the whole square's boundary, by a sine series."""
    # The series runs along x and falls off from the sides of y: take the shorter way.
    swap = np.abs(y) > np.abs(x)
    x, y = np.where(swap, y, x), np.where(swap, x, y)
    n = 2 * np.arange(terms) + 1
    wave = np.pi * n / 2
    root = np.sqrt(SCREENING**2 + wave**2)
    weight = 4 / (np.pi * n) * SCREENING**2 / root**2
    y = np.abs(y)[:, None]
    ratio = (np.exp(root * (y - 1)) + np.exp(-root * (y + 1))) / (1 + np.exp(-2 * root))
    rest = (weight * np.sin(wave * (x[:, None] + 1)) * ratio).sum(axis=1)
    found: np.ndarray = np.cosh(SCREENING * x) / np.cosh(SCREENING) + rest
    return found


def square(points: np.ndarray, terms: int = 2000) -> np.ndarray:
    """Return the solution (n,) on the square without its holes, at points (n, 2)."""
    pieces = [np.zeros(0)]
    for i in range(0, len(points), _CHUNK):
        x, y = np.asarray(points[i : i + _CHUNK], float).T
        first = _driven(x, np.pi, SCREENING**2 + 16 * np.pi**2, 17.0) * np.sin(4 * np.pi * y)
        second = np.sin(np.pi * x) * _driven(y, 4 * np.pi, SCREENING**2 + np.pi**2, 0.0)
        pieces.append(10 * (first + second) + OUTER * _level(x, y, terms))
    return np.concatenate(pieces)


def _images(points: np.ndarray, rings: int = 3) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (sign, mirrored points) of reflections in the sides, so that sums vanish there."""
    for i in range(-rings, rings + 1):
        for j in range(-rings, rings + 1):
            mirrored = (points - 2 * np.array([i, j])) * [(-1) ** i, (-1) ** j]
            yield (-1) ** (i + j), mirrored


def _screened(z: np.ndarray, orders: int) -> np.ndarray:
    """Return K_0 … K_orders at z (n,), shape (n, orders + 1): upwards the recurrence is stable."""
    from scipy.special import k0, k1  # imported here: it takes a while

    found = np.empty((len(z), orders + 1))
    found[:, 0], found[:, 1] = k0(z), k1(z)
    for m in range(1, orders):
        found[:, m + 1] = found[:, m - 1] + 2 * m / z * found[:, m]
    return found


def _basis(points: np.ndarray, orders: int) -> np.ndarray:
    """Return screened multipoles about every hole that vanish on the square, (n, functions).

    K_m(8r) cos mθ and sin mθ with their mirror images; they fall off so fast that three rings of
    images leave less than rounding.
    """
    m = np.arange(orders + 1)
    found = []
    for a, b, radius in HOLES:
        total = np.zeros((len(points), orders + 1), complex)
        scale = _screened(np.array([SCREENING * radius]), orders)
        for sign, mirrored in _images(np.asarray(points, float)):
            z = (mirrored - [a, b]) @ [1, 1j]
            near = np.abs(z) < radius + 5  # beyond, K_0 is below e^-40 of its size on the hole
            r = np.abs(z[near])
            turns = np.exp(1j * np.angle(z[near])[:, None] * m)
            total[near] += sign * _screened(SCREENING * r, orders) / scale * turns
        found += [total.real, total.imag[:, 1:]]
    return np.concatenate(found, axis=1)


def holes(count: int) -> np.ndarray:
    """Return points on the holes, (4·count, 2)."""
    angle = 2 * np.pi * (np.arange(count) + 0.5) / count
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([[a, b] + radius * circle for a, b, radius in HOLES])


@lru_cache(maxsize=4)
def weights(orders: int = 60, terms: int = 2000) -> np.ndarray:
    """Return the coefficients of ``_basis`` that make up for the holes, by least squares."""
    points = holes(4 * orders)
    values = INNER - square(points, terms)
    found: np.ndarray = np.linalg.lstsq(_basis(points, orders), values, rcond=None)[0]
    return found


def solution(points: np.ndarray, orders: int = 60, terms: int = 2000) -> np.ndarray:
    """Return u at points (n, 2) of columns x and y outside the holes, as (n, 1)."""
    points = np.asarray(points, float)
    fitted = weights(orders, terms)
    pieces = [np.zeros(0)]
    for i in range(0, len(points), _CHUNK):
        pieces.append(_basis(points[i : i + _CHUNK], orders) @ fitted)
    found: np.ndarray = (square(points, terms) + np.concatenate(pieces))[:, None]
    return found


poisson_2d_cg = Case(
    name="pinnacle_poisson_2d_cg",
    title="screened Poisson equation (Poisson-Boltzmann) on a square with four round holes",
    build=_statement,
    reference=solution,
    trust="1e-13 at every point, a bound by the maximum principle: it solves the equation and its "
    "boundary values are off by at most 1.2e-14 at 5192 points",
    floor=1e-13,
    points=(4000,),
    source=PINNACLE,
    group=GROUP,
    notes="As the benchmark's code has it; its documents call it Poisson-Boltzmann.",
)
