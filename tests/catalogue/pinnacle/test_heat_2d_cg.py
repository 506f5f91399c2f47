from __future__ import annotations

import numpy as np
import pytest

from residuum.catalogue import pinnacle_heat_2d_cg
from residuum.catalogue.pinnacle._heat_2d_cg import LARGE, SMALL


def test_seventeen_holes_lie_apart_and_inside() -> None:
    shape = pinnacle_heat_2d_cg.build().shape
    assert shape is not None and len(LARGE) == 11 and len(SMALL) == 6
    assert shape.measure() == pytest.approx(16 * 24 - np.pi * (11 + 6 * 0.16), rel=1e-3)
    centres, radii = np.array([*LARGE, *SMALL]), np.repeat([1.0, 0.4], [11, 6])
    gaps = np.linalg.norm(centres[:, None] - centres, axis=2) - radii[:, None] - radii
    assert gaps[~np.eye(17, dtype=bool)].min() > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("part", "warm"), [("large", 5), ("small", 1), ("x_min", 0.1)])
def test_exchange_vanishes_at_the_temperature_beyond(part: str, warm: float) -> None:
    problem = pinnacle_heat_2d_cg.build()
    (condition,) = [c for c in problem.conditions if c.on == part]
    (u,) = problem.unknowns
    assert condition.expression(problem.space).subs(u, warm).doit() == 0


def test_heat_flows_in_where_it_is_colder() -> None:
    problem = pinnacle_heat_2d_cg.build()
    (u,), (x, _) = problem.unknowns, problem.space
    (condition,) = [c for c in problem.conditions if c.on == "x_max"]
    # Cold at the side and warming towards it by 0.1 per length: what a side of 0.1 gives.
    warming = condition.expression(problem.space).subs(u, (x - 8) / 10).doit().subs(x, 8)
    outwards = {s: int(s.name == "normal_x") for s in warming.free_symbols}
    assert abs(float(warming.subs(outwards))) < 1e-15
