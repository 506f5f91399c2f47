from __future__ import annotations

import numpy as np

from residuum.catalogue.anchors._elasticity import (
    RADIUS,
    TENSION,
    elastic_bracket,
    elastic_plate_with_hole,
    kirsch,
)

from ._agreement import assert_solves, stated


def test_statements() -> None:
    stated(elastic_plate_with_hole, "2-D", "steady", "linear", "system of 2", "divergence form")
    problem = stated(elastic_bracket, "2-D", "steady", "linear", "system of 2", "divergence form")
    assert len(problem.of_kind(type(problem.conditions[-1]))) == 12  # six parts are free or loaded


def test_reference_solves_the_statement() -> None:
    assert_solves(elastic_plate_with_hole, steps=(2e-2, 2e-2), equations=1e-10, conditions=2e-11)


def test_the_hole_triples_the_tension() -> None:
    # The hoop strain at the top of the hole is 3 T/E, the textbook factor.
    step = 1e-5
    u = kirsch(np.array([[step, RADIUS], [-step, RADIUS]]))[:, 0]
    assert abs((u[0] - u[1]) / (2 * step) - 3 * TENSION) < 1e-8
