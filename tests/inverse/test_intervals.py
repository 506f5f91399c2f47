"""The verb: any answer with numbers to infer gets intervals, which files keep."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, Result
from residuum.inverse import intervals
from residuum.problem import ExpressionField

from ._statements import decay, decayed, t


def rough() -> rs.Solution:
    """What a network might have left: a wrong number and a field near the right one."""
    values, times = decayed()
    problem = decay(values, times, noise=0.02)
    field = ExpressionField((sp.exp(-t * sp.Float(1.2)),), problem.coordinates)
    return rs.Solution(problem, field, Result.STAGNATED, parameters={"r": 1.2})


def test_numbers_are_finished_and_kept_in_files(tmp_path: Path) -> None:
    found = intervals(rough(), 0.95)
    low, high = found.intervals["r"]
    assert found.result is Result.SUCCESSFUL and low < found.parameters["r"] < high
    assert found.parameters["r"] == pytest.approx(1.0, abs=3 * found.posterior.deviations["r"])  # type: ignore[union-attr]
    assert found(t=1.0) == pytest.approx(2.718281828 ** -found.parameters["r"], abs=1e-6)
    again = rs.load(found.save(tmp_path / "decay.rs"))
    assert again.intervals == found.intervals
    assert "95 % intervals" in found._repr_html_()


def test_a_start_does_not_matter() -> None:
    first = intervals(rough())
    other = intervals(rs.Solution(rough().problem, rough().field, Result.STAGNATED))
    deviation = first.posterior.deviations["r"]  # type: ignore[union-attr]
    assert other.parameters["r"] == pytest.approx(first.parameters["r"], abs=0.01 * deviation)


def test_without_asking_there_are_none() -> None:
    assert rough().intervals == {} and rough().posterior is None


@pytest.mark.parametrize("level", [0.0, 1.0, 90])
def test_levels_are_checked(level: float) -> None:
    with pytest.raises(OptionError, match="level"):
        intervals(rough(), level)
