"""Cause: the automatic scaling took a size that the answer does not have."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum.analysis._evidence import Evidence, rms
from residuum.analysis._finding import Finding, grade
from residuum.problem import pointwise

CAUSE = "scaling"
OFF, SURE = 200.0, 1e4
"""Ratio of a size to the one that was taken: noticed, and plain."""


def scales(evidence: Evidence) -> Finding | None:
    """Compare the sizes that were taken for the unknowns with what answer and sources show.

    A network has outputs of size one after scaling; where the size taken is wrong by a factor, its
    weights have to grow or shrink by that factor.
    """
    sizes, problem = evidence.sizes, evidence.problem
    worst, said, numbers = 1.0, "", {}
    for j, u in enumerate(problem.unknowns):
        taken = float(sizes.magnitudes[j])
        shown = {"the answer shows": rms(evidence.terms.values[:, j])}
        shown["its sources ask for"] = _pushed(evidence, j)
        for who, size in shown.items():
            ratio = max(size / taken, taken / size) if size > 0 and taken > 0 else 1.0
            # Sources may be far weaker than boundary values; only stronger ones mislead.
            if who.startswith("its") and size < taken:
                ratio = 1.0
            if ratio > worst:
                worst, numbers = ratio, {"taken": taken, "shown": size, "ratio": ratio}
                said = f"{u.func} was taken to be of size {taken:.1e}, but {who} {size:.1e}"
    strength = grade(worst, OFF, SURE)
    if not strength:
        return None
    widths = ", ".join(
        f"{c.name} {w:.1e}" for c, w in zip(problem.coordinates, sizes.half_width, strict=True)
    )
    remedy = (
        "The size is read from conditions and observations: pose the problem for an unknown of "
        f"size one (divide it by {numbers['shown']:.1e}), or take a method that does not depend "
        f"on sizes: {evidence.alternatives}."
    )
    return Finding(CAUSE, f"{said} (half-widths: {widths})", remedy, strength, numbers)


def _pushed(evidence: Evidence, j: int) -> float:
    """Return the size of an unknown that the sources alone would produce: |f| over the operator."""
    problem, sizes = evidence.problem, evidence.sizes
    points = jnp.asarray(evidence.terms.points[:256])
    found = []
    for residual in problem.residuals:
        at = pointwise(problem, residual)
        zeros = {slot: jnp.zeros(len(points)) for slot in at.slots}
        source = rms(np.asarray(at(points, zeros, parameters=evidence.parameters)))
        slopes = at.slopes(points, zeros, parameters=evidence.parameters)
        terms = [
            rms(np.asarray(slope)) / float(np.prod(sizes.half_width ** np.array(index)))
            for (i, index), slope in slopes.items()
            if i == j
        ]
        if source > 0 and max(terms, default=0.0) > 0:
            found.append(source / max(terms))
    return max((size for size in found if np.isfinite(size)), default=0.0)
