"""Tests of what two levels say of the error."""

from __future__ import annotations

import math

import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.discretise.volumes import Cells, Distance, certificate, distance, field_of, order_of
from residuum.discretise.volumes._field import VolumeField


def ring(n: int, values: np.ndarray) -> VolumeField:
    cells = Cells((0.0,), (2.0,), (n,), (True,))
    return field_of(cells, np.array([0.0, 3.0]), np.stack([values, values])[:, None], 3.0)


@in_double_precision
def test_distances_of_constants() -> None:
    found = distance(ring(8, np.full(8, 4.0)), ring(4, np.full(4, 5.0)))
    # |1| over a length of 2 and a time of 3; of a size of 4.
    assert found.absolute == pytest.approx(math.sqrt(6)) and found.relative == pytest.approx(0.25)
    assert found.mean == pytest.approx(0.25)


@in_double_precision
def test_a_shifted_step_has_order_one_half_in_l2_and_one_in_l1() -> None:
    gaps = []
    for n in (64, 128, 256):
        step = [(np.arange(m) < m // 2 + 1).astype(float) for m in (n, n // 2)]
        gaps.append(distance(ring(n, step[0]), ring(n // 2, step[1])))
    assert order_of([g.relative for g in gaps]) == pytest.approx(0.5, abs=0.02)
    assert math.log2(gaps[1].mean / gaps[2].mean) == pytest.approx(1.0, abs=0.02)


def test_orders_within_reason() -> None:
    assert order_of([1.0]) == 0.5 and order_of([1.0, 0.0]) == 0.5
    assert order_of([1.0, 0.25]) == 2.0 and order_of([1.0, 0.01]) == 2.0
    assert order_of([1.0, 2.0]) == 0.25


def test_the_certificate_extrapolates() -> None:
    rows = [Distance(0.4, 0.04, 0.01), Distance(0.1, 0.01, 0.001)]
    found = certificate(rows, "somewhere")
    # Order two: a third of the distance.
    assert found.kind == "estimate" and found.norm == "L2"
    assert found.relative == pytest.approx(0.01 / 3) and found.value == pytest.approx(0.1 / 3)
    assert "1.0e-03 in L1" in str(found) and "observed" in str(found) and "somewhere" in str(found)
    alone = certificate(rows[1:])
    assert alone.relative == pytest.approx(0.01 / (math.sqrt(2) - 1)) and "assumed" in str(alone)
    assert certificate([Distance(math.inf, math.nan, 0.0)]).kind == "none"
