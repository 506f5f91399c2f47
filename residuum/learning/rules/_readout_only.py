"""Nothing is trained but the last affine stage, and that is solved for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from residuum._core import Monitor, OptionError, Source
from residuum.blocks import Capability, Stage, run
from residuum.learning._gradient_rule import GradientRule, Slope, Task, own_slope, zero_slope
from residuum.learning._head import HeadGaussNewton
from residuum.learning._rule import Draw, Outcome, Trainable
from residuum.objectives import Rows

MOST = 4096
"""Most parameters of a last stage whose normal equations are solved."""


@final
@dataclass(frozen=True)
class ReadoutOnly(GradientRule):
    """Ridge regression of the last stage on the features before it; the rest stays random.

    Solved at once, in float64: for targets the squares are minimised whatever the objective of
    the trainer; for the residual rows of a field its last layer is solved by ``HeadGaussNewton``.
    Stages before the last one are only called: black boxes will do, a solver among them.

    Args:
        ridge: weight of the sum of squares of the parameters, against the mean square of the
            features. Good start: 1e-6 for clean data, more for fewer samples than features.

    It breaks where random features do not span the answer.

    Raises:
        OptionError: the last stage is not affine, or has more than 4,096 parameters.
    """

    ridge: float = 1e-6

    name: ClassVar[str] = "readout_only"
    closed: ClassVar[bool] = True
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "resistive-liquid-state-machine",
            "Resistive memory-based zero-shot liquid state machine for multimodal event data "
            "learning",
            "N. Lin, S. Wang, Y. Li, et al.",
            2025,
            "doi:10.1038/s43588-024-00751-z",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        if not self.ridge >= 0:
            raise OptionError("a ridge of zero or more", str(self.ridge), "1e-6 is usual.")

    def check(self, stages: Sequence[Stage]) -> None:
        super().check(stages)
        affine = {Capability.TRANSPOSE, Capability.PARAM_VJP}
        if not affine <= stages[-1].capabilities:
            got = type(stages[-1]).__name__
            raise OptionError("a last stage that is affine", got, "End with Dense, say.")

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        given = run(stages[:-1], state)
        value, error = jax.value_and_grad(task.loss)(stages[-1](given))
        slope = own_slope(stages[-1], given, error)
        return Slope(value, (*map(zero_slope, stages[:-1]), slope), memory)

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        return HeadGaussNewton().train(start, rows, monitor, draw)

    def solved(self, stages: Sequence[Stage], pieces: Iterable[tuple[Any, Array]]) -> Any:
        """Return the change of the last stage's parameters that solves the ridge regression.

        Args:
            stages: of the model.
            pieces: first states with the states wanted after the last stage, a batch each.
        """
        count = ravel_pytree(eqx.filter(stages[-1], eqx.is_inexact_array))[0].size
        if count > MOST:
            got = f"{count:,}"
            raise OptionError(f"at most {MOST:,} parameters in the last stage", got, "Narrow it.")
        matrix, right = np.zeros((count, count)), np.zeros(count)
        for state, target in pieces:
            a, b = normal_equations(tuple(stages), state, target)
            matrix += np.asarray(a, np.float64)
            right += np.asarray(b, np.float64)
        vector, unravel = ravel_pytree(eqx.filter(stages[-1], eqx.is_inexact_array))
        held = np.asarray(vector, np.float64)
        # Ridge on the parameters themselves, not on their change.
        weight = self.ridge * np.trace(matrix) / count
        matrix[np.diag_indices(count)] += weight
        change = np.linalg.lstsq(matrix, right - weight * held, rcond=1e-12)[0]
        return unravel(jnp.asarray(change, vector.dtype))


@eqx.filter_jit
def normal_equations(stages: Any, state: Any, target: Array) -> tuple[Array, Array]:
    """Return JᵀJ and Jᵀ(target - answer) of the last stage in its parameters."""
    given, last = run(stages[:-1], state), stages[-1]
    moving, rest = eqx.partition(last, eqx.is_inexact_array)
    vector, unravel = ravel_pytree(moving)

    def answer(v: Array) -> Array:
        found: Array = eqx.combine(unravel(v), rest)(given)
        return found.ravel()

    made, push = jax.linearize(answer, vector)
    columns = jax.vmap(push)(jnp.eye(vector.size, dtype=vector.dtype))
    return columns @ columns.T, columns @ (target.ravel() - made)
