"""Energy models: no update raises the energy, and rest is told from running out."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, Result, in_double_precision
from residuum.blocks.associative import (
    DenseHebbian,
    EnergyModel,
    Hopfield,
    Ising,
    MonotoneBoltzmann,
    MultitaskingHebbian,
    archetypes,
    dense_weight,
    diluted_patterns,
    random_graph,
    settle,
)

UNITS = 24
RANDOM = np.random.default_rng(23)


def machine() -> MonotoneBoltzmann:
    return MonotoneBoltzmann(dense_weight(UNITS, 9, symmetric=True), jnp.linspace(-1, 1, UNITS), 20)


MODELS: dict[str, tuple[Callable[[], EnergyModel], bool]] = {
    "hopfield": (lambda: Hopfield(RANDOM.normal(size=(6, UNITS)), 0.3), False),
    "pairs": (lambda: DenseHebbian(archetypes(9, UNITS, 5), 2), True),
    "fours": (lambda: DenseHebbian(RANDOM.normal(size=(40, UNITS)), 4), True),
    "threes": (lambda: DenseHebbian(archetypes(40, UNITS, 6), 3), True),
    "multitasking": (lambda: MultitaskingHebbian(diluted_patterns(5, UNITS, 0.4, 5)), True),
    "ising": (lambda: Ising(random_graph(UNITS, 0.3, 5)), True),
    "boltzmann": (machine, False),
}


@pytest.mark.parametrize("name", MODELS)
@in_double_precision
def test_no_update_raises_the_energy(name: str) -> None:
    make, signs = MODELS[name]
    model = make()
    draw = np.random.default_rng(29).uniform(-0.9, 0.9, (5, UNITS))
    state = jnp.asarray(np.sign(draw) if signs else draw)
    assert model.units == UNITS

    @jax.jit
    def follow(state: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        new = model.update(state)
        return model.energy(state), model.energy(new), new

    first, second, new = follow(state)
    # A random state is no rest: the energy falls somewhere, and nowhere rises beyond rounding.
    assert np.all(second <= first + 1e-12) and np.any(second < first - 1e-3)
    assert not signs or set(np.unique(new)) <= {-1.0, 1.0}


def test_settling_says_how_it_ended() -> None:
    model = Hopfield(np.eye(4), 2.0)
    start = jnp.array([[0.9, 0.2, 0.0, 0.1]])
    rest = settle(model, start, most=300, tolerance=1e-6)
    assert rest.result is Result.SUCCESSFUL and 1 < rest.updates < 300
    np.testing.assert_allclose(model.update(jnp.asarray(rest.state)), rest.state, atol=1e-6)
    assert settle(model, start, most=1, tolerance=1e-6).result is Result.OUT_OF_BUDGET
    assert settle(model, start.at[0, 0].set(jnp.nan), most=2).result is Result.NOT_FINITE


def test_wrong_states_are_refused() -> None:
    model = Hopfield(np.eye(4))
    with pytest.raises(OptionError, match=r"shape \(n, 4\)"):
        settle(model, jnp.zeros(4))
    with pytest.raises(OptionError, match="one update or more"):
        settle(model, jnp.zeros((1, 4)), most=0)
