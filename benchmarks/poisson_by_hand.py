"""P1 elements for Poisson's equation with 100,000 unknowns, against scikit-fem and PyAMG by hand.

    python benchmarks/poisson_by_hand.py            measure, print and store (one minute)
    python benchmarks/poisson_by_hand.py --print    print the stored figures in Markdown

Both sides start from the statement and end with nodal values, mesh included; rounds are
interleaved in one process after one round of warming up. Ours derives the weak form, chooses the
solver and checks its residual; by hand everything is written for this one equation.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import measure
import numpy as np

CUTS, ROUNDS, TOL = 317, 7, 1e-8


def ours() -> float:
    """Solve with the library; return the seconds."""
    import residuum as rs

    start = time.perf_counter()
    x, y = rs.space("x", "y")
    u = rs.unknown("u", x, y)
    problem = rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)), rs.Eq(-rs.laplacian(u), 1), [rs.dirichlet(u, 0)]
    )
    method = rs.FiniteElement(order=1, size=1 / CUTS, levels=1)
    answer = rs.solve(problem, method, progress=False)
    seconds = time.perf_counter() - start
    assert answer.record.unknowns >= 100_000
    return seconds


def by_hand() -> float:
    """Solve with scikit-fem and PyAMG directly; return the seconds."""
    import pyamg
    import skfem
    from skfem.models.poisson import laplace, unit_load

    start = time.perf_counter()
    places = np.linspace(0, 1, CUTS + 1)
    basis = skfem.Basis(skfem.MeshTri.init_tensor(places, places), skfem.ElementTriP1())
    matrix, load = laplace.assemble(basis), unit_load.assemble(basis)
    matrix, load, values, inner = skfem.condense(matrix, load, D=basis.get_dofs())
    solver = pyamg.ruge_stuben_solver(matrix.tocsr())
    values[inner] = solver.solve(load, tol=TOL, accel="cg")
    seconds = time.perf_counter() - start
    residual = np.linalg.norm(load - matrix @ values[inner]) / np.linalg.norm(load)
    assert residual <= TOL
    return seconds


def show(data: dict[str, Any]) -> str:
    """Return the table."""
    rows = [[name, measure.spread(values)] for name, values in data["seconds"].items()]
    rows.append(["ratio", measure.spread(data["ratios"])])
    return measure.table(["100,489 nodes, P1", "seconds: median (range)"], rows)


def main() -> None:
    """Measure, store and print."""
    if sys.argv[1:] != ["--print"]:
        ours(), by_hand()
        found = measure.interleaved({"ours": ours, "by hand": by_hand}, ROUNDS)
        ratios = [a / b for a, b in zip(found["ours"], found["by hand"], strict=True)]
        measure.store("poisson_by_hand", {"seconds": found, "ratios": ratios})
    data = json.loads((measure.RESULTS / "poisson_by_hand.json").read_text())
    print(show(data))
    print(f"\nWanted: a ratio of 1.3 at most; reached: {statistics.median(data['ratios']):.2f}.")


if __name__ == "__main__":
    main()
