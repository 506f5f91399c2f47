from __future__ import annotations

import numpy as np

from residuum.catalogue.anchors._black_scholes import RATE, STRIKE, TOP, black_scholes

from ._agreement import assert_solves, stated


def test_statement() -> None:
    stated(black_scholes, "1-D", "evolving", "linear")


def test_reference_solves_the_statement() -> None:
    assert_solves(black_scholes, steps=(5e-3, 1.0), equations=4e-11, conditions=1e-14)


def test_the_cut_is_far_enough() -> None:
    assert black_scholes.reference is not None
    t = np.linspace(0, 1, 21)
    top = black_scholes.reference(np.column_stack([t, np.full(21, TOP)]))[:, 0]
    limit = TOP - STRIKE * np.exp(-RATE * t)
    # Measured 1.8e-12 at the last time, of 305.
    assert np.abs(top / limit - 1).max() < black_scholes.floor
