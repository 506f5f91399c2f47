"""Cause: a condition is not met."""

from __future__ import annotations

from residuum.analysis._evidence import LARGE, Evidence
from residuum.analysis._finding import Finding, grade
from residuum.problem import hard_conditions

CAUSE = "condition missed"
CAP = 0.6
"""A general cause: what makes the condition be missed ranks before it."""


def misfit(evidence: Evidence) -> Finding | None:
    """Name the condition that is missed most, against the typical size of what it is about."""
    known = [(c, size) for c, size in evidence.misfits if not c.jump]
    if not known or known[0][1] <= LARGE or not evidence.smooth:
        return None
    condition, size = known[0]
    inside = evidence.residual
    strength = CAP * grade(size, LARGE, 100 * LARGE) * (1.0 if size > inside else 0.5)
    said = (
        f"{condition} is missed by {size:.1e} of its typical size, the equations by {inside:.1e} "
        f"of theirs"
    )
    could = condition in hard_conditions(evidence.problem).enforced
    weight = evidence.option("weight") or 10.0
    method = "RandomFeatures" if evidence.features else "PINN"
    remedy = (
        f"It can be met exactly: {method}(hard=True)."
        if could
        else f"Give it more weight: {method}(weight={10 * weight:g})"
        + (", or more points: PINN(boundary=1000)." if method == "PINN" else ".")
    )
    return Finding(CAUSE, said, remedy, strength, {"misfit": size, "residual": inside})
