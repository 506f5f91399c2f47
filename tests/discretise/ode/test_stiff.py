"""Radau steps behind the door of the explicit ones."""

from __future__ import annotations

import numpy as np

from residuum._core import double_precision
from residuum.discretise.ode import (
    Evolution,
    Limits,
    StiffMarcher,
    Traveller,
    consistent,
    field_of,
    values_at,
)

from ._posed import columns, diode, oscillator, robertson


def test_chunks_reach_the_end_and_join() -> None:
    with double_precision():
        found = Evolution(oscillator())
        marcher = StiffMarcher(found)
        carry = marcher.begin(0.0, found.lift @ np.array([1.0, 0.0]), 1e-9, found.sizes)
        ends, values = [0.0], []
        while ends[-1] < 1.0:
            chunk = marcher.chunk(carry, 1e-9, found.sizes, longest=0.1, most=4)
            carry = chunk.carry
            ends += chunk.ends[1:].tolist()
            values += list(chunk.pieces @ found.place[0])
            assert 1 <= len(chunk.pieces) <= 4
            assert np.diff(chunk.ends).max() <= 0.1 + 1e-12
    times = 10 * (np.array(ends)[:-1, None] + np.diff(ends)[:, None] * marcher.nodes)
    assert np.abs(np.array(values) - np.cos(times)).max() < 1e-8


def test_hidden_unknowns_satisfy_the_constraints_at_every_node() -> None:
    with double_precision():
        found = Evolution(diode())
        marcher = StiffMarcher(found)
        start, _ = consistent(found)
        orbit = Traveller(marcher).go(start, Limits(1e-8, found.sizes))
        pieces = np.array(orbit.pieces)
    times = 6 * (np.array(orbit.ends)[:-1, None] + np.diff(orbit.ends)[:, None] * marcher.nodes)
    u, i = (pieces @ found.unknowns[k] for k in columns(found.problem, "u", "i"))
    law = np.exp(4 * (1 + np.sin(times) - u - i)) - 1
    np.testing.assert_allclose(i, law, rtol=0, atol=1e-10 * np.abs(law).max() + 1e-12)


def test_robertson_over_eleven_decades() -> None:
    """Reference at t = 1e11: F. Mazzia, C. Magherini, Test Set for Initial Value Problem Solvers,
    University of Bari 2008, problem ROBER."""
    wanted = [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050]
    problem = robertson(False, end=1e11)
    with double_precision():
        found = Evolution(problem)
        start, _ = consistent(found)
        marcher = StiffMarcher(found)
        orbit = Traveller(marcher).go(start, Limits(1e-10, found.sizes))
        field = field_of(found, orbit, marcher.nodes)
    end = values_at(field, np.array([1e11]))[0][columns(problem, "a", "b", "c")]
    # The smallest is eight decades below the sizes that errors are relative to.
    np.testing.assert_allclose(end, wanted, rtol=1e-4)
