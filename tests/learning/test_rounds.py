"""The loop of rounds: its state, and when it stops."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import FileError
from residuum.learning._rounds import State, easing, settled, stagnant


def test_a_state_comes_back_from_what_is_kept() -> None:
    state = State(np.asarray([1.0, 2.0]), 0.25, {"inverse": np.eye(2)}, 7)
    state.losses, state.held, state.best = [3.0, 1.0], [0.5], (0.5, np.asarray([4.0, 5.0]))
    other = State(np.zeros(2))
    other.unpack(state.pack())
    assert other.pack().keys() == state.pack().keys()
    assert all(np.array_equal(other.pack()[k], v) for k, v in state.pack().items())
    fresh = State(np.zeros(2))
    fresh.unpack(State(np.ones(2)).pack())
    assert fresh.best[0] == np.inf and fresh.iteration == 0


def test_a_state_of_another_size_is_refused() -> None:
    with pytest.raises(FileError, match="vector"):
        State(np.zeros(3)).unpack(State(np.zeros(2)).pack())


def test_a_copy_is_not_changed_by_what_follows() -> None:
    state = State(np.zeros(2), memory={"inverse": np.eye(2)})
    kept = state.copy()
    state.losses.append(1.0)
    state.memory["inverse"] = np.zeros((2, 2))
    state.vector = state.vector + 1
    assert kept.losses == [] and kept.memory["inverse"][0, 0] == 1 and kept.vector[0] == 0


@pytest.mark.parametrize(("ratio", "factor"), [(0.9, 0.2), (0.6, 0.5), (0.3, 1.0), (0.1, 2.0)])
def test_damping_eases_where_the_model_is_right(ratio: float, factor: float) -> None:
    assert easing(ratio) == factor


def test_stopping_rules_look_far_enough_back() -> None:
    falling = [0.5**k for k in range(30)]
    assert not stagnant(falling) and not settled(falling)
    assert stagnant([1.0] * 12) and not stagnant([1.0] * 11)
    assert settled([1.0] * 21) and not settled([1.0] * 20)
    assert not stagnant([*[1.0] * 10, *[0.5] * 5]) and stagnant([*[1.0] * 10, *[0.9] * 5])
