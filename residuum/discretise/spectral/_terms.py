"""Equations with constant factors taken apart: linear terms, and operators on products of unknowns.

A ``div`` or ``laplacian`` node with constant factors stays an operator on what it acts on, so that
div(u²) needs the values of u alone and no derivative of a product is ever formed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
import sympy as sp

from residuum._core import Index
from residuum.problem import Pointwise, Problem, pointwise, strong_form
from residuum.problem._evaluate import evaluate
from residuum.problem._operators import Div, Grad, Laplacian, Vector, components, is_vector

Polynomial = Mapping[Index, Any]
"""Factors of ∂^index in space: an operator with constant factors."""
GENERIC = (1.2718, 0.6931, 2.1415)
"""Wave numbers without any relation, to tell ranks apart."""


class Term(NamedTuple):
    """factor · ∂_t^time ∂^space of one unknown in one equation."""

    equation: int
    unknown: int
    time: int
    space: Index
    factor: Any


class Piece(NamedTuple):
    """A constant operator on a pointwise expression, in one equation."""

    equation: int
    operator: tuple[tuple[Index, Any], ...]
    body: Pointwise


@final
class Split:
    """The equations of a problem as Σ terms + Σ operator(body) = 0.

    Args:
        problem: its factors may hold parameters to be inferred; anything else must be a number.

    Attributes:
        orders: order in time of every unknown; zero for one without time derivative, which the
            equations determine at every instant.
        terms: linear terms with constant factors.
        pieces: everything else.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.terms: list[Term] = []
        self.pieces: list[Piece] = []
        self.evolving = problem.time is not None
        known = [*problem.parameters, *problem.coefficients]
        values = {symbol: problem.fill(symbol) for symbol in known}
        self.numbers = {s: v for s, v in values.items() if v.is_number}
        self.open = frozenset(problem.inferred)
        count = 0
        zero: Polynomial = {(0,) * len(problem.space): sp.Integer(1)}
        for equation in problem.equations:
            left, right = (s.xreplace(self.numbers) for s in (equation.left, equation.right))
            if is_vector(left) or is_vector(right):
                sides = [self._parts(s) if s != 0 else None for s in (left, -right)]
                for d in range(len(problem.space)):
                    for side in sides:
                        for operator, body in side[d] if side else []:
                            self._take(count + d, _product(zero, operator), body)
                count += len(problem.space)
            else:
                self._take(count, zero, left)
                self._take(count, zero, -right)
                count += 1
        self._gather()

    @cached_property
    def orders(self) -> tuple[int, ...]:
        """Order in time of every unknown."""
        found = [0] * len(self.problem.unknowns)
        for term in self.terms:
            found[term.unknown] = max(found[term.unknown], term.time)
        for piece in self.pieces:
            for component, index in piece.body.slots:
                found[component] = max(found[component], index[0] if self.evolving else 0)
        return tuple(found)

    def time_of(self, index: Index) -> tuple[int, Index]:
        """Return the order in time and the index in space of a multi-index."""
        return (index[0], index[1:]) if self.evolving else (0, index)

    @property
    def nominal(self) -> dict[Any, float]:
        """A value for every parameter that is open: its guess, or the middle of its bounds."""
        return {p: _guess(p) for p in self.open}

    def refusal(self) -> str | None:
        """Return what cannot be solved for mode by mode, as a phrase, or ``None``."""
        for piece in self.pieces:
            for component, index in piece.body.slots:
                order = self.time_of(index)[0]
                if self.evolving and 0 < self.orders[component] == order:
                    return f"{piece.body.expression}, where the highest time derivative is"
                    # Of an unknown without time derivative the value itself may stand there.
        return None

    # Taking apart

    def _constant(self, factor: Any) -> bool:
        free = factor.free_symbols <= self.open
        return bool(free and not factor.atoms(sp.core.function.AppliedUndef))

    def _take(self, equation: int, operator: Polynomial, expression: Any) -> None:
        """Add operator(expression) to an equation."""
        expression = sp.sympify(expression)
        if isinstance(expression, sp.Add):
            for item in expression.args:
                self._take(equation, operator, item)
            return
        factor, rest = expression.as_independent(
            sp.core.function.AppliedUndef, *self.problem.coordinates, as_Add=False
        )
        if isinstance(expression, sp.Mul) and factor != 1 and self._constant(factor):
            self._take(equation, {k: v * factor for k, v in operator.items()}, rest)
        elif isinstance(expression, Laplacian) and not is_vector(expression):
            self._take(equation, _product(operator, self._laplace), expression.args[0])
        elif isinstance(expression, Div):
            for d, part in enumerate(self._parts(expression.args[0])):
                outer = _product(operator, {self._unit(d): sp.Integer(1)})
                for inner, body in part:
                    self._take(equation, _product(outer, inner), body)
        else:
            self._leaf(equation, operator, expression)

    def _parts(self, flux: Any) -> list[list[tuple[Polynomial, Any]]]:
        """Return the components of a vector, each a sum of operators on scalars."""
        space = self.problem.space
        one: Polynomial = {(0,) * len(space): sp.Integer(1)}
        if isinstance(flux, Vector) and len(flux.args) == len(space):
            return [[(one, part)] for part in flux.args]
        if isinstance(flux, Grad):
            return [[({self._unit(d): sp.Integer(1)}, flux.args[0])] for d in range(len(space))]
        if isinstance(flux, Laplacian) and is_vector(flux):
            inner = self._parts(flux.args[0])
            return [[(_product(self._laplace, p), b) for p, b in part] for part in inner]
        if isinstance(flux, sp.Add) and all(is_vector(item) for item in flux.args):
            found = [self._parts(item) for item in flux.args]
            return [
                [entry for part in parts for entry in part] for parts in zip(*found, strict=True)
            ]
        if isinstance(flux, sp.Mul):
            vectors = [item for item in flux.args if is_vector(item)]
            factor = sp.Mul(*(item for item in flux.args if not is_vector(item)))
            if len(vectors) == 1 and self._constant(factor):
                inner = self._parts(vectors[0])
                return [
                    [({k: v * factor for k, v in p.items()}, b) for p, b in part] for part in inner
                ]
        if len(space) == 1 and not is_vector(flux):
            return [[(one, flux)]]
        return [[(one, part)] for part in components(flux, space)]

    def _leaf(self, equation: int, operator: Polynomial, expression: Any) -> None:
        """Sort the terms of an expression in plain derivatives."""
        problem = self.problem
        body = sp.expand(problem.fill(strong_form(expression, problem.space)))
        atoms = pointwise(problem, body).atoms
        left: list[Any] = []
        for term in sp.Add.make_args(body):
            mine = [a for a in sp.Mul.make_args(term) if a in atoms]
            factor = term / mine[0] if len(mine) == 1 else None
            if factor is not None and self._constant(factor):
                component, index = atoms[mine[0]]
                time, space = self.time_of(index)
                for shift, scale in operator.items():
                    total = tuple(a + b for a, b in zip(space, shift, strict=True))
                    self.terms.append(Term(equation, component, time, total, factor * scale))
            elif term != 0:
                left.append(term)
        if left:
            # A number in front goes to the body, so that pieces of one operator add up.
            table = sorted(operator.items())
            scale = next((f for _, f in table if f != 0 and f.is_number), sp.Integer(1))
            monic = tuple((index, f / scale) for index, f in table)
            self.pieces.append(Piece(equation, monic, pointwise(problem, scale * sp.Add(*left))))

    def _gather(self) -> None:
        """Add up pieces of one equation under one operator: each costs a transform.

        Loads that never change are transformed once and for all, and kept apart.
        """
        found: dict[tuple[Any, ...], Any] = {}
        for equation, operator, body in self.pieces:
            for term in sp.Add.make_args(body.expression):
                place = (equation, operator, self._still(term))
                found[place] = found.get(place, sp.Integer(0)) + term
        self.pieces = [
            Piece(equation, operator, pointwise(self.problem, total))
            for (equation, operator, _), total in found.items()
            if total != 0
        ]

    def _still(self, term: Any) -> bool:
        """Whether neither the state nor time changes a term."""
        changing = {self.problem.time} | self.open
        return not pointwise(self.problem, term).slots and not term.free_symbols & changing

    def _unit(self, d: int) -> Index:
        return tuple(int(k == d) for k in range(len(self.problem.space)))

    @property
    def _laplace(self) -> Polynomial:
        units = (self._unit(d) for d in range(len(self.problem.space)))
        return {tuple(2 * k for k in unit): sp.Integer(1) for unit in units}


def number(factor: Any, values: Mapping[Any, Any]) -> Any:
    """Return a constant factor as a float, or as traced by the values of its parameters."""
    factor = sp.sympify(factor)
    return evaluate(factor, values) if factor.free_symbols else float(factor)


def waves(index: Sequence[int]) -> complex:
    """Return (ik)^index at wave numbers without any relation."""
    return complex(np.prod([(1j * k) ** n for k, n in zip(GENERIC, index, strict=False)]))


def _guess(p: Any) -> float:
    if p.value is not None:
        return float(p.value)
    return (p.bounds[0] + p.bounds[1]) / 2 if p.bounds else 1.0


def _product(one: Polynomial, other: Polynomial) -> Polynomial:
    found: dict[Index, Any] = {}
    for a, factor in one.items():
        for b, more in other.items():
            index = tuple(i + j for i, j in zip(a, b, strict=True))
            found[index] = found.get(index, sp.Integer(0)) + factor * more
    return found


def split(problem: Problem) -> Split | str:
    """Take the equations apart, or return what does not fit, as a phrase."""
    found = Split(problem)
    return found.refusal() or found
