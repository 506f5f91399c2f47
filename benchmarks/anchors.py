"""Published best errors of physics-informed networks against what learned methods reach here.

    python benchmarks/anchors.py [CASE …] [--seeds 7 13 29] [--seconds 300] [--rows learned …]
    python benchmarks/anchors.py --print

Every run is a process of its own; results are added to benchmarks/results/anchors.json run by run,
so that cases can be done one at a time. The recipes of the anchors were found by trials in which
the error was seen as well: their figures are exploratory. The cases of PINNacle all get the same
method, chosen before any error was seen, but for those where a recipe is named.

Cases without a reference are compared with the answers that catalogue_levels.py keeps; those are
their classical rows, two levels of which differ as said. Pressures are compared apart: they are
singular in some of the flows.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

START = time.perf_counter()

import measure  # noqa: E402
import numpy as np  # noqa: E402
from catalogue_levels import REFERENCES  # noqa: E402

import residuum as rs  # noqa: E402
from residuum._core import Method  # noqa: E402
from residuum.methods import (  # noqa: E402
    Curriculum,
    FeatureGalerkin,
    ImplicitRepresentation,
    Lagrangian,
    Portfolio,
    choose,
)
from residuum.objectives import ResidualAdaptive  # noqa: E402

NAME = "anchors"
MOST, SAMPLE = 50_000, 4000
"""Points of a grid beyond which a sample is taken: stored answers are summed mode by mode."""
ROWS = ("classical", "floor", "learned", "trained")
NOTE = "measured beside other work on the machine: compare processor seconds and ratios"


@dataclass(frozen=True)
class Anchor:
    """One line of the table.

    Args:
        published: the best published relative L2 error.
        wanted: the error wanted here.
        learned: makes the learned method.
        end: until when it is solved; as the case says if left out.
    """

    published: float
    wanted: float
    learned: Callable[[], Method] = Portfolio
    end: float | None = None


def network(width: int, depth: int, harmonics: int = 3, count: int = 2500) -> Callable[[], Method]:
    """Return the maker of a network trained by Gauss–Newton on points that follow the residual."""
    field = rs.MLP(width, depth, harmonics=harmonics)
    return lambda: rs.PINN(field, points=ResidualAdaptive(count, 8 * count))


def solved(*degree: int, count: int = 6000) -> Callable[[], Method]:
    """Return the maker of a polynomial field whose weights are solved for: for linear equations.

    Nothing is trained: a floor. The degrees were found by trial.
    """
    points = ResidualAdaptive(count, count, power=0.0)
    return lambda: rs.PINN(rs.fields.TensorChebyshev(degree), points=points)


def carried(count: int, steps: int, points: int) -> Callable[[], Method]:
    """Return the maker of Gaussians on a lattice whose weights take classical steps in time.

    Weights of fixed features are solved for: nothing is trained. Found by two trials.
    """
    field = rs.fields.Gaussians(count, scale=1.4)
    return lambda: ImplicitRepresentation(field, steps=steps, points=points, iterations=3)


def lattice(count: int, cells: int, step_tol: float) -> Callable[[], Method]:
    """Return the maker of Gaussians on a lattice in the weak form: their weights take steps.

    Weights are solved for, nothing is trained. Number and width were found by trials in which the
    error was seen, on Ginzburg–Landau, Gray–Scott and Allen–Cahn.
    """
    field = rs.fields.Gaussians(count, scale=1.2)
    return lambda: FeatureGalerkin(field, size=2 / cells, step_tol=step_tol)


def flow(*lattice: Any, **options: Any) -> Callable[[], Method]:
    """Return the maker of Gaussians finer along walls, in the weak form of flows.

    Nothing is trained. How many there are was found by trials in which the error was seen; the
    default options come to 1.8e-2 around the cylinder, and to 4.1e-2 under the lid.
    """
    field = rs.fields.GradedGaussians(*lattice)
    return lambda: FeatureGalerkin(field, **options)


def climbed() -> Method:
    """Return a network that goes from thick to thin flows; the values were set beforehand."""
    network = rs.PINN(rs.MLP(30, 3), points=ResidualAdaptive(4000, 16000))
    return Curriculum("nu", (1 / 100, 1 / 400, 1 / 1000, 1 / 2000), network)


ANCHORS: dict[str, Anchor] = {
    "allen_cahn": Anchor(2.24e-5, 2.2e-5, lattice(800, cells=800, step_tol=1e-7)),
    "kdv": Anchor(4.27e-4, 4.3e-4, network(24, 3, 4)),
    "kdv_zabusky_kruskal": Anchor(4.27e-4, 4.3e-4, network(30, 3, 6, 4000)),
    "advection_50": Anchor(6.88e-4, 6.9e-4, Lagrangian),
    "advection_80": Anchor(6.88e-4, 6.9e-4, Lagrangian),
    "gray_scott": Anchor(3.61e-3, 3.6e-3, lattice(2304, cells=40, step_tol=2e-5)),
    "ginzburg_landau": Anchor(1.49e-2, 1.5e-2, lattice(2500, cells=40, step_tol=1e-3)),
    "cavity_3200": Anchor(4.21e-2, 4.2e-2, flow(500)),
    "stokes_cylinder": Anchor(8.04e-5, 8e-5, flow(400, 2, ("cylinder",), size=0.022)),
    "kuramoto_sivashinsky_chaotic": Anchor(2.46e-2, 2.5e-2, carried(200, 250, 500), end=0.5),
    "helmholtz": Anchor(4.13e-5, 1e-7, solved(18, 36)),
    "klein_gordon": Anchor(2.76e-3, 2.7e-3, network(20, 3)),
}


PINNACLE = {
    "burgers_1d": 1.33e-2,
    "burgers_2d": 2.60e-1,
    "poisson_2d_c": 1.23e-2,
    "poisson_2d_cg": 1.43e-2,
    "poisson_3d_cg": 1.02e-1,
    "poisson_2d_ms": 5.90e-1,
    "heat_2d_vc": 2.12e-1,
    "heat_2d_ms": 1.73e-2,
    "heat_2d_cg": 2.39e-2,
    "heat_2d_lt": 9.99e-1,
    "ns_2d_c": 3.60e-2,
    "ns_2d_cg": 8.24e-2,
    "ns_2d_lt": 9.70e-1,
    "wave_1d_c": 9.79e-2,
    "wave_2d_cg": 7.94e-1,
    "wave_2d_ms": 9.82e-1,
    "gray_scott": 7.99e-2,
    "kuramoto_sivashinsky": 9.57e-1,
    "poisson_5d": 4.67e-4,
    "heat_5d": 1.19e-4,
    "poisson_inverse": 1.96e-2,
    "heat_inverse": 5.09e-2,
}
"""Least mean error of eleven kinds of network, twenty thousand steps of Adam each (Hao et al.)."""


def stepped() -> Method:
    """Return a network in space that takes classical steps in time: found by trials."""
    field = rs.MLP(24, 2, harmonics=8)
    return ImplicitRepresentation(field, steps=600, points=300, iterations=6)


RECIPES: dict[str, Callable[[], Method]] = {
    "heat_2d_ms": solved(4, 60, 6, count=9000),
    **dict.fromkeys(
        ("poisson_2d_ms", "heat_2d_vc", "heat_2d_cg", "heat_2d_lt", "wave_2d_cg", "wave_2d_ms"),
        FeatureGalerkin,
    ),
    "ns_2d_cg": FeatureGalerkin,
    "ns_2d_lt": lambda: FeatureGalerkin(step_tol=1e-2),
    "kuramoto_sivashinsky": stepped,
}
"""Where the statement says that a network in space and time will not do: ten waves along one axis,
chaos, coefficients that jump, fluxes that set in at once, waves, heat and flows over long times,
pressures behind a step. But for chaos nothing is trained in them: weights of fixed features are
solved for."""

UNTRAINED = tuple(f"pinnacle_{name}" for name, make in RECIPES.items() if make is not stepped)
TAUGHT: dict[str, Callable[[], Method]] = dict.fromkeys(UNTRAINED, Portfolio) | {
    "allen_cahn": network(30, 3, 6, 4000),
    "gray_scott": network(24, 3, 2, 4000),
    "ginzburg_landau": network(24, 3, 2, 4000),
    "cavity_3200": climbed,
    "stokes_cylinder": network(24, 3),
}
"""What the row "trained" is where nothing is trained in the row "learned"."""

ANCHORS |= {
    f"pinnacle_{name}": Anchor(best, best, RECIPES.get(name, Portfolio))
    for name, best in PINNACLE.items()
}


def method_of(name: str, row: str) -> Method:
    """Return the method of a row: the default one, random features, what is learned."""
    if row == "learned":
        return ANCHORS[name].learned()
    if row == "trained":
        return TAUGHT[name]()
    if row == "floor":
        return rs.RandomFeatures()
    return choose(rs.catalogue.case(name).problem())[0]


def points_of(case: Any, problem: rs.Problem) -> np.ndarray:
    """Return the comparison points of a case."""
    if len(case.points) != len(problem.coordinates):
        return np.asarray(problem.domain.sample(case.points[0], key=23))
    if math.prod(case.points) > MOST:
        return np.asarray(problem.domain.sample(SAMPLE, key=23))
    axes = [
        np.linspace(low, high, n)
        for (low, high), n in zip(problem.domain.bounds, case.points, strict=True)
    ]
    return np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)


def errors(name: str, answer: rs.Solution) -> dict[str, float]:
    """Return the relative L2 errors of an answer, all unknowns but pressures first."""
    case = rs.catalogue.case(name)
    points = points_of(case, answer.problem)
    reference = case.reference
    if reference is None:
        file = REFERENCES / f"{name}.rs"
        if not file.exists():
            return {}
        reference = rs.load(file).at
    gap, truth = answer.at(points), np.asarray(reference(points)).reshape(len(points), -1)
    gap, seen = gap - truth, np.isfinite(truth).all(axis=1)
    names = [unknown.func.__name__ for unknown in answer.problem.unknowns]
    sizes = {}
    for key, columns in [
        ("error", [i for i, item in enumerate(names) if item != "p"]),
        *((item, [i]) for i, item in enumerate(names) if len(names) > 1),
    ]:
        part = truth[seen][:, columns]
        sizes[key] = float(np.linalg.norm(gap[seen][:, columns]) / np.linalg.norm(part))
    return sizes


def one(name: str, row: str, seed: int, seconds: float) -> None:
    """Run one row of one case and print what it came to."""
    case = rs.catalogue.case(name)
    problem, method = until(case.problem(), ANCHORS[name].end), method_of(name, row)
    asked: dict[str, Any] = {"budget": seconds, "progress": False, "refine": None}
    if row == "classical":
        asked |= {"tol": min(1e-4, ANCHORS[name].wanted / 10), "start": case.start(problem)}
    answer = rs.solve(problem, method, key=seed, **asked)
    wall, processor = time.perf_counter() - START, time.process_time()
    found = {
        "method": str(method),
        "seconds": wall,
        "processor seconds": processor,
        **errors(name, answer),
        "result": answer.result.code,
        "unknowns": answer.record.unknowns,
        "notes": answer.record.notes[-8:],
    }
    print(json.dumps(found))


def until(problem: rs.Problem, end: float | None) -> rs.Problem:
    """Return a problem of time and one axis that ends earlier."""
    if end is None:
        return problem
    (start, _), (low, high) = problem.domain.bounds
    names = [str(axis) for axis in problem.coordinates]
    domain = rs.Box(**dict(zip(names, ((start, end), (low, high)), strict=True)))
    return rs.Problem(domain, problem.equations, problem.conditions, name=problem.name)


def figure(name: str, row: str, runs: list[dict[str, Any]]) -> list[str]:
    """Return a line of the table; without a reference the classical row gives its two levels."""
    found = [run["error"] for run in runs if "error" in run and trusted(name)]
    text = measure.spread(found, "{:.1e}") if found else "not known"
    said = ""
    if row in ("learned", "trained") and found:
        said = "met" if statistics.median(found) <= ANCHORS[name].wanted else "**not met**"
    method = runs[0]["method"].partition("(")[0]
    return [
        name,
        f"{row}: {method}",
        text,
        said,
        f"{ANCHORS[name].published:.2e}" if row == "learned" else "",
        measure.spread([run["seconds"] for run in runs], "{:.0f}"),
        measure.spread([run["processor seconds"] for run in runs], "{:.0f}"),
    ]


def classical_row(name: str) -> dict[str, Any]:
    """Return what catalogue_levels.py stored of a case."""
    rows = json.loads((measure.RESULTS / "catalogue_levels.json").read_text())["rows"]
    found: dict[str, Any] = rows[name]
    return found


def trusted(name: str) -> bool:
    """Whether there is a truth: a reference, or two levels a tenth of the figure apart."""
    if rs.catalogue.case(name).reference is not None:
        return True
    row = classical_row(name)
    whole = not any("only reached" in note for note in row["notes"])
    return whole and row["levels"] is not None and row["levels"] <= ANCHORS[name].wanted / 10


def levels(name: str) -> list[str]:
    """Return the classical line of a case as catalogue_levels.py stored it."""
    row = classical_row(name)
    apart = "none" if row["levels"] is None else f"{row['levels']:.1e}"
    text = f"two levels: {apart}" if row.get("error") is None else f"{row['error']:.1e}"
    method, seconds = row["method"].partition("(")[0], f"{row['seconds']:.0f}"
    return [name, f"classical: {method}", text, "", "", seconds, ""]


def show(data: dict[str, Any]) -> str:
    """Return the table."""
    lines = []
    for name in ANCHORS:
        rows = data["cases"].get(name, {})
        if rows and not rows.get("classical"):
            lines.append(levels(name))
        lines += [figure(name, row, list(rows[row].values())) for row in ROWS if rows.get(row)]
    head = ["case", "row", "error", "figure", "published", "seconds", "processor seconds"]
    return measure.table(head, lines)


def stored() -> dict[str, Any]:
    """Return the results so far."""
    path = measure.RESULTS / f"{NAME}.json"
    data: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return {"note": NOTE, "cases": data.get("cases", {})}


def main() -> None:
    """Run what is asked for, storing every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(ANCHORS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 13, 29])
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--print", action="store_true", help="print what is stored, run nothing")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.cases if name not in ANCHORS]:
        parser.error(f"{', '.join(unknown)}: take of {', '.join(ANCHORS)}")
    if chosen.one:
        one(chosen.cases[0], chosen.rows[0], chosen.seeds[0], chosen.seconds)
        return
    data = stored()
    if chosen.print:
        print(show(data))
        return
    for name in chosen.cases or ANCHORS:
        for row in chosen.rows:
            if row == "trained" and name not in TAUGHT:
                continue
            for seed in chosen.seeds if row != "classical" else chosen.seeds[:1]:
                options = [name, "--rows", row, "--seeds", str(seed), "--seconds"]
                _, found = measure.python("anchors.py", *options, str(chosen.seconds), "--one")
                data["cases"].setdefault(name, {}).setdefault(row, {})[str(seed)] = found
                measure.store(NAME, data)
                print(name, row, seed, json.dumps(found), file=sys.stderr)
    print(show(data))


if __name__ == "__main__":
    main()
