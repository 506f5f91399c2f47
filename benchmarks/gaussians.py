"""Gaussians that move and Gaussian processes: their characteristic figures, beside their rivals.

    python benchmarks/gaussians.py

Prints one line per run and writes benchmarks/results/gaussians.json as it goes. Errors are relative
L2 errors against the exact solution at fresh points; seconds are wall and processor time.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy.integrate
import sympy as sp

import residuum as rs
from residuum import catalogue
from residuum.fields import MLP, Gaussians
from residuum.methods import PIG, PINN, GaussianProcess, RandomFeatures

FILE = Path(__file__).parent / "results" / "gaussians.json"
SEEDS = (7, 8, 9)
TRUE, BOUNDS, NOISE = 37.3, (10.0, 60.0), 0.1
x, y = rs.space("x", "y")
rows: list[dict[str, Any]] = []


def note(case: str, method: str, **numbers: Any) -> None:
    """Print a row and write all rows so far."""
    rows.append({"case": case, "method": method, **numbers})
    print(rows[-1], flush=True)
    told = "measured beside other work on two cores: ratios count, seconds are upper bounds"
    FILE.write_text(json.dumps({"note": told, "rows": rows}, indent=1) + "\n")


def run(case: str, problem: rs.Problem, method: Any, reference: Any, **options: Any) -> Any:
    """Solve with one method alone and note its error."""
    seconds, key = options.get("seconds", 120.0), options.get("key", 7)
    wall, processor = time.perf_counter(), time.process_time()
    answer = rs.solve(
        problem,
        method,
        refine=None,
        progress=False,
        budget=rs.Budget(seconds=seconds),
        key=key,
    )
    places = problem.domain.sample(4000, key=3)
    order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    note(
        case,
        options.get("label", str(method)),
        key=key,
        error=answer.error(reference, places[:, order]),
        result=answer.result.name,
        wall=round(time.perf_counter() - wall, 1),
        processor=round(time.process_time() - processor, 1),
    )
    return answer


def layer() -> None:
    """u = tanh(50 (x - y)): a lattice, the same number placed, and moved."""
    u = rs.unknown("u", x, y)
    exact = sp.tanh(50 * (x - y))
    sides = {"x_min": (x, 0), "x_max": (x, 1), "y_min": (y, 0), "y_max": (y, 1)}
    problem = rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)),
        rs.Eq(rs.laplacian(u), rs.laplacian(exact).doit()),
        [rs.dirichlet(u, exact.subs(*at), on=on) for on, at in sides.items()],
    )

    def reference(p: np.ndarray) -> np.ndarray:
        return np.tanh(50 * (p[:, 0] - p[:, 1]))

    for hard in (True, False):
        run("layer", problem, RandomFeatures(Gaussians(200), hard=hard), reference)
    run("layer", problem, PIG(200, hard=False, rule=None), reference, label="placed only")
    for key in SEEDS:
        method = PIG(200, hard=False)
        run("layer", problem, method, reference, key=key, seconds=60, label="placed and moved")
    run("layer", problem, rs.FiniteElement(), reference, label="classical: finite elements")


def catalogue_cases() -> None:
    """Smooth cases with published figures of the paper: 4.13e-5 and 2.76e-3."""
    for case, count in ((catalogue.case("helmholtz"), 784), (catalogue.case("klein_gordon"), 196)):
        problem = case.build()
        run(case.name, problem, RandomFeatures(Gaussians(count)), case.reference)
        run(case.name, problem, PIG(count, rule=None), case.reference, label=f"PIG({count}), still")
        run(case.name, problem, rs.Spectral(), case.reference, label="classical: spectral")


def waves() -> None:
    """u'' = f with hundreds of waves, and products of them."""
    u, v = rs.unknown("u", x), rs.unknown("v", x, y)
    length = 2 * np.pi
    mixed = sp.sin(x) + sp.sin(20 * x) / 10 + sp.cos(100 * x) / 20
    for name, exact in (("sin 100x", sp.sin(100 * x)), ("three scales", mixed)):
        ends = {"x_min": 0, "x_max": 2 * sp.pi}
        problem = rs.Problem(
            rs.Box(x=(0, length)),
            rs.Eq(u.diff(x, 2), exact.diff(x, 2)),
            [rs.dirichlet(u, float(exact.subs(x, at)), on=on) for on, at in ends.items()],
        )
        values = sp.lambdify(x, exact, "numpy")
        for method in (GaussianProcess(400), rs.Spectral(), RandomFeatures()):
            run(name, problem, method, lambda p, f=values: f(p[:, 0]))
    exact = sp.sin(20 * x) * sp.sin(20 * y)
    problem = rs.Problem(
        rs.Box(x=(0, length), y=(0, length)),
        rs.Eq(rs.laplacian(v), rs.laplacian(exact).doit()),
        [rs.dirichlet(v, 0)],
    )
    for method in (GaussianProcess(80), rs.Spectral()):
        run("sin 20x sin 20y", problem, method, lambda p: np.sin(20 * p).prod(axis=1))


def frequency(seconds: float = 240.0) -> None:
    """u'' + k² u = f, k unknown, thirty noisy values: error, coverage of the 90 % bands."""
    u, k = rs.unknown("u", x), rs.parameter("k", bounds=BOUNDS)
    force = 200 * sp.exp(-(((x - 0.6) / 0.15) ** 2))
    made = scipy.integrate.solve_ivp(
        lambda s, z: [z[1], 200 * np.exp(-(((s - 0.6) / 0.15) ** 2)) - TRUE**2 * z[0]],
        (0, 1),
        [0.8, -0.5 * TRUE],
        rtol=1e-11,
        atol=1e-12,
        dense_output=True,
    ).sol
    grid = np.linspace(0, 1, 401)[:, None]
    truth, inside, started = made(grid[:, 0])[0], [], time.perf_counter()
    for key in range(11, 41):
        random = np.random.default_rng(key)
        places = random.uniform(0, 1, 30)
        values = made(places)[0] + NOISE * random.normal(size=30)
        problem = rs.Problem(
            rs.Box(x=(0, 1)),
            rs.Eq(u.diff(x, 2) + k**2 * u, force),
            [],
            observations=[rs.observe(u, values, at={"x": places}, noise=NOISE)],
        )

        def reference(p: np.ndarray) -> np.ndarray:
            return np.asarray(made(p[:, 0])[0])

        method = GaussianProcess(120, bumps=12, iterations=40)
        answer = run("unknown frequency", problem, method, reference, label="GP", key=key)
        gap = np.abs(answer.at(grid)[:, 0] - truth)
        band = float(np.mean(gap < 1.645 * answer.field.deviation(grid)))
        (deviation,) = answer.record.history["deviation of k"]
        near = abs(answer.parameters["k"] - TRUE) < 1.645 * deviation
        inside.append((band, float(near), answer.parameters["k"], deviation))
        if key < 14:
            wrong = PINN(MLP(20, 2, frequencies=20, scale=2.0))
            found = run("unknown frequency", problem, wrong, reference, label="PINN", key=key)
            note("unknown frequency", "PINN, k", key=key, k=found.parameters["k"])
        band, near = np.mean([item[:2] for item in inside], axis=0)
        note(
            "unknown frequency",
            "coverage so far",
            sets=len(inside),
            u=band,
            k=near,
            last=inside[-1],
        )
        if time.perf_counter() - started > seconds:
            break


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    for part in (frequency, layer, catalogue_cases, waves):
        part()
