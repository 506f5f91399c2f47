"""The weak form of a statement: what is integrated by parts, and what is natural on the boundary.

Every equation is multiplied by a test function v and integrated. Terms ``div(F)``, ``laplacian(f)``
and plain second derivatives are integrated by parts, which leaves

    ∫ source · v + ∫ flux · ∇v + ∫ boundary · v over each part of the boundary = 0,

where the boundary term is the outward flux as the conditions give it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from residuum.problem._by_parts import (
    NoWeakForm,
    Split,
    filled,
    gradients,
    rate_atoms,
    scalars,
    second_derivatives,
    split,
)
from residuum.problem._natural import boundary_terms
from residuum.problem._symbols import Coordinate, Unknown

if TYPE_CHECKING:
    from residuum.problem._problem import Problem

Expression = Any


@dataclass(frozen=True)
class WeakEquation:
    """One scalar equation, tested with the functions of one unknown.

    Args:
        test: number of the unknown whose test functions multiply it.
        source: what multiplies the test function.
        flux: what multiplies its derivatives, one per space coordinate.
        boundary: what multiplies it on parts of the boundary, by part.
    """

    test: int
    source: Expression
    flux: tuple[Expression, ...]
    boundary: dict[str, Expression]


@dataclass(frozen=True)
class WeakForm:
    """The weak form of a problem.

    Args:
        coordinates: the problem's coordinates.
        unknowns: its unknowns, then one rate for each that has a second time derivative.
        equations: one per unknown, in the order of the unknowns they are tested with.
        essential: Dirichlet values: (unknown, part, value), the later ones winning.
        multipliers: the unknowns that only enforce a constraint, such as a pressure.
        means: unknowns fixed only up to a constant, to be given mean zero: nothing else fixes them.
        rates: for each unknown after the problem's own, the number of the one it is the rate of.
    """

    coordinates: tuple[Coordinate, ...]
    unknowns: tuple[Any, ...]
    equations: tuple[WeakEquation, ...]
    essential: tuple[tuple[int, str, Expression], ...]
    multipliers: tuple[int, ...]
    means: tuple[int, ...]
    rates: tuple[int, ...]

    @property
    def space(self) -> tuple[Coordinate, ...]:
        """The space coordinates."""
        return tuple(c for c in self.coordinates if c.role == "space")

    @cached_property
    def time(self) -> Coordinate | None:
        """The time coordinate, if the problem evolves."""
        return next((c for c in self.coordinates if c.role == "time"), None)


def weak_form(problem: Problem) -> WeakForm:
    """Derive the weak form of a problem.

    Raises:
        NoWeakForm: a derivative in space of order three or more, a second derivative that enters
            nonlinearly, mixed derivatives in space and time, or a third derivative in time; the
            message names the term.
    """
    # Kept with the problem: whoever certifies an answer asks for it again and again.
    if "_weak_form" not in problem.__dict__:
        problem.__dict__["_weak_form"] = _derived(problem)
    found: WeakForm = problem.__dict__["_weak_form"]
    return found


def _derived(problem: Problem) -> WeakForm:
    parts = [
        split(problem, left, right)
        for equation in problem.equations
        for left, right in scalars(problem, equation)
    ]
    parts = [filled(problem, part) for part in parts]
    tests = _matching(problem, parts)
    multipliers = tuple(
        j for part, j in zip(parts, tests, strict=True) if _multiplier(problem, part, j)
    )
    for i, test in enumerate(tests):
        if test in multipliers:
            parts[i] = _unsplit(problem, i, parts[i])
        else:
            _free_multipliers(problem, parts[i], multipliers)
    parts = [_signed(problem, part, test) for part, test in zip(parts, tests, strict=True)]
    _symmetrise(problem, parts, tests, multipliers)
    unknowns, rates = _rates(problem)
    equations = [
        WeakEquation(
            test,
            part.source,
            tuple(part.flux),
            boundary_terms(problem, part.flux, test, multipliers),
        )
        for part, test in zip(parts, tests, strict=True)
    ]
    equations += [_rate_equation(problem, unknowns, k, j) for k, j in enumerate(rates)]
    equations.sort(key=lambda item: item.test)
    swapped = tuple(_first_order(problem, item, unknowns, rates) for item in equations)
    return WeakForm(
        problem.coordinates,
        unknowns,
        swapped,
        _essential(problem, multipliers, rates),
        multipliers,
        _means(problem, swapped, multipliers),
        rates,
    )


def _matching(problem: Problem, parts: list[Split]) -> list[int]:
    """Return for each equation the unknown whose test functions it is multiplied with."""
    from scipy.optimize import linear_sum_assignment  # it takes a while to import

    n = len(problem.unknowns)
    weights = [[_affinity(problem, part, i, j) for j in range(n)] for i, part in enumerate(parts)]
    rows, columns = linear_sum_assignment(weights, maximize=True)
    return [int(j) for _, j in sorted(zip(rows, columns, strict=True))]


def _affinity(problem: Problem, part: Split, i: int, j: int) -> float:
    u = problem.unknowns[j]
    own = [a for item in part.flux for a in gradients(problem, item) if a.expr == u]
    rates = [a for a in rate_atoms(problem, part.source) if a.expr == u]
    # In elasticity every flux holds every unknown; its own is the one it spreads along each axis.
    along = [f.has(sp.Derivative(u, c)) for f, c in zip(part.flux, problem.space, strict=True)]
    straight = sum(along) / len(along)
    present = any(item.has(u) for item in (part.source, *part.flux))
    return 16.0 * bool(rates) + 4.0 * (bool(own) + straight) + 1.0 * present + 0.5 * (i == j)


def _multiplier(problem: Problem, part: Split, j: int) -> bool:
    """Whether an unknown does not occur in its own equation and has no rate: it is a multiplier."""
    u = problem.unknowns[j]
    return not any(item.has(u) for item in (part.source, *part.flux))


def _unsplit(problem: Problem, i: int, part: Split) -> Split:
    """Return a constraint as it stands: integrated by parts it would gain boundary terms."""
    residual = problem.residuals[i]
    if second_derivatives(problem, residual):
        return part
    return Split(residual, [sp.Integer(0)] * len(problem.space))


def _free_multipliers(problem: Problem, part: Split, multipliers: Sequence[int]) -> None:
    """Integrate constant factors times the slope of a multiplier by parts, as saddle points ask."""
    for j in multipliers:
        for c in problem.space:
            slope = sp.Derivative(problem.unknowns[j], c)
            if not part.source.has(slope):
                continue
            factor = sp.diff(part.source, slope)
            if factor.free_symbols or factor.atoms(Unknown):
                continue
            part.source = sp.expand(part.source - factor * slope)
            part.flux[problem.space.index(c)] -= factor * problem.unknowns[j]


def _signed(problem: Problem, part: Split, test: int) -> Split:
    """Turn the sign of an equation so that its diffusion, or else its rate, is positive."""
    u = problem.unknowns[test]
    slopes = [
        sp.diff(item, sp.Derivative(u, c))
        for c, item in zip(problem.space, part.flux, strict=True)
        if item.has(sp.Derivative(u, c))
    ]
    if not slopes:
        slopes = [sp.diff(part.source, a) for a in rate_atoms(problem, part.source) if a.expr == u]
    if slopes and _negative(slopes[0]):
        return Split(-part.source, [-item for item in part.flux])
    return part


def _negative(slope: Expression) -> bool:
    if slope.is_negative or slope.is_positive:
        return bool(slope.is_negative)
    # A sign that cannot be proved is read off at one place; a wrong one costs speed alone.
    atoms = [*slope.atoms(sp.Derivative), *slope.atoms(sp.core.function.AppliedUndef)]
    plain = slope.subs([(a, sp.Float(0.37)) for a in atoms])
    value = plain.subs([(s, sp.Float(0.41)) for s in plain.free_symbols])
    return bool(value.is_number and value.is_real and value < 0)


def _symmetrise(
    problem: Problem, parts: list[Split], tests: Sequence[int], multipliers: Sequence[int]
) -> None:
    """Turn the sign of constraints so that they mirror the multiplier in the other equations."""
    for j in multipliers:
        own = parts[list(tests).index(j)]
        for part, test in zip(parts, tests, strict=True):
            signs = [
                sp.diff(part.flux[k], problem.unknowns[j])
                * sp.diff(own.source, sp.Derivative(problem.unknowns[test], c))
                for k, c in enumerate(problem.space)
                if test not in multipliers
            ]
            if any(sign.is_negative for sign in signs):
                own.source, own.flux = -own.source, [-item for item in own.flux]
                break


def _rates(problem: Problem) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Return the unknowns with a rate added for each of second order in time."""
    from residuum.problem._places import time_order

    orders = [time_order(problem, u) for u in problem.unknowns]
    if max(orders, default=0) > 2:
        raise NoWeakForm("order one or two in time", str(max(orders)), "State a system.")
    second = tuple(j for j, order in enumerate(orders) if order == 2)
    # A rate is named so that no unknown of a statement can have its name.
    made = tuple(_rate_name(problem.unknowns[j]) for j in second)
    return (*problem.unknowns, *made), second


