"""Single-particle battery model: lithium diffuses in one sphere for each electrode."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    div,
    flux,
    grad,
    initial,
    neumann,
    parameter,
    space,
    time,
    unknown,
)

FARADAY, GAS, TEMPERATURE = 9.648533e7, 8314.4, 303.15
"""Charge of a kmol in C, gas constant in J/(kmol K), temperature in K."""
CURRENT, AREA, END = -0.0378, 1.4e-3, 1350.0
ROOTS = 1200
_CHUNK = 2000


@dataclass(frozen=True)
class Electrode:
    """One electrode, in metres, seconds and kmol.

    Args:
        radius: of its particles.
        thickness: of the electrode.
        filling: share of its volume that is active.
        start: concentration at the start.
        diffusivity: in the particles, constant.
        sign: +1 where the current given charges it, -1 where it drains it.
    """

    radius: float
    thickness: float
    filling: float
    start: float
    diffusivity: float
    sign: int

    @property
    def rate(self) -> float:
        """Diffusivity over the squared radius, per second."""
        return self.diffusivity / self.radius**2

    @property
    def outflow(self) -> float:
        """Lithium that leaves a particle's surface, in kmol/(m² s)."""
        surface = 3 * self.filling * FARADAY * self.thickness
        return self.sign * CURRENT / AREA * self.radius / surface


ANODE = Electrode(4e-6, 44e-6, 0.543, 0.91 * 30.53, 3e-14, -1)
CATHODE = Electrode(1.8e-6, 42e-6, 0.477, 0.39 * 49.6, 3.5e-15, 1)


def _statement() -> Problem:
    t, r = time("t"), space("r")
    anode, cathode = unknown("anode", "cathode", t, r)
    equations, conditions = [], []
    for c, electrode in ((anode, ANODE), (cathode, CATHODE)):
        rate = parameter(f"rate_{c.func}", electrode.rate)
        leaving = electrode.outflow / electrode.radius
        equations.append(Eq(r**2 * c.diff(t), div(rate * r**2 * grad(c))))
        conditions += [
            initial(c, electrode.start),
            neumann(c, 0, on="r_min"),
            flux(-rate * r**2 * grad(c), leaving, on="r_max"),
        ]
    return Problem(
        domain=Box(t=(0, END), r=(0, 1)),
        equations=equations,
        conditions=conditions,
        name="battery_single_particle",
    )


@lru_cache(maxsize=1)
def roots() -> np.ndarray:
    """Return the positive roots of tan λ = λ, (ROOTS,), by Newton's method."""
    found = (np.arange(1, ROOTS + 1) + 0.5) * np.pi
    found -= 1 / found
    for _ in range(6):
        found -= (np.sin(found) - found * np.cos(found)) / (found * np.sin(found))
    return found


def sphere(time: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the concentration (n,) in a unit sphere that unit flux leaves, from zero at the start.

    Args:
        time: times (n,) in units of radius²/diffusivity.
        radius: places (n,) in units of the radius.

    The series has ROOTS terms, enough for times of 2e-6 and later; the start itself is exact.
    """
    pieces = [slice(i, i + _CHUNK) for i in range(0, len(time), _CHUNK)]
    return np.concatenate([np.zeros(0), *(_sphere(time[p], radius[p]) for p in pieces)])


def _sphere(time: np.ndarray, radius: np.ndarray) -> np.ndarray:
    steady = 3 * time + radius**2 / 2 - 0.3
    root = roots()
    # sin(λr)/r, whole at the centre too.
    shape = np.sinc(radius[:, None] * root / np.pi) * root
    decay = np.exp(-(root**2) * time[:, None])
    waves = (shape / (root**2 * np.sin(root)) * decay).sum(axis=1)
    begun: np.ndarray = -(steady - 2 * waves)
    return np.where(time > 0, begun, 0.0)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return both concentrations at points (n, 2) of columns t and r, as (n, 2), in kmol/m³."""
    t, r = np.asarray(points, float).T
    found = [
        e.start + e.outflow * e.radius / e.diffusivity * sphere(e.rate * t, r)
        for e in (ANODE, CATHODE)
    ]
    return np.stack(found, axis=1)


def voltage(
    times: np.ndarray,
    *,
    exchange: tuple[float, float],
    open_circuit: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return the voltage of the cell (n,) with linear reaction kinetics.

    Args:
        times: n times in seconds.
        exchange: exchange currents of anode and cathode over the charge of a kmol, in
            kmol/(m² s).
        open_circuit: potentials of anode and cathode at the surface concentrations of these
            times, in volts, (n,) each; the concentrations are the reference's at r = 1.
    """
    scale = GAS * TEMPERATURE / FARADAY
    drop = [scale * e.outflow / j for e, j in zip((ANODE, CATHODE), exchange, strict=True)]
    low, high = open_circuit
    found: np.ndarray = np.zeros(len(times)) + (high + drop[1]) - (low + drop[0])
    return found


battery_single_particle = Case(
    name="battery_single_particle",
    title="single-particle battery model: lithium in both electrodes during a fast discharge",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-13 for the rounding of the series of 1200 terms (from a thousandth of a "
    "second on)",
    floor=1e-13,
    points=(101, 65),
    source=Source(
        id="pinn-battery-spm",
        title="PINN surrogate of Li-ion battery models for parameter inference, Part I: "
        "Implementation and multi-fidelity hierarchies for the single-particle model",
        authors="M. Hassanaly, P. J. Weddle, R. N. King, S. De, A. Doostan, C. R. Randall, "
        "E. J. Dufek, A. M. Colclasure, K. Smith",
        year=2023,
        identifier="arXiv:2312.17329",
    ),
    group="anchors",
    notes="The variant with constant diffusivities; the full one makes the cathode's depend on "
    "concentration by tables. Radii are scaled to one. Published exchange currents and potentials "
    "are tables too: `voltage` takes them.",
)
