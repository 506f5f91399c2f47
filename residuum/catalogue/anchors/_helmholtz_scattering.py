"""A plane wave meets a disc: the scattered field up to a circle that absorbs it nearly."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Disc
from residuum.problem import Eq, Problem, dirichlet, div, flux, grad, parameter, space, unknown
from residuum.problem import vector as along

WAVE, OBSTACLE, OUTER = 8.0, 0.5, 1.5
ORDERS = 48


def _statement() -> Problem:
    x, y = space("x", "y")
    u, v = unknown("u", "v", x, y)
    k = parameter("k", WAVE)
    outward = along(x / OUTER, y / OUTER)
    domain = Disc((0, 0), OUTER, name="outer") - Disc((0, 0), OBSTACLE, name="obstacle")
    return Problem(
        domain=domain,
        equations=[Eq(-div(grad(u)) - k**2 * u, 0), Eq(-div(grad(v)) - k**2 * v, 0)],
        conditions=[
            dirichlet(u, -sp.cos(k * x), on="obstacle"),
            dirichlet(v, -sp.sin(k * x), on="obstacle"),
            # ∂w/∂n = ikw for w = u + iv.
            flux(grad(u) + k * v * outward, 0, on="outer"),
            flux(grad(v) - k * u * outward, 0, on="outer"),
        ],
        name="helmholtz_scattering",
    )


def series(points: np.ndarray, orders: int = ORDERS) -> np.ndarray:
    """Return the scattered field (n, 2), real and imaginary, as a series in the angle.

    Each order is the combination of Hankel and Bessel function that meets the plane wave on the
    obstacle and the same first-order absorbing condition on the outer circle.
    """
    from scipy.special import h1vp, hankel1, jv, jvp  # it takes a while to import

    x, y = np.asarray(points, float).T
    r, angle = np.hypot(x, y), np.arctan2(y, x)
    total = np.zeros(len(r), complex)
    near, far = WAVE * OBSTACLE, WAVE * OUTER
    for n in range(orders + 1):
        rows = np.array(
            [
                [hankel1(n, near), jv(n, near)],
                [h1vp(n, far) - 1j * hankel1(n, far), jvp(n, far) - 1j * jv(n, far)],
            ]
        )
        # Hankel functions of high order are huge on the obstacle, Bessel functions tiny.
        scale = np.array([rows[0, 0], rows[1, 1]])
        a, b = np.linalg.solve(rows / scale, [-jv(n, near), 0]) / scale
        factor = (1 if n == 0 else 2) * 1j**n
        total += factor * (a * hankel1(n, WAVE * r) + b * jv(n, WAVE * r)) * np.cos(n * angle)
    return np.stack([total.real, total.imag], axis=1)


helmholtz_scattering = Case(
    name="helmholtz_scattering",
    title="a plane wave scattered by a sound-soft disc, with an absorbing outer circle (k = 8)",
    build=_statement,
    reference=series,
    trust="exact; 1e-13 for the rounding of the series, whose orders beyond 36 change nothing",
    floor=1e-13,
    points=(4000,),
    source=Source(
        id="scattering",
        title="Inverse Acoustic and Electromagnetic Scattering Theory",
        authors="D. Colton, R. Kress",
        year=2013,
        identifier="doi:10.1007/978-1-4614-4942-3",
    ),
    group="anchors",
    notes="The field is u + iv. The reference solves the truncated problem as stated: what the "
    "outer circle reflects is part of it.",
)
