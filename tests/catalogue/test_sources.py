from __future__ import annotations

import pytest

from residuum import catalogue
from residuum.catalogue._sources import PINN


@pytest.mark.parametrize("name", catalogue.names())
def test_source_names_a_scheme_and_a_plausible_year(name: str) -> None:
    source = catalogue.case(name).source
    if source is None:
        assert catalogue.case(name).floor < 1e-14  # textbook formulas only
        return
    assert source.identifier.startswith(("doi:10.", "arXiv:"))
    assert 1900 < source.year < 2100 and source.title and source.authors


def test_cases_of_one_paper_share_its_record() -> None:
    assert catalogue.burgers.source is catalogue.kdv.source is PINN
