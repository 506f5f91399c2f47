from __future__ import annotations

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import Array

from residuum._core import OptionError, in_double_precision
from residuum.blocks import DiffusionReaction, FixedPoint, Newton, TanhUnits, dense, tanh_units
from residuum.learning import Task
from residuum.learning.rules import Backpropagation, EquilibriumPropagation
from residuum.learning.rules._equilibrium_propagation import antisymmetry

KEY = jax.random.key(7)
DRAW = np.random.default_rng(23).normal
UNITS, X, Y = 30, DRAW(size=(4, 5)), DRAW(size=(4, 30))


def task(wanted: Any) -> Task:
    return Task(lambda u: 0.5 * jnp.sum((u - wanted) ** 2), jnp.asarray(wanted))


@eqx.filter_jit
def slopes(rule: Any, stages: Any, x: Array, wanted: Array) -> Any:
    return rule.gradient(stages, x, task(wanted), memory=(), key=KEY)


def as_vector(slope: Any) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(slope)])


def compared(rule: EquilibriumPropagation, stages: Any, x: Any, wanted: Any) -> tuple[float, float]:
    """Return relative error and cosine with the implicit gradient."""
    x, wanted = jnp.asarray(x), jnp.asarray(wanted)
    mine = as_vector(slopes(rule, stages, x, wanted).slopes)
    true = as_vector(slopes(Backpropagation(), stages, x, wanted).slopes)
    size = np.linalg.norm(true)
    cosine = mine @ true / (np.linalg.norm(mine) * size)
    return float(np.linalg.norm(mine - true) / size), float(cosine)


def units(gain: float, symmetric: bool) -> tuple[FixedPoint]:
    force = tanh_units(5, UNITS, KEY, gain=gain, symmetric=symmetric)
    return (FixedPoint(force, Newton(1e-11)),)


def rod(advection: float) -> tuple[tuple[FixedPoint], np.ndarray, np.ndarray]:
    """64 nodes, 65 conductivities, two loads, of which one makes the reaction count."""
    points = np.arange(1, 65) / 65
    load = np.sin(np.pi * points) * np.array([[1.0], [30.0]])
    force = DiffusionReaction(jnp.asarray(0.3 * np.sin(7 * np.arange(65) / 65)), advection)
    return (FixedPoint(force, Newton(1e-11)),), load, 0.1 + 0 * load


@in_double_precision
def test_more_nudges_remove_the_bias() -> None:
    error = {
        n: compared(EquilibriumPropagation(nudges=n), units(0.5, True), X, Y)[0] for n in (1, 2, 4)
    }
    # The bias is c β^N: every power more is worth the same factor.
    assert error[2] < 0.2 * error[1] and error[4] < 0.2**2 * error[2], error
    assert error[4] < 1e-4


@pytest.mark.slow
@in_double_precision
def test_asymmetric_weights_cap_the_angle_and_homeostasis_lifts_it() -> None:
    rule = EquilibriumPropagation(asymmetry=math.inf)
    (block,) = units(1.0, False)
    before = compared(rule, (block,), X, Y)[1]
    optimiser = optax.adam(1e-2)

    @jax.jit
    def step(weight: Array, state: Any, key: Array) -> Any:
        def penalty(weight: Array) -> Array:
            moved = eqx.tree_at(lambda b: b.force.weight, block, weight)
            u = moved.solve(jnp.asarray(X)).value
            return antisymmetry(moved, jnp.asarray(X), u, key, 5)

        move, state = optimiser.update(jax.grad(penalty)(weight), state)
        return weight + move, state

    assert isinstance(block.force, TanhUnits)
    weight = jnp.asarray(block.force.weight)
    state = optimiser.init(weight)
    for i in range(150):
        weight, state = step(weight, state, jax.random.fold_in(KEY, i))
    healed = eqx.tree_at(lambda b: b.force.weight, block, weight)
    after = compared(rule, (healed,), X, Y)[1]
    assert before < 0.9 and after > 0.95, (before, after)


@in_double_precision
def test_a_self_adjoint_rod_gives_the_adjoint_gradient_from_forward_solves() -> None:
    stages, load, wanted = rod(0.0)
    error = {
        n: compared(EquilibriumPropagation(nudges=n, radius=0.5), stages, load, wanted)[0]
        for n in (1, 2, 4)
    }
    assert error[1] < 0.5 and error[2] < 0.3 * error[1] and error[4] < 0.3 * error[2], error
    assert error[4] < 1e-3


@in_double_precision
def test_the_asymmetry_in_the_log_is_that_of_the_jacobian() -> None:
    (block,), rule = units(0.5, False), EquilibriumPropagation(nudges=6, asymmetry=math.inf)
    x, wanted = jnp.asarray(X), jnp.asarray(Y)
    u = block.solve(x).value
    matrices = jax.vmap(jax.jacobian(block.force))(u, x)
    skew = matrices - matrices.transpose(0, 2, 1)
    answers = jnp.linalg.solve(matrices, (wanted - u)[..., None])
    true = jnp.linalg.norm(skew @ answers) / jnp.linalg.norm(wanted - u)
    logged = slopes(rule, (block,), x, wanted).log["asymmetry"]
    # Six nudges leave a bias of about 1e-8 in the response.
    assert float(true) > 0.1 and float(logged) == pytest.approx(float(true), rel=1e-6)


@in_double_precision
def test_advection_is_refused_with_a_way_out() -> None:
    stages, load, wanted = rod(2.0)
    rule = EquilibriumPropagation()
    with pytest.raises(OptionError, match="asymmetry") as caught:
        rule.begin(stages, jnp.asarray(load), task(wanted), KEY)
    assert "Backpropagation" in caught.value.remedy and "homeostasis" in caught.value.remedy
    with pytest.raises(RuntimeError, match="symmetric"):
        jax.block_until_ready(slopes(rule, stages, jnp.asarray(load), jnp.asarray(wanted)).value)
    still = rod(0.0)[0]
    assert rule.begin(still, jnp.asarray(load), task(wanted), KEY) == ()


def test_stages_around_the_fixed_point_take_the_chain_rule() -> None:
    first, last = dense(3, 5, KEY), dense(UNITS, 2, KEY)
    with jax.enable_x64(False):
        force = tanh_units(5, UNITS, KEY)
        stages = (first, FixedPoint(force), last)
        x, wanted = DRAW(size=(4, 3)).astype("f4"), DRAW(size=(4, 2)).astype("f4")
        EquilibriumPropagation().check(stages)
        # Single precision leaves eps / radius of a nudge: about 1e-5.
        assert compared(EquilibriumPropagation(), stages, x, wanted)[0] < 1e-3


def test_options_and_stages_that_do_not_fit_are_refused() -> None:
    for options in ({"nudges": 3}, {"radius": 0.0}, {"probes": 0}, {"homeostasis": -1.0}):
        with pytest.raises(OptionError):
            EquilibriumPropagation(**options)
    with pytest.raises(OptionError, match="fixed point"):
        EquilibriumPropagation().check((dense(2, 2, KEY),))


def test_a_fixed_point_that_is_lost_ends_as_an_infinite_loss() -> None:
    force = tanh_units(5, UNITS, KEY, gain=40.0)
    stages = (FixedPoint(force, Newton(most=2)),)
    x, wanted = jnp.asarray(X, "f4"), jnp.asarray(Y, "f4")
    found = slopes(EquilibriumPropagation(asymmetry=math.inf), stages, x, wanted)
    assert np.isposinf(float(found.value))
