"""The statement as a conservation law: fluxes out of its ``div`` nodes, the rest as sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from residuum.problem import Pointwise, Problem
from residuum.problem._operators import Curl, Div, Laplacian, _Node, components, strong_form
from residuum.problem._pointwise import known_functions
from residuum.problem._symbols import Unknown

REMEDY = "write the term as div(…) of a flux"


class NotConserved(Exception):
    """A term of the statement that is no flux and no source; the message is a phrase."""


@final
@dataclass(frozen=True, eq=False)
class ConservationLaw:
    """u_t + Σ_k ∂_k (F_k(u) + G_k(u, ∇u)) = S(u), all of them of coordinates too.

    Parameters stay symbols, so that one compiled program serves every value of them and can be
    differentiated with respect to them.

    Args:
        problem: where it was read from.
        fluxes: F, by axis and unknown.
        spreading: G, by axis and unknown; zero without diffusion.
        sources: S, by unknown.
    """

    problem: Problem
    fluxes: tuple[tuple[sp.Expr, ...], ...]
    spreading: tuple[tuple[sp.Expr, ...], ...]
    sources: tuple[sp.Expr, ...]

    @property
    def count(self) -> int:
        """Number of unknowns."""
        return len(self.problem.unknowns)

    @property
    def dimension(self) -> int:
        """Number of space coordinates."""
        return len(self.problem.space)

    def at(self, expression: Any) -> Pointwise:
        """Interpret an expression at points, with parameters left open."""
        problem = self.problem
        known = known_functions(problem)
        return Pointwise(sp.sympify(expression), problem.coordinates, problem.unknowns, known)

    def values(self, chosen: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the value of every parameter by name; ``chosen`` ones instead of the stated."""
        found: dict[str, Any] = {}
        for p in self.problem.parameters:
            value = self.problem.given.get(p.name, p.value)
            if value is not None:
                found[p.name] = float(value)
        return {**found, **(chosen or {})}

    def sampled(self, expression: Any, points: np.ndarray, state: np.ndarray) -> np.ndarray:
        """Return an expression at the stated parameters on an array of states, in NumPy.

        Args:
            expression: free of derivatives.
            points: (n, 1 + d), time first, one row per state.
            state: (m, …).

        Returns:
            The values, of shape (…); NaN where they are not real.
        """
        problem, flat = self.problem, state.reshape(len(state), -1)
        symbols = {p.name: p for p in problem.parameters}
        known = {symbols[name]: sp.Float(value) for name, value in self.values().items()}
        filled = sp.sympify(expression).xreplace(known)
        names = {u: sp.Dummy() for u in problem.unknowns}
        plain = filled.xreplace(names)
        if plain.atoms(AppliedUndef):
            # Given functions take JAX arrays.
            slots = {(j, (0,) * points.shape[1]): jnp.asarray(row) for j, row in enumerate(flat)}
            return np.asarray(self.at(filled)(jnp.asarray(points), slots)).reshape(state.shape[1:])
        function = sp.lambdify([*problem.coordinates, *names.values()], plain, "numpy")
        with np.errstate(all="ignore"):
            found = np.broadcast_to(function(*points.T, *flat), flat.shape[1:])
        return np.where(np.isreal(found), np.real(found), np.nan).reshape(state.shape[1:])


def coefficients_filled(problem: Problem, expression: Any) -> Any:
    """Put given numbers and expressions in for coefficients, and leave parameters symbols."""
    known = {}
    for a in problem.coefficients:
        value = problem.given.get(str(a.func))
        if isinstance(value, int | float | sp.Basic):
            known[a] = sp.sympify(value)
    return sp.sympify(expression).xreplace(known)


def law_of(problem: Problem) -> ConservationLaw | str:
    """Read a conservation law off a problem, or return what does not fit, as a phrase."""
    try:
        return _read(problem)
    except NotConserved as error:
        return str(error)


