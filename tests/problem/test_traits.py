"""Traits of well-known equations, against what is known of them by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import sympy as sp

import residuum as rs
from residuum.problem import WellPosednessWarning
from residuum.problem._traits import TRANSPORT, Traits

from ._statements import STATEMENTS, bar, plate, v, w, x, y

STEADY_PLATE = Traits(
    dimension=2,
    evolving=False,
    unknowns=1,
    time_order=0,
    space_order=2,
    linear=True,
    divergence_form=True,
    symmetric=True,
    coercive=True,
    periodic=(),
    peclet=None,
    box=True,
    inferred=(),
    closures=(),
)


def like(model: Traits, **changes: Any) -> Traits:
    return dataclasses.replace(model, **changes)


STEADY_BAR = like(STEADY_PLATE, dimension=1)
HISTORY = like(STEADY_BAR, evolving=True, time_order=1)
NONLINEAR: dict[str, Any] = {"linear": False, "symmetric": None, "coercive": None}
PLAIN: dict[str, Any] = {"divergence_form": False}
ORDINARY = like(
    HISTORY, **PLAIN, dimension=0, space_order=0, symmetric=None, coercive=None, box=False
)
INFINITE = float("inf")

KNOWN: dict[str, Traits] = {
    "poisson": STEADY_PLATE,
    "poisson_on_disc": like(STEADY_PLATE, box=False),
    "varying": STEADY_BAR,
    # Nothing is known of the sign of a function given as code.
    "callable_coefficient": like(STEADY_BAR, coercive=None),
    "anisotropic": STEADY_PLATE,
    # A mixed derivative is symmetric; its coercivity is not proved.
    "crossed": like(STEADY_PLATE, **PLAIN, coercive=None),
    # speed 10, length 2, diffusion 1
    "gentle_transport": like(STEADY_BAR, symmetric=False, coercive=None, peclet=20.0),
    # speed 1, length 1, diffusion 1e-3
    "sharp_transport": like(STEADY_BAR, **PLAIN, symmetric=False, coercive=None, peclet=1000.0),
    "heat": HISTORY,
    "advection": like(
        HISTORY,
        **PLAIN,
        space_order=1,
        symmetric=False,
        coercive=None,
        periodic=("x",),
        peclet=INFINITE,
    ),
    "wave": like(HISTORY, **PLAIN, time_order=2),
    # speed 1 (the initial value), length 2, diffusion 0.01/π
    "burgers": like(HISTORY, **NONLINEAR, peclet=2 * 3.14159265 / 0.01),
    "allen_cahn": like(HISTORY, **NONLINEAR, periodic=("x",)),
    # A Péclet number compares first with second order; it says nothing about these two.
    "kdv": like(HISTORY, **NONLINEAR, **PLAIN, space_order=3, periodic=("x",)),
    "kuramoto_sivashinsky": like(HISTORY, **NONLINEAR, **PLAIN, space_order=4, periodic=("x",)),
    # Beyond the first eigenvalue 2π² the form is indefinite.
    "helmholtz": like(STEADY_PLATE, coercive=None),
    # Without values on the boundary, the reaction alone makes it coercive.
    "reaction_diffusion": STEADY_BAR,
    "biharmonic": like(STEADY_PLATE, space_order=4, coercive=None, periodic=("x", "y")),
    # speed 2 (the lid), length 1, viscosity 0.01
    "navier_stokes": like(STEADY_PLATE, **NONLINEAR, unknowns=3, peclet=200.0),
    # A pressure gradient carries nothing.
    "stokes": like(STEADY_PLATE, unknowns=3, symmetric=None, coercive=None),
    "gray_scott": like(HISTORY, **NONLINEAR, dimension=2, unknowns=2, periodic=("x", "y")),
    "lorenz": like(ORDINARY, linear=False, unknowns=3),
    "oscillator": like(ORDINARY, time_order=2),
    "inverse_heat": like(HISTORY, coercive=None, inferred=("D",)),
    "schroedinger": like(
        HISTORY, **PLAIN, unknowns=2, symmetric=None, coercive=None, periodic=("x",)
    ),
    "closed_by_learning": like(STEADY_BAR, **NONLINEAR, **PLAIN, closures=("c",)),
}


def facts() -> Iterator[Any]:
    for name, traits in KNOWN.items():
        for field in dataclasses.fields(Traits):
            value = getattr(traits, field.name)
            yield pytest.param(name, field.name, value, id=f"{name}-{field.name}")


@pytest.mark.parametrize(("name", "trait", "value"), list(facts()))
def test_traits_of_known_equations(name: str, trait: str, value: Any) -> None:
    found = getattr(STATEMENTS[name]().traits, trait)
    if isinstance(value, float):
        # The size of a known value is read off 64 points, spaced so that its peak is missed by
        # less than 1 - cos(π/64) = 1.2e-3 of it; 2e-2 leaves room for uneven points.
        assert found == pytest.approx(value, rel=2e-2)
    else:
        assert found == value
        assert type(found) is type(value)


def test_every_statement_has_its_traits_written_down() -> None:
    assert set(KNOWN) == set(STATEMENTS)
    assert len(KNOWN) >= 18


@pytest.mark.parametrize("name", ["lorenz", "oscillator"])
def test_equations_in_time_alone_are_ordinary(name: str) -> None:
    assert STATEMENTS[name]().traits.ordinary
    assert not STATEMENTS["heat"]().traits.ordinary


def test_transport_dominates_from_the_stated_number() -> None:
    assert not STATEMENTS["gentle_transport"]().traits.transport_dominated
    assert STATEMENTS["sharp_transport"]().traits.transport_dominated
    assert STATEMENTS["advection"]().traits.transport_dominated
    assert not STATEMENTS["heat"]().traits.transport_dominated
    assert like(STEADY_BAR, peclet=TRANSPORT).transport_dominated
    assert not like(STEADY_BAR, peclet=0.99 * TRANSPORT).transport_dominated


def test_inverse_means_something_inside_the_equation_is_unknown() -> None:
    inverse = {name for name, rule in STATEMENTS.items() if rule().traits.inverse}
    assert inverse == {"inverse_heat", "closed_by_learning"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("poisson", "2-D|steady|linear|order 2 in space|divergence form|symmetric|coercive"),
        ("burgers", "1-D|evolving|nonlinear|order 1 in time, order 2 in space|divergence form"),
        ("lorenz", "ordinary|evolving|nonlinear|system of 3|order 1 in time"),
        ("advection", "periodic in x|transport-dominated (no diffusion)"),
        ("sharp_transport", "transport-dominated (Péclet 1000)"),
        ("inverse_heat", "unknown D"),
        ("closed_by_learning", "unknown c"),
    ],
)
def test_words_name_the_traits(name: str, words: str) -> None:
    found = STATEMENTS[name]().traits.words()
    assert [word for word in words.split("|") if word not in found] == []


@pytest.mark.parametrize("name", ["pinnacle_poisson_inverse", "pinnacle_heat_inverse"])
def test_an_unknown_without_an_equation_is_inferred(name: str) -> None:
    # The temperature comes first in both, and the equation is about it.
    problem = rs.catalogue.case(name).problem()
    assert problem.traits.inferred == ("a",) and problem.traits.inverse
    assert "unknown a" in problem.traits.words()


def test_each_equation_takes_one_unknown_of_its_own() -> None:
    left, k = rs.unknown("v", "k", x)
    seen = rs.observe(left, [0.1], at={"x": [0.5]})
    # With an equation for each unknown nothing is left to be inferred.
    equations = [rs.Eq(k.diff(x, 2), 1), rs.Eq(rs.div(k * rs.grad(left)), 1)]
    conditions = [rs.dirichlet(k, 1), rs.dirichlet(left, 0)]
    full = rs.Problem(rs.Box(x=(0, 1)), equations, conditions, observations=[seen])
    assert not full.traits.inverse
    one = rs.Problem(rs.Box(x=(0, 1)), equations[1:], conditions, observations=[seen])
    assert one.traits.inferred == ("k",)


def test_terms_that_cancel_only_when_simplified_leave_it_linear() -> None:
    z = rs.unknown("z", x)
    hidden = (sp.sin(z) ** 2 + sp.cos(z) ** 2) * z.diff(x, 2)
    for side, linear in ((hidden, True), (hidden + z**2 / 1000, False)):
        problem = rs.Problem(rs.Box(x=(0, 1)), rs.Eq(side, 1), [rs.dirichlet(z, 0)])
        assert problem.traits.linear is linear


def test_a_number_given_for_an_unknown_parameter_ends_the_inference() -> None:
    known = STATEMENTS["inverse_heat"]().replace(given={"D": 0.5})
    assert known.traits.inferred == ()
    assert known.traits.coercive is True


def test_slopes_alone_do_not_make_a_problem_coercive() -> None:
    with pytest.warns(WellPosednessWarning, match="constant"):
        problem = bar(rs.Eq(-w.diff(x, 2), 0), rs.neumann(w, 0))
    assert problem.traits.symmetric is True
    assert problem.traits.coercive is False


def test_values_held_on_the_boundary_make_the_same_problem_coercive() -> None:
    problem = bar(rs.Eq(-w.diff(x, 2), 1), rs.robin(w, 0))
    assert problem.traits.coercive is True


@pytest.mark.parametrize("sign", [-1, 1])
def test_coercivity_does_not_depend_on_the_side_of_the_equation(sign: int) -> None:
    problem = plate(rs.Eq(sign * (-rs.laplacian(v) + v), 1))
    assert problem.traits.coercive is True
    assert plate(rs.Eq(sign * (rs.laplacian(v) + v), 1)).traits.coercive is None


def test_a_negative_reaction_inside_the_domain_is_not_proved_coercive() -> None:
    assert bar(rs.Eq(-w.diff(x, 2) + (x - 1) * w, 1)).traits.coercive is None


def test_diffusion_of_two_signs_is_not_coercive() -> None:
    problem = plate(rs.Eq(v.diff(x, 2) - v.diff(y, 2), 1))
    assert problem.traits.symmetric is True
    assert problem.traits.coercive is None


@pytest.mark.parametrize("power", [1, 2])
def test_linear_in_the_unknown_not_in_the_coordinates(power: int) -> None:
    problem = bar(rs.Eq(-w.diff(x, 2) + x**3 * w**power, 1))
    assert problem.traits.linear is (power == 1)


def test_products_of_derivatives_are_not_linear() -> None:
    assert bar(rs.Eq(w.diff(x, 2) + w.diff(x) ** 2, 1)).traits.linear is False


def test_a_term_that_cancels_leaves_a_linear_equation() -> None:
    problem = bar(rs.Eq(-w.diff(x, 2) + w * (w + 1) - w**2, 1))
    assert problem.traits.linear is True


def test_periodic_means_for_every_unknown() -> None:
    a, b = rs.unknown("a", "b", x, y)
    equations = [rs.Eq(-rs.laplacian(a) + b, 0), rs.Eq(-rs.laplacian(b) + a, 1)]
    sides = [rs.dirichlet(c, 0, on=s) for c in (a, b) for s in ("y_min", "y_max")]
    shared = [*sides, rs.periodic(a, x)]
    other = [rs.periodic(b, x)]
    square = rs.Box(x=(0, 1), y=(0, 1))
    assert rs.Problem(square, equations, [*shared, *other]).traits.periodic == ("x",)
    ends = [rs.dirichlet(b, 0, on=s) for s in ("x_min", "x_max")]
    assert rs.Problem(square, equations, [*shared, *ends]).traits.periodic == ()


def test_the_peclet_number_does_not_depend_on_the_unit_of_length() -> None:
    def posed(length: float, speed: float, diffusion: float) -> rs.Problem:
        equation = rs.Eq(speed * w.diff(x) - diffusion * w.diff(x, 2), 1)
        return rs.Problem(rs.Box(x=(0, length)), equation, [rs.dirichlet(w, 0)])

    metres, nanometres = posed(2.0, 3.0, 0.1), posed(2e9, 3e9, 0.1e18)
    # Three multiplications and a division: a few units in the last place.
    assert metres.traits.peclet == pytest.approx(60.0, rel=1e-12)
    assert nanometres.traits.peclet == pytest.approx(60.0, rel=1e-12)
