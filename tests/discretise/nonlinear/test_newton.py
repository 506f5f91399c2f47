"""Damped Newton: quadratic where it may be, honest where it may not."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from residuum._core import OptionError, Result
from residuum.discretise.linear import Structure
from residuum.discretise.nonlinear import newton

from ._systems import bratu, bratu_in_the_plane, burgers


def test_bratu_below_the_fold() -> None:
    found = newton(*bratu(199, 1.0), np.zeros(199))
    assert found.result is Result.SUCCESSFUL
    assert found.iterations <= 4
    # Exact value in the middle (see the test on Chebyshev grids); finite differences of order two
    # with error h² u'''' / 12 / 8 < 1e-6.
    theta = 1.51716459905075436
    assert abs(found.values[99] - 2 * np.log(np.cosh(theta / 4))) < 1e-6
    assert found.residual < 1e-10
    assert len(found.paths) >= found.iterations


def test_bratu_above_the_fold_has_no_solution() -> None:
    found = newton(*bratu(99, 3.6), np.zeros(99))
    assert found.result is Result.STAGNATED
    assert found.reason
    assert np.isfinite(found.values).all()


def test_convergence_is_quadratic() -> None:
    found = newton(*bratu(99, 3.0), np.zeros(99), tol=1e-13)
    steps = [size for size in found.history if 1e-12 < size < 0.05]
    for before, after in itertools.pairwise(steps):
        assert after < 10 * before**2


def test_a_linear_problem_takes_one_jacobian() -> None:
    _, jacobian = bratu(99, 0.0)
    matrix = jacobian(np.zeros(99))
    found = newton(lambda u: matrix @ u + 1.0, lambda u: matrix, np.zeros(99))
    assert found.result is Result.SUCCESSFUL
    assert found.iterations == 1
    assert found.values.max() == pytest.approx(1 / 8, rel=1e-10)


def test_large_systems_go_through_multigrid() -> None:
    residual, jacobian = bratu_in_the_plane(100, 4.0)
    found = newton(residual, jacobian, np.zeros(10_000), structure=Structure(definite=True))
    assert found.result is Result.SUCCESSFUL
    assert set(found.paths) == {"classical AMG + CG"}
    exact = newton(residual, jacobian, np.zeros(10_000))
    assert "direct" in exact.paths[0]
    np.testing.assert_allclose(found.values, exact.values, rtol=1e-9)
    # Linear systems solved loosely at first cost no more than one Jacobian.
    assert found.iterations <= exact.iterations + 1


def test_convection_with_little_viscosity() -> None:
    found = newton(*burgers(299, 0.01), np.linspace(1.0, -0.5, 301)[1:-1], most=60)
    assert found.result is Result.SUCCESSFUL
    assert min(found.history) < 1e-4
    assert np.ptp(found.values) < 1.51


def test_damping_saves_a_start_from_which_full_steps_diverge() -> None:
    found = newton(np.arctan, lambda u: sp.diags_array(1 / (1 + u * u)), np.full(3, 10.0))
    assert found.result is Result.SUCCESSFUL
    assert np.abs(found.values).max() < 1e-12


def test_a_double_root_is_approached_linearly() -> None:
    def pair(u: np.ndarray) -> np.ndarray:
        return (u - 1) ** 2

    def slope(u: np.ndarray) -> Any:
        return sp.diags_array(2 * (u - 1))

    found = newton(pair, slope, np.full(3, 3.0), tol=1e-6)
    assert found.result is Result.SUCCESSFUL
    assert np.abs(found.values - 1).max() < 1e-5
    late = np.array(found.history[4:])
    np.testing.assert_allclose(late[1:] / late[:-1], 0.5, atol=0.02)
    short = newton(pair, slope, np.full(3, 3.0), most=5)
    assert short.result is Result.STAGNATED
    assert "5 iterations" in short.reason


def test_rootless_and_singular_problems_are_not_called_solved() -> None:
    rootless = newton(lambda u: u * u + 1, lambda u: sp.diags_array(2 * u), np.full(2, 0.7))
    assert rootless.result is Result.STAGNATED
    flat = newton(
        lambda u: np.array([u.sum(), u.sum() + 1]),
        lambda u: sp.csr_array(np.ones((2, 2))),
        np.zeros(2),
    )
    assert flat.result is Result.STAGNATED
    assert "singular" in flat.reason


def test_a_domain_that_steps_leave_is_respected() -> None:
    found = newton(lambda u: np.log(u) - 1, lambda u: sp.diags_array(1 / u), np.full(2, 20.0))
    assert found.result is Result.SUCCESSFUL
    np.testing.assert_allclose(found.values, np.e, rtol=1e-12)


def test_nan_is_named() -> None:
    bad = newton(lambda u: u * np.nan, lambda u: sp.eye_array(2), np.ones(2))
    assert bad.result is Result.NOT_FINITE
    np.testing.assert_array_equal(bad.values, 1.0)
    steep = newton(lambda u: u, lambda u: sp.eye_array(2) * np.nan, np.ones(2))
    assert steep.result is Result.NOT_FINITE


def test_the_start_may_be_the_root() -> None:
    found = newton(lambda u: u, lambda u: sp.eye_array(2), np.zeros(2))
    assert (found.result, found.iterations, found.residual) == (Result.SUCCESSFUL, 0, 0.0)


def test_watch_stops() -> None:
    seen: list[tuple[int, float]] = []

    def watch(iteration: int, size: float) -> bool:
        seen.append((iteration, size))
        return iteration < 2

    found = newton(*bratu(99, 3.0), np.zeros(99), watch=watch)
    assert found.result is Result.OUT_OF_BUDGET
    assert [item[0] for item in seen] == [1, 2]


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(OptionError, match="finite start"):
        newton(*bratu(9, 1.0), np.full(9, np.nan))
    with pytest.raises(OptionError, match="finite start"):
        newton(*bratu(9, 1.0), np.zeros((9, 1)))
    with pytest.raises(OptionError, match="tol"):
        newton(*bratu(9, 1.0), np.zeros(9), tol=0.0)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(rows=st.integers(-9, 9), columns=st.integers(-9, 9), seed=st.integers(2, 10**6))
def test_iterates_do_not_see_units(rows: int, columns: int, seed: int) -> None:
    n = 60
    residual, jacobian = bratu(n, 3.2)
    weights = 10.0 ** (rows + np.random.default_rng(seed).integers(-3, 4, n))
    unit = 10.0**columns
    plain = newton(residual, jacobian, np.zeros(n))
    scaled = newton(
        lambda u: weights * residual(u / unit),
        lambda u: sp.csr_array(sp.diags_array(weights / unit) @ jacobian(u / unit)),
        np.zeros(n),
    )
    assert scaled.result is Result.SUCCESSFUL
    assert scaled.iterations == plain.iterations
    np.testing.assert_allclose(scaled.history[:-1], plain.history[:-1], rtol=1e-5)
    np.testing.assert_allclose(scaled.values / unit, plain.values, rtol=1e-8)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(first=st.integers(-8, 8), second=st.integers(-8, 8), vanishing=st.booleans())
def test_units_of_components_do_not_matter(first: int, second: int, vanishing: bool) -> None:
    n = 40
    residual, jacobian = bratu(n, 2.0)
    stiff = jacobian(np.zeros(n)) - 2.0 * sp.eye_array(n)
    units = np.repeat(10.0 ** np.array([first, second]), n)
    source = 0.0 if vanishing else 1.0

    def pair(w: np.ndarray) -> np.ndarray:
        u, v = np.split(w / units, 2)
        return np.concatenate([residual(u) + v, stiff @ v + source + 1e-3 * u * v])

    def slope(w: np.ndarray) -> Any:
        u, v = np.split(w / units, 2)
        blocks = [
            [jacobian(u), sp.eye_array(n)],
            [sp.diags_array(1e-3 * v), stiff + sp.diags_array(1e-3 * u)],
        ]
        return sp.csr_array(sp.block_array(blocks) @ sp.diags_array(1 / units))

    known = Structure(components=np.repeat([0, 1], n))
    start = units * np.repeat([0.0, 0.3], n)
    found = newton(pair, slope, start, structure=known)
    assert found.result is Result.SUCCESSFUL
    assert found.iterations <= 6
    u, v = np.split(found.values / units, 2)
    np.testing.assert_allclose(stiff @ v + source + 1e-3 * u * v, 0.0, atol=1e-9)
    np.testing.assert_allclose(residual(u) + v, 0.0, atol=1e-9)
