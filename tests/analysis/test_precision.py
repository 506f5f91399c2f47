"""Rounding of the stored numbers."""

from __future__ import annotations

import pytest

import residuum as rs
from residuum.analysis import diagnose
from residuum.analysis._precision import precision

from ._cases import heat, of, ranked_first, rounded, solved


@pytest.mark.slow
def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(rounded()), "precision")
    assert "float32" in first.evidence and "float64" in first.remedy


def test_the_same_in_float64_shows_nothing() -> None:
    field = rs.Gaussians(count=150)
    found = solved(heat(), rs.RandomFeatures(field=field, scales=(1.0,)))
    assert of(found, precision) is None
