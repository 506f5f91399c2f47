"""From the word PROBLEM to points of comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import typer

from residuum._core import FileError, OptionError, Result
from residuum.catalogue import case
from residuum.cli._problems import Posed, comparison_points, difference, is_file, pose
from residuum.problem import Solution

from ._fakes import released


def test_names_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("burgers2").write_text("")
    assert not is_file("burgers")
    assert all(map(is_file, ["a.toml", "b/c", "x.rs", "burgers2", "../burgers"]))


def test_a_name_of_the_catalogue() -> None:
    posed = pose("poisson")
    assert posed.case is case("poisson") and posed.problem.name == "poisson"
    with pytest.raises(OptionError, match="'poisson'"):
        pose("poison")


def test_a_file_that_is_none() -> None:
    with pytest.raises(FileError):
        pose("nothing/here.toml")
    with pytest.raises(FileError, match="residuum show"):
        pose("answer.rs")


def test_points_of_the_case_and_points_asked_for() -> None:
    posed = pose("burgers")
    assert comparison_points(posed, None).shape == (101 * 201, 2)
    points = comparison_points(posed, 5)
    assert points.shape == (25, 2)
    assert points.min(axis=0).tolist() == [0, -1] and points.max(axis=0).tolist() == [1, 1]


def test_without_a_case_there_are_points_as_well() -> None:
    posed = Posed(case("damped_oscillator").problem())
    assert comparison_points(posed, None).shape == (501, 1)


def test_points_inside_a_shape_that_is_no_box() -> None:
    posed = pose("poisson_four_holes")
    points = comparison_points(posed, 300)
    assert points.shape == (300, 2)
    assert (np.asarray(posed.problem.domain.signed_distance(points)) <= 1e-9).all()


def test_too_many_points_are_refused_before_memory_is_full() -> None:
    with pytest.raises(typer.BadParameter, match="ask for fewer"):
        comparison_points(pose("burgers"), 100_000)


def test_differences() -> None:
    posed = pose("damped_oscillator")
    assert posed.case is not None
    points = comparison_points(posed, None)
    right = Solution(posed.problem, released(posed.problem), Result.SUCCESSFUL)
    wrong = Solution(posed.problem, released(posed.problem, 0.01), Result.SUCCESSFUL)
    # Rounding of the phase, as the catalogue says.
    assert difference(right, posed.case.reference, points).total < 1e-14
    found = difference(wrong, posed.case.reference, points)
    size = np.sqrt(np.mean(posed.case.reference(points) ** 2))
    assert found.total == pytest.approx(0.01 / size, rel=1e-9)
    assert found.by_unknown == {"u": pytest.approx(found.total)}
