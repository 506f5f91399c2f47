"""How far an answer is from one that obeys the statement: a correction fitted to its residual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Field, Index, Jet, LinearField
from residuum._core import _jet as jets
from residuum.analysis._evidence import Evidence
from residuum.fields import RandomTanh, TensorChebyshev, frame_of
from residuum.learning import solve_dense, system
from residuum.objectives import Collocation
from residuum.problem import hard_conditions

POINTS, WEIGHT = 600, 10.0
DEGREES = {1: 40, 2: 11, 3: 4}
"""Of the polynomials on boxes: some 40 to 144 of them."""
KEY = 7867


class Corrected(LinearField):
    """A fixed field and a correction that is solved for.

    Args:
        fixed: the answer.
        extra: the correction, of size one.
        sizes: magnitude of each unknown.
    """

    fixed: Field
    extra: LinearField
    sizes: tuple[float, ...]

    @property
    def head(self) -> Array:
        return self.extra.head

    def with_head(self, head: Array) -> Corrected:
        return Corrected(self.fixed, self.extra.with_head(head), self.sizes)

    def features(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        return self.extra.features(points, indices, component) * self.sizes[component]

    def offset(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        every = jets.closure([*indices, (0,) * points.shape[1]])
        return self.fixed.jet(points, every)[:, component : component + 1]

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        every = jets.closure([*indices, (0,) * points.shape[1]])
        extra, fixed = self.extra.jet(points, every), self.fixed.jet(points, every)
        columns = [
            fixed[:, j : j + 1] + extra[:, j : j + 1] * size for j, size in enumerate(self.sizes)
        ]
        return jets.concatenate(columns)


@dataclass(frozen=True)
class Correction:
    """What a fitted correction says.

    Args:
        size: root mean square of the correction against that of the answer, the worst unknown.
        left: the share of the residual that the corrected answer still has.
    """

    size: float
    left: float

    @property
    def trusted(self) -> bool:
        """Whether the correction removes most of the residual; if not, it says nothing."""
        return self.left < TRUSTED


TRUSTED = 0.2


def correction(evidence: Evidence) -> Correction:
    """Fit one Newton step for the whole statement in a few hundred smooth functions.

    Its size is the error of the answer as far as these functions can tell: the residual goes
    through the inverse of the linearised problem, so that what the problem amplifies is seen.
    """
    problem, sizes = evidence.problem, evidence.sizes
    field = Corrected(
        evidence.field,
        _recipe(evidence).build(frame_of(problem, sizes), KEY),
        tuple(float(size) for size in sizes.magnitudes),
    )
    hard = hard_conditions(problem, False)
    design = Collocation(POINTS, POINTS // 8, weight=WEIGHT)
    inside, around = design.build(problem, sizes, hard, KEY)
    rows, known = [*inside, *around], evidence.parameters
    right, matrix = system(field, rows, known)
    step, _ = solve_dense(matrix, -right)
    before, after = (float(np.linalg.norm(item)) for item in (right, matrix @ step + right))
    if not np.isfinite(before + after):
        raise FloatingPointError("the rows are not finite")
    old = evidence.terms.values
    extra = field.extra.with_head(jnp.asarray(step.reshape(field.head.shape)))
    change = np.asarray(extra(jnp.asarray(evidence.terms.points))) * sizes.magnitudes
    gap = np.sqrt((change**2).mean(axis=0))
    norm = np.sqrt((old**2).mean(axis=0))
    size = float((gap / np.maximum(norm, 1e-10 * norm.max(initial=0.0) + 1e-300)).max())
    return Correction(size, after / before if before > 0 else 1.0)


def _recipe(evidence: Evidence) -> RandomTanh | TensorChebyshev:
    count = len(evidence.problem.coordinates)
    shape = evidence.problem.shape
    if count in DEGREES and (shape is None or evidence.problem.traits.box):
        return TensorChebyshev(DEGREES[count])
    return RandomTanh(150)
