"""docs/benchmarks.md from the stored results.

python benchmarks/report.py
"""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

import certificate_report
import classical_report
import derivative_engine
import first_slice
import measure

WANTED = (
    ("Burgers, `--method pinn`, relative L2", "≤ 5e-4 in ≤ 60 s", "burgers pinn"),
    ("Helmholtz, random features, relative L2", "≤ 1e-6 in ≤ 10 s", "helmholtz random_features"),
    ("Allen–Cahn, network, relative L2", "≤ 1e-2 in ≤ 5 min", "allen_cahn pinn"),
    ("Allen–Cahn, classical row, relative L2", "≤ 1e-6 in ≤ 5 s", "allen_cahn fourier"),
)


def stored(name: str) -> dict[str, Any]:
    """Return the stored results of a script."""
    found: dict[str, Any] = json.loads((measure.RESULTS / f"{name}.json").read_text())
    return found


def wanted(data: dict[str, Any]) -> str:
    """Return the table of figures wanted and reached."""
    rows = []
    for what, figure, key in WANTED:
        runs = data["solves"][key]
        errors = measure.spread([run["error"] for run in runs], "{:.1e}")
        seconds = measure.spread([run["seconds"] for run in runs], "{:.1f}")
        text = f"{errors} in {seconds} s"
        if key in data["answers"]:
            bare = [run["seconds"] for run in data["answers"][key]]
            text += f"; {measure.spread(bare, '{:.1f}')} s to the answer alone"
        rows.append([what, figure, text])
    for what, limit in (("import residuum", 1.5), ("residuum --help", 1.0)):
        rows.append([what, f"≤ {limit} s", measure.spread(data["start"][what], "{:.2f}") + " s"])
    return measure.table(["figure", "wanted", "reached: median (range) of three seeds"], rows)


def main() -> None:
    """Write the page."""
    slice_data, engine_data = stored("first_slice"), stored("derivative_engine")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        first_slice.show(slice_data)
    machine = ", ".join(f"{k} {v}" for k, v in slice_data["machine"].items())
    text = f"""# Benchmarks

Every figure here is printed by a script in `benchmarks/`, as medians with their range; this page is
written by `python benchmarks/report.py` from the stored results. Measured on: {machine}.
Every method runs with its defaults; no option is tuned by the true error.

## Figures wanted and reached

`python benchmarks/first_slice.py`, whole processes from start to the written picture, the reference
computed on the way; "to the answer alone" is a bare process that imports, compiles and solves:

{wanted(slice_data)}

## Every row

Learned rows stand beside a classical row and the zero-training floor. The estimate in a certificate
is not used here: errors are against the references of the catalogue. "seconds to reach" is counted
from the start of the process, for DeepXDE with the set-up of its own Burgers example (3 × 20 tanh,
2,540 + 80 + 160 points, 15,000 steps of Adam, then L-BFGS), which ends by itself; one seed goes on
with Adam up to {first_slice.LONG:.0f} s, ten times what the network here needs for 1e-3.

{output.getvalue().strip()}

## The derivative engine

`python benchmarks/derivative_engine.py`: value and gradient of the Burgers residual at 10,000
points with a network of 4 × 64 tanh in float32, rounds in turn. "by hand" is a second-order
propagation written for this one equation in JAX; DeepXDE's step contains Adam, and so does the row
above it.

{derivative_engine.show(engine_data["seconds"])}

{classical_report.sections()}
{certificate_report.sections()}"""
    (measure.ROOT / "docs" / "benchmarks.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
