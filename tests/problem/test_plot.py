"""Pictures and tables of solutions."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Certificate, OptionError, Record, Result
from residuum.problem import ExpressionField
from residuum.problem._plot import sample, wrapped

from ._statements import gray_scott, heat, lorenz, oscillator, poisson, poisson_on_disc, t, x, y

PNG = b"\x89PNG\r\n\x1a\n"


def answer(problem: rs.Problem, *chosen: Any, **options: Any) -> rs.Solution:
    field = ExpressionField(tuple(map(sp.sympify, chosen)), problem.coordinates)
    return rs.Solution(problem, field, Result.SUCCESSFUL, **options)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in the header of a PNG file."""
    content = path.read_bytes()
    assert content.startswith(PNG)
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def panels(figure: Any) -> list[Any]:
    """The axes that show the solution, not its colours."""
    return [axes for axes in figure.axes if axes.get_xlabel()]


def test_one_coordinate_is_drawn_as_curves(tmp_path: Path) -> None:
    solution = answer(lorenz(), t, 2 * t, 5 - t)
    figure = solution.plot(tmp_path / "curves.png")
    (panel,) = panels(figure)
    assert panel.get_xlabel() == "t"
    assert [line.get_label() for line in panel.lines] == ["a", "b", "c"]
    grid, values = panel.lines[1].get_data()
    assert (grid[0], grid[-1]) == (0.0, 5.0)
    np.testing.assert_allclose(values, 2 * grid, rtol=1e-14)
    width, height = size_of(tmp_path / "curves.png")
    assert width > 100 and height > 100


def test_one_unknown_of_several_is_drawn_alone() -> None:
    (panel,) = panels(answer(lorenz(), t, 2 * t, 5 - t).plot(unknown="b"))
    assert [line.get_label() for line in panel.lines] == ["b"]


def test_two_coordinates_are_drawn_as_a_map(tmp_path: Path) -> None:
    figure = answer(heat(), t * x).plot(tmp_path / "map.png")
    (panel,) = panels(figure)
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("t", "x")
    assert panel.get_title() == "u"
    shown = panel.collections[0].get_array()
    # t·x runs from 0 to 1.
    assert (float(shown.min()), float(shown.max())) == (0.0, 1.0)
    assert size_of(tmp_path / "map.png")[0] > 100


def test_a_map_is_not_transposed() -> None:
    (panel,) = panels(answer(heat(), t).plot())
    shown = np.asarray(panel.collections[0].get_array())
    # Rows run along the second coordinate, columns along the first: t grows to the right.
    assert shown[0, 0] == 0.0 and shown[0, -1] == 1.0 and shown[-1, 0] == 0.0


def test_three_coordinates_are_drawn_as_the_last_slice() -> None:
    figure = answer(gray_scott(), t + 10 * x, 0).plot(unknown="a")
    (panel,) = panels(figure)
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("x", "y")
    assert panel.get_title() == "a, t = 1"
    shown = panel.collections[0].get_array()
    # t = 1, and 10·x from 0 to 10.
    assert (float(shown.min()), float(shown.max())) == (1.0, 11.0)


def test_systems_have_a_panel_for_each_unknown() -> None:
    figure = answer(gray_scott(), x, y).plot()
    assert [panel.get_title().split(",")[0] for panel in panels(figure)] == ["a", "b"]
    assert figure.get_size_inches()[0] > answer(heat(), t).plot().get_size_inches()[0]


def test_outside_a_disc_nothing_is_drawn() -> None:
    (panel,) = panels(answer(poisson_on_disc(), 1 - x**2 - y**2).plot())
    image, *covers = panel.collections
    empty = np.ma.getmaskarray(image.get_array()).mean()
    # 1 - π/4 = 0.2146 of the square, counted on 201² points, less a rim of two steps around the
    # disc, 2·0.01·2π/4 = 0.0314; the rim is covered in white up to the edge of the disc.
    assert empty == pytest.approx(0.2146 - 0.0314, abs=0.015)
    assert covers


def test_many_unknowns_stand_in_rows_of_three() -> None:
    fields = rs.space("x", "y")
    unknowns = [rs.unknown(f"u{k}", *fields) for k in range(5)]
    problem = rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)),
        [rs.Eq(rs.laplacian(u), 0) for u in unknowns],
        [rs.dirichlet(u, 0) for u in unknowns],
    )
    found = panels(answer(problem, x, y, x * y, x - y, x + y).plot())
    assert [p.get_title() for p in found] == ["u0", "u1", "u2", "u3", "u4"]
    assert [p.get_subplotspec().rowspan.start for p in found] == [0, 0, 0, 1, 1]


