"""Burgers from a random start: members are solved by modes, and keep their mean."""

from __future__ import annotations

import numpy as np

import residuum as rs


def test_members_are_solved_by_modes_and_conserve_their_mean() -> None:
    member = rs.catalogue.family("burgers").draw(3)
    answer = rs.solve(member, tol=1e-3)
    assert answer.result.ok and answer.record.method.startswith("Spectral")
    x = np.arange(256) / 256
    start, end = answer(t=0, x=x), answer(t=1, x=x)
    assert np.abs(start - member.given["u0"](x)).max() < 1e-6 * np.abs(start).max()
    assert abs(start.mean() - end.mean()) < 1e-6 * np.abs(start).max()
    assert np.abs(end).max() <= np.abs(start).max()
