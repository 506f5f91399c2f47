from __future__ import annotations

import pytest

from residuum.catalogue import Case
from residuum.catalogue.anchors._cavity_parabolic_lid import PARABOLIC_LIDS

from ._agreement import stated


@pytest.mark.parametrize("case", PARABOLIC_LIDS, ids=lambda case: case.name)
def test_statement(case: Case) -> None:
    problem = stated(case, "2-D", "steady", "nonlinear", "system of 3", "divergence form")
    assert not any(item.jump for item in problem.conditions)  # the corners are at rest


def test_published_fields_agree_with_the_conditions(data: object) -> None:
    assert callable(data)
    file = data("cavity_parabolic_lid")
    lid = file["xy"][:, 1] == 1
    for strength, flow in zip(file["a"], file["uvp"], strict=True):
        x = file["xy"][lid, 0]
        # Measured 1.3e-4: the file meets its lid weakly; its floor is 4e-4.
        assert abs(flow[lid, 0] - strength * x * (1 - x)).max() < 4e-4
