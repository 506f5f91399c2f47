"""Which method a problem gets when its user names none."""

from __future__ import annotations

from residuum._core import Method, UnsuitableMethod
from residuum.methods._chebyshev import Chebyshev
from residuum.methods._fourier import Fourier
from residuum.methods._pinn import PINN
from residuum.methods._random_features import RandomFeatures
from residuum.problem import Problem

METHODS: dict[str, type[Method]] = {
    method.name: method for method in (Fourier, Chebyshev, RandomFeatures, PINN)
}
"""Every method by the name the command line uses, the strongest first where several fit."""

REASONS = {
    "fourier": "periodic in space and smooth: Fourier modes converge fastest",
    "chebyshev": "a box (or time alone): Chebyshev polynomials reach high accuracy in seconds",
    "random_features": "linear, on a shape no classical method here covers: one least-squares fit",
    "pinn": "no classical method here fits: a network trained on the residual",
}

INVERSE = "numbers inside the equation are unknown: a network is trained on residual and data"


def fitting(problem: Problem) -> list[Method]:
    """Return the methods that do not refuse a problem, with their default options."""
    return [kind() for kind in METHODS.values() if kind().refuse(problem) is None]


def choose(problem: Problem) -> tuple[Method, str]:
    """Return the method for a problem and the reason in one line.

    Raises:
        UnsuitableMethod: no method fits; the message gives each one's reason.
    """
    for method in fitting(problem):
        if method.name == "random_features" and not problem.traits.linear:
            continue
        return method, INVERSE if problem.traits.inverse else REASONS[method.name]
    reasons = "; ".join(f"{name}: {kind().refuse(problem)}" for name, kind in METHODS.items())
    raise UnsuitableMethod("a problem that some method fits", reasons, "Change the statement.")
