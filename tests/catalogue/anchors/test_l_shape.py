from __future__ import annotations

import numpy as np

from residuum.catalogue.anchors._l_shape import l_shape

from ._agreement import assert_solves, stated


def test_statement() -> None:
    stated(l_shape, "2-D", "steady", "linear", "coercive")


def test_reference_solves_the_statement() -> None:
    assert_solves(l_shape, steps=(5e-3, 5e-3), equations=2e-10, conditions=5e-15)


def test_the_seam_of_the_angle_lies_outside() -> None:
    assert l_shape.reference is not None
    around = np.linspace(0, 1.5 * np.pi, 400)
    values = l_shape.reference(np.stack([np.cos(around), np.sin(around)], axis=1) / 2)[:, 0]
    # Positive inside, zero on both inner edges, and without a jump between: the slope in the
    # angle is 2/3 · 2^(-2/3) at most.
    assert (values[1:-1] > 0).all() and np.abs(values[[0, -1]]).max() < 1e-15
    assert np.abs(np.diff(values)).max() < 0.42 * (around[1] - around[0]) * 1.01