def _read(problem: Problem) -> ConservationLaw:
    m, d = len(problem.unknowns), len(problem.space)
    mass = sp.zeros(m, m)
    flux = [[sp.Integer(0)] * m for _ in range(d)]
    rest = [sp.Integer(0)] * m
    for i, equation in enumerate(_scalars(problem)):
        for term in sp.Add.make_args(sp.expand_mul(equation, deep=False)):
            part = _Term(problem, term)
            if part.rate is not None:
                mass[i, part.rate[0]] += part.rate[1]
            for k, piece in enumerate(part.flux):
                flux[k][i] += piece
            rest[i] += part.source
    if sp.simplify(mass.det()) == 0:
        raise NotConserved("its time derivatives do not determine every unknown")
    inverse = mass.inv()
    turned = [list(inverse * sp.Matrix(row)) for row in flux]
    halves = [[_halves(problem, item) for item in row] for row in turned]
    return ConservationLaw(
        problem,
        tuple(tuple(pair[0] for pair in row) for row in halves),
        tuple(tuple(pair[1] for pair in row) for row in halves),
        tuple(-inverse * sp.Matrix(rest)),
    )


def _scalars(problem: Problem) -> list[Any]:
    """Return left minus right of every equation with its nodes kept where it is a scalar."""
    found: list[Any] = []
    for equation in problem.equations:
        sides = [coefficients_filled(problem, side) for side in (equation.left, equation.right)]
        several = type(equation)(*sides).residuals(problem.space)
        found += [sides[0] - sides[1]] if len(several) == 1 else several
    return found


@final
class _Term:
    """One term of an equation: a time derivative, a flux or a source."""

    def __init__(self, problem: Problem, term: Any) -> None:
        self.rate: tuple[int, Any] | None = None
        self.flux: list[Any] = [sp.Integer(0)] * len(problem.space)
        self.source: Any = sp.Integer(0)
        made = [f for f in sp.Mul.make_args(term) if _differential(problem, f)]
        if not made:
            self.source = term
            return
        factor = term / made[0]
        free = factor.free_symbols & set(problem.space) or factor.atoms(Unknown)
        if len(made) > 1 or free or _differential(problem, factor):
            raise NotConserved(f"the term {term} is not the divergence of a flux: {REMEDY}")
        self._take(problem, factor, made[0])

    def _take(self, problem: Problem, factor: Any, node: Any) -> None:
        space = problem.space
        if isinstance(node, Div):
            self.flux = [factor * part for part in components(node.args[0], space)]
        elif isinstance(node, Laplacian):
            inner = strong_form(node.args[0], space)
            self.flux = [factor * sp.diff(inner, c) for c in space]
        elif isinstance(node, sp.Derivative) and node.expr in problem.unknowns:
            self._derivative(problem, factor, node)
        elif len(space) == 1 and isinstance(node, _Node) and not isinstance(node, Curl):
            self.flux = [factor * node.args[0]]  # the gradient along a line is a divergence
        else:
            raise NotConserved(f"the term {factor * node} is no flux: {REMEDY}")

    def _derivative(self, problem: Problem, factor: Any, node: Any) -> None:
        by, j = node.variables, problem.unknowns.index(node.expr)
        if by == (problem.time,) and not factor.free_symbols & set(problem.coordinates):
            self.rate = (j, factor)
        elif len(set(by)) == 1 and by[0] != problem.time and len(by) <= 2:
            inner = node.expr if len(by) == 1 else node.expr.diff(by[0])
            self.flux[problem.space.index(by[0])] = factor * inner
        else:
            raise NotConserved(
                f"it takes first order in time with constant factors and fluxes with up to first"
                f" derivatives, and the term {factor * node} is neither"
            )


def _differential(problem: Problem, expression: Any) -> bool:
    """Whether an expression holds a derivative of an unknown or a node."""
    if expression.has(_Node):
        return True
    return any(a.expr.atoms(Unknown) for a in expression.atoms(sp.Derivative))


def _halves(problem: Problem, flux: Any) -> tuple[Any, Any]:
    """Split a flux into the part of values and the part of first derivatives."""
    flux = flux.doit() if flux.has(sp.Derivative) else flux
    if not _differential(problem, flux):
        return flux, sp.Integer(0)
    plain: list[Any] = []
    spread: list[Any] = []
    for term in sp.Add.make_args(sp.expand(flux)):
        for a in term.atoms(sp.Derivative):
            unknown = bool(a.expr.atoms(Unknown))
            if unknown and (len(a.variables) > 1 or problem.time in a.variables):
                raise NotConserved(f"a flux may hold first derivatives in space, and it has {a}")
        (spread if _differential(problem, term) else plain).append(term)
    return sp.Add(*plain), sp.Add(*spread)
