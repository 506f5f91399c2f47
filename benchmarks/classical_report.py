"""The sections of docs/benchmarks.md about classical solvers, from the stored results."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

import catalogue_levels
import measure
import poisson_by_hand
import shared_data


def stored(name: str) -> dict[str, Any]:
    """Return the stored results of a script."""
    found: dict[str, Any] = json.loads((measure.RESULTS / f"{name}.json").read_text())
    return found


def wanted(levels: dict[str, Any], hand: dict[str, Any], rival: dict[str, Any]) -> str:
    """Return the table of figures wanted and reached."""
    rows = levels["rows"]
    calm = [row for name, row in rows.items() if name not in catalogue_levels.CHAOTIC]
    met = [r for r in calm if r["levels"] is not None and r["levels"] <= catalogue_levels.TOL]
    quick = sum(row["seconds"] <= 60 for row in met)
    lines = [
        [f"{name}: time over that of Exponax", "≤ 1.2", f"{case['ratio']:.2f}"]
        for name, case in rival["cases"].items()
    ]
    lines += [
        [
            "P1 Poisson, 100,000 unknowns: time over that of scikit-fem and PyAMG by hand",
            "≤ 1.3",
            f"{median(hand['ratios']):.2f}",
        ],
        [
            "catalogue: two levels agree to 1e-4",
            "all cases that are not chaotic, 30 of them in 60 s each, the rest in 5 min",
            f"{len(met)} of {len(calm)}, {quick} of them in 60 s",
        ],
    ]
    return measure.table(["figure", "wanted", "reached"], lines)


def rivals(data: dict[str, Any]) -> str:
    """Return the table of times a step against Exponax."""
    lines = []
    for name, case in data["cases"].items():
        cells = [measure.spread(case["ms per step"][k], "{:.3f}") for k in ("residuum", "exponax")]
        lines.append([name, *cells, f"{case['ratio']:.2f}", f"{case['apart']:.0e}"])
    head = ["case", "Residuum, ms per step", "Exponax, ms per step", "ratio", "states apart"]
    return measure.table(head, lines)


def sections() -> str:
    """Return the sections in Markdown."""
    levels, data = stored("catalogue_levels"), stored("shared_data")
    hand, rival = stored("poisson_by_hand"), stored("exponax_rival")
    return f"""## Classical solvers: figures wanted and reached

{wanted(levels, hand, rival)}

## Spectral stepping against Exponax

`python benchmarks/exponax_rival.py`: the same equation, grid, step and order in float64, rounds in
turn in one process; medians and ranges.

{rivals(rival)}

## Elements against the same libraries by hand

`python benchmarks/poisson_by_hand.py`: from the statement to nodal values, mesh included, rounds in
turn.

{poisson_by_hand.show(hand)}

## Reference data made by others

`python benchmarks/shared_data.py`: relative L2 differences (largest differences for the tables on
centre lines). Where the difference from the data stays while our own two levels agree far below it,
the difference is the data's.

{shared_data.show(data["rows"])}

## The catalogue

`python benchmarks/catalogue_levels.py`: every case by the method chosen for it, tolerance 1e-4.
"two levels" is the relative L2 difference of the last two levels of refinement, which is what the
certificate says; "error" is against the reference of the case where there is one, at 2,000 points.

{catalogue_levels.count(levels["rows"])}

{catalogue_levels.show(levels["rows"])}
"""
