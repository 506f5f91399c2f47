"""Trained parts as one vector."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks import Dense
from residuum.blocks._abstract import is_trained
from residuum.fields import FeatureField
from residuum.learning import LearningRule, flatten, misfit, residuals
from residuum.learning._rule import finite, loss
from residuum.objectives import Inferred
from residuum.problem import ExpressionField

from ._settings import NOTHING, decay, setting, t


@pytest.mark.parametrize(
    ("leaf", "trained"),
    [
        (jnp.ones(2), True),
        (np.ones(2), False),
        (jnp.arange(2), False),
        (jax.random.key(5), False),
        (1.5, False),
        (None, False),
    ],
)
def test_only_jax_arrays_of_numbers_are_trained(leaf: object, trained: bool) -> None:
    assert is_trained(leaf) is trained


@in_double_precision
def test_a_vector_and_back() -> None:
    trunk = Dense(jnp.asarray([[1.0, 2.0]]), np.asarray([3.0, 4.0]))
    field = FeatureField(trunk, jnp.asarray([[5.0], [6.0], [7.0]]))
    numbers = Inferred({"D": jnp.asarray(8.0)}, (0.0,), (1.0,))
    flat = flatten((field, numbers))
    assert sorted(np.asarray(flat.vector).tolist()) == [1.0, 2.0, 5.0, 6.0, 7.0, 8.0]
    moved, other = flat.restore(10 * flat.vector)
    assert isinstance(moved, FeatureField) and isinstance(moved.trunk, Dense)
    np.testing.assert_array_equal(moved.trunk.weight, [[10.0, 20.0]])
    np.testing.assert_array_equal(moved.trunk.bias, [3.0, 4.0])
    np.testing.assert_array_equal(moved.head[:, 0], [50.0, 60.0, 70.0])
    assert float(other.raw["D"]) == 80.0 and other.half == (1.0,)


def test_nothing_to_train_is_refused() -> None:
    with pytest.raises(OptionError, match="trained arrays"):
        flatten((ExpressionField((t,), (t,)), NOTHING))


@in_double_precision
def test_rows_one_after_another() -> None:
    trained, rows = setting(decay())
    joined = eqx.filter_jit(lambda both, items: residuals(both, items))
    found = np.asarray(joined(trained, [*rows, *rows]))
    alone = found[: rows[0].count]
    np.testing.assert_array_equal(found, np.tile(alone, 2))
    assert misfit(trained[0], rows) == pytest.approx(np.linalg.norm(alone), rel=1e-13)
    # Sums of a dozen squares, in another order.
    assert float(eqx.filter_jit(loss)(trained, rows)) == pytest.approx(
        0.5 * float(alone @ alone), rel=1e-13
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@in_double_precision
def test_finite_looks_at_what_is_trained(bad: float) -> None:
    (field, numbers), _ = setting(decay())
    assert finite((field, numbers))
    assert not finite((field.with_head(field.head.at[2].set(bad)), numbers))
    assert not finite((field, Inferred({"D": jnp.asarray(bad)}, (0.0,), (1.0,))))
    fixed = Dense(np.full((1, 1), bad), np.zeros(1))
    assert finite((FeatureField(fixed, jnp.ones((2, 1))), NOTHING))


def test_the_protocol_is_abstract() -> None:
    with pytest.raises(TypeError, match="train"):
        LearningRule()  # type: ignore[abstract]
