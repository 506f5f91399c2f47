"""Darcy flow through two phases of random shape."""

from __future__ import annotations

from residuum.catalogue.families._darcy import darcy
from residuum.catalogue.families._named import NamedFamily
from residuum.problem import Family, GaussianField, TwoPhase
from residuum.problem._random_field import FNO

HIGH, LOW, CELLS = 12.0, 3.0, 64


def _family() -> Family:
    field = GaussianField(alpha=2, tau=3)
    return darcy(TwoPhase(HIGH, LOW, field, cells=CELLS), "darcy_two_phase")


darcy_two_phase = NamedFamily(
    name="darcy_two_phase",
    title="Darcy flow through two phases (12 and 3) by the sign of a Gaussian field",
    build=_family,
    shape=(65, 65),
    source=FNO,
    notes="The medium is made of 64 x 64 cells, so that meshes follow its jumps and the error of a "
    "label is that of a stated medium; published sets solve on grids of up to 421 points, each "
    "with the jumps where its grid puts them. At a node the cell above it counts.",
)
