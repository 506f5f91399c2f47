"""Elimination: pressures and stream functions, constraints in time, what stays undetermined."""

from __future__ import annotations

import numpy as np

from residuum.discretise.spectral import FourierAxis, Layout, Split, Waves, eliminate, layout, split
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial

from ._flows import TURN, around, klein_gordon, square, t, u_of, velocity, vorticity, x


def taken(problem: Problem) -> tuple[Split, Layout]:
    parts = split(problem)
    assert isinstance(parts, Split)
    form = layout(parts)
    assert isinstance(form, Layout)
    return parts, form


WAVES = Waves([FourierAxis(0.0, TURN, 8), FourierAxis(0.0, TURN, 8)])


def test_stream_function_is_the_inverse_laplacian() -> None:
    problem = vorticity()[0]
    parts, form = taken(problem)
    psi = form.algebraic[0]
    found = eliminate(parts, form, WAVES.factors, values={})
    k2 = -(WAVES.factors((2, 0)) + WAVES.factors((0, 2)))
    with np.errstate(divide="ignore"):
        wanted = np.where(k2 > 0, 1.0 / k2, 0.0)
    assert np.abs(found.state[psi, 0] - wanted).max() < 1e-14
    assert np.abs(found.state[1 - psi, 0] + 0.05 * k2).max() < 1e-14
    # The mean of the stream function is left open, and nothing else is.
    assert not found.matrix[:, psi, 0, 0].any()


def test_pressure_projects_the_rates() -> None:
    parts, form = taken(velocity()[0])
    assert list(form.constraints.values()) == [1]
    found = eliminate(parts, form, WAVES.factors, values={})
    names = [str(u.func) for u in parts.problem.unknowns]
    along, across = WAVES.factors((1, 0)), WAVES.factors((0, 1))
    rows = found.gain[names.index("u")], found.gain[names.index("v")]
    # Whatever drives the momentum, the rates have no divergence.
    assert max(np.abs(along * a + across * b).max() for a, b in zip(*rows, strict=True)) < 1e-14


def test_second_order_in_time_has_two_entries() -> None:
    _, form = taken(klein_gordon()[0])
    assert form.entries == [(0, 0), (0, 1)]


def test_units_do_not_change_what_is_singular() -> None:
    for length in (1e-9, 1e9):
        waves = Waves([FourierAxis(0.0, length, 8), FourierAxis(0.0, length, 8)])
        parts, form = taken(vorticity()[0])
        found = eliminate(parts, form, waves.factors, values={})
        psi = form.algebraic[0]
        zeros = np.argwhere(found.state[psi, 0] == 0)
        assert zeros.tolist() == [[0, 0]]


def test_two_equations_for_the_same_unknown() -> None:
    a, b = u_of("a"), u_of("b")
    laws = [Eq(a.diff(t), a.diff(x, 2) + 0 * b), Eq(a.diff(t) + b.diff(x) - b.diff(x), -a)]
    start = [initial(a, 0), *around(a)]
    problem = Problem(square(), [laws[0], Eq(b.diff(t), -b)], [*start, initial(b, 0), *around(b)])
    assert isinstance(layout(taken(problem)[0]), Layout)
    c = u_of("c")
    odd = Problem(
        Box(t=(0, 1), x=(0, 1), y=(0, 1)),
        [Eq(a.diff(t) + c.diff(x), 0), Eq(2 * a.diff(t) + 2 * c.diff(x), -a)],
        [initial(a, 0), *around(a, c)],
    )
    parts = split(odd)
    assert isinstance(parts, Split)
    assert "determine" in str(layout(parts))
