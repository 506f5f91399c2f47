"""Cause: the training stood still, or blew up."""

from __future__ import annotations

import math

import numpy as np

from residuum._core import Result
from residuum.analysis._evidence import LARGE, Evidence
from residuum.analysis._finding import Finding, grade

CAUSES = {"still": "stagnation", "blown": "divergence"}
FEWEST = 20
"""Losses from which on a history tells something."""
STILL = 1.1
"""Fall of the loss over its last third that counts as standing still."""
SMALL = 1e-4
"""A learning rate of which little is to be expected."""
NEVER = 3.0
"""Fall over the whole history below which the rule never got hold."""


def history(evidence: Evidence) -> Finding | None:
    """Read the losses of the record: how they end, and how far they fell."""
    losses = np.array(evidence.record.history.get("loss", []))
    blown = evidence.solution.result in (Result.DIVERGED, Result.NOT_FINITE)
    known = losses[np.isfinite(losses)]
    if blown:
        return _diverged(evidence, known)
    if len(known) < FEWEST:
        return None
    first, last, best = (float(x) for x in (known[0], np.median(known[-5:]), known.min()))
    if last > 100 * max(best, 1e-300):
        return _diverged(evidence, known)
    middle = float(np.median(known[2 * len(known) // 3 :][:5]))
    fall, whole = middle / max(last, 1e-300), first / max(last, 1e-300)
    level = math.sqrt(2 * last)
    if fall > STILL or max(evidence.residual, evidence.misfit) <= LARGE:
        return None
    strength = 0.5 + 0.4 * (1 - grade(whole, 1.0, NEVER))
    said = (
        f"the loss fell by a factor {fall:.3g} over its last third and {whole:.3g} in all; it "
        f"stands at {level:.1e} of the terms"
    )
    remedy = (
        "Another rule: PINN(rule=GaussNewton())."
        if "Adam" in evidence.record.method or "LBFGS" in evidence.record.method
        else "A larger field, PINN(field=MLP(width=40, depth=3)), or another start, key= another."
    )
    if (evidence.option("rate") or 1.0) < SMALL and whole < NEVER:
        remedy = f"A larger rate: Adam(rate=0.002) is usual. {remedy}"
    numbers = {"fall": fall, "whole": whole, "level": level}
    return Finding(CAUSES["still"], said, remedy, strength, numbers)


def _diverged(evidence: Evidence, known: np.ndarray) -> Finding:
    first = float(known[0]) if len(known) else math.nan
    best = float(known.min(initial=math.inf)) if len(known) else math.nan
    last = float(known[-1]) if len(known) else math.nan
    said = (
        f"the loss went from {first:.1e} by {best:.1e} to {last:.1e} in {len(known)} steps"
        if len(known)
        else "the loss blew up in the first steps: 0 of them were kept"
    )
    said = f"{evidence.solution.result.code}: {said}"
    rate = evidence.option("rate")
    remedy = f"A smaller rate: Adam(rate={rate / 10:g})." if rate else "A smaller step or rate."
    remedy += f" Gauss–Newton is damped: PINN(rule=GaussNewton()). Or {evidence.alternatives}."
    numbers = {"first": first, "best": best, "last": last}
    return Finding(CAUSES["blown"], said, remedy, 1.0, numbers)
