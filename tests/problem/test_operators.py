"""grad, div, laplacian and curl against SymPy's own derivatives and the identities they obey."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

import residuum as rs
from residuum._core import ProblemError
from residuum.problem._operators import (
    Curl,
    Div,
    Grad,
    Laplacian,
    Vector,
    components,
    is_vector,
    nodes,
    space_coordinates,
    strong_form,
    vector,
)

t = rs.time("t")
x, y, z = rs.space("x", "y", "z")
w, v = rs.unknown("w", x), rs.unknown("v", x, y)
f, g = rs.unknown("f", "g", t, x, y, z)
AXES: dict[str, tuple[Any, ...]] = {"1-D": (x,), "2-D": (x, y), "3-D": (x, y, z)}
SCALARS = {name: rs.unknown("p", *axes) for name, axes in AXES.items()}
FLOW = vector(x * y * f, sp.sin(z) * g, f * g)


def plain(expression: Any, axes: tuple[Any, ...]) -> Any:
    return sp.expand(strong_form(expression, axes))


@pytest.mark.parametrize("name", AXES)
def test_laplacian_is_the_divergence_of_the_gradient(name: str) -> None:
    axes, p = AXES[name], SCALARS[name]
    expected = sp.Add(*(sp.diff(p**2, c, 2) for c in axes))
    assert sp.expand(plain(rs.laplacian(p**2), axes) - sp.expand(expected)) == 0
    assert sp.expand(plain(rs.div(rs.grad(p**2)), axes) - sp.expand(expected)) == 0


@pytest.mark.parametrize("name", AXES)
def test_divergence_obeys_the_product_rule(name: str) -> None:
    axes, p = AXES[name], SCALARS[name]
    k = sp.exp(axes[-1]) + axes[0] ** 2
    cross = sp.Add(*(sp.diff(k, c) * sp.diff(p, c) for c in axes))
    left = plain(rs.div(k * rs.grad(p)), axes)
    assert sp.expand(left - k * plain(rs.laplacian(p), axes) - cross) == 0


def test_curl_of_a_gradient_vanishes_in_space() -> None:
    assert [sp.expand(c) for c in components(rs.curl(rs.grad(f * g)), (x, y, z))] == [0, 0, 0]


def test_divergence_of_a_curl_vanishes_in_space() -> None:
    assert plain(rs.div(rs.curl(FLOW)), (x, y, z)) == 0


def test_divergence_of_a_curl_vanishes_in_the_plane() -> None:
    assert plain(rs.div(rs.curl(v**2)), (x, y)) == 0


def test_curl_of_a_gradient_vanishes_in_the_plane() -> None:
    assert plain(rs.curl(rs.grad(v**2)), (x, y)) == 0


def test_curl_of_a_curl_is_gradient_of_divergence_less_laplacian() -> None:
    axes = (x, y, z)
    left = components(rs.curl(rs.curl(FLOW)), axes)
    right = components(rs.grad(rs.div(FLOW)) - rs.laplacian(FLOW), axes)
    assert [sp.expand(a - b) for a, b in zip(left, right, strict=True)] == [0, 0, 0]


def test_curl_in_the_plane_has_its_signs() -> None:
    assert plain(rs.curl([-y * v, x * v]), (x, y)) == sp.expand(
        2 * v + x * v.diff(x) + y * v.diff(y)
    )
    assert components(rs.curl(v), (x, y)) == [v.diff(y), -v.diff(x)]


def test_time_takes_no_part_in_the_operators() -> None:
    h = rs.unknown("h", t, x)
    assert plain(rs.laplacian(t * h), (x,)) == t * h.diff(x, 2)
    assert components(rs.grad(t * x), (x,)) == [t]


def test_nodes_stay_as_written_until_expanded() -> None:
    node = rs.div((1 + x**2) * rs.grad(w))
    assert isinstance(node, Div)
    assert node.args[0].atoms(Grad) == {Grad(w)}
    assert not node.atoms(sp.Derivative)
    assert sp.expand(node.doit()) == sp.expand((1 + x**2) * w.diff(x, 2) + 2 * x * w.diff(x))


def test_doit_of_vector_nodes_gives_components() -> None:
    assert rs.grad(v).doit() == Vector(v.diff(x), v.diff(y))
    assert rs.curl(v).doit() == Vector(v.diff(y), -v.diff(x))


def test_nodes_are_found_inside_expressions() -> None:
    expression = rs.div(v * rs.grad(v)) + rs.laplacian(v) ** 2
    assert nodes([expression], Grad) == [Grad(v)]
    assert nodes([expression, rs.laplacian(x * v)], Laplacian) == [
        Laplacian(v),
        Laplacian(x * v),
    ]
    assert nodes([expression], Curl) == []


def test_sequences_and_matrices_are_vectors() -> None:
    expected = plain(rs.div(vector(v, v**2)), (x, y))
    assert plain(rs.div([v, v**2]), (x, y)) == expected
    assert plain(rs.div((v, v**2)), (x, y)) == expected
    assert plain(rs.div(sp.Matrix([v, v**2])), (x, y)) == expected
    assert expected == sp.expand(v.diff(x) + 2 * v * v.diff(y))


def test_one_dimension_takes_scalars_for_fluxes() -> None:
    assert plain(rs.div(w**2 / 2), (x,)) == w * w.diff(x)
    assert plain(rs.div(rs.grad(w)), (x,)) == w.diff(x, 2)
    assert plain(rs.grad(w), (x,)) == w.diff(x)


def test_sums_and_multiples_of_vectors_are_vectors() -> None:
    found = components(2 * x * rs.grad(v) - vector(1, y) + rs.curl(v), (x, y))
    expected = [2 * x * v.diff(x) - 1 + v.diff(y), 2 * x * v.diff(y) - y - v.diff(x)]
    assert [sp.expand(a - b) for a, b in zip(found, expected, strict=True)] == [0, 0]


def test_nodes_inside_functions_are_expanded() -> None:
    found = strong_form(sp.sin(rs.laplacian(w)) * rs.div(w), (x,))
    assert found == sp.sin(w.diff(x, 2)) * w.diff(x)


def test_a_derivative_of_a_node_is_expanded() -> None:
    assert strong_form(sp.Derivative(rs.laplacian(w), x), (x,)) == w.diff(x, 3)


def test_laplacian_of_a_vector_is_taken_by_component() -> None:
    found = components(rs.laplacian([v, x * v]), (x, y))
    expected = [v.diff(x, 2) + v.diff(y, 2)]
    expected.append(sp.diff(x * v, x, 2) + x * v.diff(y, 2))
    assert [sp.expand(a - b) for a, b in zip(found, expected, strict=True)] == [0, 0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (vector(x, y), True),
        (rs.grad(v), True),
        (rs.curl(v), True),
        (rs.curl(vector(v, v)), False),
        (rs.curl(FLOW), True),
        (rs.laplacian(v), False),
        (rs.laplacian(vector(v, v)), True),
        (3 * rs.grad(v) + vector(1, 1), True),
        (rs.div(vector(v, v)) * v, False),
        (v**2, False),
    ],
)
def test_which_expressions_have_components(expression: Any, expected: bool) -> None:
    assert is_vector(expression) is expected


def test_coordinates_come_in_the_order_of_the_unknown() -> None:
    p = rs.unknown("p", t, y, x)
    assert space_coordinates(rs.laplacian(p) + x) == (y, x)
    assert space_coordinates(rs.laplacian(z * x)) == (x, z)


def test_a_product_of_two_vectors_is_refused_with_a_way_out() -> None:
    with pytest.raises(ProblemError, match="dot product"):
        components(rs.grad(v) * vector(x, y), (x, y))


def test_the_square_of_a_gradient_is_refused() -> None:
    with pytest.raises(ProblemError, match="vector"):
        strong_form(rs.grad(v) ** 2, (x, y))


def test_sums_of_a_vector_and_a_scalar_are_refused() -> None:
    with pytest.raises(ProblemError, match="wanted a vector along x, y; got the scalar v"):
        components(rs.grad(v) + v, (x, y))


def test_a_difference_of_equal_vectors_is_zero_and_stays_readable() -> None:
    equation = rs.Eq(rs.grad(v) - rs.grad(v), 0)
    assert equation.residuals((x, y)) == [0]
