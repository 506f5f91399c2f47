"""The loop of descent rules: blocks, precision."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import residuum.learning._descent as descent
from residuum._core import Monitor, OptionError, in_double_precision
from residuum.fields import MLP
from residuum.learning import SOAP, Adam, flatten
from residuum.learning._descent import cast

from ._settings import decay, setting


@pytest.mark.slow
@in_double_precision
def test_the_length_of_blocks_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    start, rows = setting(decay(), MLP(4, 1), points=20)
    found = []
    for lengths in (lambda count, seconds: 50, lambda count, seconds: 7):
        monkeypatch.setattr(descent, "_next", lengths)
        outcome = Adam(steps=60, rate=1e-2).train(start, rows, Monitor())
        found.append((np.asarray(flatten(outcome.trained).vector), outcome.losses))
    assert np.array_equal(found[0][0], found[1][0]) and found[0][1] == found[1][1]


def test_slow_blocks_are_cut_and_fast_ones_grow() -> None:
    assert descent._next(1, 0.01) == 2 and descent._next(50, 0.01) == 50
    assert descent._next(8, 3.0) == 4 and descent._next(1, 3.0) == 1
    assert descent._next(8, 1.0) == 8


@pytest.mark.slow
@pytest.mark.parametrize("rule", [Adam, SOAP])
@in_double_precision
def test_single_precision_computes_in_it_and_hands_back_double(rule: Any) -> None:
    start, rows = setting(decay(), MLP(4, 1), points=20)
    seen = []
    losses = []
    for precision in ("float64", "float32"):
        made = rule(steps=200, rate=1e-2, precision=precision)
        outcome = made.train(start, rows, Monitor())
        seen.append(flatten(outcome.trained).vector.dtype)
        losses.append(outcome.losses)
    assert seen == [np.float64, np.float64]
    assert losses[0] != losses[1]
    assert all(value == np.float32(value) for value in losses[1])
    # The first loss differs by rounding; the steps part ways later, but learn the same.
    assert losses[1][0] == pytest.approx(losses[0][0], rel=1e-5)
    assert max(part[-1] / part[0] for part in losses) < 0.1
    with pytest.raises(OptionError, match="float64 or float32"):
        rule(precision="float16")


@in_double_precision
def test_casting_keeps_what_is_trained_apart_from_constants() -> None:
    tree: dict[str, Any] = {
        "moving": jnp.ones(2),
        "fixed": np.ones(2),
        "count": np.arange(2),
        "text": "a",
    }
    found = cast(tree, "float32")
    assert found["moving"].dtype == np.float32 and isinstance(found["fixed"], np.ndarray)
    assert found["fixed"].dtype == np.float32 and found["count"].dtype == tree["count"].dtype
