"""Which method a problem gets when its user names none."""

from __future__ import annotations

import math

import sympy as sp

from residuum._core import Method, UnsuitableMethod
from residuum.discretise.spectral import separate
from residuum.discretise.volumes import may_jump
from residuum.methods._chebyshev import Chebyshev
from residuum.methods._ensemble import Ensemble
from residuum.methods._feature_galerkin import FeatureGalerkin
from residuum.methods._finite_element import FiniteElement
from residuum.methods._finite_volume import FiniteVolume
from residuum.methods._fourier import Fourier
from residuum.methods._gaussian_process import GaussianProcess
from residuum.methods._hard_experts import HardExperts
from residuum.methods._implicit_representation import ImplicitRepresentation
from residuum.methods._lagrangian import Lagrangian
from residuum.methods._moving_mesh import MovingMesh
from residuum.methods._output_least_squares import OutputLeastSquares
from residuum.methods._pig import PIG
from residuum.methods._pinn import PINN
from residuum.methods._pirate_nets import PirateNets
from residuum.methods._polynomials import Polynomials
from residuum.methods._portfolio import Portfolio
from residuum.methods._random_features import RandomFeatures
from residuum.methods._spectral import Spectral
from residuum.methods._subdomains import Subdomains
from residuum.methods._time_integration import TimeIntegration
from residuum.methods._time_marching import TimeMarching
from residuum.methods._time_slabs import TimeSlabs
from residuum.problem import NoWeakForm, Problem, weak_form

METHODS: dict[str, type[Method]] = {
    method.name: method
    for method in (
        TimeIntegration,
        Spectral,
        FiniteElement,
        FiniteVolume,
        Polynomials,
        RandomFeatures,
        PINN,
    )
}
"""Every method by the name the command line uses, classical ones first."""

NAMED: dict[str, type[Method]] = {
    method.name: method
    for method in (
        Fourier,
        Chebyshev,
        Portfolio,
        PIG,
        GaussianProcess,
        Subdomains,
        Lagrangian,
        TimeSlabs,
        TimeMarching,
        ImplicitRepresentation,
        FeatureGalerkin,
        OutputLeastSquares,
        PirateNets,
        Ensemble,
        HardExperts,
        MovingMesh,
    )
}
"""What can be named but is not tried by itself: the engines of ``Spectral``, and methods that are
better than ``PINN`` for some problems."""

REASONS = {
    "time_integration": "time alone: Runge–Kutta steps with error control, implicit where stiff",
    "spectral": "smooth on a box: spectral modes reach high accuracy in seconds",
    "finite_element": "elements follow any shape, rough coefficients and constraints",
    "finite_volume": "a conservation law whose solution may jump: finite volumes do not ring",
    "polynomials": "linear, with more axes than meshes have: polynomials of a total degree",
    "random_features": "linear, where no classical method here fits: one least-squares fit",
    "pinn": "no classical method here fits: a network trained on the residual",
}

INVERSE = "numbers or functions inside the equation are unknown: a network fits residual and data"
INVERSE_NUMBERS = (
    "numbers inside the equation are unknown: the solved equation nearest to the readings,"
    " with intervals"
)
INVERSE_FUNCTIONS = (
    "functions in the equation are unknown: polynomials fit equation and data at once"
)

LAYERS = {
    "spectral": "modes are added until layers are resolved",
    "finite_element": "meshes are refined until layers are resolved",
    "pinn": "points gather in layers; their thickness sets the time",
}
"""What methods do where transport outweighs diffusion."""

MESHED = 3
"""Most space axes that elements, cells and dense grids have."""


def fitting(problem: Problem) -> list[Method]:
    """Return the methods that do not refuse a problem, the one to take first."""
    found = [kind() for kind in METHODS.values() if kind().refuse(problem) is None]
    order = _preferred(problem)
    return sorted(found, key=lambda method: order.index(method.name))


def choose(problem: Problem) -> tuple[Method, str]:
    """Return the method for a problem and the reason in one line.

    Raises:
        UnsuitableMethod: no method fits; the message gives each one's reason.
    """
    if _numbers_only(problem) and OutputLeastSquares().refuse(problem) is None:
        return OutputLeastSquares(), INVERSE_NUMBERS
    for method in fitting(problem):
        if method.name == "random_features" and not problem.traits.linear:
            continue
        if problem.traits.inverse:
            return method, INVERSE_FUNCTIONS if method.name == "polynomials" else INVERSE
        return method, REASONS[method.name] + _layers(problem, method)
    reasons = "; ".join(f"{name}: {kind().refuse(problem)}" for name, kind in METHODS.items())
    raise UnsuitableMethod("a problem that some method fits", reasons, "Change the statement.")


def _layers(problem: Problem, method: Method) -> str:
    """Return how thin the layers may be that transport leaves, and what the method does there."""
    if not problem.traits.transport_dominated or method.name not in LAYERS:
        return ""
    if math.isinf(problem.traits.peclet or 0.0):
        return "; nothing diffuses: what is steep stays so"
    return f"; Péclet number {problem.traits.peclet:.2g}: {LAYERS[method.name]}"


def _numbers_only(problem: Problem) -> bool:
    """Whether numbers alone are to be inferred, where polynomials solve the equation fast."""
    few = len(problem.coordinates) <= 2
    return few and bool(problem.inferred) and not may_jump(problem) and not _rough(problem)


def _preferred(problem: Problem) -> list[str]:
    """Return the names of all methods, those that suit the traits first."""
    first: list[str] = []
    if problem.traits.ordinary:
        first = ["time_integration", "spectral"]
    elif problem.traits.inverse:
        first = ["polynomials"]
    elif may_jump(problem):
        first = ["finite_volume", "spectral"]
    elif _rough(problem) or _constrained(problem) or _plane_and_evolving(problem):
        first = ["finite_element", "spectral"]
    elif problem.traits.linear and len(problem.space) > MESHED:
        first = ["spectral", "polynomials"]
    return [*first, *(name for name in _ORDER if name not in first)]


# Polynomials are taken only where they are preferred: of what no other classical method fits, much
# is too rough for them.
_ORDER = [*(name for name in METHODS if name != "polynomials"), "polynomials"]


def _rough(problem: Problem) -> bool:
    """Whether the statement holds steps or tables, which high polynomials do not follow."""
    steps = (sp.Piecewise, sp.Heaviside, sp.Abs, sp.sign, sp.Max, sp.Min)
    around = bool(problem.space) and len(problem.traits.periodic) == len(problem.space)
    given = [problem.given.get(str(a.func)) for a in problem.coefficients]
    # Drawn waves are as smooth as modes need, but between walls their slopes do not fit.
    tables = [item for item in given if not (around and getattr(item, "smooth", False))]
    return any(item is not None for item in tables) or any(
        residual.has(*steps) for residual in problem.residuals
    )


def _constrained(problem: Problem) -> bool:
    """Whether an unknown only enforces a constraint and the box is not periodic all round."""
    if len(problem.traits.periodic) == len(problem.space) or problem.traits.dimension > 3:
        return False
    try:
        return bool(weak_form(problem).multipliers)
    except NoWeakForm:
        return False


def _plane_and_evolving(problem: Problem) -> bool:
    """Whether dense collocation would be slow: several axes that are not periodic, and time."""
    traits = problem.traits
    if not traits.evolving or traits.dimension not in (2, 3) or traits.periodic:
        return False
    # What separates on a box, or has mirrors for walls, needs no dense matrices at all.
    return not traits.box or (separate(problem) is None and not Spectral().reflects(problem))
