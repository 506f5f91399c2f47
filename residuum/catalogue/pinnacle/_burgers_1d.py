"""Burgers in one dimension: the classic sine start that steepens to a shock."""

from __future__ import annotations

from residuum.catalogue._burgers import burgers, cole_hopf
from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.problem import Problem

NAME = "pinnacle_burgers_1d"


def _statement() -> Problem:
    return burgers.build().replace(name=NAME)


burgers_1d = Case(
    name=NAME,
    title="viscous Burgers equation with a sine start (nu = 0.01/pi)",
    build=_statement,
    reference=cole_hopf,
    trust=burgers.trust,
    floor=burgers.floor,
    points=burgers.points,
    source=PINNACLE,
    group=GROUP,
    notes="The same problem as the case burgers.",
)
