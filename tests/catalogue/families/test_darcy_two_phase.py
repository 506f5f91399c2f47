"""Two-phase Darcy flow: both phases, half and half on average; members are solved."""

from __future__ import annotations

import numpy as np

import residuum as rs


def test_members_are_solved_and_made_of_two_phases() -> None:
    family = rs.catalogue.family("darcy_two_phase")
    shares = []
    for key in range(20):
        (edges, _), cells = family.draw(key).given["a"]
        assert set(np.unique(cells)) <= {3.0, 12.0} and len(edges) == 65
        shares.append((cells == 12).mean())
    assert 0.4 < np.mean(shares) < 0.6
    answer = rs.solve(family.draw(3), tol=2e-2)
    assert answer.result.ok and answer.record.method.startswith("FiniteElement")
    assert 0.005 < answer(x=0.5, y=0.5) < 0.025  # between 0.0737 / 12 and 0.0737 / 3
