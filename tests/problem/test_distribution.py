"""Distributions of one's own fit into a family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import residuum as rs
from residuum._core import Key, generator
from residuum.problem import Distribution, Place


@dataclass(frozen=True)
class Ramp(Distribution):
    steepest: float

    def draw(self, place: Place, key: Key) -> Any:
        slope = generator(key).uniform(0, self.steepest)
        return tuple(place.bounds), 1 + slope * np.arange(2.0)


def test_a_distribution_of_ones_own_is_told_its_place() -> None:
    x = rs.space("x")
    u, a = rs.unknown("u", x), rs.coefficient("a", x)
    equation = rs.Eq(-rs.div(a * rs.grad(u)), 1)
    line = rs.Problem(rs.Box(x=(2, 5)), equation, [rs.dirichlet(u, 0)], given={a: 1})
    axes, values = rs.Family(line, a=Ramp(3)).draw(11).given["a"]
    assert axes[0].tolist() == [2, 5]
    assert values[0] == 1 and 1 < values[1] < 4
