"""Gauss–Newton steps by conjugate gradients equal those by the Jacobian."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import Budget, Monitor, OptionError, in_double_precision
from residuum.fields import MLP
from residuum.learning import MatrixFreeGaussNewton, flatten
from residuum.learning._matrix_free import _solve, nystroem
from residuum.learning._model import Model

from ._settings import decay, error_of_decay, setting


def model() -> tuple[Model, jnp.ndarray]:
    start, rows = setting(decay(), MLP(5, 2), points=60)
    flat = flatten(start)
    return Model(tuple(rows), flat.fixed, flat.unravel), flat.vector


@pytest.mark.parametrize("rank", [0, 10])
@in_double_precision
def test_the_step_solves_the_damped_normal_equations(rank: int) -> None:
    made, vector = model()
    residual, matrix = (np.asarray(part) for part in made.jacobian(vector))
    gradient, damping = matrix.T @ residual, 0.01
    wanted = -np.linalg.solve(matrix.T @ matrix + damping * np.eye(len(vector)), gradient)
    none = (jnp.zeros((len(vector), 1)), jnp.zeros(1))
    basis = nystroem(made, np.asarray(vector), rank, 139) if rank else none
    stop = (jnp.asarray(1e-10), jnp.asarray(1000))
    step, bent, count = _solve(
        made, vector, jnp.asarray(gradient), jnp.asarray(damping), basis, stop
    )
    # The inner residual falls by 1e-10 in the norm of the preconditioner.
    np.testing.assert_allclose(step, wanted, rtol=1e-5, atol=1e-7 * np.abs(wanted).max())
    assert float(bent) == pytest.approx(float(np.sum((matrix @ wanted) ** 2)), rel=1e-6)
    assert int(count) > 0


@in_double_precision
def test_the_preconditioner_saves_iterations() -> None:
    made, vector = model()
    gradient = made.slope(vector)[1]
    stop, damping = (jnp.asarray(1e-6), jnp.asarray(1000)), jnp.asarray(1e-4)
    none = (jnp.zeros((len(vector), 1)), jnp.zeros(1))
    found = [
        int(_solve(made, vector, gradient, damping, basis, stop)[2])
        for basis in (none, nystroem(made, np.asarray(vector), 30, 149))
    ]
    # Thirty of 46 directions are deflated.
    assert found[1] < 0.5 * found[0]


@in_double_precision
def test_random_products_find_the_leading_eigenvalues() -> None:
    made, vector = model()
    matrix = np.asarray(made.jacobian(vector)[1])
    true = np.linalg.eigvalsh(matrix.T @ matrix)[::-1]
    columns, values = nystroem(made, np.asarray(vector), 30, 149)
    np.testing.assert_allclose(columns.T @ columns, np.eye(30), atol=1e-10)
    # A Nyström approximation never overestimates, and the spectrum falls fast.
    assert (np.asarray(values[:5]) <= true[:5] * (1 + 1e-9)).all()
    np.testing.assert_allclose(values[:5], true[:5], rtol=0.05)


@in_double_precision
def test_a_network_learns_an_ordinary_equation() -> None:
    start, rows = setting(decay(), MLP(4, 1), points=20)
    outcome = MatrixFreeGaussNewton(iterations=60).train(start, rows, Monitor())
    assert error_of_decay(outcome.trained[0]) < 1e-3
    assert all(b <= a for a, b in zip(outcome.losses, outcome.losses[1:], strict=False))


@in_double_precision
def test_memory_grows_with_the_weights_alone() -> None:
    rule = MatrixFreeGaussNewton(rank=50)
    assert rule.needed(10**6, 10**5) == rule.needed(10, 10**5) < 200
    start, rows = setting(decay())
    with pytest.raises(MemoryError, match="matrix_free_gauss_newton"):
        rule.train(start, rows, Monitor(Budget(memory_mb=1e-3)))


@pytest.mark.parametrize("wrong", [{"inner": 0}, {"rank": -1}, {"damping": 0.0}, {"accuracy": 1.0}])
def test_wrong_options(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        MatrixFreeGaussNewton(**wrong)  # type: ignore[arg-type]
