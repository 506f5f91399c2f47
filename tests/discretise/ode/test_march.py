"""Chunks of steps: orders of the solvers, dense output, going on, vanishing steps."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.ode import EXPLICIT, IMPLICIT, SCOUT, Evolution, Marcher, Stepper
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, unknown

from ._posed import oscillator, t


def travelled(marcher: Marcher, tolerance: float, most: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of all steps and the values of the first level at their nodes."""
    found, ends, pieces = marcher.evolution, [np.zeros(1)], []
    carry = marcher.begin(0.0, found.lift @ np.array([1.0, 0.0]), tolerance, found.sizes)
    while ends[-1][-1] < 1.0:
        chunk = marcher.chunk(carry, tolerance, found.sizes, longest=1.0, most=most)
        carry = chunk.carry
        ends.append(chunk.ends[1:])
        pieces.append(chunk.pieces @ found.place[0])
        assert len(chunk.pieces) <= most
    return np.concatenate(ends), np.concatenate(pieces)


@pytest.mark.parametrize("stepper", [SCOUT, EXPLICIT, IMPLICIT], ids=lambda s: str(s.name))
def test_error_falls_with_the_order(stepper: Stepper) -> None:
    """On cos t all steps are alike, so the error goes as the number of steps to the order."""
    with double_precision():
        marcher = Marcher(Evolution(oscillator()), stepper)
        counts, errors = [], []
        for tolerance in (1e-5, 1e-7, 1e-9):
            ends, values = travelled(marcher, tolerance)
            counts.append(len(ends) - 1)
            errors.append(abs(values[-1, -1] - np.cos(10.0)))
    slope = -np.log(errors[-1] / errors[0]) / np.log(counts[-1] / counts[0])
    assert slope > stepper.order - 0.7


@pytest.mark.parametrize("stepper", [SCOUT, EXPLICIT, IMPLICIT], ids=lambda s: str(s.name))
def test_dense_output_is_as_good_as_the_steps(stepper: Stepper) -> None:
    with double_precision():
        ends, values = travelled(Marcher(Evolution(oscillator()), stepper), 1e-7)
    times = 10 * (ends[:-1, None] + np.diff(ends)[:, None] * stepper.nodes)
    # Global error: some 100 times the local one over ten units of time.
    assert np.abs(values - np.cos(times)).max() < 1e-5
    np.testing.assert_allclose(values[1:, 0], values[:-1, -1], rtol=0, atol=0)


def test_chunks_join_without_a_trace() -> None:
    with double_precision():
        marcher = Marcher(Evolution(oscillator()), EXPLICIT)
        whole, cut = travelled(marcher, 1e-9), travelled(marcher, 1e-9, most=3)
    np.testing.assert_array_equal(whole[0], cut[0])
    np.testing.assert_array_equal(whole[1], cut[1])


def test_a_pole_makes_the_step_vanish() -> None:
    u = unknown("u", t)
    with double_precision():
        found = Evolution(Problem(Box(t=(0, 2)), Eq(u.diff(t), u**2), [initial(u, 1)]))
        marcher = Marcher(found, SCOUT)
        carry, chunks = marcher.begin(0.0, found.lift @ np.ones(1), 1e-6, found.sizes), 0
        stuck, last = False, 0.0
        while not stuck and chunks < 50:
            chunk = marcher.chunk(carry, 1e-6, found.sizes, longest=0.1)
            carry, stuck, chunks = chunk.carry, chunk.stuck, chunks + 1
            last = float(chunk.ends[-1])
    assert stuck
    assert last == pytest.approx(0.5, abs=1e-5)
