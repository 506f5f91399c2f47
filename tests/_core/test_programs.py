"""Compiled programs are made once per key, and the oldest forgotten."""

from __future__ import annotations

from residuum._core._programs import KEPT, remembered


def test_programs_are_made_once_and_forgotten_in_turn() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return len(made)

    first = remembered("a program of this test", make)
    assert remembered("a program of this test", make) == first and len(made) == 1
    assert remembered(None, make) != remembered(None, make)
    for k in range(KEPT):
        remembered(("another", k), make)
    assert remembered("a program of this test", make) != first
