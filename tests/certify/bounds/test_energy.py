"""The bound of any field, and many fields of chance against it."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest

from residuum.certify import certify
from residuum.certify.bounds import FluxBound
from residuum.certify.bounds._energy import first_mesh, marked
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, div, grad
from tests.certify.bounds.manufactured import SHAPES, draw
from tests.certify.bounds.test_residual import U

EXACT = 1e-6
"""Share by which quadrature of the true error on a fine mesh may be wrong."""
MANY = int(os.environ.get("RESIDUUM_CASES", "40"))
"""Cases of the slow stage; all of them: ``RESIDUUM_CASES=300 pytest -n 0 -m slow`` this file."""
PLANE = ("line", "rectangle", "polygon", "disc", "holed")


def ratios(seed: int, shapes: tuple[str, ...], norms: tuple[str, ...]) -> list[tuple[float, str]]:
    """Return the bounds over the true errors, infinite where nothing is proved, and the case."""
    case, found = draw(seed, shapes), []
    for norm in norms:
        made = certify(case.solution, norm=norm, by=FluxBound())
        value = made.value / case.error(norm) if made.kind == "bound" else math.inf
        found.append((value, f"{seed}: {case.words}: {made}"))
    return found


@pytest.mark.parametrize("seed", range(2000, 2006))
def test_no_bound_is_below_the_error(seed: int) -> None:
    for found, words in ratios(seed, PLANE, ("energy", "L2")):
        assert 1 - EXACT <= found < math.inf, words


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_bound_of_many_is_below_the_error_and_nine_tenths_are_sharp() -> None:
    found = [
        ratios(seed, SHAPES, (("energy", "L2")[seed % 2],))[0] for seed in range(3000, 3000 + MANY)
    ]
    wrong = [words for value, words in found if value < 1 - EXACT]
    assert not wrong, wrong
    assert np.mean([value <= 5 for value, _ in found]) >= 0.9


def test_the_bulk_is_marked() -> None:
    assert sorted(marked(np.array([0.1, 5.0, 0.2, 4.0])).tolist()) == [1, 3]


def test_the_first_mesh_has_about_two_hundred_triangles() -> None:
    problem = Problem(
        domain=Box(x=(0, 1e-9), y=(0, 1e-9)),
        equations=[Eq(-div(grad(U)), 1)],
        conditions=[dirichlet(U, 0)],
    )
    assert 150 <= len(first_mesh(problem).cells) <= 300
