from __future__ import annotations

from residuum.catalogue.anchors._fisher import fisher

from ._agreement import assert_solves, stated


def test_statement() -> None:
    stated(fisher, "1-D", "evolving", "nonlinear")


def test_reference_solves_the_statement() -> None:
    assert_solves(fisher, steps=(1e-2, 1e-1), equations=1e-12, conditions=1e-14)
