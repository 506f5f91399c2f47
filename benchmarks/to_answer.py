"""One solve in a fresh process: seconds from its start to the answer, import and compilation in.

    python benchmarks/to_answer.py PROBLEM METHOD SEED SECONDS       JSON: seconds, error, result

Unlike the command line it neither draws nor saves, and it computes the reference afterwards.
"""

from __future__ import annotations

import json
import sys
import time

START = time.perf_counter()

import numpy as np  # noqa: E402

import residuum as rs  # noqa: E402
from residuum.methods import METHODS, NAMED  # noqa: E402


def main(name: str, method: str, seed: int, limit: float) -> None:
    """Solve, stop the clock, then compare."""
    case = rs.catalogue.case(name)
    problem = case.problem()
    chosen = {**METHODS, **NAMED}[method]()
    answer = rs.solve(problem, chosen, key=seed, budget=limit, progress=False)
    seconds = time.perf_counter() - START
    if len(case.points) == len(problem.coordinates):
        axes = [
            np.linspace(low, high, n)
            for (low, high), n in zip(problem.domain.bounds, case.points, strict=True)
        ]
        points = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)
    else:
        points = problem.domain.sample(case.points[0], key=23)
    error = answer.error(case.reference, points)
    found = {"seconds": seconds, "error": error, "result": answer.result.code}
    print(json.dumps({**found, "unknowns": answer.record.unknowns}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