def _rate_name(u: Any) -> Any:
    from sympy.core.function import UndefinedFunction

    made = UndefinedFunction(f"{u.func}'", bases=(Unknown,), real=True, residuum_kind="rate")
    return made(*u.args)


def _rate_equation(problem: Problem, unknowns: tuple[Any, ...], k: int, j: int) -> WeakEquation:
    m = len(problem.unknowns)
    zero = (sp.Integer(0),) * len(problem.space)
    return WeakEquation(j, sp.diff(unknowns[j], problem.time) - unknowns[m + k], zero, {})


def _first_order(
    problem: Problem, item: WeakEquation, unknowns: tuple[Any, ...], rates: tuple[int, ...]
) -> WeakEquation:
    """Put the rates in the place of second time derivatives, and test with them."""
    m, test = len(problem.unknowns), item.test
    t = problem.time
    known: dict[Any, Any] = {}
    for k, j in enumerate(rates):
        u, rate = unknowns[j], unknowns[m + k]
        known[sp.Derivative(u, (t, 2))] = sp.Derivative(rate, t)
        known[sp.Derivative(u, t)] = rate
    link = any(item.source.has(unknowns[m + k]) for k in range(len(rates)))
    if link or not known:
        return item
    if test in rates:
        test = m + rates.index(test)

    def swap(expression: Expression) -> Expression:
        return sp.sympify(expression).xreplace(known)

    flux = tuple(swap(part) for part in item.flux)
    boundary = {part: swap(value) for part, value in item.boundary.items()}
    return WeakEquation(test, swap(item.source), flux, boundary)


