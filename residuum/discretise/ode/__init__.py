"""Ordinary and differential-algebraic equations in time, by Diffrax."""

from residuum.discretise.ode._difference import Comparison, compare, values_at
from residuum.discretise.ode._event import Event, Watchers
from residuum.discretise.ode._evolution import Evolution
from residuum.discretise.ode._integrate import integrate
from residuum.discretise.ode._march import (
    EXPLICIT,
    IMPLICIT,
    SCOUT,
    Marcher,
    Stepper,
    scaled_motion,
)
from residuum.discretise.ode._orbit import Limits, Orbit, Traveller, field_of
from residuum.discretise.ode._root import root
from residuum.discretise.ode._start import consistent, find_hidden, given_levels
from residuum.discretise.ode._stiff import StiffMarcher
from residuum.discretise.ode._stiffness import Trial, explore, pressure, typical
from residuum.discretise.ode._suits import plainly_regular, refuse_index, refuse_statement

__all__ = [
    "EXPLICIT",
    "IMPLICIT",
    "SCOUT",
    "Comparison",
    "Event",
    "Evolution",
    "Limits",
    "Marcher",
    "Orbit",
    "Stepper",
    "StiffMarcher",
    "Traveller",
    "Trial",
    "Watchers",
    "compare",
    "consistent",
    "explore",
    "field_of",
    "find_hidden",
    "given_levels",
    "integrate",
    "plainly_regular",
    "pressure",
    "refuse_index",
    "refuse_statement",
    "root",
    "scaled_motion",
    "typical",
    "values_at",
]
