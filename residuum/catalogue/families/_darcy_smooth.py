"""Darcy flow through a log-normal medium."""

from __future__ import annotations

from residuum.catalogue.families._darcy import darcy
from residuum.catalogue.families._named import NamedFamily
from residuum.problem import Family, GaussianField, LogNormal
from residuum.problem._random_field import FNO


def _family() -> Family:
    return darcy(LogNormal(GaussianField(alpha=2, tau=3)), "darcy_smooth")


darcy_smooth = NamedFamily(
    name="darcy_smooth",
    title="Darcy flow through a log-normal medium",
    build=_family,
    shape=(65, 65),
    source=FNO,
    notes="The exponential of the field whose sign makes the two-phase family.",
)
