"""Laplace on a square with four holes: warm outside, cold on the holes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box, Disc, Shape
from residuum.problem import Eq, Problem, dirichlet, div, grad, space, unknown

CENTRE, RADIUS = 0.3, 0.1
_CORNER = np.sqrt(0.5)


def _statement() -> Problem:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    square = Box(x=(-0.5, 0.5), y=(-0.5, 0.5))
    domain: Shape = square
    for centre in [(a, b) for a in (-CENTRE, CENTRE) for b in (-CENTRE, CENTRE)]:
        domain = domain - Disc(centre, RADIUS, name="hole")
    warm = [dirichlet(u, 1, on=side) for side in square.parts]
    return Problem(
        domain=domain,
        equations=[Eq(-div(grad(u)), 0)],
        conditions=[*warm, dirichlet(u, 0, on="hole")],
        name="poisson_four_holes",
    )


def _images(points: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (sign, mirrored points) of the nine nearest reflections in the sides of the square."""
    x, y = points.T
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            yield (-1) ** (i + j), (-1) ** i * (x - i) + 1j * (-1) ** j * (y - j)


def _basis(points: np.ndarray, polynomials: int, poles: int) -> np.ndarray:
    """Return harmonic functions with the symmetry of the square, shape (n, functions).

    Polynomials Re z^4m; and about each hole a logarithm and inverse powers, with their mirror
    images so that they almost vanish on the sides and the polynomials have little left to do.
    """
    z = (points[:, 0] + 1j * points[:, 1]) / _CORNER
    smooth = [(z ** (4 * m)).real for m in range(polynomials + 1)]
    singular = np.zeros((poles + 1, len(points)))
    for sign, mirrored in _images(points):
        for quarter in range(4):
            # The axis from the centre of the square through the hole becomes the real axis.
            local = (mirrored * 1j**quarter * np.exp(-0.25j * np.pi) - CENTRE * np.sqrt(2)) / RADIUS
            singular[0] += sign * np.log(np.abs(local))
            pole = np.ones_like(local)
            for k in range(1, poles + 1):
                pole = pole / local
                singular[k] += sign * pole.real
    return np.stack([*smooth, *singular], axis=1)


def boundary(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points of one hole and of two sides, the rest being their images, and the values."""
    angle = 2 * np.pi * (np.arange(2 * count) + 0.5) / (2 * count)
    hole = CENTRE + RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    side = np.stack([np.full(count, 0.5), np.linspace(-0.5, 0.5, count)], axis=1)
    values = np.concatenate([np.zeros(2 * count), np.ones(2 * count)])
    return np.concatenate([hole, side, side[:, ::-1]]), values


@lru_cache(maxsize=4)
def weights(polynomials: int = 12, poles: int = 24) -> np.ndarray:
    """Return the coefficients of ``_basis`` that fit the boundary values by least squares."""
    points, values = boundary(120)
    found: np.ndarray = np.linalg.lstsq(_basis(points, polynomials, poles), values, rcond=None)[0]
    return found


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u at points (n, 2) of columns x and y outside the holes, as (n, 1)."""
    value: np.ndarray = (_basis(np.asarray(points, float), 12, 24) @ weights())[:, None]
    return value


poisson_four_holes = Case(
    name="poisson_four_holes",
    title="Laplace equation on a square with four round holes",
    build=_statement,
    reference=_reference,
    trust="1e-13 at every point, a bound by the maximum principle: it is harmonic and its boundary "
    "values are off by at most 2e-14 at 2804 points; 2.8e-5 from the published file",
    floor=1e-13,
    points=(4000,),
    source=Source(
        id="pinnacle",
        title="PINNacle: A Comprehensive Benchmark of Physics-Informed Neural Networks for Solving "
        "PDEs",
        authors="Z. Hao, J. Yao, C. Su, H. Su, Z. Wang, F. Lu, Z. Xia, Y. Zhang, S. Liu, L. Lu, "
        "J. Zhu",
        year=2023,
        identifier="arXiv:2306.08827",
    ),
)
