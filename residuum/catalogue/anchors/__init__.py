"""The anchor problems of the network literature, engineering cases and stiff test systems.

Where sources disagree a case states one of them and its ``notes`` say so. Statements with a
number to choose are functions: ``cavity`` by Reynolds number, ``darcy_cells`` by its mask.
"""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._battery import battery_single_particle
from residuum.catalogue.anchors._battery import voltage as battery_voltage
from residuum.catalogue.anchors._black_scholes import black_scholes
from residuum.catalogue.anchors._cahn_hilliard import cahn_hilliard
from residuum.catalogue.anchors._cavity import CAVITIES, CentreLines, centre_lines
from residuum.catalogue.anchors._cavity import statement as cavity
from residuum.catalogue.anchors._cavity_parabolic_lid import PARABOLIC_LIDS
from residuum.catalogue.anchors._channel_expansion import channel_expansion
from residuum.catalogue.anchors._darcy import darcy_cells, darcy_two_phase
from residuum.catalogue.anchors._diffusion_sorption import diffusion_sorption
from residuum.catalogue.anchors._elasticity import elastic_bracket, elastic_plate_with_hole
from residuum.catalogue.anchors._fast_advection import ADVECTIONS
from residuum.catalogue.anchors._fisher import fisher
from residuum.catalogue.anchors._flame import FLAMES, Mixture
from residuum.catalogue.anchors._flame import statement as flame
from residuum.catalogue.anchors._ginzburg_landau import ginzburg_landau
from residuum.catalogue.anchors._gray_scott import gray_scott
from residuum.catalogue.anchors._helmholtz_scattering import helmholtz_scattering
from residuum.catalogue.anchors._klein_gordon import klein_gordon
from residuum.catalogue.anchors._kuramoto_sivashinsky_chaotic import (
    kuramoto_sivashinsky_chaotic,
    kuramoto_sivashinsky_long,
)
from residuum.catalogue.anchors._l_shape import l_shape
from residuum.catalogue.anchors._navier_stokes_torus import navier_stokes_torus, taylor_green
from residuum.catalogue.anchors._pendulum import pendulum
from residuum.catalogue.anchors._plate import plate
from residuum.catalogue.anchors._robertson import robertson, robertson_dae
from residuum.catalogue.anchors._schrodinger import schrodinger
from residuum.catalogue.anchors._shallow_water import dam_break, dam_break_circular
from residuum.catalogue.anchors._sod import sod
from residuum.catalogue.anchors._stiff_oscillator import van_der_pol, van_der_pol_stiff
from residuum.catalogue.anchors._stokes_cylinder import stokes_cylinder
from residuum.catalogue.anchors._zabusky_kruskal import kdv_zabusky_kruskal

CASES: tuple[Case, ...] = (
    *ADVECTIONS,
    battery_single_particle,
    black_scholes,
    cahn_hilliard,
    *CAVITIES,
    *PARABOLIC_LIDS,
    channel_expansion,
    dam_break,
    dam_break_circular,
    darcy_two_phase,
    diffusion_sorption,
    elastic_bracket,
    elastic_plate_with_hole,
    fisher,
    *FLAMES,
    ginzburg_landau,
    gray_scott,
    helmholtz_scattering,
    kdv_zabusky_kruskal,
    klein_gordon,
    kuramoto_sivashinsky_chaotic,
    kuramoto_sivashinsky_long,
    l_shape,
    navier_stokes_torus,
    pendulum,
    plate,
    robertson,
    robertson_dae,
    schrodinger,
    sod,
    stokes_cylinder,
    taylor_green,
    van_der_pol,
    van_der_pol_stiff,
)

__all__ = [
    "CASES",
    "CentreLines",
    "Mixture",
    "battery_voltage",
    "cavity",
    "centre_lines",
    "darcy_cells",
    "flame",
]
