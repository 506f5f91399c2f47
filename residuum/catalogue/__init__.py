"""Named problems: a statement, a reference answer, and how far that answer can be trusted.

``catalogue.burgers`` is a ``Case``; ``case("burgers")`` finds it by name. Nothing is stated or
computed until it is asked for: ``case.build()`` states the problem, ``case.reference(points)``
gives the values to compare with, from NumPy alone and never from the library's own solvers.
"""

from __future__ import annotations

from difflib import get_close_matches

from residuum._core import OptionError
from residuum.catalogue._advection import advection
from residuum.catalogue._allen_cahn import allen_cahn
from residuum.catalogue._burgers import burgers
from residuum.catalogue._case import Case, Reference
from residuum.catalogue._damped_oscillator import damped_oscillator
from residuum.catalogue._heat import heat
from residuum.catalogue._helmholtz import helmholtz
from residuum.catalogue._kdv import kdv
from residuum.catalogue._kuramoto_sivashinsky import kuramoto_sivashinsky
from residuum.catalogue._lorenz import lorenz
from residuum.catalogue._poisson import poisson
from residuum.catalogue._poisson_four_holes import poisson_four_holes
from residuum.catalogue._wave import wave

_CASES = {
    item.name: item
    for item in (
        advection,
        allen_cahn,
        burgers,
        damped_oscillator,
        heat,
        helmholtz,
        kdv,
        kuramoto_sivashinsky,
        lorenz,
        poisson,
        poisson_four_holes,
        wave,
    )
}


def names() -> list[str]:
    """Return the names of all cases, in alphabetical order."""
    return sorted(_CASES)


def case(name: str) -> Case:
    """Return the case of this name.

    Raises:
        OptionError: there is none; the message names the nearest ones.
    """
    if name not in _CASES:
        near = get_close_matches(str(name), names(), cutoff=0.5)
        remedy = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Choose one of them."
        raise OptionError(f"a case among {', '.join(names())}", repr(name), remedy)
    return _CASES[name]


__all__ = [
    "Case",
    "Reference",
    "advection",
    "allen_cahn",
    "burgers",
    "case",
    "damped_oscillator",
    "heat",
    "helmholtz",
    "kdv",
    "kuramoto_sivashinsky",
    "lorenz",
    "names",
    "poisson",
    "poisson_four_holes",
    "wave",
]
