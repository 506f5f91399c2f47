"""The protocol of what foretells readings from numbers: the solved statement and its derivative."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from residuum._core import Field


@dataclass(frozen=True)
class Foretold:
    """The solved statement at p numbers.

    Args:
        values: the readings it foretells, shape (n,).
        slopes: their derivatives by the numbers, shape (n, p).
        field: the solution.
        spread: derivative of the field by the numbers at places all over the domain, shape
            (places · unknowns, p); its values there are ``level``.
        level: values of the field at these places, shape (places · unknowns,).
        residual: residual of the equations, against the size of their terms.
    """

    values: np.ndarray
    slopes: np.ndarray
    field: Field
    spread: np.ndarray
    level: np.ndarray
    residual: float = 0.0


class Forward(ABC):
    """Numbers to readings, through the solved equation and not through a loss."""

    @abstractmethod
    def __call__(self, numbers: np.ndarray) -> Foretold | None:
        """Return what numbers (p,) foretell, or ``None`` where the equation could not be solved."""
