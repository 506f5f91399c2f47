from __future__ import annotations

from residuum.catalogue.anchors._klein_gordon import klein_gordon

from ._agreement import assert_solves, stated


def test_statement() -> None:
    stated(klein_gordon, "1-D", "evolving", "nonlinear", "order 2 in time, order 2 in space")


def test_reference_solves_the_statement() -> None:
    assert_solves(klein_gordon, steps=(5e-3, 1e-2), equations=1e-12, conditions=1e-11)
