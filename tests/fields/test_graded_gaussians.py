"""Gaussians on lattices that get finer toward the boundary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.fields import Frame, GradedGaussians, frame_of
from residuum.geometry import Box, Disc, Shape
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    periodic,
    scaling,
    space,
    time,
    unknown,
)

PLATE = Box(x=(0, 4), y=(0, 1)) - Disc((1.0, 0.5), 0.2, name="hole")


def frame(shape: Shape, periodic: tuple[int, ...] = ()) -> Frame:
    low, high = shape.bounds.T
    return Frame((low + high) / 2, (high - low) / 2, periodic, 1, shape.axes, shape)


def lattice(recipe: GradedGaussians, place: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return centres and widths in the unit of the coordinates."""
    centres, widths = recipe.lattice(place)
    return place.centre + centres * place.half_width, widths * place.half_width


def test_spacings_are_the_same_along_all_axes() -> None:
    centres, widths = lattice(GradedGaussians(100, levels=0), frame(PLATE))
    # 100 over an area of 4: a fifth apart. The definition of the scale: sigma = 2 spacings / scale.
    assert np.diff(np.unique(np.round(centres[:, 1], 9))) == pytest.approx(0.2)
    assert widths == pytest.approx(2 * 0.2 / 1.3)


def test_none_stand_deep_in_a_hole_and_some_beyond_every_wall() -> None:
    centres, _ = lattice(GradedGaussians(6400, levels=0), frame(PLATE))
    spacing = 0.025
    assert np.hypot(centres[:, 0] - 1, centres[:, 1] - 0.5).min() > 0.2 - 1.6 * spacing
    assert centres.min(axis=0) == pytest.approx([-spacing, -spacing])
    assert centres.max(axis=0) == pytest.approx([4 + spacing, 1 + spacing])


def test_finer_ones_follow_the_parts_that_are_named() -> None:
    centres, widths = lattice(GradedGaussians(400, 2, ("hole",)), frame(PLATE))
    sizes = np.unique(np.round(widths[:, 0], 9))
    assert sizes == pytest.approx(sizes[2] * np.array([0.25, 0.5, 1.0]))
    distance = np.abs(np.hypot(centres[:, 0] - 1, centres[:, 1] - 0.5) - 0.2)
    for level in (1, 2):
        own = np.isclose(widths[:, 0], sizes[2 - level])
        assert own.any()
        # Six spacings, and what 4000 points leave open of the circle.
        assert distance[own].max() < 6 * 0.1 / 2**level + 1e-2


def test_all_walls_are_followed_by_default() -> None:
    centres, widths = lattice(GradedGaussians(100, 1), frame(Box(x=(0, 1), y=(0, 1))))
    fine = centres[np.isclose(widths[:, 0], widths.min())]
    depth = np.minimum(fine, 1 - fine).min(axis=1)
    assert depth.max() < 6 * 0.05
    for axis in (0, 1):
        assert fine[:, axis].min() < 0 < 1 < fine[:, axis].max()


def test_a_periodic_axis_is_covered_once() -> None:
    centres, _ = lattice(GradedGaussians(100, 0), frame(Box(x=(0, 1), y=(0, 1)), (0,)))
    assert centres[:, 0].min() == pytest.approx(0)
    assert centres[:, 0].max() == pytest.approx(0.9)


def test_columns_follow_the_order_of_the_coordinates() -> None:
    y, x = space("y", "x")
    w = unknown("w", y, x)
    flat = Problem(Box(x=(0, 4), y=(0, 1)), Eq(w.diff(x, 2) + w.diff(y, 2), 1), [dirichlet(w, 0)])
    place = frame_of(flat, scaling(flat))
    centres, _ = lattice(GradedGaussians(100, 0), place)
    wide = [str(c) for c in flat.coordinates].index("x")
    assert np.ptp(centres[:, wide]) > np.ptp(centres[:, 1 - wide]) + 2


def test_a_field_that_runs_in_time_is_refused() -> None:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    heat = Problem(
        Box(t=(0, 1), x=(0, 1)), Eq(u.diff(t), u.diff(x, 2)), [initial(u, 0), periodic(u, x)]
    )
    whole = frame_of(heat, scaling(heat))
    with pytest.raises(OptionError, match="space alone"):
        GradedGaussians().trunk(whole, 0)
    assert GradedGaussians(10).trunk(whole.space, 0).signature.inputs == 1


@pytest.mark.parametrize("options", [{"levels": 9}, {"levels": 0.5}, {"scale": 0}, {"count": 0}])
def test_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        GradedGaussians(**options)
