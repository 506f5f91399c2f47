"""The answer: calls by name, derivatives, chunks, errors, checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Certificate, Field, Index, Jet, Record, Result, SolveFailed, generator
from residuum.problem import ExpressionField
from residuum.problem._solution import CHUNK, FEW

from ._statements import gray_scott, heat, lorenz, poisson_on_disc, schroedinger, t, x


def answer(problem: rs.Problem, *chosen: Any, **options: Any) -> rs.Solution:
    """A solution given by expressions."""
    field = ExpressionField(tuple(map(sp.sympify, chosen)), problem.coordinates)
    return rs.Solution(problem, field, options.pop("result", Result.SUCCESSFUL), **options)


@pytest.fixture(scope="module")
def decay() -> rs.Solution:
    return answer(heat(), sp.exp(-t) * sp.sin(sp.pi * x))


def test_numbers_give_a_float(decay: rs.Solution) -> None:
    found = decay(t=0.5, x=0.25)
    assert type(found) is float
    # An exponential, a sine and a product.
    assert found == pytest.approx(np.exp(-0.5) * np.sin(np.pi / 4), rel=1e-14)


def test_coordinates_broadcast(decay: rs.Solution) -> None:
    times, places = np.linspace(0, 1, 4)[:, None], np.linspace(0, 1, 5)
    found = decay(x=places, t=times)
    assert found.shape == (4, 5) and found.dtype == np.float64
    np.testing.assert_allclose(found, np.exp(-times) * np.sin(np.pi * places), atol=1e-14)


@pytest.mark.parametrize("shape", [(0,), (1,), (2, 1, 3)])
def test_shapes_are_kept(decay: rs.Solution, shape: tuple[int, ...]) -> None:
    assert decay(t=0.5, x=np.full(shape, 0.5)).shape == shape


def test_lists_whole_numbers_and_jax_arrays_are_coordinates(decay: rs.Solution) -> None:
    expected = decay(t=0.0, x=0.5)
    assert decay(t=0, x=[0.5]).tolist() == [expected]
    # 0.5 is a float32 number exactly.
    assert decay(t=0, x=jnp.asarray([0.5])).tolist() == [expected]


def test_several_unknowns_come_by_name() -> None:
    solution = answer(lorenz(), t, 2 * t, sp.Integer(3))
    assert solution.names == ("a", "b", "c")
    assert solution(t=0.5) == {"a": 0.5, "b": 1.0, "c": 3.0}
    arrays = solution(t=[0.0, 1.0])
    assert arrays["b"].tolist() == [0.0, 2.0] and arrays["c"].tolist() == [3.0, 3.0]


def test_derivatives_by_name(decay: rs.Solution) -> None:
    found = decay.derivative("x", "t", "x", t=0.3, x=0.4)
    exact = np.pi**2 * np.exp(-0.3) * np.sin(0.4 * np.pi)
    # Second derivatives of a product of elementary functions.
    assert found == pytest.approx(exact, rel=1e-13)
    assert decay.derivative("x", t=0.3, x=[0.0, 0.5]).shape == (2,)


def test_derivatives_of_systems_come_by_name() -> None:
    solution = answer(lorenz(), t**2, 2 * t, sp.Integer(3))
    assert solution.derivative("t", t=0.5) == {"a": 1.0, "b": 2.0, "c": 0.0}


def test_points_on_the_boundary_and_a_rounding_beyond_are_inside(decay: rs.Solution) -> None:
    assert abs(decay(t=1.0, x=1.0 + 1e-12)) < 1e-11


def test_values_do_not_depend_on_the_chunks(decay: rs.Solution) -> None:
    n = 2 * CHUNK + 17
    points = generator(41).uniform(0, 1, (n, 2))
    together = decay.at(points)
    assert together.shape == (n, 1)
    for start, stop in ((0, 1), (CHUNK - 1, CHUNK + 1), (n - 5, n), (100, 133)):
        # The same operations for each point; vector units may round the last digit otherwise.
        np.testing.assert_allclose(decay.at(points[start:stop]), together[start:stop], rtol=4e-16)


class Counted(Field):
    """Zero, and a list of the shapes it was traced with."""

    shapes: list[int] = eqx.field(static=True)

    def jet(self, points: jax.Array, indices: Sequence[Index]) -> Jet:
        self.shapes.append(points.shape[0])
        return Jet({(0, 0): points[:, :1] * 0})

    def __hash__(self) -> int:
        return id(self.shapes)


def test_few_shapes_are_compiled() -> None:
    solution = rs.Solution(heat(), Counted([]), Result.SUCCESSFUL)
    for n in (1, 3, 9, 15, 16, CHUNK, CHUNK + 1, 3 * CHUNK - 1):
        assert solution.at(np.full((n, 2), 0.5)).shape == (n, 1)
    assert isinstance(solution.field, Counted)
    assert set(solution.field.shapes) == {FEW, CHUNK}


def test_values_are_double_precision_outside_the_scope(decay: rs.Solution) -> None:
    assert jnp.asarray([0.1]).dtype == jnp.float32
    assert decay.at(np.array([[0.5, 0.5]])).dtype == np.float64
    # Single precision would be wrong by 1e-8.
    assert decay(t=0.1, x=0.3) == pytest.approx(np.exp(-0.1) * np.sin(0.3 * np.pi), rel=1e-14)
    assert jnp.asarray([0.1]).dtype == jnp.float32


def test_no_points_give_no_values() -> None:
    solution = answer(schroedinger(), x, t)
    assert solution.at(np.zeros((0, 2))).shape == (0, 2)


def test_columns_of_points_follow_the_problem_not_the_domain() -> None:
    domain = rs.Box(x=(0, 1), t=(0, 3))
    problem = heat().replace(domain=domain)
    solution = answer(problem, t + 10 * x)
    # One product and a sum.
    assert solution(t=2.5, x=0.5) == pytest.approx(7.5, rel=1e-15)
    with pytest.raises(rs.ResiduumError, match="inside"):
        solution(t=0.5, x=2.5)


def test_outside_a_disc_nothing_is_known() -> None:
    solution = answer(poisson_on_disc(), x)
    assert solution(x=0.5, y=0.5) == 0.5
    with pytest.raises(rs.ResiduumError, match="1 outside"):
        solution(x=[0.0, 0.9], y=[0.0, 0.9])


def test_check_returns_the_good_and_raises_the_bad() -> None:
    good = answer(heat(), 0, result=Result.TOLERANCE_REACHED)
    assert good.check() is good
    for result in Result:
        if not result.ok:
            with pytest.raises(SolveFailed, match=result.code):
                answer(heat(), 0, result=result).check()


def test_the_error_is_relative_in_the_mean_square(decay: rs.Solution) -> None:
    points = generator(43).uniform(0, 1, (50, 2))

    def reference(p: np.ndarray) -> np.ndarray:
        return np.asarray(1.25 * np.exp(-p[:, 0]) * np.sin(np.pi * p[:, 1]))

    # A quarter more: |1 - 1.25|/1.25.
    assert decay.error(reference, points) == pytest.approx(0.2, rel=1e-12)
    assert decay.error(lambda p: decay.at(p), points) == 0.0


def test_the_error_against_zero_is_finite(decay: rs.Solution) -> None:
    assert np.isfinite(decay.error(lambda p: np.zeros(len(p)), np.full((3, 2), 0.5)))


def test_certificate_and_record_have_defaults() -> None:
    solution = answer(heat(), 0)
    assert solution.certificate.kind == "none" and solution.parameters == {}
    assert "residuum" in solution.record.versions


def test_the_text_names_problem_result_and_certificate() -> None:
    bound = Certificate("bound", 1e-3, 2e-3, "L2", ("smoothness",))
    text = repr(answer(heat(), 0, certificate=bound, record=Record("fake")))
    assert text.startswith("Solution('heat', successful; bound: 2.0e-03 relative")


def test_parameters_are_copied() -> None:
    mine = {"D": 0.5}
    solution = answer(heat(), 0, parameters=mine)
    mine["D"] = 7.0
    assert solution.parameters == {"D": 0.5}


def test_three_coordinates_by_name() -> None:
    problem = gray_scott()
    a, b, c = problem.coordinates
    solution = answer(problem, a + 10 * b + 100 * c, 0)
    found = solution(t=0.1, x=0.2, y=0.3)
    assert found["a"] == pytest.approx(32.1, rel=1e-15) and found["b"] == 0.0
