"""Viscous Burgers with a sine start: a shock of width 0.01 forms at x = 0 near t = 1/π."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue._sources import PINN
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    parameter,
    space,
    time,
    unknown,
)

NU = 0.01 / np.pi

# At |z| the integrand is at most exp(100 - z²) of its top: 12 leaves e^-44.
_REACH = 12.0
_CHUNK = 8192


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u, nu = unknown("u", t, x), parameter("nu", NU)
    return Problem(
        domain=Box(t=(0, 1), x=(-1, 1)),
        equations=[Eq(u.diff(t) + div(u**2 / 2), div(nu * grad(u)))],
        conditions=[initial(u, -sp.sin(sp.pi * x)), dirichlet(u, 0)],
        name="burgers",
    )


def cole_hopf(points: np.ndarray, nodes: int = 161) -> np.ndarray:
    """Return u at points (n, 2) of columns t and x, as (n, 1), by the Cole-Hopf transformation.

    With y = x - z·sqrt(4νt), u is the mean of -sin(πy) under the weight
    exp(-cos(πy)/(2πν) - z²). The trapezoid rule in z converges geometrically, at t = 0 too.
    """
    points, z = np.asarray(points, float), np.linspace(-_REACH, _REACH, nodes)
    pieces = [_mean(points[i : i + _CHUNK], z) for i in range(0, len(points), _CHUNK)]
    return np.concatenate([np.zeros(0), *pieces])[:, None]


def _mean(points: np.ndarray, z: np.ndarray) -> np.ndarray:
    t, x = points[:, :1], points[:, 1:]
    y = np.pi * (x - np.sqrt(4 * NU * t) * z)
    exponent = -np.cos(y) / (2 * np.pi * NU) - z**2
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    mean: np.ndarray = -(np.sin(y) * weight).sum(axis=1) / weight.sum(axis=1)
    return mean


burgers = Case(
    name="burgers",
    title="viscous Burgers equation with a sine start (nu = 0.01/pi): a shock forms",
    build=_statement,
    reference=cole_hopf,
    trust="5e-15 relative L2: Cole-Hopf integral by the trapezoid rule, 1e-15 from 40 digits and "
    "changed by 1e-15 when its nodes are doubled; 2.9e-12 from the published file",
    floor=5e-15,
    points=(101, 201),
    source=PINN,
)
