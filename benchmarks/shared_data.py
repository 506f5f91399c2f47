"""Our solutions against reference data made by others, each down to the floor of the data.

    python benchmarks/shared_data.py             solve, print and store (ten minutes)
    python benchmarks/shared_data.py NAME …      some of the rows, the other stored ones kept
    python benchmarks/shared_data.py --print     print the stored table in Markdown

``RESIDUUM_DATA`` names the folder of the data. The floor is the distance of the data from a
solution computed apart from its source: a smaller difference says nothing. Where ours is the better
one, the two levels of refinement tell: they agree far below the difference from the data.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measure
import numpy as np

DATA = Path(os.environ.get("RESIDUUM_DATA", measure.ROOT.parent / "shared" / "data"))
BUDGET = 300.0


def solved(name: str, tol: float) -> tuple[Any, dict[str, Any]]:
    """Solve a case of the catalogue; return the answer and what every row has."""
    import residuum as rs

    case = rs.catalogue.case(name)
    problem = case.build()
    start = time.perf_counter()
    answer = rs.solve(problem, tol=tol, budget=BUDGET, progress=False, start=case.start(problem))
    return answer, {
        "case": name,
        "method": answer.record.method.partition("(")[0],
        "seconds": time.perf_counter() - start,
        "levels": answer.certificate.relative,
        "result": answer.result.code,
    }


def relative(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the relative L2 difference."""
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def in_time(name: str, case: str, tol: float, floor: str) -> dict[str, Any]:
    """Compare on the space-time grid of a file."""
    data = np.load(DATA / f"{name}.npz")
    answer, row = solved(case, tol)
    t, x = np.meshgrid(data["t"], data["x"], indexing="ij")
    ours = answer.at(np.column_stack([t.ravel(), x.ravel()]))[:, 0].reshape(t.shape)
    return {**row, "floor": floor, "differences": {"u": relative(ours, data["u"])}}


def holes() -> dict[str, Any]:
    """Compare with the Laplace solution on the square with four holes."""
    data = np.load(DATA / "poisson_four_holes.npz")
    answer, row = solved("poisson_four_holes", 1e-5)
    ours = answer.at(data["xy"])[:, 0]
    return {**row, "floor": "2.0e-3", "differences": {"u": relative(ours, data["u"])}}


def flow(case: str, theirs: np.ndarray, places: np.ndarray, floor: str) -> dict[str, Any]:
    """Compare velocities and the pressure, its mean difference taken away, and again upstream.

    Corners of the domain are left out: under a moving lid the pressure is infinite there.
    """
    answer, row = solved(case, 1e-4)
    ends = np.stack([places.min(axis=0), places.max(axis=0)])
    inner = ~np.isin(places, ends).all(axis=1)
    theirs, places = theirs[inner], places[inner]
    ours = answer.at(places)
    columns = {name: ours[:, j] for j, name in enumerate(answer.names)}
    found = {name: relative(columns[name], theirs[:, j]) for j, name in enumerate(("u", "v"))}
    gap = columns["p"] - theirs[:, 2]
    found["p"] = relative(columns["p"] - gap.mean(), theirs[:, 2])
    upstream = places[:, 0] < places[:, 0].mean() / 2
    for name, j in (("u", 0), ("p", 2)):
        gap = columns[name][upstream] - theirs[upstream, j]
        gap = gap - (gap.mean() if name == "p" else 0.0)
        size = float(np.linalg.norm(theirs[upstream, j]))
        found[f"{name} upstream"] = float(np.linalg.norm(gap)) / size
    return {**row, "floor": floor, "differences": found}


def lid(a: int) -> dict[str, Any]:
    """Compare with the cavity under a parabolic lid."""
    data = np.load(DATA / "cavity_parabolic_lid.npz")
    (row,) = np.flatnonzero(data["a"] == a)
    return flow(f"cavity_parabolic_lid_{a}", data["uvp"][row], data["xy"], "u 4e-4, v 6e-4")


