from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain, Dense, Tanh, dense
from residuum.learning import OrthogonalProjection, Trainer, affine_parts, oja_subspace
from residuum.learning.rules import ReadoutOnly

DRAW = np.random.default_rng(29).normal


def activity(rank: int = 3, features: int = 12) -> jnp.ndarray:
    return jnp.asarray(DRAW(size=(400, rank)) @ DRAW(size=(rank, features)), jnp.float32)


def test_the_rule_finds_the_principal_subspace_and_keeps_what_it_knows() -> None:
    x = activity() + 0.01 * jnp.asarray(DRAW(size=(400, 12)), jnp.float32)
    basis = oja_subspace(x, 3)
    principal = np.linalg.svd(np.asarray(x), full_matrices=False)[2][:3]
    angles = np.linalg.svd(np.asarray(basis) @ principal.T, compute_uv=False)
    # Cosines of the principal angles; noise of a hundredth leaves them that close to one.
    assert angles.min() > 0.999
    more = oja_subspace(activity(), 2, known=basis)
    assert np.allclose(more @ more.T, np.eye(5), atol=1e-5)
    assert np.allclose(np.abs(more[:3] @ basis.T).max(1), 1.0, atol=1e-4)


def test_steps_of_any_optimiser_leave_answers_on_the_past_alone() -> None:
    model = Chain((dense(11, 4, jax.random.key(3)), Tanh(4), dense(4, 2, jax.random.key(5))))
    past = activity(3, 11)
    projection = OrthogonalProjection().after((past, None), (4, 0))
    optimiser = optax.chain(optax.adam(0.1), projection.transform())
    first = model.blocks[0]
    assert isinstance(first, Dense)
    moving = eqx.filter(model, eqx.is_array)
    slope = jax.tree.map(lambda leaf: jnp.asarray(DRAW(size=leaf.shape), leaf.dtype), moving)
    move = optimiser.update(slope, optimiser.init(moving))[0]
    moved = eqx.apply_updates(model, move)
    change = abs(moved.blocks[0](past) - first(past)).max()
    other = abs(moved.blocks[0](activity(11, 11)) - first(activity(11, 11))).max()
    assert float(change) < 1e-3 and float(other) > 0.1
    assert not np.allclose(affine_parts(moved)[1].weight, affine_parts(model)[1].weight)


def test_bases_that_do_not_fit_are_refused() -> None:
    model = Chain((dense(11, 4, jax.random.key(3)),))
    assert len(affine_parts(model)) == 1
    with pytest.raises(OptionError, match="dense blocks"):
        OrthogonalProjection((None, None)).project(model)
    with pytest.raises(OptionError, match="as wide"):
        OrthogonalProjection((np.eye(3),)).project(model)
    with pytest.raises(OptionError, match="rows"):
        oja_subspace(activity(), 13)
    with pytest.raises(OptionError, match="as many"):
        OrthogonalProjection().after((activity(),), (2, 2))


def test_all_that_a_trained_model_answers_for_the_past_stays() -> None:
    model = Chain((dense(11, 6, jax.random.key(3)), Tanh(6), dense(6, 2, jax.random.key(5))))
    past = 0.2 * activity(3, 11)
    projection = OrthogonalProjection().past(model, past, share=0.9999)
    # Three directions and what is left of a constant; so many of what tanh makes of them.
    sizes = [len(np.asarray(basis)) for basis in projection.bases]
    assert projection.still and sizes[0] in (3, 4) and 4 <= sizes[1] < 7
    made = Trainer(optimiser="adam", rate=5e-2, decay=0.1, noise=0.01, projection=projection)
    moves, rates = made.transformation(), made.rates(5)
    moving = eqx.filter(model, eqx.is_array)
    state = moves.init(moving)
    for rate in rates:
        slope = jax.tree.map(lambda leaf: jnp.asarray(DRAW(size=leaf.shape), leaf.dtype), moving)
        move, state = moves.update(slope, state, moving, rate=rate)
        moving = eqx.apply_updates(moving, move)
    moved, other = eqx.combine(moving, model), 0.2 * activity(11, 11)
    change = [
        float(jnp.linalg.norm(moved(x) - model(x)) / jnp.linalg.norm(model(x)))
        for x in (past, other)
    ]
    # A ten-thousandth of the inputs is not held: the root of it, twice.
    assert change[0] < 0.02 < 0.1 < change[1], change


def test_arrays_outside_dense_blocks_stand_still_if_asked() -> None:
    moves = (dense(3, 2, jax.random.key(3)), jnp.ones(4))
    held = OrthogonalProjection((None,), still=True).project(moves)
    assert not held[1].any() and np.array_equal(held[0].weight, moves[0].weight)
    frozen = Dense(moves[0].weight, None)  # type: ignore[arg-type]
    basis = np.eye(4)[:1]
    found = OrthogonalProjection((basis,)).project(frozen)
    assert found.bias is None and not found.weight[0].any() and found.weight[1:].all()


def test_a_trainer_takes_it_and_its_identity_follows_the_bases() -> None:
    held = OrthogonalProjection((np.eye(4)[:1],))
    plain, mine = Trainer(), Trainer(projection=held)
    other = Trainer(projection=OrthogonalProjection((np.eye(4)[1:2],)))
    assert len({plain.identity(), mine.identity(), other.identity()}) == 3
    with pytest.raises(OptionError, match="OrthogonalProjection"):
        Trainer(projection="past")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="steps"):
        Trainer(projection=held, rule=ReadoutOnly())
    with pytest.raises(OptionError, match="dense blocks"):
        mine.transformation().init((dense(3, 2, jax.random.key(3)),) * 2)
    with pytest.raises(OptionError, match="share"):
        held.past(dense(3, 2, jax.random.key(3)), np.ones((4, 3)), share=1.0)
