"""Backpropagation by stages."""

from __future__ import annotations

from residuum.learning import Backpropagation
from tests.contracts.test_gradient_rule import found, truth


def test_it_is_exact_and_remembers_nothing() -> None:
    slope, memory = found(Backpropagation())
    assert Backpropagation().exact and memory == () and float(slope.value) == float(truth()[0])
