"""From a statement and the names of its open numbers to a solve that can be differentiated."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from residuum._core import OptionError
from residuum.discretise.elements._adjoint import Differentiable
from residuum.discretise.elements._coefficient_values import (
    CoefficientValues,
    Remembered,
    Tabled,
)
from residuum.discretise.elements._parametric import Parametric
from residuum.discretise.elements._space import Space
from residuum.discretise.elements._system import System
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import Problem, WeakForm, WellPosednessWarning, weak_form
from residuum.problem._symbols import Coefficient


def differentiable(
    problem: Problem,
    mesh: Mesh | float,
    *,
    parameters: Sequence[str] | None = None,
    coefficients: Mapping[str, CoefficientValues] | None = None,
    order: int = 2,
    tol: float = 1e-10,
    start: np.ndarray | None = None,
) -> Differentiable:
    """Make the element solve of a steady problem a function that can be differentiated.

    Args:
        problem: a steady statement with a weak form.
        mesh: the mesh, or the length of its edges in the units of the axes.
        parameters: names of the numbers to differentiate by, each declared with bounds; they may
            stand in equations, boundary terms, Dirichlet values and values of integrals. All that
            are declared with bounds and not given, by default.
        coefficients: names of coefficient functions to differentiate by, and how an array stands
            for each (``CellValues()``, ``NodeValues()``, ``GridValues(axes)``). Their values in
            ``problem.given`` are not used.
        order: polynomial order of the unknowns; multipliers such as a pressure have one less. 2 is
            a good start, and no less where there are multipliers.
        tol: relative residual of linear solves and size of Newton's last correction. Differences of
            solutions are good to about this, so gradients checked by them are too.
        start: first iterate of Newton's method (size of the system,). Every solve begins at it, so
            that the same numbers always give the same solution.

    Derivatives are wrong where the solution does not depend smoothly on the numbers: at a fold, a
    bifurcation, or a kink of the equations. A mesh fixed in advance has no say on the error of the
    solution itself: compare two meshes.

    Raises:
        NoWeakForm: the statement has none.
        OptionError: the problem evolves; a name is unknown or closed; an open number without value
            is left out; a coefficient stands under a derivative, where its jumps would count.
    """
    posed, names, rest = _posed(problem, parameters, coefficients or {})
    form = weak_form(posed)
    if not isinstance(mesh, Mesh):
        assert posed.shape is not None
        mesh = mesh_of(posed.shape, mesh)
    if mesh.axes != tuple(c.name for c in form.space):
        axes = ", ".join(c.name for c in form.space)
        raise OptionError(f"a mesh along {axes}", ", ".join(mesh.axes), "Rename its axes.")
    orders = tuple(order - (j in form.multipliers) for j in range(len(form.unknowns)))
    if min(orders) < 1:
        raise OptionError("order 2 or more with multipliers", str(order), "Leave it out.")
    pairs = tuple(
        tuple((f"{a}_min", f"{a}_max") for a in posed.periodic_axes(u)) for u in posed.unknowns
    )
    space = Space(mesh, orders, degree=2 * max(orders) + 2, periodic=pairs)
    system = System(posed, form, space, {**rest, **dict.fromkeys(names, math.nan)})
    tables = {}
    for name, values in (coefficients or {}).items():
        tables[name] = _tabled(posed, form, name, values, space)
    known: Any = system.known
    known.update({name: Remembered(rule) for name, rule in known.items()})
    known.update(tables)
    return Differentiable(Parametric(system, names, tables), tol=tol, start=start)


def _posed(
    problem: Problem, parameters: Sequence[str] | None, coefficients: Mapping[str, Any]
) -> tuple[Problem, list[str], dict[str, float]]:
    """Return the statement with the named numbers open, their names, and values of the others."""
    if problem.time is not None:
        raise OptionError("a steady problem", f"one that evolves in {problem.time}", "Drop time.")
    bounded = {p.name: p for p in problem.parameters if p.bounds is not None}
    names = [p.name for p in problem.inferred] if parameters is None else list(parameters)
    functions = {str(a.func) for a in problem.coefficients}
    _among("parameters declared with bounds", names, bounded)
    _among("coefficients of the statement", list(coefficients), functions)
    given: dict[str, Any] = {n: v for n, v in problem.given.items() if n not in names}
    # A number would be put into the expressions for good; a function stays a function.
    given |= dict.fromkeys(coefficients, _placeholder)
    with warnings.catch_warnings():
        # The statement has said this already.
        warnings.simplefilter("ignore", WellPosednessWarning)
        posed = Problem(problem.domain, problem.equations, problem.conditions, given=given)
    rest = {}
    for p in (*posed.inferred, *posed.undrawn):
        if p.name not in names:
            if p.value is None:
                raise OptionError(f"a value for {p.name}", "none", "Give it, or name it here.")
            rest[p.name] = p.value
    return posed, names, rest


def _among(what: str, names: Sequence[str], known: Any) -> None:
    wrong = [name for name in names if name not in known] or (
        list(names) if len(set(names)) < len(names) else []
    )
    if wrong:
        wanted = f"distinct {what} ({', '.join(sorted(known)) or 'there are none'})"
        raise OptionError(wanted, ", ".join(wrong), "Correct the names.")


def _placeholder(*columns: Any) -> Any:
    raise AssertionError("numbers take its place before anything is asked")


def _tabled(
    problem: Problem, form: WeakForm, name: str, values: CoefficientValues, space: Space
) -> Tabled:
    """Return the function that an open coefficient is read from."""
    (node,) = (a for a in problem.coefficients if str(a.func) == name)
    expressions = [
        e for item in form.equations for e in (item.source, *item.flux, *item.boundary.values())
    ]
    for expression in expressions:
        for slope in sympy.sympify(expression).atoms(sympy.Derivative):
            if isinstance(slope.expr, Coefficient) and str(slope.expr.func) == name:
                raise OptionError(
                    f"{name} free of derivatives", str(slope), f"Write div({name}*grad(…))."
                )
    arguments = node.args
    if not values.on_mesh:
        if len(values.shape(space)) != len(arguments):
            raise OptionError(f"{len(arguments)} axes for {name}", f"{values}", "Match arguments.")
        return Tabled(values, space, range(len(arguments)))
    if set(arguments) != set(form.space):
        wanted = f"{name} of all space coordinates for values on a mesh"
        raise OptionError(wanted, str(node), "Give values on a grid: GridValues(axes).")
    return Tabled(values, space, [arguments.index(c) for c in form.space])
