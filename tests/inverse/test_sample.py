"""Markov chains beside the normal approximation."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import DataError, MissingExtra, OptionError, Result
from residuum.inverse import sample, widths
from residuum.methods import OutputLeastSquares
from residuum.problem import ExpressionField

from ._statements import decay, decayed, t


def test_without_blackjax_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = rs.solve(decay(*decayed(), noise=0.02), OutputLeastSquares())
    monkeypatch.setitem(sys.modules, "blackjax", None)
    with pytest.raises(MissingExtra, match="bayes"):
        sample(answer, 10)


def test_a_posterior_is_needed() -> None:
    problem = decay(*decayed(), noise=0.02)
    field = ExpressionField((sp.exp(-t),), problem.coordinates)
    with pytest.raises(DataError, match="posterior"):
        sample(rs.Solution(problem, field, Result.SUCCESSFUL), 10)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.02, 0.0])
def test_intervals_agree_with_a_markov_chain(noise: float) -> None:
    pytest.importorskip("blackjax", reason="the extra bayes is not installed")
    answer = rs.solve(decay(*decayed(), noise=noise), OutputLeastSquares())
    with pytest.raises(OptionError):
        sample(answer, 0)
    found = sample(answer, 4000, key=11)
    assert answer.posterior is not None and found.acceptance > 0.8
    # The 5 % quantile of 4000 draws has a deviation of 1/30 of its own; three of both ends. The
    # exact posterior of one rate is close to normal.
    assert widths(found, answer.posterior)["r"] == pytest.approx(1.0, abs=0.1)
    middle = float(np.median(found.draws))
    deviation = answer.posterior.deviations["r"]
    assert middle == pytest.approx(answer.parameters["r"], abs=0.1 * deviation)
