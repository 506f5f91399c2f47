from __future__ import annotations

from residuum.catalogue.anchors import CASES
from residuum.catalogue.anchors._papers import HAIRER, JAXPI, PINNACLE, PIRATENETS, TORO


def test_shared_papers_are_used() -> None:
    used = [case.source for case in CASES]
    assert all(paper in used for paper in (HAIRER, JAXPI, PINNACLE, PIRATENETS, TORO))


def test_names_differ_and_sources_are_complete() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        if case.source is not None:
            assert case.source.identifier.startswith(("doi:10.", "arXiv:"))
            assert 1900 < case.source.year < 2100 and case.source.authors
        assert case.trust and "TODO" not in case.trust
