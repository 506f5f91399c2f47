"""Samples: shapes that fit, finite values, parts of them."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import DataError
from residuum.datasets import Samples


def samples(**changes: object) -> Samples:
    options: dict[str, object] = {
        "inputs": np.ones((3, 4, 5, 2)),
        "outputs": np.ones((3, 4, 5, 1)),
        "axes": (np.linspace(0, 1, 4), np.linspace(0, 1, 5)),
        "edges": ("zero", "wrap"),
        "input_names": ("a", "f"),
        "output_names": ("u",),
    }
    return Samples(**(options | changes))  # type: ignore[arg-type]


def test_parts_are_taken() -> None:
    some = samples(errors=np.array([0.1, 0.2, 0.3])).take(slice(1, 3))
    assert len(some) == 2 and some.shape == (4, 5)
    assert some.errors is not None and some.errors.tolist() == [0.2, 0.3]


def test_times_are_an_axis_of_the_outputs() -> None:
    assert len(samples(outputs=np.ones((3, 2, 4, 5, 1)), times=np.array([0.5, 1.0]))) == 3
    with pytest.raises(DataError, match="outputs of shape"):
        samples(times=np.array([0.5, 1.0]))


def test_shapes_must_fit() -> None:
    with pytest.raises(DataError, match=r"inputs of shape \(3, 4, 5, 1\)"):
        samples(input_names=("a",))
    with pytest.raises(DataError, match="an edge per axis"):
        samples(edges=("zero",))


def test_nan_labels_are_named() -> None:
    outputs = np.ones((3, 4, 5, 1))
    outputs[1, 0, 0] = np.nan
    with pytest.raises(DataError, match=r"1 samples, the first \[1\]"):
        samples(outputs=outputs)
