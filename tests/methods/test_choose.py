"""The automatic choice: what fits, in which order, and why."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum import catalogue
from residuum._core import Method, UnsuitableMethod
from residuum._solve import explain
from residuum.geometry import Ball, Box, Disc
from residuum.methods import (
    METHODS,
    NAMED,
    Chebyshev,
    Fourier,
    Polynomials,
    Spectral,
    choose,
    fitting,
)
from residuum.methods._choose import INVERSE, INVERSE_FUNCTIONS, INVERSE_NUMBERS, REASONS
from residuum.problem import (
    Eq,
    Problem,
    closure,
    dirichlet,
    laplacian,
    observe,
    parameter,
    space,
    unknown,
)

x, y = space("x", "y")
u = unknown("u", x, y)
w = unknown("w", x)

# By what decides: see the order in ``_choose``.
CHOICES = {
    "time_integration": (
        # no coordinate in space
        "damped_oscillator lorenz pendulum robertson robertson_dae van_der_pol van_der_pol_stiff"
    ),
    "spectral": (
        # a box in the plane, and time, but separable, or with mirrors for walls
        "pinnacle_heat_2d_ms pinnacle_wave_2d_ms pinnacle_heat_2d_lt "
        # smooth, periodic all round
        "advection advection_50 advection_80 allen_cahn cahn_hilliard ginzburg_landau gray_scott "
        "kdv kdv_zabusky_kruskal kuramoto_sivashinsky kuramoto_sivashinsky_chaotic "
        "kuramoto_sivashinsky_long navier_stokes_torus pinnacle_burgers_2d pinnacle_gray_scott "
        "pinnacle_kuramoto_sivashinsky schrodinger taylor_green "
        # smooth, on a box with sides: steady, or along one axis
        "battery_single_particle black_scholes burgers diffusion_sorption fisher heat helmholtz "
        "klein_gordon pinnacle_burgers_1d pinnacle_poisson_5d pinnacle_wave_1d_c plate poisson "
        "wave "
        # a system of first order, where Galerkin elements oscillate
        "flame_040 flame_040_350 flame_040_400 flame_042"
    ),
    "finite_element": (
        # not a box
        "channel_expansion elastic_bracket elastic_plate_with_hole helmholtz_scattering l_shape "
        "pinnacle_heat_2d_cg pinnacle_ns_2d_cg pinnacle_poisson_2d_c pinnacle_poisson_2d_cg "
        "pinnacle_poisson_3d_cg poisson_four_holes stokes_cylinder "
        # a box, with a pressure
        "cavity_100 cavity_1000 cavity_3200 cavity_400 cavity_parabolic_lid_2 "
        "cavity_parabolic_lid_4 pinnacle_ns_2d_c pinnacle_ns_2d_lt "
        # a box, with steps or tables in the equation
        "darcy_two_phase pinnacle_heat_2d_vc pinnacle_poisson_2d_ms pinnacle_wave_2d_cg "
    ),
    "finite_volume": "dam_break dam_break_circular sod",
    # five axes and time, in a ball; a conductivity is to be found
    "polynomials": "pinnacle_heat_5d pinnacle_heat_inverse pinnacle_poisson_inverse",
}
EXPECTED = {name: method for method, names in CHOICES.items() for name in names.split()}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_choice_of_every_named_problem(name: str) -> None:
    problem = catalogue.case(name).problem()
    method, reason = choose(problem)
    assert method.name == EXPECTED[name]
    said = INVERSE_FUNCTIONS if problem.traits.inverse else REASONS[method.name]
    assert reason.startswith(said) and len(reason.splitlines()) == 1
    dominated = problem.traits.transport_dominated and method.name != "finite_volume"
    assert ("Péclet" in reason or "nothing diffuses" in reason) == dominated
    assert method.refuse(problem) is None


def test_every_named_problem_is_in_the_table() -> None:
    assert set(catalogue.names()) == set(EXPECTED)
    assert sum(len(names.split()) for names in CHOICES.values()) == len(EXPECTED)


def test_the_choice_is_the_first_that_fits_and_is_explained() -> None:
    problem = catalogue.case("burgers").problem()
    method, reason = choose(problem)
    assert method == fitting(problem)[0]
    assert reason == explain(problem)


@pytest.mark.parametrize("name", ["pinnacle_heat_inverse", "pinnacle_poisson_inverse"])
def test_of_classical_methods_polynomials_alone_infer_a_function(name: str) -> None:
    problem = catalogue.case(name).problem()
    kinds: list[type[Method]] = [*METHODS.values(), Fourier, Chebyshev]
    for kind in kinds:
        refused = kind().refuse(problem)
        able = kind.family != "classical" or kind is Polynomials
        assert (refused is None) is able, kind.name
    assert "a(" in str(Spectral().refuse(problem)) and "unknown" in str(Spectral().refuse(problem))


def test_nonlinear_on_a_disc_takes_elements() -> None:
    problem = Problem(Disc((0.0, 0.0), 1.0), Eq(-laplacian(u), sp.exp(u)), [dirichlet(u, 0)])
    assert choose(problem)[0].name == "finite_element"
    found = [method.name for method in fitting(problem)]
    assert found == ["finite_element", "random_features", "pinn", "polynomials"]


def test_linear_problems_beyond_meshes_take_polynomials() -> None:
    axes = space(*"abcd")
    many = unknown("u", *axes)
    ball = Ball((0.0,) * 4, 1.0, axes=tuple("abcd"))
    for right, expected in ((1, "polynomials"), (many**2, "pinn")):
        problem = Problem(ball, Eq(-laplacian(many), right), [dirichlet(many, 0)])
        assert choose(problem)[0].name == expected


def test_where_no_classical_method_fits_linearity_decides() -> None:
    # Third order, without an end that is periodic: no weak form, no tensor grid.
    for right, expected in ((1, "random_features"), (w**2, "pinn")):
        problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 3), right), [dirichlet(w, 0)])
        method, reason = choose(problem)
        assert method.name == expected and "no classical method" in reason


@pytest.mark.parametrize("step", [sp.Heaviside(x - sp.Rational(1, 3)), sp.Abs(x - 1 / 3)])
def test_steps_in_the_equation_take_elements(step: sp.Expr) -> None:
    square = Box(x=(0, 1), y=(0, 1))
    rough = Problem(square, Eq(-laplacian(u), step), [dirichlet(u, 0)])
    smooth = Problem(square, Eq(-laplacian(u), sp.cos(x)), [dirichlet(u, 0)])
    assert choose(rough)[0].name == "finite_element"
    assert choose(smooth)[0].name == "spectral"
    assert {method.name for method in fitting(rough)} == {m.name for m in fitting(smooth)}


def test_unknown_numbers_without_readings_take_a_network() -> None:
    number = parameter("k", bounds=(0, 1))
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), number), [dirichlet(w, 0)])
    method, reason = choose(problem)
    assert method.name == "pinn" and reason == INVERSE


def test_unknown_numbers_with_readings_take_output_least_squares() -> None:
    number = parameter("k", bounds=(0, 1))
    points = np.linspace(0.1, 0.9, 5)[:, None]
    read = observe(w, np.sin(points[:, 0]), at=points, noise=0.1)
    problem = Problem(
        Box(x=(0, 1)), Eq(w.diff(x, 2), number), [dirichlet(w, 0)], observations=[read]
    )
    method, reason = choose(problem)
    assert method.name == "output_least_squares" and reason == INVERSE_NUMBERS


def test_nothing_fits_is_said_with_every_reason() -> None:
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), closure("k", w)), [dirichlet(w, 0)])
    with pytest.raises(UnsuitableMethod) as caught:
        choose(problem)
    assert all(f"{name}:" in caught.value.got for name in METHODS)


def test_names_are_those_of_the_classes() -> None:
    assert all(name == kind.name for name, kind in {**METHODS, **NAMED}.items())
    assert not METHODS.keys() & NAMED.keys()
    assert METHODS.keys() == REASONS.keys()
