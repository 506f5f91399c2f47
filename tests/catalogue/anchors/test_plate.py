from __future__ import annotations

from residuum.catalogue.anchors._plate import plate

from ._agreement import assert_solves, stated


def test_statement() -> None:
    stated(plate, "2-D", "steady", "linear", "system of 2")


def test_reference_solves_the_statement() -> None:
    assert_solves(plate, steps=(2e-2, 2e-2), equations=3e-13, conditions=1e-13)
