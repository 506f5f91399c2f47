from __future__ import annotations

from residuum.catalogue.anchors._stokes_cylinder import RADIUS, SPEED, WIDTH, stokes_cylinder

from ._agreement import stated


def test_statement() -> None:
    problem = stated(stokes_cylinder, "2-D", "steady", "linear", "system of 3")
    assert problem.shape is not None
    assert abs(problem.shape.boundary_measure("cylinder") / (6.283185307 * RADIUS) - 1) < 1e-6
    _, y = problem.coordinates
    inflow = next(c.value for c in problem.conditions if c.on == "x_min" and c.value != 0)
    assert abs(float(inflow.subs(y, WIDTH / 2)) - SPEED) < 1e-15
