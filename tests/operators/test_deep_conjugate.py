"""Deep conjugate directions: the loss, the claim on a small grid, reuse, hostile networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, Result, double_precision
from residuum.discretise.linear import GridPoisson, IncompleteCholesky, geometric, krylov
from residuum.operators import DeepConjugate, LearnedDirections
from residuum.operators._deep_conjugate import image_on_grid, left_by_one_step


def grid_of(side: int, move: float = 0.0, axes: int = 2) -> GridPoisson:
    places = np.meshgrid(*[np.arange(1, side + 1) / (side + 1)] * axes, indexing="ij")
    free = np.ones((side,) * axes, bool)
    for (x, y), radius, way in (((0.3, 0.35), 0.15, 1.0), ((0.68, 0.65), 0.12, -1.0)):
        centre = [x + way * move, y, 0.5][:axes]
        free &= sum((p - c) ** 2 for p, c in zip(places, centre, strict=True)) > radius**2
    return GridPoisson(free)


def chance(n: int, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n)


@pytest.fixture(scope="module")
def trained() -> LearnedDirections:
    recipe = DeepConjugate(channels=8, pairs=(1, 2, 1), ritz=150, steps=150, rate=3e-3)
    return recipe.train(grid_of(24), key=17)


@pytest.mark.parametrize("axes", [2, 3])
def test_the_matrix_on_the_grid_is_the_sparse_one(axes: int) -> None:
    free = np.random.default_rng(7).uniform(size=(5, 6, 7)[:axes]) > 0.15
    grid = GridPoisson(free, walls=(("insulated", "held"),) * axes)
    x = chance(grid.size)
    with double_precision():
        given = (grid.on_grid(x)[None], free.astype(float), grid.diagonal)
        found = image_on_grid(*(jnp.asarray(item) for item in given))
    # Sums of seven terms.
    np.testing.assert_allclose(grid.on_cells(np.asarray(found)[0]), grid.matrix @ x, atol=1e-14)


def test_the_loss_is_the_residual_after_the_best_step_and_has_no_scale() -> None:
    grid = grid_of(12)
    right, direction = chance(grid.size), chance(grid.size, 6)
    right /= np.linalg.norm(right)
    image = grid.matrix @ direction
    along = (direction @ right) / (direction @ image)
    wanted = float(((right - along * image) ** 2).sum())
    with double_precision():
        free, diagonal = jnp.asarray(grid.free.astype(float)), jnp.asarray(grid.diagonal)
        given, shape = jnp.asarray(grid.on_grid(right)[None]), grid.on_grid(direction)[None]
        for scale in (1.0, -3e4):
            scaled = jnp.asarray(scale * shape)
            found = left_by_one_step(lambda r, f, x=scaled: x, given, free, diagonal)  # type: ignore[misc]
            assert float(found) == pytest.approx(wanted, rel=1e-12)
    exact = np.linalg.solve(grid.matrix.toarray(), right)
    with double_precision():
        best = grid.on_grid(exact)[None]
        found = left_by_one_step(lambda r, f: jnp.asarray(best), given, free, diagonal)
    # Rounding, squared.
    assert float(found) < 1e-25


@pytest.mark.slow
def test_the_claim_on_a_small_grid(trained: LearnedDirections) -> None:
    """At least four times fewer iterations than conjugate gradients, fewer than IC(0), untrained
    grids and moved holes included; multigrid still takes fewer."""
    assert trained.result is Result.SUCCESSFUL
    for side, move in ((24, 0.0), (24, 0.3), (48, 0.1)):
        grid = grid_of(side, move)
        right = chance(grid.size)
        plain = krylov(grid.matrix, right, tol=1e-4)
        factors = krylov(grid.matrix, right, inverse=IncompleteCholesky(grid.matrix), tol=1e-4)
        found = krylov(grid.matrix, right, method="directions", inverse=trained.on(grid), tol=1e-4)
        assert found.result.ok and found.fallbacks == 0
        assert plain.iterations >= 4 * found.iterations, (side, move, found.iterations)
        assert found.iterations < factors.iterations
        cycle = krylov(grid.matrix, right, inverse=geometric(grid), tol=1e-4)
        assert cycle.iterations <= found.iterations


def test_any_tolerance_is_reached_though_the_network_computes_in_float32(
    trained: LearnedDirections,
) -> None:
    grid = trained.grid
    found = krylov(grid.matrix, chance(grid.size), method="directions", inverse=trained, tol=1e-12)
    assert found.result.ok and found.residual <= 1e-12


def test_training_needs_no_solutions_and_lowers_the_loss(trained: LearnedDirections) -> None:
    first, last = trained.losses[:10].mean(), trained.losses[-10:].mean()
    # Measured: 0.4 to 0.03.
    assert len(trained.losses) == 150 and last < 0.3 * first and last < 0.1
    assert trained.seconds > 0


def with_weights(trained: LearnedDirections, change: Any) -> LearnedDirections:
    arrays, rest = eqx.partition(trained.network, eqx.is_array)
    return replace(trained, network=eqx.combine(jax.tree.map(change, arrays), rest))


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w * jnp.nan,
        lambda w: w * 0,
        lambda w: -w,
        lambda w: jax.random.normal(jax.random.key(3), w.shape),
        lambda w: w * 1e30,
    ],
    ids=["NaN", "zero", "negative", "random", "overflowing"],
)
def test_the_answer_is_right_whatever_the_weights(trained: LearnedDirections, change: Any) -> None:
    grid = trained.grid
    hostile = with_weights(trained, change)
    right = chance(grid.size)
    found = krylov(grid.matrix, right, method="directions", inverse=hostile)
    plain = krylov(grid.matrix, right)
    assert found.result.ok
    assert np.linalg.norm(right - grid.matrix @ found.values) <= 1e-8 * np.linalg.norm(right)
    # A patience of ten steps, and what the restart costs.
    assert found.iterations <= plain.iterations + 15


@pytest.mark.slow
def test_space_insulated_walls_and_progress() -> None:
    free = np.ones((4, 5, 6), bool)
    free[1:3, 2:4, 1:3] = False
    grid = GridPoisson(free, walls=(("held", "held"), *(("insulated", "insulated"),) * 2))
    recipe = DeepConjugate(channels=2, pairs=(0, 1, 0), ritz=30, steps=30, batch=2)
    heard: list[float] = []
    found = recipe.train(grid, key=29, listener=lambda share, _: heard.append(share))
    assert heard == [0.0, 25 / 30]
    assert found.network.first.edges == ("zero", "copy", "copy")
    assert (found(np.zeros(grid.size)) == 0).all()
    answer = krylov(grid.matrix, chance(grid.size), method="directions", inverse=found)
    assert answer.result.ok


@pytest.mark.slow
def test_training_repeats_and_says_when_it_comes_to_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = DeepConjugate(channels=2, pairs=(0, 1, 0), ritz=20, steps=12, batch=2)
    one = recipe.train(grid_of(8), key=31)
    monkeypatch.setattr("residuum.operators._deep_conjugate.USELESS", 1e-3)
    other = recipe.train(grid_of(8), key=31)
    np.testing.assert_array_equal(one.losses, other.losses)
    assert (one.result, other.result) == (Result.SUCCESSFUL, Result.STAGNATED)


@pytest.mark.slow
def test_wrong_use(trained: LearnedDirections) -> None:
    with pytest.raises(OptionError, match="positive counts"):
        DeepConjugate(steps=0)
    with pytest.raises(OptionError, match="positive rate"):
        DeepConjugate(rate=0.0)
    with pytest.raises(OptionError, match="2 axes"):
        trained.on(grid_of(6, axes=3))
