"""Pictures of several answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from residuum.catalogue import case
from residuum.cli._picture import Panel, _decades, draw
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, initial, laplacian, space, time, unknown


def zero(points: np.ndarray) -> np.ndarray:
    return np.zeros((len(points), 1))


def heat() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u = unknown("u", t, x, y)
    return Problem(
        domain=Box(t=(0, 3), x=(0, 1), y=(0, 2)),
        equations=[Eq(u.diff(t), laplacian(u))],
        conditions=[initial(u, 0), dirichlet(u, 0)],
        name="plate",
    )


def test_the_smallest_largest_error_sets_the_lowest_colour() -> None:
    low, high = _decades([np.ma.array([0.0, 1e-2]), np.ma.array([1e-9, 1e-6])])
    # A thousandth of the better method's largest error, 1e-6, is still told apart.
    assert low == pytest.approx(1e-9) and high == 1e-2
    assert _decades([np.ma.array([0.0])]) == (1e-3, 1.0)


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


def test_holes(tmp_path: Path) -> None:
    found = case("poisson_four_holes")
    panel = Panel("zero", zero)
    draw(found.problem(), [panel, panel], panel, tmp_path / "x.png")
    assert (tmp_path / "x.png").is_file()


def test_several_unknowns(tmp_path: Path) -> None:
    found = case("lorenz")
    panel = Panel("reference", found.reference)
    draw(found.problem(), [panel], panel, tmp_path / "x.png")
    assert (tmp_path / "x.png").is_file()