def _essential(
    problem: Problem, multipliers: Sequence[int], rates: Sequence[int]
) -> tuple[tuple[int, str, Expression], ...]:
    """Return the Dirichlet values, those that are meant to jump first so that others win."""
    found = []
    values = sorted(problem.conditions, key=lambda c: not c.jump)
    assert problem.shape is not None
    for condition in values:
        if condition.kind != "dirichlet":
            continue
        j = problem.unknowns.index(condition.unknown)
        if j in multipliers:
            continue  # it is natural in the equations the multiplier acts on
        value = problem.fill(condition.value)
        parts = problem.shape.parts if condition.on == "boundary" else (condition.on,)
        for part in parts:
            found.append((j, part, value))
            if j in rates:
                rate = len(problem.unknowns) + list(rates).index(j)
                found.append((rate, part, sp.diff(value, problem.time)))
    return tuple(found)


def _means(
    problem: Problem, equations: Sequence[WeakEquation], multipliers: Sequence[int]
) -> tuple[int, ...]:
    """Return the unknowns whose constants nothing fixes."""
    found = []
    for j, u in enumerate(problem.unknowns):
        fixing = (
            ("point_value", "integral")
            if j in multipliers
            else ("point_value", "integral", "dirichlet")
        )
        if any(
            c.kind in fixing and u in sp.sympify(c.unknown).atoms(Unknown)
            for c in problem.conditions
        ):
            continue
        if any(a.expr == u for item in equations for a in rate_atoms(problem, item.source)):
            continue  # its start fixes it, and what flows in changes its mean
        shift = sp.Dummy("shift", real=True)
        if all(_unchanged(item, u, shift, problem, j in multipliers) for item in equations):
            found.append(j)
    return tuple(found)


def _unchanged(item: WeakEquation, u: Any, shift: Any, problem: Problem, multiplier: bool) -> bool:
    """Whether adding a constant to an unknown changes nothing in an equation."""
    pieces = [item.source, *item.boundary.values()] + ([] if multiplier else list(item.flux))
    for piece in pieces:
        if piece.has(u) and sp.diff(piece.subs(u, u + shift).doit(), shift) != 0:
            return False
    if not multiplier or not any(piece.has(u) for piece in item.flux):
        return True
    # ∫ p div v is blind to constants only if no part of the boundary lets v move freely.
    assert problem.shape is not None
    held = {
        c.on
        for c in problem.conditions
        if c.kind == "dirichlet" and c.unknown == problem.unknowns[item.test]
    }
    held |= {
        f"{a}_{e}"
        for a in problem.periodic_axes(problem.unknowns[item.test])
        for e in ("min", "max")
    }
    return "boundary" in held or set(problem.shape.parts) <= held
