from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.catalogue import pinnacle_ns_2d_cg


def test_the_channel_doubles_its_height_halfway() -> None:
    problem = pinnacle_ns_2d_cg.build()
    assert problem.domain.measure() == pytest.approx(6)
    inside = problem.domain.contains(np.array([[1, 0.5], [1, 1.5], [3, 1.5]]))
    assert inside.tolist() == [True, False, True]
    lengths = [problem.domain.boundary_measure(part) for part in ("edge_5", "edge_1")]
    assert lengths == pytest.approx([1, 2])


def test_the_published_flow_meets_the_conditions(data: Callable[[str], dict[str, Any]]) -> None:
    file, problem = data("channel_expansion"), pinnacle_ns_2d_cg.build()
    for condition in problem.conditions:
        if condition.kind != "dirichlet":
            continue
        here = problem.domain.on_part(file["xy"], condition.on, 1e-9)
        value = sp.lambdify(problem.space, condition.value)(*file["xy"][here].T)
        component = problem.unknowns.index(condition.unknown)
        assert here.sum() > 20
        assert np.abs(file["uvp"][here, component] - value).max() < 1e-6
