from __future__ import annotations

from residuum.catalogue.anchors._channel_expansion import INLET, OUTLET, channel_expansion
from residuum.geometry import Shape

from ._agreement import stated


def test_statement() -> None:
    problem = stated(channel_expansion, "2-D", "steady", "nonlinear", "system of 3")
    assert isinstance(problem.shape, Shape) and problem.shape.measure() == 6
    ends = (
        problem.shape.on_part([[0, 0.5], [4, 1.5]], INLET),
        problem.shape.on_part([[0, 0.5], [4, 1.5]], OUTLET),
    )
    assert [list(end) for end in ends] == [[True, False], [False, True]]


def test_published_field_agrees_with_the_conditions(data: object) -> None:
    assert callable(data)
    file = data("channel_expansion")
    (x, y), u = file["xy"].T, file["uvp"][:, 0]
    # Nodal values at the inlet: to rounding.
    assert abs(u[x == 0] - 4 * y[x == 0] * (1 - y[x == 0])).max() < 1e-12
