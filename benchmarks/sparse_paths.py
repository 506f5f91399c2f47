"""Paths of sparse linear solves: where direct and iterative cost the same, and the target figure.

    python benchmarks/sparse_paths.py            prints three tables, stores results
    python benchmarks/sparse_paths.py small      smaller systems, a minute on two cores

1. Direct and iterative side by side on elements assembled by scikit-fem, with the path that
   ``prepare`` chooses: the cut-offs in ``residuum/discretise/linear/_choice.py`` come from here.
2. Orders and pivots of SuperLU on saddle points: why multipliers get a small diagonal.
3. P1 Poisson at 100,000 unknowns to a residual of 1e-8, beside PyAMG called by hand.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import measure
import numpy as np
import pyamg
import scipy.sparse as sp
import scipy.sparse.linalg as sla
import skfem
from skfem.helpers import ddot, div, dot, grad, mul, sym_grad, trace
from skfem.models.poisson import laplace

from residuum.discretise.linear import Structure, prepare
from residuum.discretise.linear._equilibration import equilibration
from residuum.discretise.linear._front import front

ROUNDS = 7
ELEMENTS: dict[tuple[int, int], Any] = {
    (2, 1): skfem.ElementTriP1,
    (2, 2): skfem.ElementTriP2,
    (3, 1): skfem.ElementTetP1,
    (3, 2): skfem.ElementTetP2,
}
System = tuple[Any, np.ndarray, Structure]


def cube(dimension: int, points: int) -> Any:
    """Return the unit square or cube in simplices, ``points`` a side."""
    kind = skfem.MeshTri if dimension == 2 else skfem.MeshTet
    return kind.init_tensor(*[np.linspace(0, 1, points)] * dimension)


def poisson(dimension: int, degree: int, points: int) -> System:
    """Return -Δu = 1 with u = 0 around."""
    basis = skfem.Basis(cube(dimension, points), ELEMENTS[dimension, degree]())
    right = skfem.LinearForm(lambda v, w: 1.0 * v).assemble(basis)
    free = basis.complement_dofs(basis.get_dofs().flatten())
    matrix = sp.csr_array(laplace.assemble(basis))[free][:, free]
    return sp.csr_array(matrix), right[free], Structure(definite=True)


def elasticity(dimension: int, degree: int, points: int) -> System:
    """Return a block clamped at one side under its weight, Poisson number 0.3."""
    mesh = cube(dimension, points)
    basis = skfem.Basis(mesh, skfem.ElementVector(ELEMENTS[dimension, degree]()))

    def stiffness(u: Any, v: Any, w: Any) -> Any:
        strain, other = sym_grad(u), sym_grad(v)
        return 2 * 0.385 * ddot(strain, other) + 0.577 * trace(strain) * trace(other)

    right = skfem.LinearForm(lambda v, w: -1.0 * v[dimension - 1]).assemble(basis)
    free = basis.complement_dofs(basis.get_dofs(lambda x: x[0] < 1e-9).flatten())
    matrix = sp.csr_array(skfem.BilinearForm(stiffness).assemble(basis))[free][:, free]
    known = Structure(definite=True, near_null=rigid(basis)[free])
    return sp.csr_array(matrix), right[free], known


def rigid(basis: Any) -> np.ndarray:
    """Return the rigid motions (n, 3 or 6) of a vector basis of point values."""
    places, dimension = basis.doflocs, basis.mesh.dim()
    # Unknowns of a vector element repeat: all components at one point, then the next point.
    component = np.arange(basis.N) % dimension
    motions = [(component == k).astype(float) for k in range(dimension)]
    for i in range(dimension):
        for j in range(i):
            turn = np.where(component == i, places[j], 0.0)
            motions.append(np.where(component == j, -places[i], turn))
    return np.stack(motions, axis=1)


def flow(dimension: int, points: int, reynolds: float = 0.0) -> System:
    """Return Taylor–Hood Stokes in a box, or the Newton matrix of Navier–Stokes about a vortex."""
    mesh = cube(dimension, points)
    velocity = skfem.Basis(mesh, skfem.ElementVector(ELEMENTS[dimension, 2]()), intorder=5)
    pressure = velocity.with_element(ELEMENTS[dimension, 1]())
    vortex = velocity.interpolate(velocity.project(_vortex))

    def momentum(u: Any, v: Any, w: Any) -> Any:
        viscous = ddot(grad(u), grad(v))
        carried = mul(grad(u), w["vortex"]) + mul(grad(w["vortex"]), u)
        return viscous + reynolds * dot(carried, v)

    a = skfem.BilinearForm(momentum).assemble(velocity, vortex=vortex)
    b = -skfem.BilinearForm(lambda u, q, w: div(u) * q).assemble(velocity, pressure)
    matrix = sp.csr_array(sp.block_array([[a, b.T], [b, None]]))
    load = skfem.LinearForm(lambda v, w: v[0] * w.x[1]).assemble(velocity)
    # One pressure is pinned, the walls hold the velocity.
    free = np.setdiff1d(
        np.arange(matrix.shape[0]), np.append(velocity.get_dofs().flatten(), velocity.N)
    )
    kinds = np.full(matrix.shape[0], dimension)
    kinds[: velocity.N] = np.arange(velocity.N) % dimension
    known = Structure(
        symmetric=reynolds == 0, saddle=kinds[free] == dimension, components=kinds[free]
    )
    right = np.concatenate([load, np.zeros(pressure.N)])[free]
    return sp.csr_array(matrix[free][:, free]), right, known


def _vortex(x: Any) -> Any:
    rest = [0 * x[0]] * (len(x) - 2)
    first = np.sin(np.pi * x[0]) ** 2 * np.sin(2 * np.pi * x[1])
    second = -(np.sin(np.pi * x[1]) ** 2) * np.sin(2 * np.pi * x[0])
    return np.array([first, second, *rest])


def systems(small: bool) -> dict[str, Callable[[], System]]:
    """Return the systems of the first table, by name."""
    found: dict[str, Callable[[], System]] = {}
    sizes: dict[str, tuple[Callable[..., System], tuple[int, ...], tuple[int, ...]]] = {
        "Poisson P1, square": (partial(poisson, 2, 1), (71, 141), (283, 566)),
        "Poisson P2, square": (partial(poisson, 2, 2), (50, 100), (170, 283)),
        "Poisson P1, cube": (partial(poisson, 3, 1), (20, 28), (36,)),
        "Poisson P2, cube": (partial(poisson, 3, 2), (10,), (14, 18)),
        "elasticity P1, square": (partial(elasticity, 2, 1), (70,), (140, 280)),
        "elasticity P2, square": (partial(elasticity, 2, 2), (50,), (90, 150)),
        "elasticity P1, cube": (partial(elasticity, 3, 1), (14,), (20,)),
        "Stokes, square": (partial(flow, 2), (35,), (70, 120)),
        "Stokes, cube": (partial(flow, 3), (6,), (9,)),
        "Navier–Stokes Re 100, square": (partial(flow, 2, reynolds=100.0), (35,), (70,)),
        "Navier–Stokes Re 1000, square": (partial(flow, 2, reynolds=1000.0), (35,), (70,)),
    }
    for name, (make, few, more) in sizes.items():
        for points in few if small else few + more:
            found[f"{name}, {points} a side"] = partial(make, points=points)
    return found


def crossover(system: System) -> list[str]:
    """Return a row: size, front, seconds direct and iterative (first, again), path chosen."""
    matrix, right, known = system
    cells = [f"{matrix.shape[0]:,}", f"{matrix.nnz / matrix.shape[0]:.0f}", f"{front(matrix):.0f}"]
    for largest in (10**9, 0):
        start = time.perf_counter()
        solver = prepare(matrix, known, largest_direct=largest)
        found = solver.solve(right)
        first = time.perf_counter() - start
        start = time.perf_counter()
        solver.solve(right)
        again = time.perf_counter() - start
        count = f", {found.iterations} iterations" if largest == 0 else ""
        cells.append(f"{first:.2f} + {again:.3f}{count}; {found.path}")
    return [*cells, prepare(matrix, known).path]


def pivots(system: System) -> list[str]:
    """Return seconds and fill of SuperLU by order and pivoting, and the residual of one solve."""
    matrix, right, known = system
    scaled = equilibration(matrix, symmetric=known.symmetric).scaled(matrix)
    assert known.saddle is not None
    shifted = scaled - sp.diags_array(1e-10 * known.saddle.astype(float))
    cells = [f"{matrix.shape[0]:,}"]
    for order, threshold, given in (
        ("COLAMD", 1.0, scaled),
        ("MMD_AT_PLUS_A", 1e-3, scaled),
        ("MMD_AT_PLUS_A", 0.0, shifted),
    ):
        start = time.perf_counter()
        factors = sla.splu(
            sp.csc_array(given),
            permc_spec=order,
            diag_pivot_thresh=threshold,
            options={"SymmetricMode": order != "COLAMD"},
        )
        seconds = time.perf_counter() - start
        found = factors.solve(right)
        gaps = []
        for _ in range(3):
            gaps.append(np.linalg.norm(right - scaled @ found) / np.linalg.norm(right))
            found = found + factors.solve(right - scaled @ found)
        gap = " → ".join(f"{value:.0e}" for value in gaps)
        cells.append(f"{seconds:.2f} s, fill {factors.nnz / matrix.nnz:.1f}, {gap}")
    return cells


def target() -> dict[str, list[float]]:
    """Return seconds of PyAMG by hand and of ``prepare`` on the same matrix, rounds in turn."""
    matrix, right, known = poisson(2, 1, 318)
    assert abs(matrix.shape[0] - 100_000) < 500

    def by_hand() -> float:
        start = time.perf_counter()
        found = pyamg.ruge_stuben_solver(matrix).solve(right, tol=1e-8, accel="cg")
        seconds = time.perf_counter() - start
        assert np.linalg.norm(right - matrix @ found) <= 1e-8 * np.linalg.norm(right)
        return seconds

    def ours() -> float:
        start = time.perf_counter()
        found = prepare(matrix, known, tol=1e-8).solve(right)
        seconds = time.perf_counter() - start
        assert found.path == "classical AMG + CG"
        assert np.linalg.norm(right - matrix @ found.values) <= 1e-8 * np.linalg.norm(right)
        return seconds

    return measure.interleaved({"PyAMG by hand": by_hand, "prepare and solve": ours}, ROUNDS)


def main() -> None:
    """Measure, print and store."""
    small = "small" in sys.argv[1:]
    rows = []
    for name, make in systems(small).items():
        rows.append([name, *crossover(make())])
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    head = ["system", "n", "entries a row", "front", "direct, s + s", "iterative, s + s", "chosen"]
    print(measure.table(head, rows), "\n")
    names = [("Stokes", 0.0), ("Navier–Stokes Re 100", 1e2), ("Navier–Stokes Re 1000", 1e3)]
    saddles = [[name, *pivots(flow(2, 40, reynolds))] for name, reynolds in names]
    head = ["saddle point", "n", "COLAMD, partial", "symmetric order, 1e-3", "shift, no pivoting"]
    print(measure.table(head, saddles), "\n")
    found = target()
    base = statistics.median(found["PyAMG by hand"])
    lines = [
        [name, measure.spread(values, "{:.3f}"), f"{statistics.median(values) / base:.2f}"]
        for name, values in found.items()
    ]
    print(measure.table(["P1 Poisson, 1e5 unknowns", "s, median (range)", "ratio"], lines))
    data = {"systems": rows, "pivots": saddles, "poisson": found, "rounds": ROUNDS}
    if not small:
        measure.store("sparse_paths", data)


if __name__ == "__main__":
    main()
