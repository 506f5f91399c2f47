from __future__ import annotations

from residuum.catalogue import burgers, pinnacle_burgers_1d


def test_it_is_the_case_of_the_general_catalogue() -> None:
    one, other = pinnacle_burgers_1d.build(), burgers.build()
    assert one.residuals == other.residuals and one.domain == other.domain
    pairs = list(zip(one.conditions, other.conditions, strict=True))
    assert all(a.expression(one.space) == b.expression(other.space) for a, b in pairs)
    assert pinnacle_burgers_1d.reference is burgers.reference
    assert pinnacle_burgers_1d.floor == burgers.floor
