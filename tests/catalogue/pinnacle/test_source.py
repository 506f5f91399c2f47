from __future__ import annotations

from residuum.catalogue import poisson_four_holes
from residuum.catalogue.pinnacle._source import PINNACLE


def test_one_paper_has_one_record() -> None:
    assert poisson_four_holes.source == PINNACLE
