"""The Krylov methods themselves: exact in n steps, breakdowns named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from residuum.discretise.linear._krylov import (
    Iterate,
    Stop,
    conjugate_gradients,
    flexible_residuals,
    minimal_residuals,
)

from ._systems import chance, convection, laplacian, relative, stokes

Method = Callable[..., Iterate]


def solved(method: Method, matrix: Any, right: np.ndarray, scale: np.ndarray) -> Iterate:
    return method(
        matrix.__matmul__,
        right,
        inverse=lambda r: r / scale,
        start=np.zeros_like(right),
        stop=Stop(1e-11 * float(np.linalg.norm(right)), most=400),
    )


@pytest.mark.parametrize("method", [conjugate_gradients, minimal_residuals, flexible_residuals])
def test_definite(method: Method) -> None:
    matrix, wanted = laplacian(12, 9), chance(108)
    found = solved(method, matrix, matrix @ wanted, np.linspace(1, 3, 108))
    assert found.breakdown == ""
    # Residual 1e-11, condition number of this grid 67.
    assert relative(found.values, wanted) < 1e-9


@pytest.mark.parametrize("method", [minimal_residuals, flexible_residuals])
def test_indefinite(method: Method) -> None:
    matrix = laplacian(12, 9) - 1.3 * np.eye(108)
    wanted = chance(108)
    found = solved(method, matrix, matrix @ wanted, np.linspace(1, 3, 108))
    assert found.breakdown == ""
    assert relative(found.values, wanted) < 1e-7


def test_minimal_residuals_keep_to_the_range_of_a_singular_matrix() -> None:
    matrix, _ = stokes(6)
    right = matrix @ chance(matrix.shape[0])
    found = solved(minimal_residuals, matrix, right, np.ones(len(right)))
    assert found.breakdown == ""
    assert np.linalg.norm(right - matrix @ found.values) <= 1e-11 * np.linalg.norm(right)


def test_flexible_residuals_take_a_preconditioner_that_changes() -> None:
    matrix, wanted, calls = convection(11, 5.0), chance(121), [0]

    def inverse(residual: np.ndarray) -> np.ndarray:
        calls[0] += 1
        return residual / (4.0 + calls[0] % 3 + np.arange(121) % 2)

    right = matrix @ wanted
    found = flexible_residuals(
        matrix.__matmul__,
        right,
        inverse=inverse,
        start=np.zeros(121),
        stop=Stop(1e-11 * float(np.linalg.norm(right))),
    )
    assert found.breakdown == ""
    assert relative(found.values, wanted) < 1e-9


def test_conjugate_gradients_name_an_indefinite_matrix() -> None:
    matrix = laplacian(12, 9) - 1.3 * np.eye(108)
    found = solved(conjugate_gradients, matrix, chance(108), np.ones(108))
    assert found.breakdown == "the matrix is not definite"
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize("method", [conjugate_gradients, minimal_residuals])
def test_an_indefinite_preconditioner_is_named(method: Method) -> None:
    found = solved(method, laplacian(5, 5), chance(25), -np.ones(25))
    assert found.breakdown == "the preconditioner is not definite"


def test_a_preconditioner_that_is_not_finite_leaves_the_start() -> None:
    found = solved(flexible_residuals, laplacian(5, 5), chance(25), np.zeros(25) + np.nan)
    assert found.breakdown != ""
    assert np.isfinite(found.values).all()


def test_slow_progress_ends() -> None:
    right = chance(400)
    for method in (conjugate_gradients, minimal_residuals, flexible_residuals):
        found = method(
            laplacian(20, 20).__matmul__,
            right,
            inverse=lambda r: r,
            start=np.zeros(400),
            stop=Stop(1e-12, most=8),
        )
        assert found.breakdown == "no convergence"
        assert found.iterations == 8
