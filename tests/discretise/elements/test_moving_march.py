"""Marches on moving nodes: nothing folds, and steep fronts are followed."""

from __future__ import annotations

import numpy as np

from residuum._core import in_double_precision
from residuum.catalogue import case
from residuum.catalogue._burgers import cole_hopf
from residuum.discretise.elements._moving_line import MovingLine
from residuum.discretise.elements._moving_march import march_moving
from residuum.problem import weak_form


@in_double_precision
def test_a_front_is_followed_where_even_nodes_cannot_see_it() -> None:
    problem = case("burgers").problem()
    line = MovingLine(problem, weak_form(problem), 24)
    found = march_moving(line, tol=1e-2)
    assert found.result.ok and found.times[-1] == 1.0
    assert np.diff(found.nodes, axis=1).min() > 0
    assert (found.nodes[:, 0] == -1).all() and (found.nodes[:, -1] == 1).all()
    places = np.linspace(-1, 1, 801)
    exact = cole_hopf(np.column_stack([np.ones(801), places]))[:, 0]
    even = np.linspace(-1, 1, 25)
    rival = np.interp(places, even, cole_hopf(np.column_stack([np.ones(25), even]))[:, 0])
    moving = np.interp(places, found.nodes[-1], found.values[-1, :, 0])
    errors = [float(np.linalg.norm(v - exact)) for v in (moving, rival)]
    # Even nodes hold the exact values here; measured 20 times.
    assert errors[0] < errors[1] / 10


@in_double_precision
def test_it_stops_when_told_to() -> None:
    problem = case("burgers").problem()
    line = MovingLine(problem, weak_form(problem), 8)
    found = march_moving(line, tol=1e-2, watch=lambda share: share > 0.01)
    assert not found.result.ok and 0 < found.times[-1] < 1
