"""The method of lines: rates, eliminated boundary nodes, another grid without compiling."""

from __future__ import annotations

import numpy as np

from residuum._core import double_precision
from residuum.discretise.spectral import ChebyshevAxis, Grid, Layer, Lines
from residuum.discretise.time import STAGES

from ._posed import exact, exact_rate, heated


def test_rate_and_boundary_of_the_exact_solution() -> None:
    grid = Grid((ChebyshevAxis(0.0, 1.0, 20),))
    other = Grid((ChebyshevAxis(0.0, 1.0, 20, Layer(1.0, 0.3)),))
    with double_precision():
        lines = Lines(heated(), grid)
        lines.compile(STAGES)
        for now in (lines, lines.moved(other)):
            x = now.grid.axes[0].nodes
            times = np.linspace(0, 1, STAGES + 1)
            states = exact(times[:, None], x[None, 1:-1])
            # Nodes owned by conditions are found again, the Robin side too.
            full = now.values(times, states)[:, :, 0]
            assert np.abs(full - exact(times[:, None], x[None])).max() < 1e-9
            rates = now.system().rhs(times[1:], states[1:])
            # Rounding of second derivatives on 20 nodes: measured 1e-10.
            assert np.abs(rates - exact_rate(times[1:, None], x[None, 1:-1])).max() < 1e-8


def test_jacobian_against_differences() -> None:
    with double_precision():
        lines = Lines(heated(), Grid((ChebyshevAxis(0.0, 1.0, 8),)))
        lines.compile(STAGES)
        system = lines.system()
        slope = system.jacobian(0.3, system.start)
        times, shift = np.full(STAGES, 0.3), np.zeros((STAGES, 6))
        shift[:6] = np.eye(6)
        rates = system.rhs(times, system.start + shift)
    # The problem is linear: differences are exact.
    assert np.abs((rates[:6] - rates[6]).T - slope).max() < 1e-10 * np.abs(slope).max()
