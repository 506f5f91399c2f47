from __future__ import annotations

from residuum.catalogue import pinnacle_poisson_2d_c, poisson_four_holes


def test_it_is_the_case_of_the_general_catalogue() -> None:
    one, other = pinnacle_poisson_2d_c.build(), poisson_four_holes.build()
    assert one.residuals == other.residuals and one.domain == other.domain
    pairs = list(zip(one.conditions, other.conditions, strict=True))
    assert all(a.expression(one.space) == b.expression(other.space) for a, b in pairs)
    assert pinnacle_poisson_2d_c.reference is poisson_four_holes.reference
    assert pinnacle_poisson_2d_c.floor == poisson_four_holes.floor
