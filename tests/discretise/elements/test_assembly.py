"""Assembly: integrals summed into vectors and matrices, against sums known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum.discretise.elements._assembly import CHUNK, Term, blocks, gathered, loaded, vector
from residuum.discretise.elements._integrand import Integrand
from residuum.problem import Eq, Problem, dirichlet, laplacian
from tests.discretise.elements._posed import SQUARE, interpolated, system_of, v, x, y

PROBLEM = Problem(SQUARE, Eq(-laplacian(v), 1), [dirichlet(v, 0)])


def integrand(system: object, *pieces: object) -> Integrand:
    form = system.form  # type: ignore[attr-defined]
    return Integrand(form, tuple(sp.sympify(item) for item in pieces), {}, {})


def test_a_mass_matrix_weighs_the_domain() -> None:
    system = system_of(PROBLEM, 2, 0.3)
    space = system.space
    term = Term(0, integrand(system, v), space.volume)
    mass = gathered(list(blocks(space, term, np.zeros(space.size), None, 0.0, 0.0)), space.size)
    assert mass.sum() == pytest.approx(1.0, rel=1e-13)
    state = interpolated(system, {v: x - 2 * y})
    assert state @ mass @ state == pytest.approx(1 / 3 - 1 + 4 / 3, rel=1e-12)
    np.testing.assert_allclose(vector(space, term, state, None, 0.0), mass @ state, atol=1e-15)


def test_a_stiffness_matrix_measures_slopes() -> None:
    system = system_of(PROBLEM, 3, 0.3)
    state = interpolated(system, {v: x**2 * y})
    # ∫ (2xy)² + x⁴ = 4/9 + 1/5
    assert state @ system.stiffness @ state == pytest.approx(4 / 9 + 1 / 5, rel=1e-12)
    assert np.abs(system.stiffness @ np.ones(system.size)).max() < 1e-12


def test_a_load_adds_up_to_its_integral() -> None:
    space = system_of(PROBLEM, 2, 0.3).space
    points = space.volume.points
    found = loaded(space, 0, space.volume, [points[0] * points[1]])
    assert found.sum() == pytest.approx(0.25, rel=1e-13)
    # ∫ f ∂w/∂x of w = x is ∫ f.
    found = loaded(space, 0, space.volume, [0.0, points[0] * points[1], 0.0])
    assert found @ space.places(0)[:, 0] == pytest.approx(0.25, rel=1e-12)


def test_slopes_of_a_nonlinear_term_and_of_its_rate_slot() -> None:
    system = system_of(PROBLEM, 2, 0.3)
    space = system.space
    term = Term(0, integrand(system, v**3, v.diff(x) * v, 0), space.volume)
    state = interpolated(system, {v: 1 + x * y})
    matrix = gathered(list(blocks(space, term, state, None, 0.0, 0.0)), space.size)
    move = np.random.default_rng(71).normal(size=space.size)
    step = 1e-6
    up, down = (vector(space, term, state + s * step * move, None, 0.0) for s in (1, -1))
    np.testing.assert_allclose(matrix @ move, (up - down) / (2 * step), atol=1e-9)


def test_many_cells_are_integrated_in_pieces() -> None:
    system = system_of(PROBLEM, 1, 1 / 80, degree=2)
    assert len(system.space.mesh.cells) > CHUNK
    state = interpolated(system, {v: x + y})
    assert state @ system.stiffness @ state == pytest.approx(2.0, rel=1e-11)


def test_nothing_gathers_to_an_empty_matrix() -> None:
    assert gathered([], 7).shape == (7, 7) and gathered([], 7).nnz == 0
