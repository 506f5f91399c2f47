from __future__ import annotations

import numpy as np

from residuum.catalogue.anchors._battery import (
    ANODE,
    CATHODE,
    END,
    battery_single_particle,
    roots,
    sphere,
    voltage,
)

from ._agreement import assert_solves, stated


def test_statement() -> None:
    stated(battery_single_particle, "1-D", "evolving", "linear", "system of 2")


def test_reference_solves_the_statement() -> None:
    assert_solves(battery_single_particle, steps=(5.0, 1e-2), equations=3e-9, conditions=2e-12)


def test_roots_and_the_total_of_lithium() -> None:
    found = roots()
    assert (
        np.abs(np.tan(found[:50]) - found[:50]).max() < 1e-9 and abs(found[0] - 4.493409458) < 1e-9
    )
    assert battery_single_particle.reference is not None
    nodes, weights = np.polynomial.legendre.leggauss(40)
    r, weights = (nodes + 1) / 2, weights / 2
    for time in (10.0, END):
        c = battery_single_particle.reference(np.column_stack([np.full(40, time), r]))
        for column, e in enumerate((ANODE, CATHODE)):
            lost = 3 * e.outflow * time / e.radius
            assert abs((weights * 3 * r**2 * c[:, column]).sum() - (e.start - lost)) < 1e-11


def test_a_short_time_is_a_flat_wall() -> None:
    # Early on the surface loses 2 sqrt(t/π) - t, up to terms of t^(3/2) (flux into a ball).
    t = np.array([1e-5, 1e-4])
    drop = -sphere(t, np.ones(2))
    assert np.abs(drop - 2 * np.sqrt(t / np.pi) - t).max() < 2 * t[-1] ** 1.5


def test_voltage_falls_by_the_reactions() -> None:
    times = np.array([0.0, 100.0])
    flat = voltage(times, exchange=(1e-8, 1e-8), open_circuit=(np.full(2, 0.1), np.full(2, 4.0)))
    assert ((flat > 3.5) & (flat < 3.9)).all()  # a discharge lowers it
    easy = voltage(times, exchange=(1.0, 1.0), open_circuit=(np.full(2, 0.1), np.full(2, 4.0)))
    assert np.abs(easy - 3.9).max() < 1e-8
