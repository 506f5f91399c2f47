"""A named problem with its reference answer and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from residuum._core import Source
from residuum.problem import Problem

Reference = Callable[[np.ndarray], np.ndarray]
"""Points (n, d), columns in the order of ``problem.coordinates``, to values (n, m)."""


@dataclass(frozen=True)
class Case:
    """One entry of the catalogue.

    Args:
        name: as typed on the command line.
        title: one line.
        build: returns the problem, stated in the public language only.
        reference: returns the values to compare with; computed once per process where it costs.
        trust: relative L2 error of the reference itself, with how it was found.
        floor: the same as a number; an error below it says nothing.
        points: numbers of comparison points per coordinate (a tensor grid on boxes), or the
            total number of interior points on other shapes.
        source: where the problem comes from.
    """

    name: str
    title: str
    build: Callable[[], Problem]
    reference: Reference
    trust: str
    floor: float
    points: tuple[int, ...]
    source: Source | None = None

    def problem(self) -> Any:
        """Return the statement."""
        return self.build()
