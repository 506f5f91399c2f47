"""Smooth Darcy flow: members are solved."""

from __future__ import annotations

import residuum as rs


def test_members_are_solved() -> None:
    member = rs.catalogue.family("darcy_smooth").draw(3)
    answer = rs.solve(member, tol=2e-2)
    assert answer.result.ok and answer(x=0.5, y=0.5) > 0
