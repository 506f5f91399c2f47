"""Bandits over interface conditions beside a random arm and all conditions: cumulative error.

    python benchmarks/decomposition.py            measure, print and store (some ten minutes)
    python benchmarks/decomposition.py --rounds 20

Two families on two subdomains of random features: -u'' = f with a layer of sharpness 1 to 50, and
advection at speed 1 to 30. Rewards are estimates; the true error is only reported, at most 100.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import measure
import numpy as np
import sympy as sp

import residuum as rs
from residuum._core import double_precision
from residuum.fields import RandomTanh
from residuum.methods import InterfaceBandit, InterfaceTrial, Subdomains
from residuum.problem import WellPosednessWarning

SEEDS = (5, 6, 8)
WORST = 100.0
Exact = Callable[..., Any]


def layer() -> tuple[rs.Problem, Subdomains, Exact]:
    """Return a layer of sharpness s at 3/5, its subdomains and its solution."""
    x = rs.space("x")
    u, s = rs.unknown("u", x), rs.parameter("s", bounds=(1, 50))
    exact = sp.tanh(s * (x - sp.Rational(3, 5))) * sp.sin(sp.pi * x)
    equation = rs.Eq(u.diff(x, 2), exact.diff(x, 2))
    problem = rs.Problem(rs.Box(x=(0, 1)), equation, [rs.dirichlet(u, 0)])
    return problem, Subdomains(RandomTanh(60, 6.0), {"x": 2}, 0.0), sp.lambdify((s, x), exact)


def advection() -> tuple[rs.Problem, Subdomains, Exact]:
    """Return a wave of speed b, its subdomains and its solution."""
    t, x = rs.time("t"), rs.space("x")
    u, b = rs.unknown("u", t, x), rs.parameter("b", bounds=(1, 30))
    problem = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 2 * np.pi)),
        rs.Eq(u.diff(t) + b * u.diff(x)),
        [rs.initial(u, sp.sin(x)), rs.periodic(u, x)],
    )
    method = Subdomains(RandomTanh(100), {"x": 2}, 0.0)
    return problem, method, lambda b, t, x: np.sin(x - b * t)


def measured(make: Callable[[], Any], rounds: int, seed: int) -> dict[str, float]:
    """Return the cumulative true error of every policy."""
    problem, method, exact = make()
    (p,) = problem.parameters
    trial = InterfaceTrial(problem, method, points=400, key=seed)
    low_ends, high_ends = problem.domain.bounds.T
    points = np.random.default_rng(5).uniform(low_ends, high_ends, (400, len(low_ends)))
    random = np.random.default_rng(seed)
    low, high = p.bounds or (0.0, 1.0)
    bandits = {
        "upper confidence bound": InterfaceBandit(trial.conditions, np.array([p.bounds]), key=seed),
        "Thompson": InterfaceBandit(trial.conditions, np.array([p.bounds]), explore=None, key=seed),
    }
    total = dict.fromkeys([*bandits, "random", "all on"], 0.0)
    for value in random.uniform(low, high, rounds):
        for policy in total:
            chosen = tuple(c for c in trial.conditions if policy == "all on" or random.integers(2))
            if policy in bandits:
                chosen = bandits[policy].choose([value])
            field, estimate = trial.solve({p.name: value}, chosen)
            if policy in bandits:
                bandits[policy].learn([value], chosen, estimate)
            with double_precision():
                found = np.asarray(field(jnp.asarray(points)))[:, 0]
            truth = exact(value, *points.T)
            gap = float(np.linalg.norm(found - truth) / np.linalg.norm(truth))
            total[policy] += min(gap, WORST)
    return total


def main() -> None:
    """Measure every family and seed; store what is there after each."""
    warnings.simplefilter("ignore", WellPosednessWarning)
    rounds = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 60
    stored: dict[str, Any] = {
        "machine": measure.machine(),
        "rounds": rounds,
        "beside": "other work",
    }
    for make in (layer, advection):
        runs = []
        for seed in SEEDS:
            start, busy = time.perf_counter(), time.process_time()
            runs.append(measured(make, rounds, seed))
            seconds = time.perf_counter() - start, time.process_time() - busy
            median = {k: float(np.median([run[k] for run in runs])) for k in runs[0]}
            stored[make.__name__] = {"runs": runs, "median": median, "wall, processor": seconds}
            path = measure.RESULTS / "decomposition.json"
            path.write_text(json.dumps(stored, indent=1) + "\n")
            print(make.__name__, len(runs), median, flush=True)


if __name__ == "__main__":
    main()
