"""Named problems: a statement, a reference answer, and how far that answer can be trusted.

``catalogue.burgers`` is a ``Case``; ``case("burgers")`` finds it by name. Nothing is stated or
computed until it is asked for: ``case.build()`` states the problem, ``case.reference(points)``
gives the values to compare with, from NumPy and SciPy's special functions alone and never from the
library's own solvers. Where nobody knows them well enough ``case.reference`` is ``None``, and the
agreement of two refinement levels has to do. ``names("pinnacle")`` lists one collection.
``family("darcy_two_phase")`` finds a family by name, ``family_names()`` lists them.
"""

from __future__ import annotations

from difflib import get_close_matches

import residuum.catalogue.anchors as _anchors
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
from residuum.catalogue.families import FAMILIES as _FAMILIES
from residuum.catalogue.families import NamedFamily
from residuum.catalogue.pinnacle import CASES as _PINNACLE
from residuum.problem import Family

_ANCHORS: tuple[Case, ...] = getattr(_anchors, "CASES", ())

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
        *_ANCHORS,
        *_PINNACLE,
    )
}


def names(group: str | None = None) -> list[str]:
    """Return the names of all cases, or of one group, in alphabetical order."""
    return sorted(name for name, item in _CASES.items() if group in (None, item.group))


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


def family_names() -> list[str]:
    """Return the names of all families, in alphabetical order."""
    return sorted(_FAMILIES)


def family(name: str) -> Family:
    """Return the family of this name.

    Raises:
        OptionError: there is none; the message names all.
    """
    return named_family(name).build()


def named_family(name: str) -> NamedFamily:
    """Return the entry of this name: the family, the usual grid and where it comes from.

    Raises:
        OptionError: there is none; the message names all.
    """
    if name not in _FAMILIES:
        wanted = f"a family among {', '.join(family_names())}"
        raise OptionError(wanted, repr(name), "Choose one of them.")
    return _FAMILIES[name]


def __getattr__(name: str) -> Case:
    """Return a case of a group as an attribute: ``catalogue.pinnacle_wave_1d_c``."""
    if name in _CASES:
        return _CASES[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_CASES})


__all__ = [
    "Case",
    "NamedFamily",
    "Reference",
    "advection",
    "allen_cahn",
    "burgers",
    "case",
    "damped_oscillator",
    "family",
    "family_names",
    "heat",
    "helmholtz",
    "kdv",
    "kuramoto_sivashinsky",
    "lorenz",
    "named_family",
    "names",
    "poisson",
    "poisson_four_holes",
    "wave",
]
