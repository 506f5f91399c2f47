"""Cause: later times were fitted before earlier ones, or not reached at all."""

from __future__ import annotations

import numpy as np

from residuum._core import Source
from residuum.analysis._evidence import LARGE, Evidence, rms
from residuum.analysis._finding import Finding, grade

CAUSE = "causality in time"
SLABS = 8
UNEVEN, SURE = 5.0, 100.0
"""Ratio of the residuals of early and late times: noticed, and plain."""
CAPS = {"early": 0.9, "late": 0.7}

SOURCES = (
    Source(
        "causal-pinn",
        "Respecting causality is all you need for training physics-informed neural networks",
        "S. Wang, S. Sankaran, P. Perdikaris",
        2024,
        "doi:10.1016/j.cma.2024.116813",
        "runs",
    ),
)


def causality(evidence: Evidence) -> Finding | None:
    """Compare the residual of early and late times.

    A later state that obeys the equation says nothing if what it came from does not: a network
    easily settles on a simple solution of the equation, such as a constant, that has lost the
    initial data. The other way round, a residual that grows with time shows a front that has not
    yet come to the end.
    """
    problem = evidence.problem
    if problem.interval is None or not evidence.smooth or evidence.residual <= LARGE:
        return None
    start, end = problem.interval
    share = (evidence.terms.points[:, 0] - start) / (end - start)
    slab = np.minimum((share * SLABS).astype(int), SLABS - 1)
    profile, values = evidence.terms.profile, evidence.terms.values
    by_time = np.array([rms(profile[slab == k]) for k in range(SLABS)])
    # The end of the time, however late it is, and the worst of the first quarter of it.
    early, late = float(by_time[: SLABS // 4].max()), float(np.median(by_time[SLABS // 2 :]))
    which = "early" if early > late else "late"
    ratio = max(early, late) / max(min(early, late), 1e-300)
    strength = CAPS[which] * grade(ratio, UNEVEN, SURE)
    if not strength or max(early, late) <= LARGE:
        return None
    first, last = rms(values[share < 1 / SLABS]), rms(values[share > 1 - 1 / SLABS])
    said = {
        "early": f"the residual of early times, {early:.1e} of the terms, is {ratio:.1e} times "
        f"that of late ones: late times obey the equation without the initial data",
        "late": f"the residual of late times, {late:.1e} of the terms, is {ratio:.1e} times that "
        f"of early ones: the front of the fit has not come to the end",
    }[which]
    quarter = start + (end - start) / 4
    remedy = (
        f"March: solve up to {problem.coordinates[0].name} = {quarter:g} first and pose the rest "
        f"with the end as its initial value, or take a method that steps in time: "
        f"{evidence.alternatives}."
    )
    said += f"; the answer's size goes from {first:.1e} to {last:.1e}"
    numbers = {"early": early, "late": late, "ratio": ratio}
    return Finding(CAUSE, said, remedy, strength, numbers)
