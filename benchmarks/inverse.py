"""Coverage of intervals, and discovery of terms from noisy data.

    python benchmarks/inverse.py [part …]

Parts: coverage, discovery. Results go to ``benchmarks/results/inverse.json`` as they come.
Coverage: over fifty sets of noise, how often a nominal 90 % interval holds the true number.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sympy import cos, pi, sin

import residuum as rs
from residuum.inverse import discover
from residuum.methods import OutputLeastSquares

RESULTS = Path(__file__).parent / "results" / "inverse.json"
SETS, FIRST = 50, 1001
"""Sets of noise, with the seeds FIRST, FIRST + 1, …"""

t, x = rs.time("t"), rs.space("x")
u, y = rs.unknown("u", t, x), rs.unknown("y", t)
Truth = dict[str, float]


def burgers(seed: int) -> tuple[rs.Problem, Truth]:
    """Diffusivity of a Burgers flow from sixty scattered readings, noise known."""
    box = rs.Box(t=(0, 1), x=(-1, 1))
    D = rs.parameter("D", bounds=(0.05, 2.0))
    plain = rs.Problem(
        box,
        rs.Eq(u.diff(t) + rs.div(u**2 / 2), rs.div(D * rs.grad(u))),
        [rs.initial(u, -sin(pi * x)), rs.dirichlet(u, 0)],
        name="burgers",
    )
    return read(plain, {"D": 0.2}, seed, 60, 0.05, known=True)


def oscillator(seed: int) -> tuple[rs.Problem, Truth]:
    """Stiffness and damping of an oscillator from thirty readings, noise unknown."""
    k, c = rs.parameter("k", bounds=(0.5, 20.0)), rs.parameter("c", bounds=(0.0, 2.0))
    plain = rs.Problem(
        rs.Box(t=(0, 8)),
        rs.Eq(y.diff(t, 2) + 2 * c * y.diff(t) + k * y),
        [rs.initial(y, 1), rs.initial_rate(y, 0)],
        name="oscillator",
    )
    return read(plain, {"k": 4.0, "c": 0.2}, seed, 30, 0.05, known=False)


def reaction(seed: int) -> tuple[rs.Problem, Truth]:
    """Diffusivity and growth rate of Fisher's equation from eighty readings, noise unknown."""
    D, r = rs.parameter("D", bounds=(0.01, 1.0)), rs.parameter("r", bounds=(0.2, 10.0))
    plain = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(u.diff(t), rs.div(D * rs.grad(u)) + r * u * (1 - u)),
        [rs.initial(u, (1 + cos(pi * x)) / 4), rs.neumann(u, 0)],
        name="reaction",
    )
    return read(plain, {"D": 0.1, "r": 3.0}, seed, 80, 0.02, known=False)


CASES: dict[str, Callable[[int], tuple[rs.Problem, Truth]]] = {
    "burgers": burgers,
    "oscillator": oscillator,
    "reaction": reaction,
}
_truths: dict[str, rs.Solution] = {}


def read(
    plain: rs.Problem, truth: Truth, seed: int, count: int, noise: float, *, known: bool
) -> tuple[rs.Problem, Truth]:
    """Read the classical solution at scattered places, with noise."""
    if plain.name not in _truths:
        _truths[plain.name] = rs.solve(plain.replace(given=truth), tol=1e-7)
    random = np.random.default_rng(seed)
    low, high = np.asarray(plain.domain.bounds, float).T
    points = low + (high - low) * random.uniform(size=(count, len(low)))
    at = dict(zip(plain.domain.axes, points.T, strict=True))
    exact = np.asarray(_truths[plain.name](**at))
    values = exact + noise * random.normal(size=count)
    (unknown,) = plain.unknowns
    seen = rs.observe(unknown, values, at=at, noise=noise if known else 0.0)
    return plain.replace(observations=[seen]), truth


def coverage(save: Callable[[str, Any], None]) -> None:
    """Count how often intervals hold the truth."""
    for name, case in CASES.items():
        held: dict[str, int] = {}
        widths: dict[str, list[float]] = {}
        clock, processor = time.perf_counter(), time.process_time()
        for seed in range(FIRST, FIRST + SETS):
            problem, truth = case(seed)
            answer = rs.solve(problem, OutputLeastSquares(), progress=False)
            for number, true in truth.items():
                low, high = answer.intervals[number]
                held[number] = held.get(number, 0) + int(low <= true <= high)
                widths.setdefault(number, []).append((high - low) / true)
        save(
            f"coverage {name}",
            {
                "sets": SETS,
                "held": {number: count / SETS for number, count in held.items()},
                "median relative width": {k: float(np.median(w)) for k, w in widths.items()},
                "seconds a set": (time.perf_counter() - clock) / SETS,
                "processor seconds a set": (time.process_time() - processor) / SETS,
            },
        )


def discovery(save: Callable[[str, Any], None]) -> None:
    """Find Burgers' equation from its data, with more and more noise."""
    folder = Path(os.environ.get("RESIDUUM_DATA", Path(__file__).parents[2] / "shared" / "data"))
    with np.load(folder / "burgers_gauss_discovery.npz") as data:
        times, places, exact = data["t"].ravel(), data["x"].ravel(), data["u"]
    right = {str(u * u.diff(x)), str(u.diff(x, 2))}
    for noise in (0.0, 0.01, 0.05, 0.1, 0.2, 0.5):
        hits, diffusivity = [], []
        for seed in (3, 5, 7):
            random = np.random.default_rng(seed)
            values = exact + noise * exact.std() * random.normal(size=exact.shape)
            found = discover(u, values, at={"t": times, "x": places})
            hits.append({str(term) for term in found.terms} == right)
            own = dict(zip(found.terms, found.posterior.values.tolist(), strict=True))
            diffusivity.append(own.get(u.diff(x, 2), 0.0))
        save(f"discovery noise {noise}", {"right terms": hits, "diffusivity": diffusivity})


PARTS: dict[str, Callable[[Callable[[str, Any], None]], None]] = {
    "coverage": coverage,
    "discovery": discovery,
}


def main() -> None:
    """Run the parts named, or all."""
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    found["note"] = "measured beside other work on two cores"

    def save(name: str, row: Any) -> None:
        found[name] = row
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")
        print(name, json.dumps(row), flush=True)

    for part in sys.argv[1:] or PARTS:
        PARTS[part](save)


if __name__ == "__main__":
    main()
