"""A one-dimensional laminar flame: its speed is part of the solution."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    parameter,
    point_value,
    space,
    unknown,
)

LENGTH, SLOPE, PRESSURE = 1.5e-3, 1e5, 101325.0
MOLAR_MASS, GAS = 0.02897, 8.3145
CONDUCTIVITY, CAPACITY, HEAT = 0.026, 1000.0, 5e7
FREQUENCY, ACTIVATION, ORDER = 1.4e8, 121417.2, 1.6


@dataclass(frozen=True)
class Mixture:
    """The fresh gas of a flame.

    Args:
        temperature: in kelvin.
        richness: equivalence ratio; the fuel's mass fraction is richness/(richness + 4).
    """

    temperature: float
    richness: float

    @property
    def fuel(self) -> float:
        """Mass fraction of fuel."""
        return self.richness / (self.richness + 4)

    @property
    def density(self) -> float:
        """Density in kg/m³ by the ideal gas law at one atmosphere."""
        return PRESSURE * MOLAR_MASS / (GAS * self.temperature)

    @property
    def burnt(self) -> float:
        """Temperature at which the fuel is used up, in kelvin."""
        return self.temperature + HEAT * self.fuel / CAPACITY


def statement(mixture: Mixture, name: str = "flame") -> Problem:
    """Return the flame with unknowns T (K), its slope G (K/m) and the speed s (m/s).

    A third condition at the cold end fixes the flame in space, and s, constant in x, is what it
    is paid with. The slope is an unknown of its own, so that both ends can be given.
    """
    x = space("x")
    T, G, s = unknown("T", "G", "s", x)
    conductivity, capacity = parameter("lam", CONDUCTIVITY), parameter("cp", CAPACITY)
    flow = parameter("rho0", mixture.density) * s
    return Problem(
        domain=Box(x=(0, LENGTH)),
        equations=[
            Eq(T.diff(x), G),
            Eq(flow * capacity * G, div(conductivity * G) + HEAT * burning(T, s, mixture)),
            Eq(s.diff(x), 0),
        ],
        conditions=[
            dirichlet(T, mixture.temperature, on="x_min"),
            dirichlet(G, SLOPE, on="x_min"),
            point_value(G, 0, at={"x": LENGTH}),
        ],
        name=name,
    )


def burning(T: Any, s: Any, mixture: Mixture, exp: Any = sp.exp, root: Any = sp.sqrt) -> Any:
    """Return the rate of burning in kg/(m³ s), an expression or numbers as ``T`` and ``s`` are.

    The speed u of the gas solves u² - c u + R T = 0 with c = s + R T₀/s, momentum over mass flux.
    Its smaller root is written without the difference that loses digits, and a used-up fuel
    stays used up.
    """
    gas = GAS / MOLAR_MASS
    total = s + gas * mixture.temperature / s
    speed = 2 * gas * T / (total + root(total**2 - 4 * gas * T))
    density = mixture.density * s / speed
    fuel = mixture.fuel - CAPACITY * (T - mixture.temperature) / HEAT
    left = sp.Max(fuel, 0) if isinstance(fuel, sp.Basic) else np.maximum(fuel, 0)
    return FREQUENCY * exp(-ACTIVATION / GAS / T) * (density * left) ** ORDER


@lru_cache(maxsize=4)
def solution(mixture: Mixture, tolerance: float = 1e-8) -> Any:
    """Return T, G and s over x/LENGTH by SciPy's collocation of fourth order with control.

    Raises:
        RuntimeError: the collocation does not reach the tolerance.
    """
    from scipy.integrate import solve_bvp  # it takes a while to import

    rise, slope = mixture.burnt - mixture.temperature, SLOPE * LENGTH

    def rates(x: np.ndarray, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        T = np.clip(mixture.temperature + rise * y[0], 0.9 * mixture.temperature, None)
        heat = HEAT * burning(T, p[0], mixture, np.exp, np.sqrt)
        flow = mixture.density * p[0] * CAPACITY / CONDUCTIVITY
        bent = flow * LENGTH * y[1] * slope / rise - heat * LENGTH**2 / (CONDUCTIVITY * rise)
        return np.stack([y[1] * slope / rise, bent * rise / slope])

    def ends(a: np.ndarray, b: np.ndarray, p: np.ndarray) -> np.ndarray:
        return np.array([a[0], a[1] - 1, b[1]])

    x = np.linspace(0, 1, 401)
    speed = 0.3
    # Preheating grows exponentially from the given slope until the fuel burns at its end.
    width = CONDUCTIVITY / (mixture.density * speed * CAPACITY * LENGTH)
    climb = np.minimum(slope / rise * width * np.expm1(np.minimum(x / width, 50)), 1.0)
    start = np.stack([climb, np.gradient(climb, x) * rise / slope])
    found = solve_bvp(rates, ends, x, start, [speed], tol=tolerance, max_nodes=200_000)
    if found.status != 0:
        raise RuntimeError(f"the flame of {mixture}: {found.message}")
    return found


def _reference(points: np.ndarray, mixture: Mixture) -> np.ndarray:
    """Return T, G and s at points (n, 1) of the column x within the domain, as (n, 3)."""
    found = solution(mixture)
    y = found.sol(np.asarray(points, float)[:, 0] / LENGTH)
    temperature = mixture.temperature + (mixture.burnt - mixture.temperature) * y[0]
    return np.stack([temperature, SLOPE * y[1], np.full_like(temperature, found.p[0])], axis=1)


def _guess(problem: Problem, mixture: Mixture) -> dict[str, Any]:
    """Return a logistic front that preheats as the given slope tells, at a speed of 0.35 m/s."""
    (x,), speed = problem.space, 0.35
    width = CONDUCTIVITY / (mixture.density * speed * CAPACITY)
    rise = mixture.burnt - mixture.temperature
    middle = width * float(np.log(rise / (SLOPE * width)))
    front = mixture.temperature + rise / (1 + sp.exp(-(x - middle) / width))
    return {"T": front, "G": sp.diff(front, x), "s": sp.Float(speed)}


def _case(name: str, mixture: Mixture) -> Case:
    return Case(
        name=name,
        title=f"laminar flame, {mixture.temperature:g} K, equivalence ratio {mixture.richness:g}",
        build=partial(statement, mixture, name),
        reference=partial(_reference, mixture=mixture),
        trust="1e-8 relative L2: fourth-order collocation with residual control, the same from a "
        "tolerance "
        "of 1e-6; the published speeds, by first-order shooting, are 5e-4 higher",
        floor=1e-8,
        points=(1001,),
        source=Source(
            id="flamepinn-1d",
            title="FlamePINN-1D: Physics-informed neural networks to solve forward and inverse "
            "problems of 1D laminar flames",
            authors="J. Wu, S. Zhang, Y. Wu, G. Zhang, X. Li, H. Zhang",
            year=2024,
            identifier="arXiv:2406.09071",
        ),
        group="anchors",
        guess=partial(_guess, mixture=mixture),
        notes="The published statement is one equation of second order in T with three conditions "
        "and the speed as a number to be found.",
    )


FLAMES = (
    _case("flame_040", Mixture(298.0, 0.40)),
    _case("flame_042", Mixture(298.0, 0.42)),
    _case("flame_040_350", Mixture(350.0, 0.40)),
    _case("flame_040_400", Mixture(400.0, 0.40)),
)
