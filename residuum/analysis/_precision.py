"""Cause: the arithmetic of the stored numbers is the limit."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import Result, generator
from residuum.analysis._evidence import Evidence, rms
from residuum.analysis._finding import Finding, grade

CAUSE = "precision"
SINGLE, DOUBLE = 2.0**-24, 2.0**-53
NEAR = 30.0
"""How far above its rounding a residual may lie and still be explained by it."""
FEWEST = 8
"""Numbers from which on it is no accident that all of them fit into float32."""


def precision(evidence: Evidence) -> Finding | None:
    """Compare the residual with the change that rounding of the field's numbers makes to it."""
    moving, fixed = eqx.partition(evidence.field, eqx.is_inexact_array)
    leaves = jax.tree.leaves(moving)
    if not evidence.smooth or not leaves:
        return None
    short = sum(leaf.size for leaf in leaves) >= FEWEST and all(_single(leaf) for leaf in leaves)
    if not (short or evidence.solution.result is not Result.SUCCESSFUL):
        return None
    eps = SINGLE if short else DOUBLE
    signs = generator(7879)
    moved = jax.tree.map(
        lambda leaf: (
            leaf.astype(jnp.float64)
            * (1 + eps * jnp.asarray(signs.choice([-1.0, 1.0], leaf.shape)))
        ),
        moving,
    )
    here, there = (
        evidence.terms,
        evidence.terms_at(evidence.terms.points, eqx.combine(moved, fixed)),
    )
    if here.residual.shape != there.residual.shape:
        return None
    change = np.array([rms(row) for row in there.residual - here.residual])
    floor = float((change / np.maximum(here.sizes, 1e-300)).max())
    # In float64 rounding is the cause only where what is asked lies near it.
    if not floor > 0 or evidence.residual > NEAR * floor:
        return None
    strength = 0.5 + 0.5 * grade(NEAR * floor / max(evidence.residual, 1e-300), 1.0, NEAR)
    kind = "float32" if short else "float64"
    said = (
        f"the field's numbers are {kind}: rounding them changes the residual by {floor:.1e} of its "
        f"terms, and it is {evidence.residual:.1e}"
    )
    remedy = (
        "Solve in float64, which rs.solve does by itself, and store float64; "
        if short
        else "Ask for a larger tol=; "
    )
    remedy += "large weights of opposite sign lose digits too: fewer or better scaled features."
    return Finding(CAUSE, said, remedy, strength, {"floor": floor, "residual": evidence.residual})


def _single(leaf: jax.Array) -> bool:
    values = np.asarray(leaf)
    return values.dtype == np.float32 or bool((values == values.astype(np.float32)).all())
