"""One key, many streams."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import numpy as np
import pytest

from residuum._core import Key, OptionError, generator, jax_key

PATHS: list[tuple[int, ...]] = [(), (1,), (2,), (1, 1), (1, 2), (2, 1), (1, 2, 3)]
KEYS: dict[str, Key] = {
    "int": 7,
    "large": 2**70 + 3,
    "zero": 0,
    "typed": jax.random.key(23),
    "raw": jax.random.PRNGKey(23),
}


def draw(key: Key, path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(n) for n in generator(key, *path).integers(1 << 60, size=3))


def words(key: Key, path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(n) for n in np.asarray(jax.random.key_data(jax_key(key, *path))))


@pytest.mark.parametrize("stream", [draw, words])
@pytest.mark.parametrize("name", KEYS)
def test_streams_repeat_and_differ(stream: Any, name: str) -> None:
    found = [stream(KEYS[name], path) for path in PATHS]
    assert found == [stream(KEYS[name], path) for path in PATHS]
    assert len(set(found)) == len(PATHS)


@pytest.mark.parametrize("stream", [draw, words])
def test_keys_differ(stream: Any) -> None:
    found = [stream(key, (3,)) for key in [*range(2, 30), jax.random.key(5), jax.random.key(6)]]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("stream", [draw, words])
def test_typed_and_raw_jax_keys_agree(stream: Any) -> None:
    assert stream(KEYS["typed"], (4,)) == stream(KEYS["raw"], (4,))


@pytest.mark.parametrize("stream", [draw, words])
def test_numpy_integers_are_whole_numbers(stream: Any) -> None:
    assert stream(np.int64(7), (4,)) == stream(7, (4,))


@pytest.mark.parametrize("stream", [draw, words])
def test_the_path_zero_is_a_stream_of_its_own(stream: Any) -> None:
    found = [stream(7, path) for path in [(), (0,), (0, 0), (5,), (5, 0)]]
    assert len(set(found)) == len(found)


def test_streams_are_independent() -> None:
    streams = [generator(7, i).normal(size=4000) for i in range(1, 5)]
    # The correlation of independent streams has deviation 1/√4000 = 0.016: four of them.
    for a, b in itertools.combinations(streams, 2):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.064


@pytest.mark.parametrize("bad", [True, -1, 1.5, "7", None, np.arange(2)])
@pytest.mark.parametrize("door", [generator, jax_key])
def test_anything_else_is_refused(door: Any, bad: Any) -> None:
    with pytest.raises(OptionError, match=r"key|whole number"):
        door(bad)
