"""The weak form: an exact solution leaves no residual, whatever the terms and conditions are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.geometry import Box, Disc
from residuum.problem import (
    Eq,
    NoWeakForm,
    Problem,
    coefficient,
    dirichlet,
    div,
    flux,
    grad,
    initial,
    initial_rate,
    integral,
    laplacian,
    neumann,
    parameter,
    point_value,
    unknown,
    vector,
    weak_form,
)
from residuum.problem._well_posed import WellPosednessWarning
from tests.discretise.elements._posed import (
    CUBIC,
    LINE,
    OPERATORS,
    SQUARE,
    around,
    forced,
    put,
    residual_left,
    sides,
    system_of,
    t,
    v,
    x,
    y,
)

ROUNDING = 1e-12
"""Residual of a polynomial that the elements hold: sums of about a thousand rounded terms."""
MIXED = {
    "x_min": ("dirichlet",),
    "x_max": ("neumann",),
    "y_min": ("robin", 2, 3),
    "y_max": ("robin", -1, sp.Rational(1, 2)),
}


def plane(left: Any, conditions: Any, exact: Any = CUBIC) -> Problem:
    return Problem(SQUARE, forced(left, {v: exact}, (x, y)), conditions)


@pytest.mark.parametrize("name", OPERATORS)
def test_an_exact_solution_leaves_no_residual(name: str) -> None:
    problem = plane(OPERATORS[name](v), sides(v, CUBIC, SQUARE, MIXED))
    assert residual_left(system_of(problem, 3), {v: CUBIC}) < ROUNDING


@pytest.mark.parametrize("name", OPERATORS)
def test_a_wrong_boundary_value_is_seen(name: str) -> None:
    # The guard of the test above: a boundary term of the wrong sign must not pass.
    slope = -sp.diff(CUBIC, x).subs(x, 1) + 1
    conditions = sides(v, CUBIC, SQUARE, {**MIXED, "x_max": ("dirichlet",)})
    conditions = [c for c in conditions if c.on != "x_max"] + [neumann(v, slope, on="x_max")]
    problem = plane(OPERATORS[name](v), conditions)
    assert residual_left(system_of(problem, 3), {v: CUBIC}) > 1e-3


def drawn(seed: int) -> tuple[Any, Any]:
    """Return a random left side and the vector under its first divergence."""
    random = np.random.default_rng(seed)

    def polynomial() -> Any:
        a, b, c = (sp.Rational(int(n), 8) for n in random.integers(-7, 8, 3))
        return 2 + (a * x + b * y + c * x * y) / 2

    carried = [polynomial() * v + random.integers(-2, 3) * v**2 for _ in range(2)]
    conductivity = polynomial() + random.integers(0, 2) * v**2
    spread = [conductivity * v.diff(c) for c in (x, y)]
    vector_ = [a - b for a, b in zip(spread, carried, strict=True)]
    sign = int(random.choice([-1, 1]))
    rest = polynomial() * v.diff(x) * v + polynomial() * v - v**3
    return sign * div(vector_) + rest + polynomial() * v.diff(y), vector_


@pytest.mark.parametrize("seed", range(11, 23))
def test_random_statements_with_random_conditions(seed: int) -> None:
    left, own = drawn(seed)
    random = np.random.default_rng(100 + seed)
    choices = [
        ("dirichlet",),
        ("neumann",),
        ("robin", 1, 2),
        ("flux", 1),
        ("flux", -3),
        ("flux", sp.Rational(1, 2)),
    ]
    kinds = {part: choices[int(random.integers(len(choices)))] for part in SQUARE.parts}
    kinds["y_max"] = ("dirichlet",)
    problem = plane(left, sides(v, CUBIC, SQUARE, kinds, own))
    assert residual_left(system_of(problem, 3), {v: CUBIC}) < ROUNDING


def test_the_flux_named_without_its_carried_part() -> None:
    # flux(grad v) is given; what is carried through the side is kept from the equation.
    own = [2 * v.diff(x) - v**2, 2 * v.diff(y) - x * v]
    slope = [v.diff(x), v.diff(y)]
    kinds: dict[str, tuple[Any, ...]] = dict.fromkeys(SQUARE.parts, ("flux", 3))
    kinds["x_min"] = ("dirichlet",)
    problem = plane(-div(own), sides(v, CUBIC, SQUARE, kinds, slope))
    assert residual_left(system_of(problem, 3), {v: CUBIC}) < ROUNDING


@pytest.mark.parametrize(
    ("plain", "kept"),
    [
        (-v.diff(x, 2) - v.diff(y, 2), -laplacian(v)),
        (-2 * v.diff(x, 2) - v.diff(x, y) - 2 * v.diff(y, 2), None),
        (-(2 + x) * v.diff(x, 2) - (1 + y) * v.diff(y, 2) + x * v.diff(x, y), None),
        (-(1 + v**2) * v.diff(x, 2) - v.diff(y, 2), None),
        (-v.diff(y, x) - 3 * v.diff(x, 2) - 3 * v.diff(y, 2) + v.diff(x) ** 2, None),
    ],
)
def test_plain_second_derivatives(plain: Any, kept: Any) -> None:
    problem = plane(plain, around(v, CUBIC, SQUARE))
    assert residual_left(system_of(problem, 3), {v: CUBIC}) < ROUNDING
    if kept is not None:
        other = plane(kept, around(v, CUBIC, SQUARE))
        one, two = (weak_form(item).equations[0] for item in (problem, other))
        assert one.flux == two.flux and sp.expand(one.source - two.source) == 0


def test_plain_and_kept_forms_with_variable_factors_agree_at_the_solution_alone() -> None:
    # d/dx (k dv/dx) = k v_xx + k_x v_x: the same equation, in two spellings.
    k = 1 + x * y
    spelled = -k * (v.diff(x, 2) + v.diff(y, 2)) - y * v.diff(x) - x * v.diff(y)
    for left in (spelled, -div(k * grad(v))):
        problem = plane(left, sides(v, CUBIC, SQUARE, MIXED))
        form = weak_form(problem)
        assert [
            sp.expand(item - k * v.diff(c))
            for item, c in zip(form.equations[0].flux, (x, y), strict=True)
        ] == [0, 0]
        assert residual_left(system_of(problem, 3), {v: CUBIC}) < ROUNDING


def test_the_laplacian_of_a_vector() -> None:
    a, b = unknown("a", "b", x, y)
    exact = {a: CUBIC, b: CUBIC.subs({x: y, y: x}, simultaneous=True)}
    left = -2 * laplacian(vector(a, b)) + vector(a * b, a - b)
    source = [
        put(-2 * laplacian(a) + a * b, exact, (x, y)),
        put(-2 * laplacian(b) + a - b, exact, (x, y)),
    ]
    conditions = [*sides(a, exact[a], SQUARE, MIXED), *sides(b, exact[b], SQUARE, MIXED)]
    problem = Problem(SQUARE, Eq(left, vector(*source)), conditions)
    assert residual_left(system_of(problem, 3), exact) < ROUNDING


def test_equations_are_tested_with_the_unknown_they_diffuse() -> None:
    a, b = unknown("a", "b", x, y)
    equations = [Eq(-laplacian(b) + a, 1), Eq(-laplacian(a) - b, 0)]
    form = weak_form(Problem(SQUARE, equations, [dirichlet(a, 0), dirichlet(b, 0)]))
    first, second = form.equations
    assert (form.unknowns[first.test], form.unknowns[second.test]) == (b, a) or (
        form.unknowns[first.test],
        form.unknowns[second.test],
    ) == (a, b)
    for item in form.equations:
        u = form.unknowns[item.test]
        assert item.flux == (u.diff(x), u.diff(y))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sign_is_turned_so_that_diffusion_is_positive(sign: int) -> None:
    form = weak_form(Problem(SQUARE, Eq(sign * laplacian(v), 1), [dirichlet(v, 0)]))
    assert form.equations[0].flux == (v.diff(x), v.diff(y))


def test_a_given_coefficient_function_stays_under_the_divergence() -> None:
    k = coefficient("k", x, y)
    problem = Problem(
        SQUARE, Eq(-div(k * grad(v)), 1), [dirichlet(v, 0)], given={"k": lambda a, b: 1 + a * b}
    )
    assert weak_form(problem).equations[0].flux == (k * v.diff(x), k * v.diff(y))


def test_parameters_are_filled_in() -> None:
    k = parameter("k", 2.5)
    form = weak_form(Problem(SQUARE, Eq(-div(k * grad(v)), 1), [dirichlet(v, 0)]))
    assert form.equations[0].flux[0] == 2.5 * v.diff(x)


def stokes(conditions: Any, domain: Any = SQUARE, viscosity: Any = 1) -> tuple[Problem, Any]:
    a, b, p = unknown("a", "b", "p", x, y)
    equations = [
        Eq(-viscosity * laplacian(vector(a, b)) + grad(p), vector(y, -x)),
        Eq(div(vector(a, b)), 0),
    ]
    return Problem(domain, equations, conditions(a, b, p)), (a, b, p)


def test_pressure_gradients_are_freed_and_the_constraint_mirrors_them() -> None:
    problem, (a, b, p) = stokes(lambda a, b, p: [dirichlet(a, 0), dirichlet(b, 0), integral(p)])
    form = weak_form(problem)
    assert form.multipliers == (2,) and form.means == ()
    assert form.equations[0].flux == (a.diff(x) - p, a.diff(y))
    assert form.equations[1].flux == (b.diff(x), b.diff(y) - p)
    # -p in the momentum, -div in the constraint: the matrix is symmetric.
    assert form.equations[2].source == -a.diff(x) - b.diff(y)
    assert form.equations[2].flux == (0, 0)


def test_an_enclosed_flow_has_its_pressure_fixed_and_an_open_one_has_not() -> None:
    with pytest.warns(WellPosednessWarning):
        problem, _ = stokes(lambda a, b, p: [dirichlet(a, 0), dirichlet(b, 0)])
    assert weak_form(problem).means == (2,)

    def opened(a: Any, b: Any, p: Any) -> Any:
        sides_ = ("x_min", "y_min", "y_max")
        walls = [dirichlet(u, 0, on=part) for u in (a, b) for part in sides_]
        return [
            *walls,
            dirichlet(p, 3 * y, on="x_max"),
            neumann(a, 0, on="x_max"),
            neumann(b, 0, on="x_max"),
        ]

    problem, (_a, _b, _p) = stokes(opened)
    form = weak_form(problem)
    assert form.means == () and [j for j, _, _ in form.essential if j == 2] == []
    # The pressure pushes out of the side: + p n for the test function.
    normal_x = sp.Symbol("normal_x", real=True)
    assert sp.expand(form.equations[0].boundary["x_max"] - 3 * y * normal_x) == 0


def test_a_stokes_flow_with_pressure_given_on_a_side_leaves_no_residual() -> None:
    exact_a, exact_b, exact_p = y**2 + x**2, -2 * x * y, 2 * y - x + 1
    a, b, p = unknown("a", "b", "p", x, y)
    exact = {a: exact_a, b: exact_b, p: exact_p}
    momentum = [put(-3 * laplacian(u) + p.diff(c), exact, (x, y)) for u, c in ((a, x), (b, y))]
    conditions = [dirichlet(p, exact_p.subs(x, 1), on="x_max")]
    for u in (a, b):
        conditions += sides(
            u,
            exact[u],
            SQUARE,
            {**MIXED, "x_max": ("neumann",), "y_min": ("dirichlet",), "y_max": ("dirichlet",)},
        )
    equations = [
        Eq(-3 * laplacian(vector(a, b)) + grad(p), vector(*momentum)),
        Eq(div(vector(a, b)), 0),
    ]
    system = system_of(Problem(SQUARE, equations, conditions), (2, 2, 1))
    assert residual_left(system, exact) < ROUNDING


# Two tractions that each hold both displacements are counted twice for each.
@pytest.mark.filterwarnings("ignore::residuum.problem._well_posed.WellPosednessWarning")
def test_traction_by_components_in_elasticity() -> None:
    a, b = unknown("a", "b", x, y)
    lam, mu = sp.Rational(3, 2), sp.Rational(1, 2)
    trace = a.diff(x) + b.diff(y)
    shear = mu * (a.diff(y) + b.diff(x))
    first = [lam * trace + 2 * mu * a.diff(x), shear]
    second = [shear, lam * trace + 2 * mu * b.diff(y)]
    exact = {a: CUBIC, b: x**2 * y - y**3 + x}
    conditions = []
    for u in (a, b):
        conditions += [dirichlet(u, exact[u].subs(x, 0), on="x_min")]
    for rows in (first, second):
        for part, k, c, end, sign in (
            ("x_max", 0, x, 1, 1),
            ("y_min", 1, y, 0, -1),
            ("y_max", 1, y, 1, 1),
        ):
            value = sign * put(rows[k], exact, (x, y)).subs(c, end)
            conditions.append(flux(rows, value, on=part))
    equations = [forced(-div(rows), exact, (x, y)) for rows in (first, second)]
    problem = Problem(SQUARE, equations, conditions)
    system = system_of(problem, 3)
    assert residual_left(system, exact) < ROUNDING
    gap = system.stiffness - system.stiffness.T
    assert abs(gap).max() < 1e-12 * abs(system.stiffness).max()


def test_second_order_in_time_becomes_two_of_first() -> None:
    u = unknown("u", t, x)
    exact = (1 + t**2) * x * (1 - x) + t * x
    left = u.diff(t, 2) + 3 * u.diff(t) - div((1 + x) * grad(u)) + u
    conditions = [
        initial(u, exact.subs(t, 0)),
        initial_rate(u, exact.diff(t).subs(t, 0)),
        dirichlet(u, exact.subs(x, 0), on="x_min"),
        neumann(u, exact.diff(x).subs(x, 1), on="x_max"),
    ]
    problem = Problem(Box(t=(0, 1), x=(0, 1)), forced(left, {u: exact}, (x,)), conditions)
    form = weak_form(problem)
    assert form.rates == (0,) and len(form.unknowns) == 2
    system = system_of(problem, 3)
    for moment in (0.0, 0.3, 0.8):
        assert residual_left(system, {u: exact}, moment) < ROUNDING


def test_a_rate_on_the_boundary_values_of_a_wave() -> None:
    u = unknown("u", t, x)
    start = [initial(u, x), initial_rate(u, 0), dirichlet(u, 0, on="x_min")]
    end = dirichlet(u, sp.cos(t), on="x_max")
    problem = Problem(Box(t=(0, 1), x=(0, 1)), Eq(u.diff(t, 2), u.diff(x, 2)), [*start, end])
    given = {(j, part): value for j, part, value in weak_form(problem).essential}
    assert given[1, "x_max"] == -sp.sin(t) and given[0, "x_max"] == sp.cos(t)


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (v.diff(x, 3) + v, "Derivative(v(x, y), (x, 3))"),
        (laplacian(laplacian(v)), "up to order two"),
        (v.diff(x, 2) ** 2 + v.diff(y, 2), "enter linearly"),
        (v.diff(x, 2) * v.diff(y, 2) - v, "enter linearly"),
        (sp.sin(v.diff(x, 2)) + v, "enter linearly"),
    ],
)
@pytest.mark.filterwarnings("ignore::residuum.problem._well_posed.WellPosednessWarning")
def test_what_has_no_weak_form_is_refused(left: Any, message: str) -> None:
    problem = Problem(SQUARE, Eq(left, 1), [dirichlet(v, 0)])
    with pytest.raises(NoWeakForm) as caught:
        weak_form(problem)
    assert message in str(caught.value)


@pytest.mark.filterwarnings("ignore::residuum.problem._well_posed.WellPosednessWarning")
def test_mixed_derivatives_in_space_and_time_are_refused() -> None:
    u = unknown("u", t, x)
    start = [initial(u, 0), dirichlet(u, 0)]
    for left in (
        u.diff(t) - u.diff(x, 2) - u.diff(t, x, x),
        u.diff(t) - div(u.diff(x) + u.diff(t, x)),
    ):
        problem = Problem(Box(t=(0, 1), x=(0, 1)), Eq(left, 1), start)
        with pytest.raises(NoWeakForm, match="system"):
            weak_form(problem)


def test_pure_neumann_gets_mean_zero_unless_something_fixes_the_constant() -> None:
    with pytest.warns(WellPosednessWarning):
        free = Problem(SQUARE, Eq(-laplacian(v), x - 0.5), [neumann(v, 0)])
    assert weak_form(free).means == (0,)
    fixed = [
        (Eq(-laplacian(v), x - 0.5), [neumann(v, 0), integral(v, 2)]),
        (Eq(-laplacian(v), x - 0.5), [neumann(v, 0), point_value(v, 1, at={"x": 0.5, "y": 0.5})]),
        (Eq(-laplacian(v) + v, x), [neumann(v, 0)]),
        (
            Eq(-laplacian(v), x),
            [neumann(v, 0, on=p) for p in SQUARE.parts[1:]] + [dirichlet(v, 0, on="x_min")],
        ),
    ]
    for equation, conditions in fixed:
        assert weak_form(Problem(SQUARE, equation, conditions)).means == ()


def test_later_dirichlet_values_win_over_those_meant_to_jump() -> None:
    lid = dirichlet(v, 1, on="y_max", jump=True)
    walls = [dirichlet(v, 0, on=part) for part in SQUARE.parts[:3]]
    for conditions in ([lid, *walls], [*walls, lid]):
        form = weak_form(Problem(SQUARE, Eq(-laplacian(v), 0), conditions))
        assert form.essential[0] == (0, "y_max", 1)


def test_a_curved_domain_and_one_dimension() -> None:
    disc = Disc((0, 0), 1)
    form = weak_form(Problem(disc, Eq(-laplacian(v), 1), [dirichlet(v, 0)]))
    assert form.equations[0].boundary == {} and form.space == (x, y)
    w = unknown("w", x)
    exact = x**3 - x
    problem = Problem(
        LINE,
        forced(-div((1 + w**2) * w.diff(x)) + w * w.diff(x), {w: exact}, (x,)),
        [dirichlet(w, 0, on="x_min"), neumann(w, 2, on="x_max")],
    )
    assert residual_left(system_of(problem, 3), {w: exact}) < ROUNDING


def test_a_problem_keeps_its_form_and_a_changed_one_has_its_own() -> None:
    problem = plane(-laplacian(v), sides(v, CUBIC, SQUARE, MIXED))
    assert weak_form(problem) is weak_form(problem)
    other = problem.replace(equations=[Eq(-2 * laplacian(v), 1)])
    assert weak_form(other).equations[0].flux != weak_form(problem).equations[0].flux
