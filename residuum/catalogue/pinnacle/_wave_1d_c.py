"""The classic wave: a string with fixed ends, in two modes."""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue._wave import wave
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.problem import Problem

NAME = "pinnacle_wave_1d_c"


def _statement() -> Problem:
    return wave.build().replace(name=NAME)


wave_1d_c = Case(
    name=NAME,
    title="wave equation on a string with fixed ends: two standing waves, speed 2",
    build=_statement,
    reference=wave.reference,
    trust=wave.trust,
    floor=wave.floor,
    points=wave.points,
    source=PINNACLE,
    group=GROUP,
    notes="The same problem as the case wave.",
)
