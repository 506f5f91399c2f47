"""The accuracy that DeepXDE reaches in its own examples' budgets, asked of a part of its time.

    RESIDUUM_PEER_PYTHON=… python benchmarks/deepxde_times.py [CASE …] [--seeds 7 13 29]
        [--rows features …]
    python benchmarks/deepxde_times.py --print

DeepXDE runs an example of its own to the end, or for LIMIT seconds ("cut"). Then every row here
gets a thirtieth of the seconds that took, its whole process counted; where that is not enough, an
eleventh; then all. DeepXDE's rows are kept once they are stored. "features" are fixed ones in the
weak form, with default options: nothing is trained in them. Burgers is the example of
``first_slice.py``. Errors are relative L2, of the number in the inverse case relative to one; they
are only reported.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

START = time.perf_counter()

import measure  # noqa: E402
import numpy as np  # noqa: E402
import sympy as sp  # noqa: E402

import residuum as rs  # noqa: E402
from residuum._core import Method  # noqa: E402
from residuum.methods import FeatureGalerkin, OutputLeastSquares, Portfolio  # noqa: E402

NAME = "deepxde_times"
LIMIT = 400.0
PARTS = 1 / 30, 1 / 11, 1.0
IMPORT = 2.0
"""Seconds that a process takes beside its solve."""

T, X, Y = rs.time("t"), rs.space("x"), rs.space("y")
U, V = rs.unknown("u", T, X), rs.unknown("v", X, Y)
WAVE = sp.sin(sp.pi * X)


def heat() -> rs.Problem:
    """A bar that cools."""
    around = [rs.initial(U, WAVE), rs.dirichlet(U, 0)]
    return rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), rs.Eq(U.diff(T), 0.4 * U.diff(X, 2)), around)


def l_shape() -> rs.Problem:
    """A membrane with a corner that enters it."""
    corners = [[0, 0], [1, 0], [1, -1], [-1, -1], [-1, 1], [0, 1]]
    domain = rs.Polygon(corners[::-1])
    return rs.Problem(domain, rs.Eq(-rs.laplacian(V), 1), [rs.dirichlet(V, 0)])


def wave() -> rs.Problem:
    """Two standing waves over ten periods."""
    first = WAVE + sp.sin(2 * sp.pi * X)
    around = [rs.initial(U, first), rs.initial_rate(U, 0), rs.dirichlet(U, 0)]
    return rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), rs.Eq(U.diff(T, 2), 100 * U.diff(X, 2)), around)


def inverse() -> rs.Problem:
    """Diffusion whose constant is not known; ten readings at the end."""
    number = rs.parameter("C", 2.0, bounds=(0.1, 10.0))
    source = sp.exp(-T) * (sp.pi**2 - 1) * WAVE
    places = np.stack([np.ones(10), np.linspace(-1, 1, 10)], axis=1)
    around = [rs.initial(U, WAVE), rs.dirichlet(U, 0)]
    read = [rs.observe(U, decayed(places), at=places)]
    equation = rs.Eq(U.diff(T), number * U.diff(X, 2) + source)
    return rs.Problem(rs.Box(t=(0, 1), x=(-1, 1)), equation, around, observations=read)


def burgers() -> rs.Problem:
    """The catalogue's."""
    return rs.catalogue.burgers.problem()


def decayed(points: np.ndarray) -> np.ndarray:
    """Return exp(-t) sin(pi x) at points (t, x)."""
    return np.exp(-points[:, 0]) * np.sin(np.pi * points[:, 1])


def cooled(points: np.ndarray) -> np.ndarray:
    """Return the exact solution of the bar at points (t, x)."""
    return np.exp(-0.4 * np.pi**2 * points[:, 0]) * np.sin(np.pi * points[:, 1])


def standing(points: np.ndarray) -> np.ndarray:
    """Return the exact standing waves at points (t, x)."""
    t, x = np.pi * points[:, 0], np.pi * points[:, 1]
    return np.sin(x) * np.cos(10 * t) + np.sin(2 * x) * np.cos(20 * t)


def membrane(points: np.ndarray) -> np.ndarray:
    """Return what elements find, two levels of which agree to 1e-7."""
    return rs.solve(l_shape(), rs.FiniteElement(), tol=1e-7, progress=False).at(points)[:, 0]


STATEMENTS: dict[str, tuple[Callable[[], rs.Problem], Callable[[np.ndarray], np.ndarray]]] = {
    "burgers": (burgers, lambda points: rs.catalogue.burgers.reference(points)),
    "heat": (heat, cooled),
    "l_shape": (l_shape, membrane),
    "wave": (wave, standing),
    "inverse": (inverse, decayed),
}


def methods(case: str) -> dict[str, Method | None]:
    """Return the rows of a case: what is learned, the floor, what is chosen by default."""
    if case == "inverse":
        return {"learned": rs.PINN(), "classical": OutputLeastSquares()}
    learned: Method = Portfolio() if case == "wave" else rs.PINN()
    fixed = {"features": FeatureGalerkin(), "floor": rs.RandomFeatures()}
    return {"learned": learned, **fixed, "classical": None}


def grid(case: str) -> np.ndarray:
    """Return comparison points, (n, 2)."""
    problem = STATEMENTS[case][0]()
    if case == "l_shape":
        return np.asarray(problem.domain.sample(4000, key=23))
    (first, last), (low, high) = problem.domain.bounds
    axes = np.linspace(first, last, 101), np.linspace(low, high, 201)
    return np.stack([c.ravel() for c in np.meshgrid(*axes, indexing="ij")], axis=1)


