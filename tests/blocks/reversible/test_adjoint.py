"""The way back: pieces of every length give the gradient of plain backpropagation."""

from __future__ import annotations

import pytest

from residuum.blocks.reversible import Coupling, reversible_march, reversible_stack

from ._stacks import additive, apart, branch, gradient, pair


@pytest.mark.parametrize("every", [1, 3])
def test_groups_and_pieces(every: int) -> None:
    """Loops of five and two steps with one of another structure between them."""
    steps = [
        *(additive(i) for i in range(5)),
        Coupling((branch(20), None)),
        additive(7),
        additive(8),
    ]
    stack = reversible_stack(steps, pair(), checkpoint_every=every)
    assert [group.count for group in stack.groups] == [5, 1, 2]
    plain = reversible_stack(steps, pair(), memory="stored")
    assert apart(gradient(stack, pair()), gradient(plain, pair())) < 1e-5


def test_one_step_ahead() -> None:
    """The overlapped schedule is another order of the same sums."""
    steps = [additive(i) for i in range(4)]
    ahead = reversible_stack(steps, pair(), schedule="overlapped")
    serial = reversible_stack(steps, pair())
    assert apart(gradient(ahead, pair()), gradient(serial, pair())) < 1e-5


def test_shared_weights_add_up() -> None:
    march = reversible_march(additive(11), 7, pair(), checkpoint_every=3)
    plain = reversible_march(additive(11), 7, pair(), memory="stored")
    assert apart(gradient(march, pair()), gradient(plain, pair())) < 1e-5
