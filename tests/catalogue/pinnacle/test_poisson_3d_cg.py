from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum.catalogue import pinnacle_poisson_3d_cg

from ._residual import left


def test_four_balls_are_missing() -> None:
    problem = pinnacle_poisson_3d_cg.build()
    missing = 4 / 3 * np.pi * (2 * 0.2**3 + 2 * 0.1**3)
    assert problem.domain.measure() == pytest.approx(1 - missing, rel=2e-3)
    assert not problem.domain.contains(np.array([[0.4, 0.3, 0.6], [0.6, 0.2, 0.3]])).any()


@pytest.mark.parametrize(("height", "reaction"), [(0.25, 64), (0.75, 100)])
def test_reaction_and_source_have_the_published_numbers(height: float, reaction: float) -> None:
    problem = pinnacle_poisson_3d_cg.build()
    x, y, z = problem.coordinates
    place = {x: 0.3, y: 0.45, z: height}
    waves = [np.sin(m * np.pi * c) for m, c in zip((1, 10, 5), place.values(), strict=True)]
    square = sum(c**2 for c in place.values())
    source = 20 * np.exp(sum(waves)) * (square - 1) / (square + 1) + 100 * np.prod(waves)
    (found,) = left(problem, sp.Integer(1))
    assert float(found.subs(place)) == pytest.approx(reaction - source, rel=1e-12)
    (bent,) = left(problem, x**2 / 2)
    assert float((bent - found * x**2 / 2 + source * (1 - x**2 / 2) + 1).subs(place)) < 1e-9
