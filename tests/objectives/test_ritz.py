"""Energies of statements."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, in_double_precision
from residuum.fields import TensorChebyshev, constrain, frame_of
from residuum.objectives import Galerkin, Ritz
from residuum.problem import ExpressionField, hard_conditions, scaling

x, y = rs.space("x", "y")
t = rs.time("t")
w, v, u = rs.unknown("w", x), rs.unknown("v", x, y), rs.unknown("u", t, x)
SQUARE = rs.Box(x=(0, 1), y=(0, 1))


def plate(equation: Any, *conditions: Any) -> rs.Problem:
    return rs.Problem(SQUARE, equation, list(conditions) or [rs.dirichlet(v, 0)])


def quasilinear() -> rs.Problem:
    steep = v.diff(x) ** 2 + v.diff(y) ** 2
    flux = rs.div(rs.grad(v) / sp.sqrt(1 + steep))
    return plate(rs.Eq(-rs.laplacian(v) - flux + v / sp.sqrt(1 + v**2), 50 * x))


@in_double_precision
def test_the_energy_is_that_of_the_text_book() -> None:
    # ∫ ½(1 + x) w'² - w with a slope given at the far end: - 3 · 2 w(1).
    problem = rs.Problem(
        rs.Interval(0, 1),
        rs.Eq(-rs.div((1 + x) * rs.grad(w)), 1),
        [rs.dirichlet(w, 0, on="x_min"), rs.neumann(w, 3, on="x_max")],
    )
    sizes = scaling(problem)
    field = ExpressionField((x * (2 - x),), problem.coordinates)
    rows = Ritz(tests=10, quadrature=100).rows(problem, sizes, 7, 0)
    slope = sp.diff(x * (2 - x), x)
    inside = sp.integrate((1 + x) * slope**2 / 2 - x * (2 - x), (x, 0, 1))
    wanted = float(inside - 3 * 2 * 1) / float(sizes.residuals[0] * sizes.magnitudes[0])
    # Gauss points integrate polynomials of this degree exactly: rounding.
    assert float(rows.energy(field)) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(
    "problem",
    [plate(rs.Eq(-rs.laplacian(v) + v**3, 1)), quasilinear()],
    ids=["reaction", "quasilinear"],
)
@in_double_precision
def test_its_derivative_is_the_weak_form(problem: rs.Problem) -> None:
    sizes, hard = scaling(problem), hard_conditions(problem)
    free = TensorChebyshev(3).build(frame_of(problem, sizes), 5)
    head = 0.3 * np.random.default_rng(157).normal(size=free.head.shape)
    field = constrain(free.with_head(jnp.asarray(head)), problem, hard, sizes)
    rows = Ritz(tests=10, quadrature=900).rows(problem, sizes, 7, 0)
    slope = jax.grad(lambda h: rows.energy(field.with_head(h)))(field.head)
    # The same by the weak form tested with the features, at the same points.
    jet = field.jet(rows.points, [(1, 0), (0, 1)])
    values: dict[Any, Any] = {(0, (0, 0)): jet.value[:, 0]}
    values |= {(0, k): jet.derivative(k)[:, 0] for k in ((1, 0), (0, 1))}
    features = field.features(rows.points, [(1, 0), (0, 1)])
    tested = [features.value, features.derivative((1, 0)), features.derivative((0, 1))]
    assert rows.weights is not None
    wanted = sum(
        (weights * at(rows.points, values)) @ test
        for at, weights, test in zip(rows.at, rows.weights, tested, strict=True)
    )
    # Gauss points on a graded path: rounding for polynomials, 1e-8 for the roots.
    np.testing.assert_allclose(slope[:, 0], wanted * rows.factor, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (plate(rs.Eq(-rs.laplacian(v) + v.diff(x), 1)), "transport along x"),
        (plate(rs.Eq(-rs.div(rs.grad(v)) - 40 * v, 1)), "not coercive"),
        (
            rs.Problem(
                rs.Box(t=(0, 1), x=(0, 1)),
                rs.Eq(u.diff(t), u.diff(x, 2)),
                [rs.initial(u, 0), rs.dirichlet(u, 0)],
            ),
            "steady statement",
        ),
    ],
)
def test_what_has_no_energy_is_refused_with_the_reason(problem: rs.Problem, reason: str) -> None:
    with pytest.raises(rs.ResiduumError, match=reason):
        rs.solve(problem, rs.PINN(objective=Ritz()))


@in_double_precision
def test_rules_for_residuals_are_told_which_rule_to_take() -> None:
    problem = plate(rs.Eq(-rs.laplacian(v), 1))
    assert Ritz().refuse(problem) is None and Galerkin().refuse(problem) is None
    rows = Ritz(tests=10, quadrature=100).rows(problem, scaling(problem), 7, 0)
    with pytest.raises(OptionError, match="SobolevDescent"):
        rows.residual(ExpressionField((x,), problem.coordinates))
    with pytest.raises(OptionError, match="more points"):
        Ritz(tests=10, quadrature=5)
