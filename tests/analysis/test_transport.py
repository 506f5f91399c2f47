"""Layers thinner than the unknowns are apart."""

from __future__ import annotations

import pytest

from residuum.analysis import diagnose
from residuum.analysis._transport import transport

from ._cases import layered, of, ranked_first, shifted


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(layered()), "transport dominance")
    assert first.numbers["peclet"] == pytest.approx(1000) and first.numbers["spacing"] > 0.01


def test_diffusion_shows_nothing() -> None:
    assert of(shifted(), transport) is None
