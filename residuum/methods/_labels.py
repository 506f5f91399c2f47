"""A transported quantity stated at labels that move with the flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from residuum.problem import Eq, Problem, initial, periodic, unknown
from residuum.problem._symbols import Coefficient


@dataclass(frozen=True, eq=False)
class Transport:
    """An equation u_t + Σ a_i u_xi = rest, taken apart.

    Args:
        speeds: a_i, expressions in time, space and u, one per space coordinate.
        rest: what else there is, with higher derivatives of u in place.
    """

    speeds: tuple[Any, ...]
    rest: Any


def transport(problem: Problem) -> Transport | str:
    """Return the transport speed of a problem and the rest of it, or why there is none."""
    if problem.time is None or not problem.space:
        return "there is no time and space in which anything is transported"
    if len(problem.unknowns) != 1 or len(problem.residuals) != 1:
        return "systems have several families of characteristics; one scalar equation has one"
    (u,), t = problem.unknowns, problem.time
    if set(problem.periodic_axes(u)) != {c.name for c in problem.space}:
        return "labels enter and leave through a boundary; periodic axes alone keep them"
    (residual,) = problem.residuals
    if any(str(a.func) in problem.given for a in residual.atoms(Coefficient)):
        return "coefficients given as tables or functions cannot be read at moving labels"
    marks = {node: sp.Dummy(f"d{i}") for i, node in enumerate(_derivatives(residual, u))}
    plain = sp.expand(residual.xreplace(marks))
    rate = marks.get(sp.Derivative(u, t))
    others = [n for n in marks if t in n.variables and n != sp.Derivative(u, t)]
    if rate is None or others:
        return "the equation is not of first order in time"
    mass = plain.diff(rate)
    if mass.free_symbols or mass.has(u) or mass == 0:
        return f"the time derivative is multiplied by {mass}, which is no number"
    rest = sp.expand((plain - mass * rate) / mass)
    speeds = []
    for c in problem.space:
        slope = marks.get(sp.Derivative(u, c))
        speed = sp.S.Zero if slope is None else rest.diff(slope)
        if speed.free_symbols & set(marks.values()):
            return f"the equation is not linear in the slopes of {u}, so it has no transport speed"
        speeds.append(speed)
        rest = rest if slope is None else sp.expand(rest - speed * slope)
    if all(speed == 0 for speed in speeds):
        return "no term transports anything: there is no slope times a speed"
    back = {mark: node for node, mark in marks.items()}
    return Transport(tuple(speeds), -rest.xreplace(back))


def _derivatives(residual: Any, u: Any) -> list[Any]:
    return [node for node in residual.atoms(sp.Derivative) if node.expr == u]


@dataclass(frozen=True, eq=False)
class Labelled:
    """The statement at labels.

    Args:
        problem: unknowns are one displacement per axis and the state, at time and label; labels
            carry the names of the places they start from.
        state: column of the state among the unknowns.
        shifts: columns of the displacements.
    """

    problem: Problem
    state: int
    shifts: tuple[int, ...]


def labelled(problem: Problem, found: Transport) -> Labelled:
    """State a transport problem at labels X, x = X + d(t, X):

    ∂d/∂t = a(U, t, X + d),    ∂U/∂t = rest, with ∂/∂x_i = Σ_j (F⁻¹)_ji ∂/∂X_j, F = I + ∂d/∂X.
    """
    (u,), t, space = problem.unknowns, problem.time, problem.space
    assert t is not None
    moves = [unknown(f"shift_{c.name}", t, *space) for c in space]
    places = {c: c + d for c, d in zip(space, moves, strict=True)}
    inverse = _inverse(space, moves)

    def slope(expression: Any, axis: int) -> Any:
        parts = (inverse[j, axis] * expression.diff(X) for j, X in enumerate(space))
        return sp.Add(*parts)

    def moved(expression: Any) -> Any:
        known = {node: sp.Dummy() for node in _derivatives(expression, u)}
        value = sp.Dummy()
        plain = expression.xreplace(known).xreplace({u: value}).subs(places, simultaneous=True)
        at: dict[Any, Any] = {value: u}
        for node, mark in known.items():
            at[mark] = u
            for c in node.variables:
                at[mark] = slope(at[mark], space.index(c))
        return plain.xreplace(at)

    equations = [Eq(d.diff(t), moved(a)) for d, a in zip(moves, found.speeds, strict=True)]
    equations.append(Eq(u.diff(t), moved(found.rest)))
    conditions = [c for c in problem.conditions if c.kind == "initial"]
    conditions += [initial(d, 0) for d in moves]
    conditions += [periodic(w, c) for w in (*moves, u) for c in space]
    given = {name: problem.given[name] for name in _names(problem, conditions)}
    stated = Problem(
        problem.domain, equations, conditions, given=given, name=f"{problem.name}_at_labels"
    )
    columns = tuple(stated.unknowns.index(d) for d in moves)
    return Labelled(stated, stated.unknowns.index(u), columns)


def _names(problem: Problem, conditions: list[Any]) -> list[str]:
    """Names of given values that the conditions still use; the equations have them filled in."""
    used = {
        str(getattr(node, "func", node)) if isinstance(node, Coefficient) else str(node)
        for item in conditions
        for node in sp.preorder_traversal(item.value)
    }
    return [name for name in problem.given if name in used]


def _inverse(space: Any, moves: list[Any]) -> Any:
    k = len(space)
    slopes = sp.Matrix(k, k, lambda i, j: int(i == j) + moves[i].diff(space[j]))
    return slopes.adjugate() / slopes.det()
