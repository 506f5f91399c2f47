from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum.catalogue.anchors._navier_stokes_torus import (
    history,
    navier_stokes_torus,
    taylor_green,
    terms,
)

from ._agreement import assert_solves, reference_of, relative, stated


def test_statement() -> None:
    stated(navier_stokes_torus, "2-D", "evolving", "nonlinear", "system of 2", "periodic in x, y")


@pytest.mark.slow
def test_reference_solves_the_statement() -> None:
    assert_solves(
        navier_stokes_torus, steps=(2e-3, 2e-2, 2e-2), equations=6e-6, conditions=1e-13, count=30
    )


@pytest.mark.slow
def test_floor_holds_on_another_grid() -> None:
    random = np.random.default_rng(61)
    points = random.random((100, 3)) * (1, 2 * np.pi, 2 * np.pi) + (0, 0, 0)
    other = history(128, 1000)(points)
    # Measured 2e-7, and 1.4e-6 at the end, from 128 points and 2000 steps.
    values = np.concatenate([other.real, other.imag], axis=1)[
        :, : len(navier_stokes_torus.build().unknowns)
    ]
    assert (
        relative(values, reference_of(navier_stokes_torus)(points)) < 2 * navier_stokes_torus.floor
    )


def test_taylor_green_is_exact() -> None:
    stated(taylor_green, "2-D", "evolving", "nonlinear", "system of 2", "periodic in x, y")
    assert_solves(taylor_green, steps=(5e-2, 5e-2, 5e-2), equations=1e-12, conditions=1e-14)


def test_the_start_is_seeded_and_of_order_one() -> None:
    assert terms() == terms() and len(terms()) == 40
    problem = navier_stokes_torus.build()
    start = problem.initial_value(problem.unknowns[0])
    x, y = np.meshgrid(*2 * [np.linspace(0, 2 * np.pi, 24, endpoint=False)])
    values = sp.lambdify(problem.coordinates, start, "numpy")(0.0, x, y)
    assert 0.5 < np.abs(values).max() < 5 and abs(values.mean()) < 1e-14
