"""Pictures of several answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from residuum.catalogue import case
from residuum.cli._picture import Panel, cut, draw, values_on
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, initial, laplacian, space, time, unknown


def zero(points: np.ndarray) -> np.ndarray:
    return np.zeros((len(points), 1))


def ones(points: np.ndarray) -> np.ndarray:
    return np.ones((len(points), 1))


def heat() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u = unknown("u", t, x, y)
    return Problem(
        domain=Box(t=(0, 3), x=(0, 1), y=(0, 2)),
        equations=[Eq(u.diff(t), laplacian(u))],
        conditions=[initial(u, 0), dirichlet(u, 0)],
        name="plate",
    )


def test_a_slice_is_the_end_of_time() -> None:
    place = cut(heat())
    assert place.shown == ("x", "y") and place.spatial
    assert place.axes["t"].tolist() == [3.0] and place.fixed == "t = 3"


def test_values_outside_are_masked() -> None:
    problem = case("poisson_four_holes").problem()
    values = values_on(problem, cut(problem), Panel("one", ones))
    share = np.ma.getmaskarray(values).mean()
    # Four discs of radius 0.1 in the unit square, on a grid of 161 points a side.
    assert share == pytest.approx(0.04 * np.pi, rel=0.03)


@pytest.mark.parametrize("name", ["damped_oscillator", "poisson"])
@pytest.mark.parametrize("referenced", [True, False])
def test_curves_and_maps(tmp_path: Path, name: str, referenced: bool) -> None:
    found = case(name)
    exact = Panel("reference", found.reference) if referenced else None
    panels = [Panel("zero", zero), Panel("right", found.reference)]
    draw(found.problem(), panels, exact, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_flat_answers_and_zero_errors_have_a_scale(tmp_path: Path) -> None:
    draw(heat(), [Panel("zero", zero)], Panel("zero", zero), tmp_path / "x.png")
    assert (tmp_path / "x.png").is_file()


def test_several_unknowns(tmp_path: Path) -> None:
    found = case("lorenz")
    panel = Panel("reference", found.reference)
    draw(found.problem(), [panel], panel, tmp_path / "x.png")
    assert (tmp_path / "x.png").is_file()
