"""Structure-preserving operators: boundary values exact, integrals kept, other meshes taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.sparse.linalg as sla

from residuum._core import OptionError
from residuum.objectives import element_norm
from residuum.operators import ElementFrame, GridFrame, StructurePreserving
from tests.operators.plate import plate, square

SMALL: dict[str, Any] = {"channels": 8, "heavy": 2, "light": 1}


def inputs_of(frame: ElementFrame, n: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(5).standard_normal((n, frame.size, channels))


@pytest.mark.parametrize("frame", [square(), plate()], ids=["multigrid", "one mesh"])
def test_dirichlet_values_are_exact_whatever_the_weights(frame: ElementFrame) -> None:
    recipe = StructurePreserving(frame, **SMALL, data=1, output_scale=50.0)
    operator = recipe.build(frame.grid(2, 1), 11)
    given = inputs_of(frame, 3, 2)
    answer = operator.answer(given)
    assert answer.shape == (3, frame.size, 1)
    # Overwritten, in double precision: no rounding at all.
    np.testing.assert_array_equal(answer[:, frame.fixed, 0], given[:, frame.fixed, 1])
    assert np.abs(answer[:, ~frame.fixed]).max() > 1.0
    points = frame.places[frame.fixed]
    field = frame.field(answer[0, :, 0]).numeric(points)[:, 0]
    np.testing.assert_allclose(field, given[0, frame.fixed, 1], atol=1e-12)


def test_the_integral_is_kept_where_asked() -> None:
    frame = square()
    operator = StructurePreserving(frame, **SMALL, conserve=0).build(frame.grid(), 11)
    given = inputs_of(frame, 4)
    answer = operator.answer(given)
    drift = np.abs((answer - given)[..., 0] @ frame.weights)
    assert drift.max() < 1e-14  # a sum of 49 numbers of size one, times the area
    assert np.abs(answer[:, frame.fixed]).max() == 0.0
    free = ElementFrame(frame.mesh, 1, (), frame.coarse)
    answer = StructurePreserving(free, **SMALL, conserve=0).build(free.grid(), 11).answer(given)
    assert np.abs((answer - given)[..., 0] @ frame.weights).max() < 1e-14


def test_a_homogeneous_operator_scales_with_its_input() -> None:
    frame = square()
    operator = StructurePreserving(frame, **SMALL, homogeneous=True).build(frame.grid(), 11)
    given = inputs_of(frame, 2)
    # Float32 throughout, sums over 49 nodes.
    np.testing.assert_allclose(operator.answer(40 * given), 40 * operator.answer(given), atol=1e-3)


def test_the_coarse_mesh_carries_news_across_the_domain() -> None:
    frame = square(pieces=1 / 12)
    alone = ElementFrame(frame.mesh, 1, frame.held)
    given = inputs_of(frame, 1)
    far = int(np.argmin(np.hypot(*(frame.places - [0.95, 0.95]).T)))
    moved = given.copy()
    moved[0, int(np.argmin(np.hypot(*(frame.places - [0.1, 0.1]).T)))] += 5.0
    heard = []
    for own in (frame, alone):
        operator = StructurePreserving(own, **SMALL).build(own.grid(), 11)
        heard.append(abs((operator.answer(moved) - operator.answer(given))[0, far, 0]))
    assert heard[0] > 0.0 and heard[1] == 0.0


def test_other_meshes_are_taken_and_wrong_ones_refused() -> None:
    frame, finer = square(), square(pieces=1 / 12)
    operator = StructurePreserving(frame, **SMALL, whole=True).build(frame.grid(), 11)
    assert operator.on(finer).answer(inputs_of(finer, 2)).shape == (2, finer.size, 1)
    # Moved back it is the same operator.
    given = inputs_of(frame, 2)
    same = operator.on(finer).on(frame).answer(given)
    np.testing.assert_array_equal(same, operator.answer(given))
    with pytest.raises(OptionError, match="coarse mesh of"):
        operator.on(ElementFrame(frame.mesh, 1, frame.held))
    with pytest.raises(OptionError, match="one axis of 49 nodes"):
        StructurePreserving(frame).build(GridFrame(1, 1, (7, 7), (1.0, 1.0), ("zero", "zero")), 3)
    with pytest.raises(OptionError, match="conserve among"):
        StructurePreserving(frame, conserve=1).build(frame.grid(), 3)
    with pytest.raises(OptionError, match="a coarse mesh"):
        StructurePreserving(plate(), whole=True)


@pytest.mark.slow
def test_it_learns_a_solution_operator() -> None:
    frame = square()
    given = np.random.default_rng(5).standard_normal((40, 4))
    shapes = [frame.interpolate(lambda x, y, k=k: np.sin(k * x + y)) for k in range(4)]
    sources = given @ np.stack(shapes)
    free = ~frame.fixed
    answers = np.zeros_like(sources)
    factor = sla.splu(frame.stiffness[free][:, free].tocsc())
    answers[:, free] = factor.solve((frame.mass @ sources.T)[free]).T
    recipe = StructurePreserving(frame, **SMALL, whole=True, homogeneous=True)
    recipe = replace(recipe, channels=16).scaled(sources, answers)
    norm = element_norm(frame)
    weights, fixed = eqx.partition(recipe.build(frame.grid(), 11), eqx.is_inexact_array)
    f, u = (jnp.asarray(part[:32, :, None], jnp.float32) for part in (sources, answers))
    optimiser = optax.adam(optax.cosine_decay_schedule(1e-2, 150))
    state = optimiser.init(weights)

    @jax.jit
    def step(weights: Any, state: Any) -> Any:
        loss = lambda w: norm(eqx.combine(w, fixed)(f), u).mean()  # noqa: E731
        move, state = optimiser.update(jax.grad(loss)(weights), state)
        return eqx.apply_updates(weights, move), state

    for _ in range(150):
        weights, state = step(weights, state)
    found = eqx.combine(weights, fixed).answer(sources[32:, :, None])[..., 0]
    error = frame.norm(found - answers[32:]) / frame.norm(answers[32:])
    assert np.median(error) < 0.1  # 1 before training