def one(case: str, row: str, seed: int, seconds: float) -> None:
    """Solve within some seconds of this process, then compare."""
    problem, method = STATEMENTS[case][0](), methods(case)[row]
    budget = max(seconds - (time.perf_counter() - START), 0.5)
    asked: dict[str, Any] = {"tol": 1e-5} if row == "classical" else {"refine": None}
    answer = rs.solve(problem, method, key=seed, budget=budget, progress=False, **asked)
    found: dict[str, Any] = {"seconds": time.perf_counter() - START, "result": answer.result.code}
    points = grid(case)
    exact = STATEMENTS[case][1](points).ravel()
    gap = answer.at(points)[:, 0] - exact
    found["error"] = float(np.linalg.norm(gap) / np.linalg.norm(exact))
    found["method"] = answer.record.method
    if case == "inverse":
        found["number"] = abs(next(iter(answer.parameters.values())) - 1)
    print(json.dumps(found))


def peer(case: str, seed: int) -> dict[str, Any]:
    """Return what DeepXDE came to: its last error and the seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "exact.npz"
        points = grid(case)
        exact = STATEMENTS[case][1](points)
        script, arguments = "peers/deepxde_examples.py", [case, str(file), str(seed), str(LIMIT)]
        swapped = points if case == "l_shape" else points[:, ::-1]
        np.savez(file, points=swapped, exact=exact)
        if case == "burgers":
            t, x = np.linspace(0, 0.99, 100), np.linspace(-1, 1, 201)
            mesh = np.stack([c.ravel() for c in np.meshgrid(t, x, indexing="ij")], axis=1)
            np.savez(file, t=t, x=x, u=STATEMENTS[case][1](mesh).reshape(len(t), len(x)))
            script, arguments = "peers/deepxde_burgers.py", arguments[1:]
        _, found = measure.python(script, *arguments, interpreter=measure.PEER)
    last = found["errors"][-1]
    result: dict[str, Any] = {"seconds": last[0], "error": last[1], "ended": found.get("ended")}
    if len(last) > 2:
        result["number"] = last[2]
    return result


def better(mine: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Whether an answer is at least as accurate, in the number too where there is one."""
    names = [name for name in ("error", "number") if name in theirs]
    return all(mine[name] <= theirs[name] for name in names)


def rows_of(case: str, seed: int, old: dict[str, Any], asked: list[str]) -> dict[str, Any]:
    """Return the rows of a case for a seed: those asked for, and the others as they were."""
    rows: dict[str, Any] = {**old, "DeepXDE": old.get("DeepXDE") or peer(case, seed)}
    for row in methods(case):
        if asked and row not in asked:
            continue
        for part in PARTS:
            seconds = max(part * rows["DeepXDE"]["seconds"], IMPORT)
            options = [case, "--row", row, "--seeds", str(seed), "--seconds", str(seconds)]
            _, found = measure.python("deepxde_times.py", *options)
            rows[row] = found
            if better(found, rows["DeepXDE"]):
                break
    return rows


def show(cases: dict[str, Any]) -> str:
    """Return the table."""
    lines = []
    for case, seeds in cases.items():
        for row in ("DeepXDE", *methods(case)):
            if not all(row in rows for rows in seeds.values()):
                continue
            runs = [rows[row] for rows in seeds.values()]
            theirs = [rows["DeepXDE"] for rows in seeds.values()]
            ratio = ""
            if row != "DeepXDE":
                pairs = list(zip(runs, theirs, strict=True))
                times = [b["seconds"] / a["seconds"] for a, b in pairs if better(a, b)]
                ratio = measure.spread(times, "{:.1f}") if times else "not reached"
                if 0 < len(times) < len(pairs):
                    ratio += f", {len(times)} of {len(pairs)} seeds"
            elif not all(run["ended"] in (True, None) for run in runs):
                ratio = "cut"
            number = [run["number"] for run in runs if "number" in run]
            lines.append(
                [
                    case,
                    row,
                    measure.spread([run["error"] for run in runs], "{:.1e}"),
                    measure.spread(number, "{:.1e}") if number else "",
                    measure.spread([run["seconds"] for run in runs], "{:.1f}"),
                    ratio,
                ]
            )
    head = ["case", "row", "error", "of the number", "seconds", "times less than DeepXDE"]
    return measure.table(head, lines)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(STATEMENTS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 13, 29])
    parser.add_argument("--print", action="store_true", help="print what is stored, run nothing")
    parser.add_argument("--rows", nargs="+", default=[], help="all of them if left out")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.row:
        one(chosen.cases[0], chosen.row, chosen.seeds[0], chosen.seconds)
        return
    path = measure.RESULTS / f"{NAME}.json"
    cases: dict[str, Any] = json.loads(path.read_text())["cases"] if path.exists() else {}
    if not chosen.print:
        if not measure.PEER:
            parser.error("name an interpreter that has DeepXDE by RESIDUUM_PEER_PYTHON")
        for case in chosen.cases or STATEMENTS:
            for seed in chosen.seeds:
                old = cases.setdefault(case, {}).get(str(seed), {})
                cases[case][str(seed)] = rows_of(case, seed, old, chosen.rows)
                measure.store(NAME, {"cases": cases})
                print(case, seed, json.dumps(cases[case][str(seed)]), file=sys.stderr)
    print(show(cases))


if __name__ == "__main__":
    main()
