"""Gauss–Newton on the last layer by normal equations, for thousands of local features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import LinearField, Monitor, OptionError, Result, Source
from residuum.learning._least_squares import misfit
from residuum.learning._rule import Draw, LearningRule, Outcome, Trainable
from residuum.objectives import Rows
from residuum.objectives._streams import split

CHUNK = 512
"""Rows linearised at once: their matrix stays in the cache."""

RIDGES = (1e-15, 1e-13, 1e-11, 1e-9)
"""Ridges tried in turn until the scaled matrix has a Cholesky factor."""


@dataclass(frozen=True)
class HeadNormalEquations(LearningRule):
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

    def __post_init__(self) -> None:
        if self.iterations < 1 or not self.settle > 0:
            raise OptionError(
                "iterations of at least 1, settle above 0", repr(self), "Correct them."
            )

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        field, numbers = start
        if not isinstance(field, LinearField):
            raise OptionError("a field with a last layer", type(field).__name__, "Use GaussNewton.")
        if numbers.raw:
            raise OptionError("no parameters to infer", ", ".join(numbers.raw), "Use GaussNewton.")
        outcome = Outcome(
            start, Result.OUT_OF_BUDGET, f"all {self.iterations} iterations are taken"
        )
        outcome.losses.append(misfit(field, rows) ** 2 / 2)
        try:
            self._loop(field, rows, monitor, outcome)
        except KeyboardInterrupt:
            outcome.result, outcome.reason = Result.INTERRUPTED, "interrupted"
        return outcome

    def _loop(
        self, field: LinearField, rows: Sequence[Rows], monitor: Monitor, outcome: Outcome
    ) -> None:
        size = float(np.sqrt(2 * outcome.losses[0]))
        for iteration in range(self.iterations):
            with monitor.phase("solve"):
                found = _shorten(field, _step(field, rows), rows, size)
            if found is None:
                outcome.result, outcome.reason = Result.SUCCESSFUL, "no step lowers the residual"
                return
            field, new = found
            outcome.trained = (field, outcome.trained[1])
            outcome.losses.append(new**2 / 2)
            monitor.update((iteration + 1) / self.iterations, f"residual {new:.1e}")
            if size - new <= self.settle * size:
                outcome.result, outcome.reason = Result.SUCCESSFUL, "the residual has settled"
                return
            size = new
            if monitor.spent:
                outcome.result, outcome.reason = Result.OUT_OF_BUDGET, "the time budget is spent"
                return


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


def _shorten(
    field: LinearField, step: np.ndarray, rows: Sequence[Rows], size: float
) -> tuple[LinearField, float] | None:
    """Return the field after the longest of steps 1, ½, ¼, … that lowers the residual."""
    move = jnp.asarray(step.reshape(field.head.shape))
    length = 1.0
    while length > 1e-4:
        trial = field.with_head(field.head + length * move)
        found = misfit(trial, rows)
        if found < size:
            return trial, found
        length /= 2
    return None
