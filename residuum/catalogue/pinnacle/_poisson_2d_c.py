"""The classic of complex geometry: Laplace on a square with four round holes."""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue._poisson_four_holes import poisson_four_holes
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.problem import Problem

NAME = "pinnacle_poisson_2d_c"


def _statement() -> Problem:
    return poisson_four_holes.build().replace(name=NAME)


poisson_2d_c = Case(
    name=NAME,
    title="Laplace equation on a square with four round holes",
    build=_statement,
    reference=poisson_four_holes.reference,
    trust=poisson_four_holes.trust,
    floor=poisson_four_holes.floor,
    points=poisson_four_holes.points,
    source=PINNACLE,
    group=GROUP,
    notes="The same problem as the case poisson_four_holes.",
)
