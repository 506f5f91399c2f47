"""Features to values and classes, by any rule."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

from residuum._core import Checkpoint, DataError, OptionError, Result
from residuum.blocks import Chain, Tanh, dense
from residuum.learning import BlockLocal, Learnt, ReadoutOnly, Supervised

X = np.random.default_rng(79).normal(size=(90, 3)).astype(np.float32)
CLASSES = (X[:, 0] + X[:, 1] ** 2 > 0.7).astype(int)


def network(outputs: int = 2, width: int = 12) -> Chain:
    first, second = jax.random.split(jax.random.key(5))
    return Chain((dense(3, width, first, spread=1.0), Tanh(width), dense(width, outputs, second)))


def test_classes_are_learnt() -> None:
    found = Supervised(loss="cross_entropy", epochs=60, batch=30, rate=2e-2).train(
        network(), (X, CLASSES)
    )
    assert isinstance(found, Learnt) and found.result is Result.SUCCESSFUL
    assert len(found.losses) == 180 and found.seconds > 0
    # The larger class alone is wrong on four in ten.
    assert (found.classes(X) != CLASSES).mean() < 0.1


def test_the_readout_is_ridge_regression() -> None:
    model, y = network(1), np.sin(X[:, :1])
    found = Supervised(ReadoutOnly(ridge=0.0)).train(model, (X, y))
    features = np.asarray(model.blocks[1](model.blocks[0](X)))  # type: ignore[arg-type]
    matrix = np.hstack([features, np.ones((90, 1))]).astype(float)
    best = matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]
    np.testing.assert_allclose(found(X), best, atol=2e-3)
    assert found.losses[0] == pytest.approx(0.5 * ((best - y) ** 2).mean(), rel=1e-2)


def test_a_stopped_training_goes_on_bit_for_bit(tmp_path: Path) -> None:
    class Stop(BaseException):
        pass

    class Stopping(Checkpoint):
        def keep(self, state: object, *, now: bool = False) -> None:
            super().keep(state, now=True)  # type: ignore[arg-type]
            raise Stop

    how = Supervised(BlockLocal(), "cross_entropy", epochs=3, batch=30)
    whole = how.train(network(), (X, CLASSES))
    with pytest.raises(Stop):
        how.train(network(), (X, CLASSES), checkpoint=Stopping(tmp_path / "run.ckpt"))
    rest = how.train(network(), (X, CLASSES), checkpoint=Checkpoint(tmp_path / "run.ckpt"))
    np.testing.assert_array_equal(rest.losses, whole.losses)
    for a, b in zip(jax.tree.leaves(rest.model), jax.tree.leaves(whole.model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert rest.logs.keys() == whole.logs.keys()


def test_bad_data_and_options_are_refused() -> None:
    how = Supervised(loss="cross_entropy")
    for data in [(X, CLASSES[:-1]), (X, CLASSES + 1), (X, CLASSES * 1.0), (X * np.nan, CLASSES)]:
        with pytest.raises(DataError):
            how.train(network(), data)
    with pytest.raises(DataError, match="shape"):
        Supervised().train(network(), (X, X))
    with pytest.raises(OptionError):
        Supervised(epochs=0)


def test_a_training_that_blows_up_says_so() -> None:
    found = Supervised(epochs=3, batch=30, rate=1e30).train(network(1), (X, 1e30 * X[:, :1]))
    assert found.result is Result.DIVERGED and np.isfinite(found(X)).all()
