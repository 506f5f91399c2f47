"""Moved meshes beside even ones: steep fields in the plane, Burgers on an interval.

    python benchmarks/moving_meshes.py            measure, print and store (minutes)
    python benchmarks/moving_meshes.py --print    print the stored figures in Markdown

In the plane u = tanh(50 (r - R)), with u interpolated linearly on a mesh of 24 × 24 pieces; the
monitor is m = 1 + |grad u| / (s · mean |grad u|). The mover is solved for the ring of the card
(centre 1/2, R = 0.3) at several s, and trained at s = 1 on 256 rings of random centre and radius
for the rings of a test set that it has not seen. On the interval viscous Burgers, nu = 0.01/pi, up
to t = 1, by the same elements and the same steps on moving and on even nodes.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import jax.numpy as jnp
import measure
import numpy as np

from residuum._core import double_precision
from residuum.catalogue import case
from residuum.catalogue._burgers import cole_hopf
from residuum.discretise.elements import MovingLine, march_moving
from residuum.geometry import Rectangle
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.operators import (
    DataFreeMover,
    ElementFrame,
    MeshMover,
    slope_monitor_of,
    unevenness,
)
from residuum.problem import weak_form

BOX = Rectangle((0, 0), (1, 1))
STRENGTHS = (1.0, 0.3, 0.1, 0.01)
SEEDS = (5, 6, 8)
RINGS, TESTED, SIDE = 256, 8, 96
WANTED = {"ratio": 3.0, "spread": 0.2}


def ring(centre: np.ndarray, radius: float) -> Any:
    """Return the field as a JAX function of places (n, 2)."""

    def function(places: Any) -> Any:
        away = (places[:, 0] - centre[0]) ** 2 + (places[:, 1] - centre[1]) ** 2
        return jnp.tanh(50 * (jnp.sqrt(away + 1e-12) - radius))

    return function


def interpolated(mesh: Mesh, function: Any) -> float:
    """Return the L2 error of linear interpolation."""
    sides = (np.arange(400) + 0.5) / 400
    places = np.stack(np.meshgrid(sides, sides, indexing="ij"), -1).reshape(-1, 2)
    with double_precision():
        exact, nodes = (np.asarray(function(jnp.asarray(p))) for p in (places, mesh.points))
    return float(np.sqrt(((ElementFrame(mesh).at(places) @ nodes - exact) ** 2).mean()))


def compared(even: Mesh, potential: Any, function: Any, monitor: Any) -> dict[str, float]:
    """Return errors and spreads on an even mesh and on the moved one."""
    moved, share = potential.moved_mesh(even)
    before, after = (interpolated(mesh, function) for mesh in (even, moved))
    return {
        "share": share,
        "even": before,
        "moved": after,
        "ratio": before / after,
        "spread even": unevenness(even, monitor),
        "spread": unevenness(moved, monitor),
    }


def solved(even: Mesh) -> list[dict[str, float]]:
    """Return the rows of the mover that is solved for."""
    function, rows = ring(np.array([0.5, 0.5]), 0.3), []
    for strength in STRENGTHS:
        monitor = slope_monitor_of(function, BOX, strength)
        begun = time.perf_counter()
        potential = MeshMover().fit(monitor, BOX)
        seconds = time.perf_counter() - begun
        found = compared(even, potential, function, monitor)
        rows.append({"strength": strength, "seconds": seconds, **found})
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def trained(even: Mesh, seed: int) -> dict[str, Any]:
    """Return the medians of a trained mover over rings it has not seen."""
    chance = np.random.default_rng(seed)

    def drawn() -> tuple[np.ndarray, float]:
        return chance.uniform(0.4, 0.6, 2), float(chance.uniform(0.2, 0.35))

    sides = np.linspace(0, 1, SIDE)
    places = np.stack(np.meshgrid(sides, sides, indexing="ij"), -1).reshape(-1, 2)

    def values(centre: np.ndarray, radius: float) -> np.ndarray:
        return np.asarray(ring(centre, radius)(jnp.asarray(places))).reshape(SIDE, SIDE)

    fields = np.stack([values(*drawn()) for _ in range(RINGS)])
    mover = DataFreeMover().train(fields, BOX, seed)
    rows = []
    for _ in range(TESTED):
        where = drawn()
        function = ring(*where)
        monitor = slope_monitor_of(function, BOX, 1.0)
        rows.append(compared(even, mover.potential(values(*where)), function, monitor))
    found = {key: float(np.median([row[key] for row in rows])) for key in rows[0]}
    found |= {"seconds": mover.seconds, "least share": min(row["share"] for row in rows)}
    print(seed, found, file=sys.stderr, flush=True)
    return found


def burgers() -> list[dict[str, Any]]:
    """Return errors at t = 1/2 and 1 on moving and on even nodes."""
    problem, rows = case("burgers").problem(), []
    places = np.linspace(-1, 1, 4001)
    with double_precision():
        form = weak_form(problem)
        for cells in (20, 40, 80):
            for kind, strength in (("moving", 1.0), ("even", 1e12)):
                begun = time.perf_counter()
                line = MovingLine(problem, form, cells)
                found = march_moving(line, tol=8 / cells**2, strength=strength)
                row: dict[str, Any] = {"cells": cells, "nodes": kind, "ended": found.result.value}
                row |= {"seconds": time.perf_counter() - begun, "steps": len(found.times) - 1}
                row["narrowest"] = float(np.diff(found.nodes, axis=1).min())
                for when in (0.5, 1.0):
                    k = int(np.clip(np.searchsorted(found.times, when), 1, len(found.times) - 1))
                    share = (when - found.times[k - 1]) / (found.times[k] - found.times[k - 1])
                    nodes, values = (
                        (1 - share) * kept[k - 1] + share * kept[k]
                        for kept in (found.nodes, found.values[..., 0])
                    )
                    exact = cole_hopf(np.column_stack([np.full(4001, when), places]))[:, 0]
                    gap = np.interp(places, nodes, values) - exact
                    row[str(when)] = float(np.linalg.norm(gap) / np.linalg.norm(exact))
                rows.append(row)
                print(row, file=sys.stderr, flush=True)
    return rows


def show(data: dict[str, Any]) -> str:
    """Return the tables and the verdicts."""
    head = [
        "mover",
        "s",
        "error, even",
        "error, moved",
        "ratio",
        "spread, even",
        "moved",
        "s of time",
    ]
    rows = [
        [
            "solved",
            f"{row['strength']:g}",
            *(f"{row[key]:.3g}" for key in ("even", "moved", "ratio", "spread even", "spread")),
            f"{row['seconds']:.0f}",
        ]
        for row in data["solved"]
    ]
    own = data["trained"]
    rows.append(
        [
            f"trained, {len(own)} seeds",
            "1",
            *(
                measure.spread([row[key] for row in own])
                for key in ("even", "moved", "ratio", "spread even", "spread")
            ),
            measure.spread([row["seconds"] for row in own], "{:.0f}"),
        ]
    )
    parts = [measure.table(head, rows)]
    for name, row in (("solved, s = 1", data["solved"][0]), ("trained", data["trained"][0])):
        told = [
            f"{key} {row[key]:.2g} ({'met' if good else 'not met'})"
            for key, good in (
                ("ratio", row["ratio"] >= WANTED["ratio"]),
                ("spread", row["spread"] <= WANTED["spread"]),
            )
        ]
        parts.append(f"{name}: {', '.join(told)}; wanted 3 to 8, and below 0.2.")
    head = ["cells", "nodes", "error at t = 0.5", "at t = 1", "steps", "narrowest cell", "s"]
    rows = [
        [
            str(row["cells"]),
            row["nodes"],
            f"{row['0.5']:.2g}",
            f"{row['1.0']:.2g}",
            str(row["steps"]),
            f"{row['narrowest']:.2g}",
            f"{row['seconds']:.1f}",
        ]
        for row in data["burgers"]
    ]
    return "\n\n".join([*parts, measure.table(head, rows)])


def main() -> None:
    """Measure, store and print."""
    if sys.argv[1:] != ["--print"]:
        even = mesh_of(BOX, 1 / 24)
        data: dict[str, Any] = {"burgers": burgers(), "solved": solved(even)}
        data["trained"] = [trained(even, seed) for seed in SEEDS]
        measure.store("moving_meshes", data)
    print(show(json.loads((measure.RESULTS / "moving_meshes.json").read_text())))


if __name__ == "__main__":
    main()
