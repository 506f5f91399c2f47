"""Figures of the parts of docs/time.md, beside a spectral method and the zero-training floor.

    python benchmarks/time_strategies.py [case …]

Cases: transport, burgers, allen_cahn, storage; all if none is named. Every row gives the relative
L2 error, wall seconds and processor seconds; medians over the seeds below. Results are written as
they come. Measured beside other work on two shared cores: compare processor seconds and ratios.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

import residuum as rs
from residuum import catalogue
from residuum.fields import MLP, Gaussians, TimeProducts
from residuum.learning import HeadNormalEquations
from residuum.methods import ImplicitRepresentation, Lagrangian, TimeSlabs
from residuum.objectives import ResidualAdaptive

OUT = Path(__file__).parent / "results" / "time_strategies.json"
KEYS = (7, 11, 13)
TURN = 2 * np.pi

t, x = rs.time("t"), rs.space("x")
u = rs.unknown("u", t, x)
ROWS: list[dict[str, Any]] = []


def ring(equation: rs.Eq, start: Any) -> rs.Problem:
    """A quantity on a circle for a unit of time."""
    box = rs.Box(t=(0, 1), x=(0, TURN))
    return rs.Problem(box, equation, [rs.initial(u, start), rs.periodic(u, x)])


def points(low: float, high: float, count: int = 4000) -> np.ndarray:
    """Points at random times and places."""
    unit = np.random.default_rng(5).uniform(0, 1, (count, 2))
    return np.column_stack([unit[:, 0], low + (high - low) * unit[:, 1]])


def row(
    case: str,
    name: str,
    problem: rs.Problem,
    method: Any,
    exact: tuple[np.ndarray, np.ndarray],
    *,
    keys: tuple[int, ...] = KEYS,
    budget: float = 100.0,
) -> None:
    """Solve for every key, print the medians and write them."""
    found = []
    for key in keys:
        wall, spent = time.perf_counter(), time.process_time()
        answer = rs.solve(problem, method, key=key, budget=budget, refine=None, progress=False)
        seconds = (time.perf_counter() - wall, time.process_time() - spent)
        error = float(np.linalg.norm(answer.at(exact[0]) - exact[1]) / np.linalg.norm(exact[1]))
        found.append((error, *seconds, answer.result.code))
    error, wall, spent = (float(np.median([f[k] for f in found])) for k in range(3))
    kept = {"case": case, "method": name, "error": error, "wall": wall, "cpu": spent}
    ROWS.append({**kept, "seeds": len(keys), "results": [f[3] for f in found]})
    print(f"{case:12} {name:44} {error:8.1e} {wall:7.1f} s {spent:7.1f} s cpu", flush=True)
    old = json.loads(OUT.read_text()) if OUT.exists() else []
    mine = {(r["case"], r["method"]) for r in ROWS}
    rest = [r for r in old if (r["case"], r["method"]) not in mine]
    OUT.write_text(json.dumps([*rest, *ROWS], indent=1) + "\n")


def transport() -> None:
    """A sine that goes round five and eight times."""
    for speed in (30, 50):
        problem = ring(rs.Eq(u.diff(t) + rs.div(speed * u), 0), sp.sin(x))
        at = points(0, TURN)
        exact = (at, np.sin(at[:, 1:] - speed * at[:, :1]))
        case = f"c = {speed}"
        row(case, "Spectral", problem, rs.Spectral(), exact, keys=KEYS[:1])
        row(case, "Lagrangian", problem, Lagrangian(), exact)
        floor = rs.RandomFeatures(rs.fields.RandomTanh(600), points=3000)
        row(case, "RandomFeatures, fixed coordinates", problem, floor, exact, keys=KEYS[:1])
        row(case, "PINN, fixed coordinates", problem, rs.PINN(), exact, keys=KEYS[:1], budget=40)


def burgers() -> None:
    """A sine that steepens while it is carried round three times."""
    flow = rs.Eq(u.diff(t) + rs.div(u**2 / 2), rs.div(0.01 * rs.grad(u)))
    problem, at = ring(flow, 20 + sp.sin(x)), points(0, TURN)
    exact = (at, rs.solve(problem, rs.Spectral(), tol=1e-8, progress=False).at(at))
    row("burgers", "Spectral", problem, rs.Spectral(), exact, keys=KEYS[:1])
    inner = rs.RandomFeatures(TimeProducts(Gaussians(48, scale=1.4), 5), scales=(1.0,))
    method = Lagrangian(inner, accuracy=1e-2)
    row("burgers", "Lagrangian", problem, method, exact, keys=KEYS[:1], budget=400)
    row("burgers", "PINN", problem, rs.PINN(), exact, keys=KEYS[:1], budget=100)


def allen_cahn() -> None:
    """Fronts that sharpen, from a start with a kink."""
    case = catalogue.allen_cahn
    axes = np.meshgrid(np.linspace(0, 1, 101), np.linspace(-1, 1, 257)[:-1], indexing="ij")
    at = np.column_stack([axis.ravel() for axis in axes])
    exact = (at, case.reference(at))
    row("allen_cahn", "Spectral", case.problem(), rs.Spectral(), exact, keys=KEYS[:1])
    coarse, fine = fitted(192), fitted(448)
    for name, fits in (("192 or 448", (coarse, fine)), ("192", coarse)):
        method = TimeSlabs(fits, slabs=10)
        label = f"TimeSlabs, {name} Gaussians"
        row("allen_cahn", label, case.problem(), method, exact, keys=KEYS[:1], budget=1500)


def fitted(count: int) -> rs.PINN:
    """A least-squares fit of Gaussians in space times polynomials of time."""
    return rs.PINN(
        TimeProducts(Gaussians(count, scale=2.0), 5),
        HeadNormalEquations(iterations=6, settle=0.1),
        ResidualAdaptive(12 * count, 12 * count, power=0.0),
        boundary=2 * count,
        weight=30.0,
    )


def storage() -> None:
    """A pulse carried along, in 541 numbers at any time."""
    box = rs.Box(t=(0, 12), x=(-2, 2))
    pulse = sp.exp(-(((x + sp.Rational(3, 2)) * 10) ** 2) / 2)
    problem = rs.Problem(
        box,
        rs.Eq(u.diff(t) + u.diff(x) / 4, 0),
        [rs.initial(u, pulse), rs.dirichlet(u, 0, on="x_min", jump=True)],
    )
    place = np.linspace(-2, 2, 2001)
    at = np.column_stack([np.full(2001, 12.0), place])
    exact = (at, np.exp(-(((place - 1.5) * 10) ** 2) / 2)[:, None])
    method = ImplicitRepresentation(MLP(20, 2), steps=240, points=600)
    row("storage", "ImplicitRepresentation, 481", problem, method, exact, keys=KEYS[:1])
    for name, values in (("upwind cells", upwind), ("Fourier nodes", fourier)):
        wall = time.perf_counter()
        found = values(481, place)
        error = float(np.linalg.norm(found - exact[1][:, 0]) / np.linalg.norm(exact[1]))
        print(f"{'storage':12} {name:44} {error:8.1e} {time.perf_counter() - wall:7.1f} s")
        ROWS.append({"case": "storage", "method": f"{name}, 481", "error": error})


def upwind(count: int, place: np.ndarray) -> np.ndarray:
    """First-order upwind cells at half the largest stable step, read linearly."""
    width = 4 / count
    centres = -2 + width * (np.arange(count) + 0.5)
    values = np.exp(-(((centres + 1.5) * 10) ** 2) / 2)
    for _ in range(steps := int(np.ceil(12 * 0.25 / (0.5 * width)))):
        values = values - 12 * 0.25 / steps / width * np.diff(values, prepend=0.0)
    return np.interp(place, centres, values)


def fourier(count: int, place: np.ndarray) -> np.ndarray:
    """Modes turned by their phases, on a period of the length of the domain."""
    nodes = -2 + 4 * np.arange(count) / count
    modes = np.fft.rfft(np.exp(-(((nodes + 1.5) * 10) ** 2) / 2)) / count
    waves = 2 * np.pi * np.arange(len(modes)) / 4
    parts = modes * np.exp(1j * waves * (place[:, None] + 2 - 3.0))
    return np.real(parts[:, 0] + 2 * parts[:, 1:].sum(axis=1))


CASES: dict[str, Callable[[], None]] = {
    "transport": transport,
    "burgers": burgers,
    "allen_cahn": allen_cahn,
    "storage": storage,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        CASES[name]()