def channel() -> dict[str, Any]:
    """Compare with the flow into a wider channel."""
    data = np.load(DATA / "channel_expansion.npz")
    floor = "viscosity 4e-3 off, p up to 0.024 at the outlet"
    return flow("channel_expansion", data["uvp"], data["xy"], floor)


def ghia(reynolds: int) -> dict[str, Any]:
    """Compare with the tables of Ghia, Ghia and Shin on the centre lines."""
    from residuum.catalogue.anchors import centre_lines

    lines = centre_lines(DATA / "ghia_cavity.json", reynolds)
    answer, row = solved(f"cavity_{reynolds}", 1e-4)
    inner_y, inner_x = (np.clip(item, 0, 1) for item in (lines.y, lines.x))
    u = answer.at(np.column_stack([np.full_like(inner_y, 0.5), inner_y]))
    v = answer.at(np.column_stack([inner_x, np.full_like(inner_x, 0.5)]))
    j, k = answer.names.index("u"), answer.names.index("v")
    found = {
        "u, largest": float(np.abs(u[:, j] - lines.u).max()),
        "v, largest": float(np.abs(v[:, k] - lines.v).max()),
    }
    return {**row, "floor": "not stated", "differences": found}


def flame(name: str, case: str) -> dict[str, Any]:
    """Compare flame speeds."""
    data = np.load(DATA / "flame_simple_open.npz")
    theirs = float(next(data[key] for key in data.files if name in key and "sL" in key))
    answer, row = solved(case, 1e-6)
    ours = float(answer.at(np.array([[0.0]]))[0, answer.names.index("s")])
    floor = "first-order shooting, 10,000 points"
    return {**row, "floor": floor, "differences": {"speed": abs(ours / theirs - 1)}}


ROWS: dict[str, Callable[[], dict[str, Any]]] = {
    "burgers_shock": lambda: in_time("burgers_shock", "burgers", 1e-10, "2.9e-12"),
    "allen_cahn": lambda: in_time("allen_cahn", "allen_cahn", 1e-7, "1.1e-5"),
    "kdv_cos": lambda: in_time("kdv_cos", "kdv", 1e-10, "6.3e-12"),
    "poisson_four_holes": holes,
    "cavity_parabolic_lid, Re 50": lambda: lid(2),
    "cavity_parabolic_lid, Re 100": lambda: lid(4),
    "channel_expansion": channel,
    "ghia, Re 100": lambda: ghia(100),
    "ghia, Re 400": lambda: ghia(400),
    "ghia, Re 1000": lambda: ghia(1000),
    "ghia, Re 3200": lambda: ghia(3200),
    "flame, 298 K, 0.40": lambda: flame("p1p00_T298_phi0p40", "flame_040"),
    "flame, 298 K, 0.42": lambda: flame("p1p00_T298_phi0p42", "flame_042"),
    "flame, 350 K, 0.40": lambda: flame("p1p00_T350_phi0p40", "flame_040_350"),
    "flame, 400 K, 0.40": lambda: flame("p1p00_T400_phi0p40", "flame_040_400"),
}


def show(rows: dict[str, dict[str, Any]]) -> str:
    """Return the table."""
    lines = []
    for name in ROWS:
        if name in rows:
            row = rows[name]
            gaps = ", ".join(f"{key} {value:.1e}" for key, value in row["differences"].items())
            levels = f"{row['levels']:.1e}"
            lines.append([name, row["method"], gaps, row["floor"], levels, f"{row['seconds']:.1f}"])
    head = ["data", "method", "difference", "floor of the data", "our two levels", "seconds"]
    return measure.table(head, lines)


def main() -> None:
    """Run what the command line asks for."""
    arguments = sys.argv[1:]
    path = measure.RESULTS / "shared_data.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else {}
    if arguments != ["--print"]:
        for name in arguments or ROWS:
            rows[name] = ROWS[name]()
            measure.store("shared_data", {"rows": rows})
            print(name, rows[name]["differences"], rows[name]["levels"], flush=True)
    print(show(rows))


if __name__ == "__main__":
    main()
