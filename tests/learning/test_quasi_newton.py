"""Self-scaled quasi-Newton steps."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import residuum as rs
from residuum._core import Monitor, OptionError, in_double_precision
from residuum.fields import MLP
from residuum.learning import LBFGS, QuasiNewton
from residuum.learning._quasi_newton import _updated, two_loops

from ._settings import decay, setting


def pairs(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps and changes of gradient of a convex quadratic function."""
    draw = np.random.default_rng(113)
    root = draw.normal(size=(n, n))
    steps = draw.normal(size=(m, n))
    return steps, steps @ (root @ root.T + np.eye(n))


@in_double_precision
def test_the_update_meets_the_secant_equation_and_stays_definite() -> None:
    steps, changes = pairs(6, 4)
    inverse = np.eye(6)
    for step, change, scale in zip(steps, changes, (1.0, 0.5, 0.2, 1.0), strict=True):
        share = 1 / (step @ change)
        left = np.eye(6) - share * np.outer(step, change)
        wanted = left @ inverse @ left.T / scale + share * np.outer(step, step)
        found = np.asarray(
            _updated(jnp.asarray(inverse), jnp.asarray(step), jnp.asarray(change), scale)
        )
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)  # rounding alone
        np.testing.assert_allclose(found @ change, step, rtol=1e-9, atol=1e-11)
        assert np.linalg.eigvalsh(found).min() > 0
        inverse = found


def test_two_loops_equal_the_matrix_they_stand_for() -> None:
    steps, changes = pairs(6, 4)
    inverse = np.eye(6) * (steps[-1] @ changes[-1]) / (changes[-1] @ changes[-1])
    for step, change in zip(steps, changes, strict=True):
        share = 1 / (step @ change)
        left = np.eye(6) - share * np.outer(step, change)
        inverse = left @ inverse @ left.T + share * np.outer(step, step)
    gradient = np.random.default_rng(127).normal(size=6)
    np.testing.assert_allclose(two_loops(steps, changes, gradient), inverse @ gradient, rtol=1e-10)


@in_double_precision
def test_the_loss_never_rises_and_falls_further_than_with_little_memory() -> None:
    start, rows = setting(decay(), MLP(8, 2), points=60)
    dense = QuasiNewton(iterations=150).train(start, rows, Monitor()).losses
    limited = QuasiNewton(iterations=150, dense=0, memory=5).train(start, rows, Monitor()).losses
    assert (np.diff(dense) <= 0).all() and (np.diff(limited) <= 0).all()
    # Measured after 150 iterations: 3e-13 dense, 4e-9 with five pairs.
    assert dense[-1] < 1e-2 * limited[-1]


@pytest.mark.slow
@pytest.mark.parametrize("other", [QuasiNewton(iterations=800, scaled=False), LBFGS(steps=800)])
def test_scaling_pays_on_burgers(other: Any) -> None:
    case = rs.catalogue.burgers
    problem = case.problem()
    found = []
    for rule in (QuasiNewton(iterations=800), other):
        answer = rs.solve(problem, rs.PINN(rule=rule), refine=None, progress=False)
        found.append(answer.record.history["residual at fresh points"] or [1.0])
    # The claim of the paper: orders of magnitude in the loss for the same network and iterations.
    assert min(found[0]) < 0.5 * min(found[1])


@pytest.mark.parametrize("wrong", [{"iterations": 0}, {"memory": 0}, {"dense": -1}])
def test_wrong_options(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionError, match="at least 1"):
        QuasiNewton(**wrong)  # type: ignore[arg-type]
