"""A linear statement in divergence form, read from its weak form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy as sp

from residuum.discretise.elements._integrand import Integrand, Place
from residuum.problem import NoWeakForm, Problem, WeakForm, weak_form
from residuum.problem._pointwise import known_functions
from residuum.problem._symbols import Unknown


@final
@dataclass(frozen=True, eq=False)
class Statement:
    """-div(C ∇u + F) + c u = f, outward flux g - α u where u is not given.

    Args:
        problem: the statement itself.
        form: its weak form.
        tensor: C by (unknown, axis, unknown, axis), as expressions.
        shift: F by (unknown, axis).
        reaction: c by unknown: each equation holds its own unknown alone.
        load: f by unknown.
        sides: (α, g) by (unknown, part), zeros left out.
    """

    problem: Problem
    form: WeakForm
    tensor: np.ndarray
    shift: np.ndarray
    reaction: tuple[Any, ...]
    load: tuple[Any, ...]
    sides: dict[tuple[int, str], tuple[Any, Any]]

    @property
    def count(self) -> int:
        """Number of unknowns."""
        return len(self.reaction)

    def at(
        self, expressions: Sequence[Any], points: np.ndarray, normals: np.ndarray | None = None
    ) -> list[np.ndarray]:
        """Return expressions at points (d, cells, q): arrays (cells or 1, q or 1)."""
        integrand = Integrand(self.form, tuple(expressions), known_functions(self.problem), {})
        found = integrand.values(Place(points, normals, 0.0), {})
        return [np.atleast_2d(np.asarray(item, float)) for item in found]

    def tensor_at(self, points: np.ndarray) -> np.ndarray:
        """Return C as matrices over all (unknown, axis), (cells or 1, q or 1, n d, n d)."""
        n = int(np.sqrt(self.tensor.size))
        found = np.broadcast_arrays(*self.at(self.tensor.ravel().tolist(), points))
        return np.stack(found, axis=-1).reshape(*found[0].shape, n, n)

    def shift_at(self, points: np.ndarray) -> np.ndarray:
        """Return F, (cells or 1, q or 1, n d)."""
        found = np.broadcast_arrays(*self.at(self.shift.ravel().tolist(), points))
        return np.stack(found, axis=-1)

    @property
    def shifted(self) -> bool:
        """Whether there is an F."""
        return any(item != 0 for item in self.shift.ravel())


def read_statement(problem: Problem) -> Statement | str:
    """Return the statement, or the reason why it is not of this kind; kept with the problem."""
    kept = problem.__dict__
    if "_statement" not in kept:
        kept["_statement"] = _derived(problem)
    found: Statement | str = kept["_statement"]
    return found


def _derived(problem: Problem) -> Statement | str:
    if problem.time is not None or problem.shape is None:
        return "it speaks of steady problems in space"
    if problem.traits.inverse or problem.undrawn:
        return "numbers of the statement are open"
    if any(problem.periodic_axes(u) for u in problem.unknowns):
        return "it does not speak of periodic problems yet"
    if any(c.kind == "point_value" for c in problem.conditions):
        return "a value given at a point is no part of the energy"
    try:
        form = weak_form(problem)
    except NoWeakForm as error:
        return f"it needs a weak form, and {error.got} has none"
    if form.multipliers:
        return "the statement has multipliers, such as a pressure"
    return _read(problem, form)


def _read(problem: Problem, form: WeakForm) -> Statement | str:
    n, d = len(form.unknowns), len(form.space)
    tensor, shift = np.zeros((n, d, n, d), object), np.zeros((n, d), object)
    reaction, load, sides = [], [], {}
    for i, equation in enumerate(form.equations):
        for k, item in enumerate(equation.flux):
            for j, u in enumerate(form.unknowns):
                for m, c in enumerate(form.space):
                    tensor[i, k, j, m] = _slope(item, sp.Derivative(u, c))
            shift[i, k] = _rest(item)
            if _still(item).atoms(Unknown):
                return "a flux carries an unknown itself, as transport does"
        own = form.unknowns[equation.test]
        reaction.append(_slope(_still(equation.source), own))
        load.append(-_rest(equation.source))
        plain = sp.expand(equation.source - reaction[-1] * own + load[-1])
        if equation.test != i or sp.simplify(plain) != 0:
            return f"a source that is more than c u - f: {equation.source}"
        for part, term in equation.boundary.items():
            alpha = _slope(term, own)
            if sp.simplify(sp.expand(term - alpha * own) - _rest(term)) != 0:
                return f"a condition on {part} that is more than g - a u"
            sides[i, part] = (alpha, -_rest(term))
    found = Statement(problem, form, tensor, shift, tuple(reaction), tuple(load), sides)
    every = [*tensor.ravel(), *reaction, *(item[0] for item in sides.values())]
    if any(sp.sympify(item).atoms(Unknown) for item in every):
        return "the statement is not linear"
    square = tensor.reshape(n * d, n * d)
    if any(sp.simplify(a) != 0 for a in (square - square.T).ravel()):
        return "the flux is not symmetric: there is no energy"
    return found


def _slope(expression: Any, atom: Any) -> Any:
    """Return the derivative by an unknown or a derivative of one."""
    hidden = sp.Dummy(real=True)
    return sp.diff(sp.sympify(expression).xreplace({atom: hidden}), hidden).xreplace({hidden: atom})


def _still(expression: Any) -> Any:
    """Return an expression with the derivatives of unknowns put to zero."""
    atoms = [a for a in sp.sympify(expression).atoms(sp.Derivative) if isinstance(a.expr, Unknown)]
    return sp.sympify(expression).xreplace({a: sp.Integer(0) for a in atoms})


def _rest(expression: Any) -> Any:
    """Return what is left of an expression without its unknowns."""
    still = _still(expression)
    return still.xreplace({u: sp.Integer(0) for u in still.atoms(Unknown)})
