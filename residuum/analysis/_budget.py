"""Cause: the solve was stopped while it still got better."""

from __future__ import annotations

import math

import numpy as np

from residuum._core import Result
from residuum.analysis._evidence import LARGE, Evidence
from residuum.analysis._finding import Finding, grade

CAUSE = "stopped too early"
FALLING, SURE = 1.3, 3.0
"""Fall of the loss over its last third: noticed, and plain."""
FEWEST = 6
AIM = 1e-3
"""Residual against the size of the terms that the prediction aims at."""


def budget(evidence: Evidence) -> Finding | None:
    """Read from the record whether the loss was still falling, and predict what it would take."""
    cut = evidence.solution.result in (Result.OUT_OF_BUDGET, Result.INTERRUPTED)
    if max(evidence.residual, evidence.misfit) <= LARGE and not cut:
        return None
    losses = np.array(evidence.record.history.get("loss", []))
    losses = losses[np.isfinite(losses) & (losses > 0)]
    seconds = evidence.record.seconds
    spent = sum(seconds.get(name, 0.0) for name in ("train", "compile", "solve"))
    if len(losses) < FEWEST:
        return _cut(evidence, spent) if cut else None
    middle, last = float(np.median(losses[2 * len(losses) // 3 :][:5])), float(losses[-3:].mean())
    fall = middle / last
    strength = (0.97 if cut else 0.8) * (0.5 + 0.5 * grade(fall, FALLING, SURE))
    if not grade(fall, FALLING, SURE):
        return _cut(evidence, spent) if cut else None
    more = len(losses) / 3 * max(math.log(2 * last / AIM**2) / math.log(fall), 0.0)
    total = seconds.get("total", spent) * (1 + more / len(losses))
    said = (
        f"the loss still fell by a factor {fall:.3g} over the last third of {len(losses)} steps; "
        f"compiling took {seconds.get('compile', 0.0):.1f} of {seconds.get('total', 0.0):.1f} s"
    )
    remedy = f"At this pace about {more:.0f} more steps are needed: go on with rs.solve(problem, "
    remedy += f"method, start=answer, budget={max(total, 1.0):.0f})"
    rule = next((r for r in ("Adam", "LBFGS") if r in evidence.record.method), "")
    remedy += f", or train by GaussNewton() instead of {rule}()." if rule else "."
    numbers = {"fall": fall, "steps": float(len(losses)), "more": more}
    return Finding(CAUSE, said, remedy, strength, numbers)


def _cut(evidence: Evidence, spent: float) -> Finding:
    total = evidence.record.seconds.get("total", spent)
    said = f"{evidence.solution.result.code} after {total:.1f} s"
    remedy = f"Give more time: rs.solve(problem, method, budget={max(4 * total, 1.0):.0f})."
    return Finding(CAUSE, said, remedy, 0.5, {"seconds": total})
