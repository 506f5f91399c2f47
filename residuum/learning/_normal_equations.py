"""Gauss–Newton on the last layer by normal equations, for thousands of local features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import LinearField, Monitor, Source
from residuum.learning._head import HeadRule
from residuum.objectives import Rows
from residuum.objectives._streams import split

CHUNK = 512
"""Rows linearised at once: their matrix stays in the cache."""

RIDGES = (1e-15, 1e-13, 1e-11, 1e-9)
"""Ridges tried in turn until the scaled matrix has a Cholesky factor."""


@final
@dataclass(frozen=True)
class HeadNormalEquations(HeadRule):
    """Linearise, add up AᵀA and Aᵀr in chunks of points, solve by Cholesky, halve steps if needed.

    Half the work of an orthogonal factor and none of its memory: the matrix of all points is never
    stored. What the squared condition number loses in one step, the next one corrects, since every
    step starts from the true residual.

    Args:
        iterations: most iterations.
        settle: relative fall of the residual below which it has settled.

    Good for local features: Gaussians no wider than one and a half spacings. It breaks on nearly
    dependent ones, where ``HeadGaussNewton`` and its rank-revealing factor belong.
    """

    iterations: int = 12
    settle: float = 1e-2

    name: ClassVar[str] = "head_normal_equations"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "seminormal-equations",
            "Stability analysis of the method of seminormal equations for linear least squares "
            "problems",
            "Å. Björck",
            1987,
            "doi:10.1016/0024-3795(87)90101-7",
            "verified",
        ),
    )

    def linearised(self, field: LinearField, rows: Sequence[Rows], monitor: Monitor) -> LinearField:
        return field.with_head(
            field.head + jnp.asarray(_step(field, rows)).reshape(field.head.shape)
        )


@eqx.filter_jit
def _normal(total: tuple[Array, Array], rows: Rows, field: LinearField) -> tuple[Array, Array]:
    residual, matrix = rows.linearised(field, {})
    return total[0] + matrix.T @ matrix, total[1] + matrix.T @ residual


def _step(field: LinearField, rows: Sequence[Rows]) -> np.ndarray:
    """Return the Gauss–Newton step for the head, shape (K·m,)."""
    import scipy.linalg  # SciPy's linear algebra takes a while to import

    n = field.head.size
    total: Any = (jnp.zeros((n, n)), jnp.zeros(n))
    for item in rows:
        for part in split(item, max(item.count // CHUNK, 1)):
            total = _normal(total, part, field)
    square, slope = np.asarray(total[0]), np.asarray(total[1])
    if not (np.isfinite(square).all() and np.isfinite(slope).all()):
        raise FloatingPointError("the normal equations are not finite")
    size = np.sqrt(np.maximum(np.diag(square), 1e-300))
    scaled = square / size / size[:, None]
    for ridge in RIDGES:
        try:
            factor = scipy.linalg.cho_factor(
                scaled + n * ridge * np.eye(n), overwrite_a=True, check_finite=False
            )
        except scipy.linalg.LinAlgError:
            continue
        return np.asarray(-scipy.linalg.cho_solve(factor, slope / size) / size)
    raise FloatingPointError("the features are too nearly dependent for normal equations")
