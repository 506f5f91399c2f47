from __future__ import annotations

from residuum.catalogue import pinnacle_wave_1d_c, wave


def test_it_is_the_case_of_the_general_catalogue() -> None:
    one, other = pinnacle_wave_1d_c.build(), wave.build()
    assert one.residuals == other.residuals and one.domain == other.domain
    pairs = list(zip(one.conditions, other.conditions, strict=True))
    assert all(a.expression(one.space) == b.expression(other.space) for a, b in pairs)
    assert pinnacle_wave_1d_c.reference is wave.reference
    assert pinnacle_wave_1d_c.floor == wave.floor
