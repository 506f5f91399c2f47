"""Deep conjugate directions beside classical preconditioners: iterations and seconds.

    python benchmarks/deep_conjugate.py            measure, print and store (half an hour or more)
    python benchmarks/deep_conjugate.py --print    print the stored figures in Markdown

-Δu = f by five points (seven in space) on N × N cells with two round holes, u = 0 around and in
them, f white noise. One network is trained at N = 64 and used, untouched, on finer grids and with
the holes moved by a tenth and by three tenths of the box; in space one is trained at N = 16. The
figure to meet: 4 to 8 times fewer iterations to a residual of 1e-4 than conjugate gradients.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import measure
import numpy as np

from residuum.discretise.linear import (
    ApproximateInverse,
    Deflation,
    GridPoisson,
    IncompleteCholesky,
    Jacobi,
    classical,
    geometric,
    krylov,
)
from residuum.operators import DeepConjugate, LearnedDirections

HOLES = (((0.3, 0.35), 0.15, 1.0), ((0.68, 0.65), 0.12, -1.0))
"""Centre, radius, and which way it moves along the first axis."""
SEEDS = (5, 6, 8)
KEY = 17
TOLERANCES = (1e-4, 1e-8)
PLANE = [(side, move) for side in (64, 128, 256) for move in (0.0, 0.1, 0.3)]
SPACE = [(32, 0.0), (48, 0.0), (48, 0.3)]
METHODS = {
    "CG": "CG",
    "IC(0)-CG": "CG",
    "deflated CG": "CG",
    "geometric multigrid CG": "CG",
    "algebraic multigrid CG": "CG",
    "deep conjugate directions": "directions",
}
WANTED = 4.0


def grid_of(side: int, move: float, axes: int) -> GridPoisson:
    """Return the grid; in space the holes are balls at half the depth."""
    places = np.meshgrid(*[np.arange(1, side + 1) / (side + 1)] * axes, indexing="ij")
    free = np.ones((side,) * axes, bool)
    for (x, y), radius, way in HOLES:
        centre = [x + way * move, y, 0.5][:axes]
        free &= sum((p - c) ** 2 for p, c in zip(places, centre, strict=True)) > radius**2
    return GridPoisson(free)


def slow_vectors(grid: GridPoisson, count: int = 16) -> np.ndarray:
    """Return exact lowest modes: the best that Ritz vectors can become, slow to find in space."""
    import scipy.sparse.linalg as sla

    found = sla.eigsh(grid.matrix, count, sigma=0.0, v0=np.ones(grid.size))
    return np.asarray(found[1])


def made(name: str, grid: GridPoisson, network: LearnedDirections) -> ApproximateInverse | None:
    """Return the approximate inverse of a method, set up."""
    if name == "CG":
        return None
    if name == "IC(0)-CG":
        return IncompleteCholesky(grid.matrix)
    if name == "deflated CG":
        return Deflation(grid.matrix, slow_vectors(grid), Jacobi(grid.matrix))
    if name == "geometric multigrid CG":
        return geometric(grid)
    if name == "algebraic multigrid CG":
        return classical(grid.matrix)
    found = network.on(grid)
    # Compiled once per grid: set-up, as the factors of the others are.
    found(np.ones(grid.size))
    return found


def case(side: int, move: float, network: LearnedDirections) -> dict[str, Any]:
    """Return iterations and seconds of every method on one grid, for every right side."""
    grid = grid_of(side, move, len(network.network.first.edges))
    found: dict[str, Any] = {"side": side, "move": move, "unknowns": grid.size, "methods": {}}
    for name, method in METHODS.items():
        begun = time.perf_counter()
        inverse = made(name, grid, network)
        row: dict[str, Any] = {"set-up": time.perf_counter() - begun}
        row |= {"iterations": [], "seconds": [], "residual": [], "fallbacks": []}
        for seed in SEEDS:
            right = np.random.default_rng(seed).standard_normal(grid.size)
            begun = time.perf_counter()
            answer = krylov(
                grid.matrix,
                right,
                method=method,  # type: ignore[arg-type]
                inverse=inverse,
                tol=TOLERANCES[-1],
                most=2000,
            )
            row["seconds"].append(time.perf_counter() - begun)
            assert answer.result.ok, (name, side, answer.reason)
            history = np.array(answer.history)
            row["iterations"].append([int(np.argmax(history <= tol)) for tol in TOLERANCES])
            row["residual"].append(answer.residual)
            row["fallbacks"].append(answer.fallbacks)
        found["methods"][name] = row
        print(side, move, name, row["iterations"], file=sys.stderr, flush=True)
    return found


def trained(recipe: DeepConjugate, side: int, axes: int) -> tuple[LearnedDirections, Any]:
    """Return a trained network and what its training took."""
    begun = time.process_time()

    def told(share: float, message: str) -> None:
        print(f"{share:4.0%} {message}", file=sys.stderr, flush=True)

    network = recipe.train(grid_of(side, 0.0, axes), KEY, listener=told)
    assert network.result.ok
    return network, {
        "side": side,
        "recipe": str(recipe),
        "seconds": network.seconds,
        "processor seconds": time.process_time() - begun,
        "last loss": float(np.mean(network.losses[-25:])),
    }


def ratio(row: dict[str, Any], place: int) -> float:
    """Return how many times fewer iterations than CG the network takes, medians of the seeds."""
    counts = {
        name: statistics.median(pair[place] for pair in row["methods"][name]["iterations"])
        for name in ("CG", "deep conjugate directions")
    }
    return float(counts["CG"] / counts["deep conjugate directions"])


def show(data: dict[str, Any]) -> str:
    """Return the tables and the verdict."""
    parts = []
    for name in ("plane", "space"):
        part = data[name]
        training, rows = part["training"], []
        for row in part["cases"]:
            where = f"{row['side']}, moved {row['move']:.0%} ({row['unknowns']:,})"
            for method, found in row["methods"].items():
                cells = [
                    measure.spread([pair[place] for pair in found["iterations"]], "{:.0f}")
                    for place in range(len(TOLERANCES))
                ]
                seconds = measure.spread(found["seconds"], "{:.2f}")
                rows.append([where, method, *cells, f"{found['set-up']:.2f}", seconds])
        head = ["N, holes (unknowns)", "method", "to 1e-4", "to 1e-8", "set-up, s", "solve, s"]
        told = (
            f"In the {name}, trained once at N = {training['side']}: {training['seconds']:.0f} s "
            f"({training['processor seconds']:.0f} s of processor time), {training['recipe']}, "
            f"last loss {training['last loss']:.3f}."
        )
        ratios = [f"{ratio(row, 0):.1f}" for row in part["cases"]]
        met = "met" if min(ratio(row, 0) for row in part["cases"]) >= WANTED else "not met"
        verdict = f"CG over network, iterations to 1e-4: {', '.join(ratios)}; {WANTED:.0f}: {met}."
        parts += [told, measure.table(head, rows), verdict]
    return "\n\n".join(parts)


def main() -> None:
    """Measure, store and print."""
    if sys.argv[1:] != ["--print"]:
        data: dict[str, Any] = {"seeds": list(SEEDS), "key": KEY, "tolerances": list(TOLERANCES)}
        flat = DeepConjugate()
        solid = DeepConjugate(pairs=(1, 2, 1), batch=4, steps=400)
        for name, recipe, side, axes, cases in (
            ("plane", flat, 64, 2, PLANE),
            ("space", solid, 16, 3, SPACE),
        ):
            network, training = trained(recipe, side, axes)
            rows = [case(*item, network) for item in cases]
            data[name] = {"training": training, "cases": rows}
        measure.store("deep_conjugate", data)
    print(show(json.loads((measure.RESULTS / "deep_conjugate.json").read_text())))


if __name__ == "__main__":
    main()
