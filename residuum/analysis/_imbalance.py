"""Cause: equations and conditions learn at very different rates."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np

from residuum._core import Source
from residuum.analysis._evidence import LARGE, Evidence, rms
from residuum.analysis._finding import Finding, grade
from residuum.learning import flatten, residuals
from residuum.objectives import Collocation, Rows, inferred

CAUSE = "loss imbalance"
POINTS = 32
UNEVEN, SURE = 30.0, 1e4
"""Ratio of the rates of learning: noticed, and plain."""
MET = 1e-9
"""Misfit below which a condition is built into the field."""
CAP = 0.95

SOURCES = (
    Source(
        "pinn-ntk",
        "When and why PINNs fail to train: a neural tangent kernel perspective",
        "S. Wang, X. Yu, P. Perdikaris",
        2022,
        "doi:10.1016/j.jcp.2021.110768",
        "runs",
    ),
)


def imbalance(evidence: Evidence) -> Finding | None:
    """Compare the traces of the neural tangent kernel of equation rows and condition rows.

    Under gradient descent rows shrink at rates given by the eigenvalues of K = J Jᵀ; its trace over
    the rows of one kind is their mean rate. Fields without weights to train are left alone.
    """
    starved = [(c, rows, miss) for c, rows, miss in _weighted(evidence) if miss > LARGE]
    if not evidence.learned or not evidence.smooth:
        return None
    equations = _trace(evidence, _equation_rows(evidence))
    weight = evidence.option("weight") or 1.0
    every = _weighted(evidence)
    if not every or not equations > 0:
        return None
    traces = {str(c): weight**2 * _trace(evidence, rows) for c, rows, _ in every}
    slowest = min(starved, key=lambda item: traces[str(item[0])], default=None)
    if slowest is not None and slowest[2] > evidence.residual:
        name = str(slowest[0])
        ratio = equations / max(traces[name], 1e-300)
        said = f"{name} learns {ratio:.1e} times slower than the equations and is missed by "
        said += f"{slowest[2]:.1e} of its size"
    else:
        ratio = min(traces.values()) / equations
        if evidence.residual <= LARGE or starved:
            return None
        said = f"the equations learn {ratio:.1e} times slower than every condition"
        said += f"; their residual is {evidence.residual:.1e} of the terms"
    # Gauss–Newton divides the rates out; what is left is the balance of what cannot be met.
    first_order = "Adam" in evidence.record.method or "LBFGS" in evidence.record.method
    strength = CAP * grade(ratio, UNEVEN, SURE) * (1.0 if first_order else 0.8)
    if not strength:
        return None
    factor = np.sqrt(ratio) if slowest is not None else 1 / np.sqrt(ratio)
    method = "RandomFeatures" if evidence.features else "PINN"
    remedy = (
        f"Weigh the conditions: {method}(weight={weight * factor:.2g}), build them in where they "
        f"can be: {method}(hard=True), or train by GaussNewton(), which divides the rates out."
    )
    return Finding(CAUSE, said, remedy, strength, {"ratio": ratio, "weight": weight})


def _weighted(evidence: Evidence) -> list[tuple[Any, Rows, float]]:
    """Return conditions that are not built in, with their rows and misfits."""
    sizes = {id(c): size for c, size in evidence.misfits}
    found = [(c, rows, sizes.get(id(c), 0.0)) for c, rows in evidence.rows]
    return [item for item in found if item[2] > MET]


def _equation_rows(evidence: Evidence) -> Rows:
    points = evidence.terms.points[:POINTS]
    return Collocation(POINTS).equations(evidence.problem, evidence.sizes, points)


def _trace(evidence: Evidence, rows: Rows) -> float:
    """Return the trace of the kernel of rows of unit weight, their number divided out."""
    n = rows.points.shape[0]
    kept = min(n, POINTS)
    normals = None if rows.normals is None else rows.normals[:kept]
    factor = np.broadcast_to(np.asarray(rows.factor), (len(rows.at), n))[:, :kept]
    few = dataclasses.replace(
        rows, points=rows.points[:kept], normals=normals, factor=factor * np.sqrt(n / kept)
    )
    flat = flatten((evidence.field, inferred(evidence.problem, evidence.solution.parameters)))
    slopes = jax.jacrev(lambda vector: residuals(flat.restore(vector), [few]))(flat.vector)
    return rms(np.asarray(slopes)) ** 2 * slopes.size
