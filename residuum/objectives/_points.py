"""The protocol of everything that says where the equations are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Field, Key, Source
from residuum.geometry import Uniform
from residuum.objectives._collocation import Collocation
from residuum.objectives._inferred import Inferred
from residuum.objectives._rows import Rows
from residuum.problem import Problem, Scaling
from residuum.problem._places import interior_points


class Points(ABC):
    """Where the equations are asked for. Final subclasses are frozen dataclasses of their options.

    Every draw should give the same number of rows: another number is another program to compile.
    """

    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def draw(
        self,
        problem: Problem,
        sizes: Scaling,
        trained: tuple[Field, Inferred],
        key: Key,
        turn: int,
        before: Rows | None = None,
    ) -> tuple[Rows, float]:
        """Return fresh rows of the equations, and the residual at points never trained on.

        Args:
            problem: the statement.
            sizes: its scales.
            trained: the field and the inferred parameters as they stand.
            key: source of randomness.
            turn: number of the round; -1 for the judgement after the training.
            before: the rows of the round before, for points that remember; ``None`` at the first.

        Returns:
            Rows, and the root-mean-square residual against the size of the terms.
        """


def measured_pool(
    problem: Problem,
    sizes: Scaling,
    trained: tuple[Field, Inferred],
    count: int,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return uniform points, shape (count, d), and their squared residuals over count, (count,)."""
    pool = interior_points(problem, count, int(random.integers(1 << 31)), Uniform())
    every = Collocation(count).equations(problem, sizes, pool)
    return pool, np.asarray(squares(every, *trained))


@eqx.filter_jit
def squares(rows: Rows, field: Field, numbers: Inferred) -> Array:
    """Return the squared residuals summed over the equations, shape (n,)."""
    found = rows.residual(field, numbers.values()).reshape(len(rows.at), -1)
    return jnp.sum(found**2, axis=0)
