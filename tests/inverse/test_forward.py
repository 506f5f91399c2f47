"""What the protocol hands back."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.inverse._forward import Foretold, Forward
from residuum.problem import ExpressionField

from ._statements import t

NOWHERE = ExpressionField((sp.Integer(0),), (t,))


class Line(Forward):
    """Readings a + b·t: no equation at all."""

    def __init__(self, times: np.ndarray) -> None:
        self.matrix = np.column_stack([np.ones_like(times), times])

    def __call__(self, numbers: np.ndarray) -> Foretold:
        values = self.matrix @ numbers
        return Foretold(values, self.matrix, NOWHERE, self.matrix, values)


def test_slopes_are_those_of_the_values() -> None:
    line = Line(np.linspace(0, 1, 5))
    here, there = line(np.array([1.0, 2.0])), line(np.array([1.0, 2.5]))
    assert np.allclose((there.values - here.values) / 0.5, here.slopes[:, 1])
