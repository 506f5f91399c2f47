"""The protocol of everything that weighs the parts of a loss against each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Field, OptionError, Source
from residuum.objectives._inferred import Inferred
from residuum.objectives._rows import Rows


class Balance(ABC):
    """How parts of a loss are weighed. Final subclasses are frozen dataclasses of their options.

    It is asked at every draw. The residual by which training is judged and the best weights are
    kept is measured without it, so that it cannot make an answer look better than it is. What
    stands in ``notice`` goes into the record of every answer trained with it.
    """

    name: ClassVar[str]
    notice: ClassVar[str] = ""
    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def weigh(
        self,
        trained: tuple[Field, Inferred],
        rows: Sequence[Rows],
        before: Sequence[Rows] | None = None,
    ) -> list[Rows]:
        """Return the same rows with other factors.

        Args:
            trained: the field and the inferred parameters as they stand.
            rows: fresh rows with the factors of the objective.
            before: the rows of the round before as they were weighed, in the same order; ``None``
                at the first. ``weights_of`` reads the weights out of them.
        """


def weighed(rows: Rows, weight: float | Array) -> Rows:
    """Return rows whose factors are multiplied by a weight, one or per point."""
    return eqx.tree_at(lambda item: item.factor, rows, jnp.asarray(rows.factor) * weight)


def weights_of(before: Sequence[Rows] | None, rows: Sequence[Rows]) -> np.ndarray | None:
    """Return the mean weight of each part in the round before; ``None`` if it had other parts.

    Factors hold one over the root of the number of points; that is taken out.
    """
    if before is None or [item.name for item in before] != [item.name for item in rows]:
        return None
    found = []
    for old, new in zip(before, rows, strict=True):
        a, b = (
            float(jnp.sqrt(jnp.mean(item.factor**2) * item.points.shape[0])) for item in (old, new)
        )
        found.append(a / b)
    return np.array(found)


def gradient_norms(trained: tuple[Field, Inferred], rows: Sequence[Rows]) -> np.ndarray:
    """Return the norm of the gradient of the sum of squares of each part, by trained numbers."""
    moving, fixed = eqx.partition(trained, _moves)
    return np.array([float(_gradient_norm(moving, fixed, item)) for item in rows])


def kernel_traces(
    trained: tuple[Field, Inferred], rows: Sequence[Rows], probes: int = 8
) -> np.ndarray:
    """Return the trace of the tangent kernel of each part, Σ_j |∇r_j|², by random signs.

    Source: M. F. Hutchinson, Communications in Statistics 19 (1990), for the estimate.
    """
    moving, fixed = eqx.partition(trained, _moves)
    found = []
    for item in rows:
        signs = np.random.default_rng(item.count).choice([-1.0, 1.0], (probes, item.count))
        found.append(float(_kernel_trace(moving, fixed, item, jnp.asarray(signs))))
    return np.array(found)


def _moves(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and eqx.is_inexact_array(leaf)


def _norm(tree: Any) -> Array:
    return jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tree)))


def _residual(moving: Any, fixed: Any, rows: Rows) -> Array:
    field, numbers = eqx.combine(moving, fixed)
    found: Array = rows.residual(field, numbers.values())
    return found


@eqx.filter_jit
def _gradient_norm(moving: Any, fixed: Any, rows: Rows) -> Array:
    return _norm(jax.grad(lambda m: jnp.sum(_residual(m, fixed, rows) ** 2))(moving))


@eqx.filter_jit
def _kernel_trace(moving: Any, fixed: Any, rows: Rows, signs: Array) -> Array:
    _, pull = jax.vjp(lambda m: _residual(m, fixed, rows), moving)
    return jnp.mean(jax.lax.map(lambda v: _norm(pull(v)[0]) ** 2, signs))


@dataclass(frozen=True)
class Smoothed(Balance):
    """Weights of the parts from their state now, smoothed over the rounds, within bounds.

    The weights multiply sums of squares; factors of rows get their roots.

    Args:
        memory: share of the old weights that stays each round. Good starting value: 0.9.
        most: largest ratio of a weight to one, either way.
    """

    memory: float = 0.9
    most: float = 1e4

    def __post_init__(self) -> None:
        if not 0 <= self.memory < 1 or not 1 <= self.most < np.inf:
            raise OptionError("0 <= memory < 1, most >= 1", repr(self), "Correct them.")

    @abstractmethod
    def wanted(self, trained: tuple[Field, Inferred], rows: Sequence[Rows]) -> np.ndarray:
        """Return the weights that the parts should have by their state now."""

    def weigh(
        self,
        trained: tuple[Field, Inferred],
        rows: Sequence[Rows],
        before: Sequence[Rows] | None = None,
    ) -> list[Rows]:
        old = weights_of(before, rows)
        with np.errstate(all="ignore"):
            new = np.asarray(self.wanted(trained, rows), float)
        known = np.isfinite(new) & (new > 0)
        new = np.where(known, np.clip(new, 1 / self.most, self.most), 1.0)
        if old is not None:
            new = np.where(known, self.memory * old**2 + (1 - self.memory) * new, old**2)
        return [weighed(item, float(np.sqrt(w))) for item, w in zip(rows, new, strict=True)]
