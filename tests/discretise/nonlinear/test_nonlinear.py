"""Sizes of corrections do not see units."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from residuum._core import Result
from residuum.discretise.nonlinear import Nonlinear
from residuum.discretise.nonlinear._nonlinear import Yardstick


def test_every_component_counts() -> None:
    step, state = np.array([1e-8, 1e-3, 1e-8]), np.array([1.0, 1e5, 1.0])
    assert Yardstick(None).size(step, state) == pytest.approx(1e-8)
    assert Yardstick(np.array([0, 0, 1])).size(step, state) == pytest.approx(1e-8)
    assert Yardstick(np.array([4, 9, 4])).size(step[::-1], state[::-1]) == pytest.approx(1e-8)
    assert Yardstick(np.array([0, 1, 1])).size(step, np.ones(3)) == pytest.approx(1e-3 / 2**0.5)


def test_nothing_moves() -> None:
    assert Yardstick(None).size(np.zeros(3), np.zeros(3)) == 0.0


def test_a_component_that_vanishes_is_judged_by_the_equations() -> None:
    matrix = sp.csr_array(np.array([[2.0, 1.0], [0.0, 1.0]]))
    yardstick = Yardstick(np.array([0, 1]))
    step, state = np.array([0.0, 1e-17]), np.array([1.0, 2e-17])
    assert yardstick.size(step, state) == pytest.approx(0.5)
    yardstick.see(matrix, np.array([0.5, 1.0]))
    assert yardstick.size(step, state) < 1e-16


def test_the_answer_carries_its_fields() -> None:
    answer = Nonlinear(np.ones(2), Result.SUCCESSFUL, 3, 1e-12)
    assert (answer.load, answer.history, answer.paths, answer.reason) == (1.0, (), (), "")
