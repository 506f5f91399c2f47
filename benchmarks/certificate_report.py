"""The part of the benchmark page about errors: certificates, tolerances, refiners."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

import certificates
import deep_conjugate
import measure
import promise
import spectral_refiner


def stored(name: str) -> dict[str, Any]:
    """Return the stored results of a script."""
    found: dict[str, Any] = json.loads((measure.RESULTS / f"{name}.json").read_text())
    return found


def sections() -> str:
    """Return the sections in Markdown."""
    pairs, kept = stored("certificates"), stored("promise")
    refiner = io.StringIO()
    with contextlib.redirect_stdout(refiner):
        spectral_refiner.show(stored("spectral_refiner"))
    return f"""## Certificates against true errors

`python benchmarks/certificates.py`: problems with known solutions and answers to them, from
untrained networks to good ones; nothing of the certifiers is used to measure the truth. Wanted: no
bound below the true error; bounds between 1 and 5 times it in 90 %, estimates between 0.5 and 3
times in 90 %; a cost of at most half a classical solve of equal accuracy for smooth answers below
1e-3, and of 1.5 otherwise.

{certificates.count(pairs["rows"])}

{certificates.show(pairs["rows"])}

## The promise of a tolerance

`python benchmarks/promise.py`: a network of at most {promise.GUESS:.0f} s as the guess, refined to
{promise.TOL:g}; every case of the catalogue whose reference can judge it and that is not chaotic.

{promise.count(kept["rows"])}

{promise.show(kept["rows"])}

## Deep conjugate directions

`python benchmarks/deep_conjugate.py`: iterations to a relative residual of 1e-4 and 1e-8 on grids
with two round holes, right sides of white noise; medians and ranges of three seeds. Multigrid needs
the fewest iterations and the least time. Size independence, which the paper claims, is not met.

{deep_conjugate.show(stored("deep_conjugate"))}

## Spectral refinement

`python benchmarks/spectral_refiner.py`: vorticity on 64 × 64 modes, viscosity 1e-3, ten frames.
Plain time stepping with as many evaluations does better in the frames; refinement starts from any
answer and knows its error.

{refiner.getvalue().strip()}
"""
