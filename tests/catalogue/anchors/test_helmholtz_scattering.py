from __future__ import annotations

import numpy as np

from residuum.catalogue.anchors._helmholtz_scattering import helmholtz_scattering, series

from ._agreement import assert_solves, stated


def test_statement() -> None:
    stated(helmholtz_scattering, "2-D", "steady", "linear", "system of 2")


def test_reference_solves_the_statement() -> None:
    assert_solves(helmholtz_scattering, steps=(1e-2, 1e-2), equations=2e-12, conditions=2e-13)


def test_orders_left_out_change_nothing() -> None:
    points = helmholtz_scattering.build().domain.sample(300, key=29)
    # Measured 5e-16 between 36 and 48 orders, of values up to 1.07.
    assert np.abs(series(points, 36) - series(points)).max() < helmholtz_scattering.floor
    assert np.abs(series(points, 12) - series(points)).max() > 1e-7  # twelve orders do not do
