"""Colours, limits and edges of maps."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from residuum.problem._map import PLAIN, SIGNED, draw_bar, draw_map, scale_of
from residuum.problem._slice import cut

from ._statements import poisson, poisson_on_disc

GRID = np.linspace(-1.0, 1.0, 201)
X, Y = np.meshgrid(GRID, GRID, indexing="ij")


def test_smooth_values_are_shown_in_full() -> None:
    scale = scale_of(X**2 + Y + 1)
    assert (scale.low, scale.high, scale.extend) == (0.0, 3.0, "neither")


def test_zero_is_the_middle_of_signed_values() -> None:
    scale = scale_of(X * Y + 0.1)
    assert scale.colours == SIGNED and scale.low == -scale.high == pytest.approx(-1.1)
    assert scale_of(X + 2).colours == PLAIN


def test_a_singular_corner_is_cut_off() -> None:
    corner = 0.01 / (np.hypot(X - 1, Y - 1) + 1e-6)
    scale = scale_of(X + corner)
    assert corner.max() == pytest.approx(1e4)
    # Half a percent of the points is a quarter circle of radius (0.005·4·4/π)^½ = 0.16 around the
    # corner, where the pole has 0.06 and the rest at most 1.
    assert scale.extend == "max" and scale.high < 1.1


def test_a_peak_of_many_points_is_no_singularity() -> None:
    # A Gaussian of width 0.1 is above a tenth of its height on 3.6 percent of the points.
    scale = scale_of(np.exp(-(X**2 + Y**2) / 0.02))
    assert scale.extend == "neither" and scale.high == 1.0


@pytest.mark.parametrize("value", [0.0, 3.0, -2e-7])
def test_flat_values_have_one_colour(value: float) -> None:
    scale = scale_of(np.full((5, 5), value) * (1 + 1e-13 * X[:5, :5]))
    assert scale.low < value < scale.high
    # Rounding is not blown up to the whole range of colours.
    assert scale.high - scale.low > 0.99 * abs(value)


def test_nothing_to_show_has_a_scale() -> None:
    scale = scale_of(np.ma.masked_all((4, 4)))
    assert scale.low < scale.high and np.isfinite(scale.norm(0.5))


def test_the_outside_is_covered_and_edged() -> None:
    panel = Figure().add_subplot()
    place = cut(poisson_on_disc())
    values = place.values(lambda points: points[:, :1])[..., 0]
    draw_map(panel, place, values, None, PLAIN)
    image, cover, edge = panel.collections
    assert panel.get_aspect() == 1.0
    assert cover.get_facecolor()[0].tolist() == [1.0, 1.0, 1.0, 1.0]
    radii = np.hypot(*np.concatenate([p.vertices for p in edge.get_paths()]).T)
    # The distance of a disc is linear along radii: interpolated on steps of 0.01 its zero is off by
    # 0.01²/8 at most.
    np.testing.assert_allclose(radii, 1.0, atol=2e-5)
    assert image.get_cmap().name == PLAIN


def test_boxes_have_no_cover() -> None:
    panel = Figure().add_subplot()
    place = cut(poisson())
    draw_map(panel, place, place.values(lambda p: p[:, :1])[..., 0], None, PLAIN)
    assert len(panel.collections) == 1


def test_the_bar_is_as_high_as_the_map() -> None:
    figure = Figure(figsize=(4, 6), dpi=100)
    panel = figure.add_subplot()
    place = cut(poisson())
    image = draw_map(panel, place, place.values(lambda p: p[:, :1])[..., 0], None, PLAIN)
    draw_bar(panel, image)
    figure.draw_without_rendering()
    (bar,) = panel.child_axes
    height = panel.get_window_extent().height
    assert bar.get_window_extent().height == pytest.approx(height, rel=1e-6)
    # The map is square and 400 pixels wide at most, in a figure of 600.
    assert height < 400
