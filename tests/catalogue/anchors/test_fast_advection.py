from __future__ import annotations

import pytest

from residuum.catalogue import Case
from residuum.catalogue.anchors._fast_advection import ADVECTIONS

from ._agreement import assert_solves, stated


@pytest.mark.parametrize("case", ADVECTIONS, ids=lambda case: case.name)
def test_statement_and_reference(case: Case) -> None:
    problem = stated(case, "1-D", "evolving", "linear")
    assert problem.traits.transport_dominated
    assert_solves(case, steps=(1e-3, 5e-2), equations=1e-12)
