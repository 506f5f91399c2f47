"""The problem language and the solution: what is asked and what is answered."""

from residuum.problem._archive import load
from residuum.problem._by_parts import NoWeakForm
from residuum.problem._conditions import (
    Condition,
    dirichlet,
    flux,
    initial,
    initial_rate,
    integral,
    neumann,
    periodic,
    point_value,
    robin,
)
from residuum.problem._distribution import Distribution, Place
from residuum.problem._equation import Eq, Observation, observe
from residuum.problem._evaluate import evaluate
from residuum.problem._expression_field import ExpressionField
from residuum.problem._family import Family
from residuum.problem._family_file import read_family
from residuum.problem._file import read_problem, read_problem_text, write_problem
from residuum.problem._hard import HardConditions, hard_conditions
from residuum.problem._numeric import numeric
from residuum.problem._operators import curl, div, grad, laplacian, strong_form, vector
from residuum.problem._pointwise import GridFunction, Pointwise, pointwise
from residuum.problem._problem import Problem
from residuum.problem._random_domain import RandomHoles, StarShapes
from residuum.problem._random_field import GaussianField, LogNormal, TwoPhase, Waves
from residuum.problem._restart import over, restarted
from residuum.problem._scaling import Scaling, scaling
from residuum.problem._solution import Solution
from residuum.problem._symbols import (
    NormalDistribution,
    UniformDistribution,
    closure,
    coefficient,
    parameter,
    space,
    time,
    unknown,
)
from residuum.problem._weak import WeakEquation, WeakForm, weak_form
from residuum.problem._well_posed import WellPosednessWarning

__all__ = [
    "Condition",
    "Distribution",
    "Eq",
    "ExpressionField",
    "Family",
    "GaussianField",
    "GridFunction",
    "HardConditions",
    "LogNormal",
    "NoWeakForm",
    "NormalDistribution",
    "Observation",
    "Place",
    "Pointwise",
    "Problem",
    "RandomHoles",
    "Scaling",
    "Solution",
    "StarShapes",
    "TwoPhase",
    "UniformDistribution",
    "Waves",
    "WeakEquation",
    "WeakForm",
    "WellPosednessWarning",
    "closure",
    "coefficient",
    "curl",
    "dirichlet",
    "div",
    "evaluate",
    "flux",
    "grad",
    "hard_conditions",
    "initial",
    "initial_rate",
    "integral",
    "laplacian",
    "load",
    "neumann",
    "numeric",
    "observe",
    "over",
    "parameter",
    "periodic",
    "point_value",
    "pointwise",
    "read_family",
    "read_problem",
    "read_problem_text",
    "restarted",
    "robin",
    "scaling",
    "space",
    "strong_form",
    "time",
    "unknown",
    "vector",
    "weak_form",
    "write_problem",
]
