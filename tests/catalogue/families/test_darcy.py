"""Darcy families obey the maximum principle and say so."""

from __future__ import annotations

import math

from residuum.catalogue.families._darcy import darcy
from residuum.problem import LogNormal


def test_the_statement_holds_the_bound() -> None:
    family = darcy(LogNormal(), "flow")
    assert family.bounds == {"u": (0.0, math.inf)} and family.name == "flow"
    assert family.problem.traits.linear
