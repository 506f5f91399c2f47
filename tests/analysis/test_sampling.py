"""Points between the points."""

from __future__ import annotations

import residuum as rs
from residuum.analysis import diagnose
from residuum.analysis._sampling import sampling
from residuum.learning import Adam

from ._cases import FEW, few_points, of, poisson, ranked_first, solved, with_record


def test_it_is_ranked_first() -> None:
    first = ranked_first(diagnose(few_points()), "under-sampling")
    assert first.numbers["trained"] < 1e-9 and first.numbers["points"] == 120
    assert "points=500" in first.remedy


def test_a_trained_network_is_compared_with_its_last_losses() -> None:
    # The record is made up: a loss far below what the residual of this field would give.
    found = solved(poisson(), rs.PINN(field=rs.MLP(4, 1), rule=Adam(steps=50), points=FEW))
    low = with_record(found, history={"loss": [1e-9] * 50})
    first = of(low, sampling)
    assert first is not None and first.numbers["fresh"] > 100 * first.numbers["trained"]
    assert of(found, sampling) is None
