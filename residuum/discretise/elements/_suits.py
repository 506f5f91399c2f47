"""What finite elements ask of a problem."""

from __future__ import annotations

from typing import Any

import sympy as sp

from residuum.discretise.spectral import refuse_parts
from residuum.problem import NoWeakForm, Problem, WeakForm, weak_form
from residuum.problem._symbols import Unknown


def refuse_elements(problem: Problem) -> str | None:
    """Return why a problem does not suit Galerkin elements, or ``None``."""
    if problem.shape is None:
        return "it needs a domain in space, and the problem has none"
    if problem.shape.dimension > 3:
        return f"it works in one to three dimensions, and the domain has {problem.shape.dimension}"
    reason = refuse_parts(problem)
    if reason:
        return reason
    try:
        form = weak_form(problem)
    except NoWeakForm as error:
        return f"it needs a weak form, and {error.got} has none ({error.wanted})"
    for u in problem.unknowns:
        for axis in problem.periodic_axes(u):
            if not hasattr(problem.shape, "without"):
                return f"it needs a box where {u} is periodic along {axis}"
    return _hidden_source(problem, form) or _pure_transport(form)


def _derivatives(expression: Any) -> list[Any]:
    return [a for a in expression.atoms(sp.Derivative) if isinstance(a.expr, Unknown)]


def _hidden_source(problem: Problem, form: WeakForm) -> str | None:
    """Return which condition on an evolving unknown would be met by a source of our own making."""
    for condition in problem.conditions if form.time is not None else ():
        if condition.kind not in ("integral", "point_value"):
            continue
        held = [j for j, u in enumerate(form.unknowns) if condition.unknown.has(u)]
        if any(j not in form.multipliers for j in held):
            return f"in evolving problems it can only fix a pressure, and there is {condition}"
    return None


def _pure_transport(form: WeakForm) -> str | None:
    """Return which unknown is carried along without diffusion, or ``None``."""
    for equation in form.equations:
        u = form.unknowns[equation.test]
        if (
            equation.test in form.multipliers
            or u in form.unknowns[len(form.unknowns) - len(form.rates) :]
        ):
            continue
        spread = any(_derivatives(item) for item in equation.flux)
        carried = [
            a for a in _derivatives(equation.source) if a.expr == u and form.time not in a.variables
        ]
        carried = carried or [item for item in equation.flux if item.has(u)]
        if carried and not spread:
            return f"{u} is carried without diffusion, where Galerkin elements oscillate"
    return None
