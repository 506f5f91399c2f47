"""The implicit–explicit scheme: order, stability, blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.time import IMEX, Chunks
from residuum.discretise.time._imex import DIAGONAL, EXPLICIT, IMPLICIT, PLACES

from ._forced import BLOCK, STIFF, forced, forced_block, orders


def test_conditions_of_order_three() -> None:
    explicit, implicit = np.zeros((5, 5)), np.zeros((5, 5))
    for i in range(1, 5):
        explicit[i, :i] = EXPLICIT[i]
        implicit[i, 1 : i + 1] = IMPLICIT[i]
    assert np.diag(implicit)[1:] == pytest.approx(DIAGONAL)
    c = np.array(PLACES)
    for a in (explicit, implicit):
        # Both halves see the same times: row sums are the places.
        assert a.sum(axis=1) == pytest.approx(c)
    weights = {"explicit": np.append(EXPLICIT[4], 0.0), "implicit": np.append(0.0, IMPLICIT[4])}
    for b in weights.values():
        assert b.sum() == pytest.approx(1)
        assert b @ c == pytest.approx(1 / 2)
        assert b @ c**2 == pytest.approx(1 / 3)
        for a in (explicit, implicit):
            assert b @ a @ c == pytest.approx(1 / 6)


def test_order_three() -> None:
    assert orders(IMEX(), forced, STIFF)[-1] == pytest.approx(3.0, abs=0.25)
    assert orders(IMEX(), forced_block, BLOCK)[-1] == pytest.approx(3.0, abs=0.25)


def test_very_stiff_modes_are_damped() -> None:
    def nothing(state: Any, time: Any, data: Any) -> Any:
        return 0 * state

    with double_precision():
        symbol = np.array([-1e8, -1.0])
        made = Chunks(IMEX(), nothing, symbol=symbol, example=np.ones(2), data={})
        found = made.march(np.ones(2), (0.0, 1.0), chunks=2, stride=1).states[-1]
    # L-stable: the last stage forgets the stiff mode at once.
    assert abs(found[0]) < 1e-7
    assert abs(found[1] - np.exp(-1.0)) < 1e-5
