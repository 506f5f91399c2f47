"""How the discrete equations change with open numbers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.discretise.elements._open import OPEN

STEP = 1e-5
"""Of central differences, whose error is about its square for smooth terms, and rounding."""


@pytest.mark.parametrize("name", OPEN)
def test_the_derivatives_are_those_of_the_equations(name: str) -> None:
    solve = OPEN[name].made()
    numbers, parametric, system = OPEN[name].numbers(solve), solve.parametric, solve.system
    random = np.random.default_rng(61)
    change = random.normal(size=parametric.size)
    state = system.spread(random.uniform(0.5, 1, system.size))
    residuals, fixed = [], []
    for sign in (1, -1):
        parametric.put(numbers + sign * STEP * change)
        residuals.append(system.residual(0.0, state))
        fixed.append(system.fixed(0.0)[1])
    parametric.put(numbers)
    found = parametric.pushed(state, change)
    wanted = (residuals[0] - residuals[1]) / (2 * STEP)
    np.testing.assert_allclose(found, wanted, atol=1e-8 * np.abs(wanted).max())
    held, _ = system.fixed(0.0)
    moved = (fixed[0] - fixed[1]) / (2 * STEP)
    slopes = parametric.fixed_slopes() @ change
    np.testing.assert_allclose(
        slopes[held], moved, atol=1e-8 * max(np.abs(moved).max(initial=0), 1)
    )
    assert not np.delete(slopes, held).any()


@pytest.mark.parametrize("name", OPEN)
def test_pulled_is_pushed_transposed(name: str) -> None:
    solve = OPEN[name].made()
    parametric, system = solve.parametric, solve.system
    parametric.put(OPEN[name].numbers(solve))
    random = np.random.default_rng(67)
    change, weights = random.normal(size=parametric.size), random.normal(size=system.size)
    weights[system.slaves] = 0.0
    state = system.spread(random.uniform(0.5, 1, system.size))
    one = weights @ parametric.pushed(state, change)
    other = change @ parametric.pulled(state, weights)
    assert one == pytest.approx(other, rel=1e-11)


def test_numbers_are_ordered_parameters_first() -> None:
    solve = OPEN["nonlinear, on a grid"].made()
    parametric = solve.parametric
    assert list(parametric.cuts) == ["k", "a", "b"]
    assert [parametric.cuts[n].stop for n in parametric.cuts] == [1, 26, 31]
    assert parametric.size == 31
