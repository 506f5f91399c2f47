"""Named families: ``catalogue.family("darcy_two_phase")``."""

from residuum.catalogue.families._burgers import burgers
from residuum.catalogue.families._darcy_smooth import darcy_smooth
from residuum.catalogue.families._darcy_two_phase import darcy_two_phase
from residuum.catalogue.families._named import NamedFamily
from residuum.catalogue.families._navier_stokes import navier_stokes

FAMILIES = {item.name: item for item in (burgers, darcy_smooth, darcy_two_phase, navier_stokes)}
"""Every named family by its name."""

__all__ = [
    "FAMILIES",
    "NamedFamily",
    "burgers",
    "darcy_smooth",
    "darcy_two_phase",
    "navier_stokes",
]
