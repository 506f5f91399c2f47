"""Problems in print."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum.problem as rs
from residuum.geometry import Box, Disc
from residuum.problem._render import equation_text, latex, text

t = rs.time("t")
x, y = rs.space("x", "y")
u, v = rs.unknown("u", "v", t, x, y)
nu = rs.parameter("nu", 0.1)
a = rs.coefficient("a", x, y)

LINES: dict[str, Any] = {
    "∂u/∂t + ∇·(u²/2)": u.diff(t) + rs.div(u**2 / 2),
    "∇·(ν·∇u)": rs.div(nu * rs.grad(u)),
    "∂²u/∂x²": u.diff(x, 2),
    "∂²u/∂t∂x": u.diff(t, x),
    "(∂u/∂x)²": u.diff(x) ** 2,
    "∂(u²)/∂x": sp.Derivative(u**2, x),
    "ΔΔu": rs.laplacian(rs.laplacian(u)),
    "Δ(u²)": rs.laplacian(u**2),
    "∇×(u, v)": rs.curl([u, v]),
    "(∇×(u, v))²": rs.curl([u, v]) ** 2,
    "√x": sp.sqrt(x),
    "√(x + 1)": sp.sqrt(x + 1),
    "u¹²": u**12,
    "1/x²": x**-2,
    "|x|": sp.Abs(x),
    "2·π²": 2 * sp.pi**2,
    "0.1·u": sp.Float(0.1) * u,
    "x^ν": x**nu,
    "{1 where x < 0; 2 where x ≥ 5; 3 otherwise}": sp.Piecewise((1, x < 0), (2, x >= 5), (3, True)),
    "β₂ + c₁": rs.parameter("beta_2", 1) + rs.parameter("c1", 2),
}


@pytest.mark.parametrize("line", LINES)
def test_expressions_read_like_mathematics(line: str) -> None:
    assert equation_text(LINES[line]) == line


def heat() -> rs.Problem:
    w = rs.unknown("w", t, x)
    return rs.Problem(
        Box(t=(0, 1), x=(-1, 1)),
        rs.Eq(w.diff(t), rs.div(nu * rs.grad(w))),
        [
            rs.initial(w, -sp.sin(x) + sp.sin(1) * x),
            rs.dirichlet(w, 0, on="x_min"),
            rs.robin(w, 0, a=2, b=nu, on="x_max"),
        ],
        observations=[rs.observe(w, [0.5], at={"t": 0.5, "x": 0.5}, noise=0.1)],
        name="heat",
    )


def test_text_states_the_whole_problem() -> None:
    lines = text(heat()).splitlines()
    assert lines[:3] == [
        "heat",
        "  equations   ∂w/∂t = ∇·(ν·∇w)",
        "  domain      t ∈ [0, 1], x ∈ [-1, 1]",
    ]
    rest = [line.strip() for line in lines[4:]]
    assert lines[3].startswith("  conditions  w(0, x) = ")
    assert rest[0] == "w = 0 on x_min"
    assert rest[1].endswith(" = 0 on x_max") and "ν·∂w/∂n" in rest[1] and "2·w" in rest[1]
    assert rest[2:] == ["with        ν = 0.1", "data        1 values of w, noise 0.1"]


@pytest.mark.filterwarnings("ignore::residuum.problem.WellPosednessWarning")
def test_every_kind_of_condition_and_number() -> None:
    k = rs.parameter("k", bounds=(1, 3))
    s = rs.parameter("s", distribution=rs.UniformDistribution(0, 1))
    kappa = rs.closure("kappa", u)
    problem = rs.Problem(
        Disc((0, 0), 1).over(t=(0, 1)),
        rs.Eq(u.diff(t, 2) + k * s * u, rs.div((a + kappa) * rs.grad(u))),
        [
            *(rs.initial(u, 0), rs.initial_rate(u, x), rs.neumann(u, 1, on="circle")),
            *(rs.point_value(u, 2, at={"t": 0.5, "x": 0, "y": 0}), rs.integral(u, 3)),
            rs.flux(a * rs.grad(u), 0, on="boundary"),
        ],
        given={a: 1 + x**2},
    )
    found = text(problem)
    for line in (
        *("t ∈ [0, 1], (x, y) ∈ Disc(", "u(0, x, y) = 0", "∂u/∂t(0, x, y) = x"),
        *("∂u/∂n = 1 on circle", "u(0.5, 0, 0) = 2", "∫ u = 3", "n·(a·∇u) = 0 on boundary"),
        *("k ∈ [1, 3] to be found", "s drawn from", "a(x, y) = x² + 1", "κ(u) to be learned"),
    ):
        assert line in found
    assert r"\text{ on circle}" in latex(problem)


def test_periodic_axes_and_grids() -> None:
    w, b = rs.unknown("w", t, x), rs.coefficient("b", x)
    problem = rs.Problem(
        Box(t=(0, 1), x=(0, 1)),
        rs.Eq(w.diff(t) + b * w.diff(x)),
        [rs.initial(w, sp.sin(2 * sp.pi * x)), rs.periodic(w, x)],
        given={b: ([[0.0, 0.5, 1.0]], [1.0, 2.0, 1.0])},
    )
    found = text(problem)
    assert "w periodic in x" in found and "b(x) given on a grid of 3" in found


@pytest.mark.parametrize("kind", [tuple, rs.GridFunction])
def test_tables_say_what_they_are(kind: Any) -> None:
    w, b = rs.unknown("w", x), rs.coefficient("b", x)
    for values, words in (([1.0, 2.0, 1.0], "a grid of 3"), ([1.0, 2.0], "the cells of a grid")):
        axes, array = (np.array([0.0, 0.5, 1.0]),), np.array(values)
        problem = rs.Problem(
            Box(x=(0, 1)),
            rs.Eq(rs.div(b * rs.grad(w)), 1),
            [rs.dirichlet(w, 0)],
            given={b: (axes, array) if kind is tuple else kind(axes, array)},
        )
        assert f"b(x) given on {words}" in text(problem)


def test_latex_is_an_aligned_block() -> None:
    w = rs.unknown("w", x, y)
    found = latex(heat())
    assert found.startswith("\\begin{aligned}\n") and found.endswith("\n\\end{aligned}")
    assert r"\frac{\partial}{\partial t} w &= \nabla\cdot\left(\nu \nabla w\right) \\" in found
    assert r"& w = 0\text{ on x\_min} \\" in found
    assert "w{" not in found and r"w{\left(" not in found
    curls = rs.Problem(
        Box(x=(0, 1), y=(0, 1)),
        rs.Eq(rs.laplacian(w) + rs.curl([w, x]), 1e-5),
        [rs.dirichlet(w, 0)],
    )
    found = latex(curls)
    assert r"\Delta w" in found and r"\nabla\times \left(w, x\right)" in found
    assert r"&= 1 \cdot 10^{-5} \\" in found
    assert str(heat()) == text(heat()) and latex(heat()) in heat()._repr_latex_()
