"""What to refine next, and when both errors together are small enough."""

from __future__ import annotations

from residuum.discretise.spectral import Gap, Ladder


def gap_of(size: float) -> Gap:
    return Gap(2 * size, size)


def test_steps_come_first_and_modes_when_steps_are_settled() -> None:
    ladder = Ladder(1e-4, 4, tail=1e-3)
    assert not ladder.wants_modes(more=True)
    ladder.refined_time(gap_of(1e-2), "")
    assert not ladder.wants_modes(more=True)
    ladder.refined_time(gap_of(1e-5), "")
    assert ladder.wants_modes(more=True) and not ladder.settled
    ladder.refined_space(gap_of(3e-5), "")
    # The error in time was found with fewer modes and counts twice.
    assert ladder.total == Gap(6e-5 + 2 * 2e-5, 3e-5 + 2 * 1e-5)
    assert ladder.settled


def test_modes_come_first_where_the_last_ones_are_large() -> None:
    assert Ladder(1e-4, 4, tail=0.1).wants_modes(more=True)
    assert not Ladder(1e-4, 4, tail=0.1).wants_modes(more=False)


def test_steps_that_do_not_pay_give_way_to_modes() -> None:
    ladder = Ladder(1e-4, 4, tail=1e-3)
    ladder.refined_time(gap_of(1e-2), "")
    ladder.refined_time(gap_of(9e-3), "")
    assert ladder.wants_modes(more=True)


def test_last_modes_vouch_for_space() -> None:
    ladder = Ladder(1e-4, 4, tail=1e-9)
    ladder.refined_time(gap_of(5e-5), "32 and 64 steps")
    assert ladder.settled and not ladder.wants_modes(more=True)
    assert "agreement of two levels: 32 and 64 steps" in ladder.certificate().assumptions


def test_what_is_lost_between_kept_states_counts() -> None:
    ladder = Ladder(1e-4, 4, tail=1e-9, between=9e-5)
    ladder.refined_time(gap_of(5e-5), "")
    assert not ladder.settled
    assert ladder.certificate().relative == 5e-5 + 9e-5


def test_the_order_says_how_many_steps_are_missing() -> None:
    ladder = Ladder(1e-4, 4)
    assert ladder.more_steps() == 2
    # 3 / 1e-4 has the fourth root 13: sixteen times the steps.
    ladder.refined_time(gap_of(3.0), "")
    assert ladder.more_steps() == 16


def test_steady_problems_know_no_time() -> None:
    ladder = Ladder(1e-4, 4, steady=True, tail=1e-12)
    assert not ladder.settled
    ladder.refined_space(gap_of(2e-5), "8 modes, 16 modes")
    assert ladder.settled
