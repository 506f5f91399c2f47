"""The 22 problems of the PINNacle benchmark, stated as published.

Where its sources disagree, leave something open or use data that are not shipped here, the
``notes`` of a case say so and what was chosen.
"""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._burgers_1d import burgers_1d
from residuum.catalogue.pinnacle._burgers_2d import burgers_2d
from residuum.catalogue.pinnacle._gray_scott import gray_scott
from residuum.catalogue.pinnacle._heat_2d_cg import heat_2d_cg
from residuum.catalogue.pinnacle._heat_2d_lt import heat_2d_lt
from residuum.catalogue.pinnacle._heat_2d_ms import heat_2d_ms
from residuum.catalogue.pinnacle._heat_2d_vc import heat_2d_vc
from residuum.catalogue.pinnacle._heat_5d import heat_5d
from residuum.catalogue.pinnacle._heat_inverse import heat_inverse
from residuum.catalogue.pinnacle._kuramoto_sivashinsky import kuramoto_sivashinsky
from residuum.catalogue.pinnacle._ns_2d_c import ns_2d_c
from residuum.catalogue.pinnacle._ns_2d_cg import ns_2d_cg
from residuum.catalogue.pinnacle._ns_2d_lt import ns_2d_lt
from residuum.catalogue.pinnacle._poisson_2d_c import poisson_2d_c
from residuum.catalogue.pinnacle._poisson_2d_cg import poisson_2d_cg
from residuum.catalogue.pinnacle._poisson_2d_ms import poisson_2d_ms
from residuum.catalogue.pinnacle._poisson_3d_cg import poisson_3d_cg
from residuum.catalogue.pinnacle._poisson_5d import poisson_5d
from residuum.catalogue.pinnacle._poisson_inverse import poisson_inverse
from residuum.catalogue.pinnacle._wave_1d_c import wave_1d_c
from residuum.catalogue.pinnacle._wave_2d_cg import wave_2d_cg
from residuum.catalogue.pinnacle._wave_2d_ms import wave_2d_ms

CASES: tuple[Case, ...] = (
    burgers_1d,
    burgers_2d,
    gray_scott,
    heat_2d_cg,
    heat_2d_lt,
    heat_2d_ms,
    heat_2d_vc,
    heat_5d,
    heat_inverse,
    kuramoto_sivashinsky,
    ns_2d_c,
    ns_2d_cg,
    ns_2d_lt,
    poisson_2d_c,
    poisson_2d_cg,
    poisson_2d_ms,
    poisson_3d_cg,
    poisson_5d,
    poisson_inverse,
    wave_1d_c,
    wave_2d_cg,
    wave_2d_ms,
)

__all__ = ["CASES"]
