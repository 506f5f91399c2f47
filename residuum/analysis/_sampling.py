"""Cause: too few points, the field swings between them."""

from __future__ import annotations

import numpy as np

from residuum.analysis._evidence import LARGE, Evidence, rms
from residuum.analysis._finding import Finding, grade
from residuum.objectives import Collocation
from residuum.problem._places import interior_points

CAUSE = "under-sampling"
WORSE, SURE = 5.0, 50.0
"""Residual at fresh points against that at points of the training: noticed, and plain."""


def sampling(evidence: Evidence) -> Finding | None:
    """Compare the residual at fresh points with that at points that were trained on.

    Random features say which points they were fitted at (their design and the seed give them
    again); a trained network keeps its last loss, which is half its mean square.
    """
    if not evidence.smooth or not evidence.learned or evidence.residual <= LARGE:
        return None
    found = _at_design(evidence) if evidence.features else _from_loss(evidence)
    if found is None:
        return None
    fresh, trained, count = found
    ratio = fresh / max(trained, 1e-300)
    strength = grade(ratio, WORSE, SURE)
    if not strength:
        return None
    unknowns = evidence.record.unknowns
    said = f"the residual is {fresh:.1e} at fresh points and {trained:.1e} at those trained on" + (
        f" ({count} points for {unknowns} unknowns)" if count else ""
    )
    more = max(3 * unknowns, 4 * count, 500)
    remedy = (
        f"Give more points: RandomFeatures(points={more}), or fewer features."
        if evidence.features
        else f"Give more points, drawn anew while it trains: PINN(points=ResidualAdaptive("
        f"count={max(more, 2500)}, pool={max(8 * more, 20000)})), or a smaller field."
    )
    numbers = {"fresh": fresh, "trained": trained, "points": float(count)}
    return Finding(CAUSE, said, remedy, strength, numbers)


def _scaled(evidence: Evidence, points: np.ndarray) -> float:
    """Return the residual as the training sees it: against the sizes of the automatic scaling."""
    rows = evidence.terms_at(points).residual / evidence.sizes.residuals[:, None]
    return rms(rows) * float(np.sqrt(len(rows)))


def _at_design(evidence: Evidence) -> tuple[float, float, int] | None:
    if not evidence.record.seed.isdecimal():
        return None
    equations = len(evidence.problem.residuals)
    usual = max(3 * evidence.record.unknowns // equations, 500)
    count = int(evidence.option("points") or usual)
    points = interior_points(
        evidence.problem, count, int(evidence.record.seed), Collocation().design
    )
    return _scaled(evidence, evidence.terms.points), _scaled(evidence, points), count


def _from_loss(evidence: Evidence) -> tuple[float, float, int] | None:
    losses = evidence.record.history.get("loss", [])
    if not losses or not np.isfinite(losses[-1]):
        return None
    # Rounds of fresh points make the last losses jump: the median of a few tells the level.
    level = float(np.sqrt(2 * np.median(losses[-5:])))
    count = int(evidence.option("count") or 0)
    return _scaled(evidence, evidence.terms.points), level, count
