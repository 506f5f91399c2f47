from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from residuum.catalogue import pinnacle_ns_2d_c


def test_viscosity_and_lid_have_the_published_numbers() -> None:
    problem = pinnacle_ns_2d_c.build()
    assert [p.value for p in problem.parameters] == [0.01]
    x, _ = problem.space
    (lid,) = [c for c in problem.conditions if c.on == "y_max" and c.unknown == problem.unknowns[0]]
    assert lid.value.subs(x, sp.Rational(1, 2)) == 1 and lid.value.subs(x, 1) == 0


def test_the_published_flow_meets_the_conditions(data: Callable[[str], dict[str, Any]]) -> None:
    file, problem = data("cavity_parabolic_lid"), pinnacle_ns_2d_c.build()
    points, flow = file["xy"], file["uvp"][list(file["a"]).index(4)]
    for condition in problem.conditions:
        component = problem.unknowns.index(condition.unknown)
        if condition.kind == "point_value":
            here = (points == 0).all(axis=1)
        else:
            here = problem.domain.on_part(points, condition.on)
        assert here.any()
        value = sp.lambdify(problem.space, condition.value)(*points[here].T)
        # The file keeps its walls only this well: measured 2.7e-4 of a lid of speed one.
        assert np.abs(flow[here, component] - value).max() < 3e-4
