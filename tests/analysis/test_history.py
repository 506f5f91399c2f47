"""Losses that stand still or blow up."""

from __future__ import annotations

import numpy as np

from residuum.analysis import diagnose
from residuum.analysis._history import history

from ._cases import blown, motionless, of, ranked_first, shifted, with_record


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(motionless()), "stagnation")
    assert first.numbers["whole"] < 1.01 and "Adam(rate=0.002)" in first.remedy


def test_divergence_is_ranked_first() -> None:
    first = ranked_first(diagnose(blown()), "divergence")
    assert first.strength == 1.0 and "rate=1000" in first.remedy


def test_a_loss_that_rises_again_has_diverged() -> None:
    losses = [*np.geomspace(1, 1e-6, 50), *np.geomspace(1e-6, 10, 50)]
    found = of(with_record(shifted(), history={"loss": losses}), history)
    assert found is not None and found.cause == "divergence" and found.numbers["best"] == 1e-6


def test_short_histories_say_nothing() -> None:
    assert of(with_record(shifted(), history={"loss": [1.0, 1.0]}), history) is None
