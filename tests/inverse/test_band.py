"""Bands of expressions of inferred numbers."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import DataError, Posterior, Result
from residuum.inverse import GaussianField, band
from residuum.methods import OutputLeastSquares
from residuum.problem import ExpressionField

from ._statements import decay, decayed, t


def known() -> rs.Solution:
    problem = decay(*decayed(), noise=0.02, gain=True)
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    own = Posterior(("r", "g"), np.array([1.0, 2.0]), covariance, np.array([[0.1, 5.0]] * 2))
    field = ExpressionField((sp.exp(-t),), problem.coordinates)
    return rs.Solution(problem, field, Result.SUCCESSFUL, posterior=own)


def test_a_linear_expression_has_its_exact_band() -> None:
    r, g = (
        known().problem.inferred
        if known().problem.inferred[0].name == "r"
        else known().problem.inferred[::-1]
    )
    middle, low, high = band(known(), r + t * g, t=np.array([0.0, 2.0]))
    assert middle == pytest.approx([1.0, 5.0])
    # Var(r + 2 g) = 0.04 + 4·0.01 + 4·0.09.
    deviation = np.sqrt([0.04, 0.44])
    assert high - middle == pytest.approx(1.6449 * deviation, rel=1e-4)
    assert middle - low == pytest.approx(high - middle)


def test_foreign_symbols_and_missing_posteriors_are_refused() -> None:
    with pytest.raises(DataError, match="expression"):
        band(known(), t * 2)
    plain = rs.Solution(known().problem, known().field, Result.SUCCESSFUL)
    with pytest.raises(DataError, match="posterior"):
        band(plain, t, t=0.0)


@pytest.mark.slow
def test_the_band_of_a_conductivity_holds_it() -> None:
    """-(exp(m) u')' = 10 on a rod: the flux is known, so that u is an integral of exp(-m)."""
    x = rs.space("x")
    u = rs.unknown("u", x)
    m = GaussianField("m", {x: (0, 1)}, 0.3, 0.5, 5)
    true, fine = m.draw(2003), np.linspace(0, 1, 2001)
    field = sp.lambdify([x, *m.parameters], m.expression)(fine, *true.values())
    slow = np.exp(-field)
    one, two = (
        np.concatenate([[0], np.cumsum((f[1:] + f[:-1]) / 4000)]) for f in (slow, 10 * fine * slow)
    )
    exact = two[-1] / one[-1] * one - two
    places = np.linspace(0.02, 0.98, 33)
    values = np.interp(places, fine, exact) + 0.02 * np.random.default_rng(7).normal(size=33)
    problem = rs.Problem(
        rs.Box(x=(0, 1)),
        rs.Eq(-rs.div(sp.exp(m.expression) * rs.grad(u)), 10),
        [rs.dirichlet(u, 0)],
        observations=[rs.observe(u, values, at={"x": places}, noise=0.02)],
    )
    answer = rs.solve(problem, OutputLeastSquares(level=0.999))
    _, low, high = band(answer, m.expression, x=fine[::100])
    assert ((low <= field[::100]) & (field[::100] <= high)).all()
    # The readings tell more than the prior alone, whose band is 3.3 deviations of 0.5 wide.
    assert np.mean(high - low) < 0.5 * 2 * 3.3 * 0.5
