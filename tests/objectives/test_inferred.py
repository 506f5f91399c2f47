"""Numbers to be inferred."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.geometry import Box
from residuum.objectives import Inferred, inferred
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    laplacian,
    observe,
    parameter,
)
from residuum.problem._symbols import Parameter

from ._statements import t, u


def problem(*numbers: Parameter) -> Problem:
    equation = Eq(numbers[0] * u.diff(t), numbers[-1] * laplacian(u))
    return Problem(
        Box(t=(0, 1), x=(0, 1)),
        equation,
        [initial(u, 0), dirichlet(u, 0)],
        observations=[observe(u, [1.0], at={"t": [0.5], "x": [0.5]})],
    )


@in_double_precision
def test_numbers_start_at_their_guess_or_in_the_middle() -> None:
    # Declared against the alphabet: names and bounds must not be mixed up.
    guess = parameter("z", 3.5, bounds=(3, 5))
    middle = parameter("a", bounds=(-2e-6, 6e-6))
    # JAX sorts the names whenever a tree passes through it.
    found = jax.tree.map(jnp.asarray, inferred(problem(guess, middle)))
    assert found.numbers().keys() == {"a", "z"}
    # arctanh and tanh round once each.
    assert found.numbers()["z"] == pytest.approx(3.5, rel=1e-14)
    assert found.numbers()["a"] == pytest.approx(2e-6, rel=1e-14)


@pytest.mark.parametrize("end", [0, 1])
@in_double_precision
def test_a_guess_on_a_bound_stays_trainable(end: int) -> None:
    bounds = (0.5, 4.5)
    found = inferred(problem(parameter("D", bounds[end], bounds=bounds)))
    # Half a percent of the range away, as tanh has no slope at its ends.
    assert found.numbers()["D"] == pytest.approx(bounds[end], abs=0.0051 * 4)

    def value(raw: Inferred) -> jax.Array:
        return raw.values()["D"]

    slope = eqx.filter_grad(value)(found).raw["D"]
    assert float(slope) > 0.01


@pytest.mark.parametrize("z", [-1e6, -7.0, -1.0, 0.0, 3.0, 9.0, 1e6])
@in_double_precision
def test_numbers_stay_between_their_bounds(z: float) -> None:
    start = inferred(problem(parameter("D", bounds=(0.125, 0.625))))
    moved = eqx.tree_at(lambda item: item.raw["D"], start, jnp.asarray(z))
    assert 0.125 <= moved.numbers()["D"] <= 0.625
    expected = 0.375 + 0.25 * np.tanh(z)
    assert moved.numbers()["D"] == pytest.approx(expected, rel=1e-15)


@in_double_precision
def test_nothing_to_infer() -> None:
    found = inferred(problem(parameter("known", 2.0)))
    assert found.values() == {} and found.numbers() == {}
