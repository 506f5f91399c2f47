"""The automatic choice: what fits, in which order, and why."""

from __future__ import annotations

import pytest
import sympy as sp

from residuum import catalogue
from residuum._core import UnsuitableMethod
from residuum._solve import explain
from residuum.geometry import Box, Disc
from residuum.methods import METHODS, choose, fitting
from residuum.problem import Eq, Problem, closure, dirichlet, laplacian, parameter, space, unknown

x, y = space("x", "y")
u = unknown("u", x, y)
w = unknown("w", x)

EXPECTED = {
    "burgers": "chebyshev",
    "allen_cahn": "fourier",
    "kdv": "fourier",
    "kuramoto_sivashinsky": "fourier",
    "advection": "fourier",
    "heat": "chebyshev",
    "wave": "chebyshev",
    "helmholtz": "chebyshev",
    "poisson": "chebyshev",
    "poisson_four_holes": "random_features",
    "lorenz": "chebyshev",
    "damped_oscillator": "chebyshev",
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_choice_of_every_named_problem(name: str) -> None:
    problem = catalogue.case(name).problem()
    method, reason = choose(problem)
    assert method.name == EXPECTED[name]
    assert reason == explain(problem)
    assert method.refuse(problem) is None


def test_every_named_problem_is_in_the_table() -> None:
    assert set(catalogue.names()) == set(EXPECTED)


def test_nonlinear_on_a_disc_takes_a_network() -> None:
    problem = Problem(Disc((0.0, 0.0), 1.0), Eq(-laplacian(u), sp.exp(u)), [dirichlet(u, 0)])
    assert choose(problem)[0].name == "pinn"
    assert [method.name for method in fitting(problem)] == ["random_features", "pinn"]


def test_unknown_numbers_take_a_network() -> None:
    number = parameter("k", bounds=(0, 1))
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), number), [dirichlet(w, 0)])
    assert choose(problem)[0].name == "pinn"


def test_nothing_fits_is_said_with_every_reason() -> None:
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), closure("k", w)), [dirichlet(w, 0)])
    with pytest.raises(UnsuitableMethod) as caught:
        choose(problem)
    assert all(f"{name}:" in caught.value.got for name in METHODS)


def test_names_are_those_of_the_classes() -> None:
    assert all(name == kind.name for name, kind in METHODS.items())
