from __future__ import annotations

import sympy as sp

from residuum.catalogue import pinnacle_heat_inverse

from ._residual import left


def test_the_fields_behind_the_data_solve_it_with_the_published_source() -> None:
    problem = pinnacle_heat_inverse.build()
    t, x, y = problem.coordinates
    s, c = (lambda z: sp.sin(sp.pi * z)), (lambda z: sp.cos(sp.pi * z))
    wave = s(x) * s(y)
    assert sp.simplify(left(problem, sp.exp(-t) * wave, 2 + wave)[0]) == 0
    bend = 2 * wave**2 - c(x) ** 2 * s(y) ** 2 - s(x) ** 2 * c(y) ** 2
    published = sp.exp(-t) * ((4 * sp.pi**2 - 1) * wave + sp.pi**2 * bend)
    assert sp.simplify(left(problem, 0, 0)[0] + published) == 0


def test_the_data_are_the_reference_with_the_noise_stated() -> None:
    problem = pinnacle_heat_inverse.build()
    (data,) = problem.observations
    assert data.points.shape == (2500, 3) and data.noise == 0.1
    off = data.values - pinnacle_heat_inverse.reference(data.points)[:, 0]
    # Of 2500 draws the deviation is known to 1.4 percent, the mean to 0.002: three times that.
    assert abs(off.std() - 0.1) < 0.005 and abs(off.mean()) < 0.006


def test_the_conductivity_is_known_on_the_boundary_alone() -> None:
    problem = pinnacle_heat_inverse.build()
    _, a = problem.unknowns
    (condition,) = problem.conditions
    assert condition.unknown == a and condition.on == "boundary"
    assert [str(c) for c in a.args] == ["x", "y"] and len(problem.residuals) == 1
