"""Experts: one basis, weights solved for in every part."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, UnsuitableMethod
from residuum._solve import solve
from residuum.fields import MLP
from residuum.geometry import Box, Disc
from residuum.learning import QuasiNewton
from residuum.methods import HardExperts
from residuum.problem import Eq, Problem, dirichlet, laplacian, space, unknown

x, y = space("x", "y")
w = unknown("w", x)
v = unknown("v", x, y)


@pytest.mark.slow  # compiles a solve and its derivative
@pytest.mark.parametrize("parts", [1, 2])
def test_a_reaction_that_fixes_the_answer_in_every_part(parts: int) -> None:
    exact = sp.sin(3 * x)
    problem = Problem(
        Box(x=(0, 1)),
        Eq(-w.diff(x, 2) / 100 + w, (-exact.diff(x, 2) / 100 + exact)),
        [dirichlet(w, 0, on="x_min"), dirichlet(w, sp.sin(3), on="x_max")],
    )
    method = HardExperts(MLP(8, 1), {"x": parts}, QuasiNewton(iterations=20), points=30)
    answer = solve(problem, method, refine=None, progress=False, key=7)
    points = np.random.default_rng(5).uniform(0, 1, (200, 1))
    assert answer.record.unknowns == parts * 9
    assert answer.error(lambda p: np.sin(3 * p[:, 0]), points) < 1e-2


@pytest.mark.filterwarnings("ignore::residuum.problem.WellPosednessWarning")
def test_what_cannot_be_cut_is_refused() -> None:
    disc = Problem(Disc((0.0, 0.0), 1.0), Eq(-laplacian(v), 1), [dirichlet(v, 0)])
    with pytest.raises(UnsuitableMethod, match="only boxes are cut"):
        solve(disc, HardExperts())
    with pytest.raises(OptionError):
        HardExperts(split={"x": 0})
