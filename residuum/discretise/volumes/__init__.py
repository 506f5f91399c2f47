"""Finite volumes: conservation laws on uniform cells, and the fields they give."""

from residuum.discretise.volumes._agreement import Distance, certificate, distance, order_of
from residuum.discretise.volumes._cells import Cells, cells_of
from residuum.discretise.volumes._field import VolumeField, field_of
from residuum.discretise.volumes._law import ConservationLaw, law_of
from residuum.discretise.volumes._limiter import Limiter, Minmod, VanLeer
from residuum.discretise.volumes._march import March, Run
from residuum.discretise.volumes._positive import Positive
from residuum.discretise.volumes._riemann import HLL, Riemann, Rusanov
from residuum.discretise.volumes._sides import Sides
from residuum.discretise.volumes._signals import Signals
from residuum.discretise.volumes._speeds import Wave, waves_of
from residuum.discretise.volumes._suits import may_jump, suits
from residuum.discretise.volumes._volumes import Scheme, Volumes

__all__ = [
    "HLL",
    "Cells",
    "ConservationLaw",
    "Distance",
    "Limiter",
    "March",
    "Minmod",
    "Positive",
    "Riemann",
    "Run",
    "Rusanov",
    "Scheme",
    "Sides",
    "Signals",
    "VanLeer",
    "VolumeField",
    "Volumes",
    "Wave",
    "cells_of",
    "certificate",
    "distance",
    "field_of",
    "law_of",
    "may_jump",
    "order_of",
    "suits",
    "waves_of",
]
