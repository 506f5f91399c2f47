"""Effectivity of the estimates: certificate over true error, over pairs of problem and method.

    python benchmarks/estimates_effectivity.py [seconds per solve]

The true error is read at fresh points against the catalogue's reference, for the worst unknown.
Pairs without a number are counted apart, with the reason.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import residuum as rs
from residuum import catalogue
from residuum._core import Method
from residuum.certify import DefectCorrection, TwoMethods, certify
from residuum.problem._places import interior_points

PROBLEMS = (
    *("poisson_four_holes", "poisson", "heat", "burgers", "allen_cahn", "wave", "helmholtz"),
    *("plate", "l_shape", "elastic_plate_with_hole", "fisher", "klein_gordon", "black_scholes"),
    *("kdv", "damped_oscillator"),
)
METHODS: tuple[Method, ...] = (rs.PINN(), rs.RandomFeatures(), rs.FiniteElement(levels=2))
WITHIN = (0.5, 3.0)


def rival_of(problem: rs.Problem, answer: rs.Solution) -> TwoMethods:
    """Return two methods with the first classical rival that suits."""
    for rival in (rs.Spectral(), rs.TimeIntegration(), rs.FiniteElement(), rs.FiniteVolume()):
        if TwoMethods(rival).refuse(answer, "L2") is None:
            return TwoMethods(rival)
    return TwoMethods()


def true_error(case: catalogue.Case, answer: rs.Solution) -> float:
    """Return the relative L2 error of the worst unknown."""
    points = interior_points(answer.problem, 4000, 77)
    known, found = case.reference(points), answer.at(points)
    parts = ((found - known) ** 2).mean(axis=0) / np.maximum((known**2).mean(axis=0), 1e-300)
    return float(np.sqrt(parts.max()))


def row(name: str, method: Method, seconds: float) -> float | None:
    """Solve, certify, print one row; return the effectivity if there is one."""
    case = catalogue.case(name)
    problem = case.problem()
    if method.refuse(problem):
        return None
    answer = rs.solve(problem, method, budget=seconds, key=3, progress=False)
    start = time.perf_counter()
    found = certify(answer, by=[DefectCorrection(), rival_of(problem, answer)], budget=60)
    spent, true = time.perf_counter() - start, true_error(case, answer)
    title = f"| {name} | {method.name} | {true:.1e}"
    if found.kind == "none":
        print(f"{title} | - | - | {spent:.0f} s | {'; '.join(found.assumptions)[:120]} |")
        return None
    ratio = found.relative / max(true, case.floor)
    print(
        f"{title} | {found.relative:.1e} | {ratio:.2f} | {spent:.0f} s | {found.by} |", flush=True
    )
    return ratio


def main() -> None:
    """Print the table and how many effectivities lie where they should."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    print("| problem | method | true | estimate | effectivity | time | by |")
    print("|---" * 7 + "|")
    found = [row(name, method, seconds) for name in PROBLEMS for method in METHODS]
    ratios = [ratio for ratio in found if ratio is not None]
    good = sum(WITHIN[0] <= ratio <= WITHIN[1] for ratio in ratios)
    print(f"\n{good} of {len(ratios)} estimates within {WITHIN[0]} to {WITHIN[1]}")


if __name__ == "__main__":
    main()