def test_wide_maps_stand_in_a_column() -> None:
    wide = poisson().replace(domain=rs.Box(x=(0, 2.2), y=(0, 0.41)))
    width, height = answer(wide, x).plot().get_size_inches()
    assert width > 2 * height


def test_curves_of_unlike_size_have_a_panel_each() -> None:
    figure = answer(lorenz(), t, 1e-5 * t, 5 - t).plot()
    assert [len(panel.lines) for panel in figure.axes] == [1, 1, 1]


def test_titles_fit_their_panel() -> None:
    assert wrapped("u, x1 = 0.5, x2 = 0.5", 2.0) == "u, x1 = 0.5, x2\n= 0.5"


def test_signed_values_have_a_colour_map_with_a_middle() -> None:
    (signed,) = panels(answer(heat(), sp.sin(2 * sp.pi * x)).plot())
    (positive,) = panels(answer(heat(), x).plot())
    assert signed.collections[0].get_cmap().name == "RdBu_r"
    assert positive.collections[0].get_cmap().name == "viridis"


def test_drawing_opens_no_window_and_keeps_no_figure() -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    answer(oscillator(), t).plot()
    assert plt.get_fignums() == before


def test_other_formats_follow_the_name_of_the_file(tmp_path: Path) -> None:
    answer(oscillator(), t).plot(tmp_path / "curve.svg")
    assert "<svg" in (tmp_path / "curve.svg").read_text()


def test_tables_have_coordinates_values_and_facts() -> None:
    record = Record("fake method")
    table = answer(heat(), t + 10 * x, record=record).to_xarray({"t": 3, "x": 5})
    assert table["u"].dims == ("t", "x") and table["u"].shape == (3, 5)
    assert table["t"].values.tolist() == [0.0, 0.5, 1.0]
    np.testing.assert_allclose(table["u"].sel(t=0.5, x=0.25), 3.0, rtol=1e-15)
    assert table.attrs["problem"] == "heat" and table.attrs["method"] == "fake method"
    assert table.attrs["result"] == "successful"


def test_tables_of_systems_hold_every_unknown() -> None:
    table = answer(lorenz(), t, 2 * t, 5 - t).to_xarray(11)
    assert set(table.data_vars) == {"a", "b", "c"}
    np.testing.assert_allclose(table["b"], 2 * table["t"], rtol=1e-15)


def test_axes_left_out_have_101_points() -> None:
    assert answer(heat(), t).to_xarray({"t": 2})["u"].shape == (2, 101)


def test_points_outside_a_disc_are_missing() -> None:
    table = answer(poisson_on_disc(), x + 2).to_xarray(21)
    inside = table["x"] ** 2 + table["y"] ** 2 <= 1 + 1e-9
    values = table["v"]
    assert bool((values.isnull() == ~inside).all())
    assert values.sel(x=0.5, y=0.5, method="nearest") == pytest.approx(2.5, rel=1e-14)


def test_samples_are_in_the_order_of_the_problem() -> None:
    problem = heat().replace(domain=rs.Box(x=(0, 1), t=(0, 2)))
    axes = {"t": np.array([0.0, 2.0]), "x": np.array([0.0, 0.5, 1.0])}
    values = sample(answer(problem, t + 10 * x), axes)
    assert values[..., 0].tolist() == [[0.0, 5.0, 10.0], [2.0, 7.0, 12.0]]


@pytest.mark.parametrize("points", [1, 0, {"t": 1}, {"z": 5}])
def test_tables_need_two_points_on_axes_of_the_problem(points: Any) -> None:
    with pytest.raises(OptionError, match="two points or more"):
        answer(heat(), t).to_xarray(points)


def test_a_notebook_shows_picture_result_and_error() -> None:
    record = Record("method <b>", seconds={"total": 1.5})
    bound = Certificate("bound", 1e-3, 2e-3, "L2", ("a < b",))
    solution = answer(poisson(), x * y, record=record, certificate=bound, parameters={"D": 0.25})
    text = solution._repr_html_()
    assert 'src="data:image/png;base64,iVBOR' in text
    for word in ("poisson", "successful", "bound: 2.0e-03", "total 1.50", "D = 0.25"):
        assert word in text
    assert "method &lt;b&gt;" in text and "a &lt; b" in text and "<b>" not in text
