"""Cause: transport makes layers that are thinner than what the field resolves."""

from __future__ import annotations

import math

import numpy as np

from residuum.analysis._evidence import LARGE, Evidence, rms
from residuum.analysis._finding import Finding, grade
from residuum.problem._traits import TRANSPORT

CAUSE = "transport dominance"
SURE = 10 * TRANSPORT
CAP = 0.95
GATHERED = 0.05
"""Share of the points that carry the largest residuals."""


def transport(evidence: Evidence) -> Finding | None:
    """Compare the thickness of layers, length over Péclet number, with what the answer shows."""
    peclet = evidence.problem.traits.peclet
    if peclet is None or not math.isfinite(peclet) or not evidence.smooth:
        return None
    if peclet < TRANSPORT or max(evidence.residual, evidence.misfit) <= LARGE:
        return None
    shape = evidence.problem.shape
    length = float(np.ptp(shape.bounds, axis=1).max()) if shape is not None else 1.0
    layer = length / peclet
    width, share = _width(evidence), _share(evidence.terms.profile)
    # What has more unknowns per length than layers resolves them, and something else is wrong.
    spacing = length / max(evidence.record.unknowns, 1) ** (1 / max(len(evidence.problem.space), 1))
    resolved = evidence.record.unknowns > 0 and spacing < layer
    strength = CAP * (0.4 + 0.6 * grade(peclet, TRANSPORT, SURE)) * (0.3 if resolved else 1.0)
    said = (
        f"Péclet number {peclet:.1e}: layers are {layer:.1e} thick, unknowns about {spacing:.1e} "
        f"apart, the steepest part of the answer {width:.1e}; {GATHERED:.0%} of the points "
        f"carry {share:.0%} of the squared residual"
    )
    remedy = (
        f"Take a method that resolves or captures layers: {evidence.alternatives}; for a network, "
        f"points that follow the residual: PINN(points=ResidualAdaptive(power=2.0))."
    )
    numbers = {"peclet": peclet, "layer": layer, "spacing": spacing, "width": width}
    return Finding(CAUSE, said, remedy, strength, numbers)


def _width(evidence: Evidence) -> float:
    """Return the range of the answer over its steepest slope in space."""
    problem, points = evidence.problem, evidence.terms.points
    span = np.ptp(evidence.terms.values, axis=0)
    slope = np.zeros(span.shape)
    for k, c in enumerate(problem.coordinates):
        if c.role == "space":
            index = tuple(int(i == k) for i in range(len(problem.coordinates)))
            found = np.abs(evidence.solution.at(points, index))
            slope = np.maximum(slope, np.nanmax(found, axis=0))
    return float(np.min(span / np.maximum(slope, 1e-300)))


def _share(profile: np.ndarray) -> float:
    squares = np.sort(profile**2)[::-1]
    few = max(1, int(GATHERED * len(squares)))
    return float(squares[:few].sum() / max(squares.sum(), 1e-300)) if rms(profile) > 0 else 0.0
