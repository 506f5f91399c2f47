"""Traits: what can be derived about a problem from its statement, and nothing declared by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from residuum.geometry import Box
from residuum.problem._operators import Div, Laplacian
from residuum.problem._places import at_points, points_of, space_order, time_order
from residuum.problem._problem import Problem
from residuum.problem._symbols import Coordinate

TRANSPORT = 100.0
"""Péclet number from which a problem counts as transport-dominated."""


@dataclass(frozen=True)
class Traits:
    """Facts about a problem. ``None`` means: not proved either way.

    Args:
        dimension: number of space coordinates.
        evolving: whether there is a time coordinate.
        unknowns: number of unknown functions.
        time_order, space_order: highest order of differentiation.
        linear: whether every equation is linear in the unknowns.
        divergence_form: whether second-order terms are written with ``div`` or ``laplacian``.
        symmetric: whether the operator in space is self-adjoint.
        coercive: whether it is coercive under the conditions given.
        periodic: the axes along which every unknown is periodic.
        peclet: speed times length over diffusion; infinite without diffusion, ``None`` without
            transport.
        box: whether the domain in space is a box.
        inferred: names of what is to be inferred: parameters, and unknowns without an equation.
        closures: names of trainable parts.
    """

    dimension: int
    evolving: bool
    unknowns: int
    time_order: int
    space_order: int
    linear: bool
    divergence_form: bool
    symmetric: bool | None
    coercive: bool | None
    periodic: tuple[str, ...]
    peclet: float | None
    box: bool
    inferred: tuple[str, ...]
    closures: tuple[str, ...]

    @property
    def ordinary(self) -> bool:
        """Whether the problem is an ordinary differential equation in time."""
        return self.dimension == 0

    @property
    def transport_dominated(self) -> bool:
        """Whether transport outweighs diffusion by far."""
        return self.peclet is not None and self.peclet >= TRANSPORT

    @property
    def inverse(self) -> bool:
        """Whether numbers or functions inside the equation are unknown."""
        return bool(self.inferred or self.closures)

    def words(self) -> list[str]:
        """Return the traits as short phrases."""
        kind = "ordinary" if self.ordinary else f"{self.dimension}-D"
        found = [kind, "evolving" if self.evolving else "steady"]
        found.append("linear" if self.linear else "nonlinear")
        if self.unknowns > 1:
            found.append(f"system of {self.unknowns}")
        orders = [f"order {self.time_order} in time"] if self.evolving else []
        orders += [f"order {self.space_order} in space"] if self.dimension else []
        found.append(", ".join(orders))
        found += ["divergence form"] if self.divergence_form else []
        found += ["symmetric"] if self.symmetric else []
        found += ["coercive"] if self.coercive else []
        found += [f"periodic in {', '.join(self.periodic)}"] if self.periodic else []
        if self.transport_dominated:
            size = "no diffusion" if self.peclet == float("inf") else f"Péclet {self.peclet:.0f}"
            found.append(f"transport-dominated ({size})")
        found += [f"unknown {', '.join((*self.inferred, *self.closures))}"] if self.inverse else []
        return found


def derive(problem: Problem) -> Traits:
    """Derive the traits of a problem."""
    axes = [set(problem.periodic_axes(u)) for u in problem.unknowns]
    periodic = tuple(c.name for c in problem.space if all(c.name in found for found in axes))
    linear = all(is_linear(problem, residual) for residual in problem.residuals)
    symmetric, coercive = _self_adjoint(problem, linear)
    return Traits(
        dimension=len(problem.space),
        evolving=problem.time is not None,
        unknowns=len(problem.unknowns),
        time_order=max(time_order(problem, u) for u in problem.unknowns),
        space_order=max(space_order(problem, u) for u in problem.unknowns),
        linear=linear,
        divergence_form=_divergence_form(problem),
        symmetric=symmetric,
        coercive=coercive,
        periodic=periodic,
        peclet=_peclet(problem),
        box=isinstance(problem.shape, Box),
        inferred=(
            *(p.name for p in problem.inferred),
            *(str(u.func) for u in inferred_functions(problem)),
        ),
        closures=tuple(str(c.func) for c in problem.closures),
    )


def inferred_functions(problem: Problem) -> tuple[Any, ...]:
    """Return the unknowns without an equation of their own: only observations tell of them."""
    free = list(problem.unknowns)
    if len(problem.residuals) >= len(free):
        return ()
    for residual in problem.residuals:
        present = [u for u in free if residual.has(u)]
        if present:
            free.remove(_subject(problem, list(_atoms(problem, residual)), present))
    return tuple(free)


def _atoms(problem: Problem, expression: Any) -> dict[Any, sp.Dummy]:
    """Return a dummy for each unknown and derivative of one, highest derivatives first."""
    found = [d for d in expression.atoms(sp.Derivative) if d.expr in problem.unknowns]
    found.sort(key=lambda d: -sum(int(n) for _, n in d.variable_count))
    found += [u for u in problem.unknowns if expression.has(u)]
    return {atom: sp.Dummy(real=True) for atom in found}


def is_linear(problem: Problem, residual: Any) -> bool:
    """Whether an expression is affine in the unknowns and their derivatives."""
    dummies = _atoms(problem, residual)
    flat = residual.subs(list(dummies.items()))
    slopes = [sp.diff(flat, dummy) for dummy in dummies.values()]
    names = set(dummies.values())
    doubtful = [slope for slope in slopes if slope.free_symbols & names]
    # Simplifying takes seconds for long slopes: only what two places do not tell needs it.
    if any(_varies(slope, names) for slope in doubtful):
        return False
    return all(not (sp.simplify(slope).free_symbols & names) for slope in doubtful)


def _varies(expression: Any, names: set[sp.Dummy]) -> bool:
    """Whether the values of an expression differ between two places that differ in the names."""
    random = np.random.default_rng(29)
    kinds = (sp.Derivative, sp.core.function.AppliedUndef)
    others = sorted((expression.free_symbols - names) | expression.atoms(*kinds), key=str)
    fixed = {atom: sp.Float(random.uniform(0.5, 1.5)) for atom in others}
    values = []
    for _ in range(2):
        place = {name: sp.Float(random.uniform(0.5, 1.5)) for name in sorted(names, key=str)}
        values.append(expression.xreplace({**fixed, **place}).evalf())
    if not all(value.is_number and value.is_finite for value in values):
        return False
    first, second = values
    # Rounding is far below this part of the values.
    return bool(sp.Abs(first - second) > 1e-6 * (sp.Abs(first) + sp.Abs(second)))


def _divergence_form(problem: Problem) -> bool:
    """Whether there are div or laplacian nodes, and no second derivatives outside of them."""
    noded = bare = 0
    for equation in problem.equations:
        for side in (equation.left, equation.right):
            walk = sp.preorder_traversal(side)
            for node in walk:
                if isinstance(node, Div | Laplacian):
                    noded += 1
                    walk.skip()
                elif isinstance(node, sp.Derivative):
                    bare += sum(c != problem.time for c in node.variables) > 1
    return noded > 0 and bare == 0


def _linear_part(problem: Problem) -> tuple[dict[tuple[Coordinate, ...], Any], Any] | None:
    """For one linear equation: coefficient by the sequence of space coordinates differentiated."""
    u, residual = problem.unknowns[0], problem.residuals[0]
    dummies = _atoms(problem, residual)
    flat = sp.expand(residual.subs(list(dummies.items())))
    found: dict[tuple[Coordinate, ...], Any] = {}
    for atom, dummy in dummies.items():
        by = tuple(atom.variables) if isinstance(atom, sp.Derivative) else ()
        if problem.time in by:
            continue
        found[tuple(sorted(by, key=str))] = sp.simplify(sp.diff(flat, dummy))
    return found, u


def _self_adjoint(problem: Problem, linear: bool) -> tuple[bool | None, bool | None]:
    if not linear or len(problem.unknowns) != 1 or not problem.space:
        return None, None
    part = _linear_part(problem)
    assert part is not None
    table, _ = part
    if any(len(by) > 2 for by in table):
        constant = all(value.is_number for value in table.values())
        even = all(len(by) % 2 == 0 for by in table)
        return (even if constant else None), None
    symmetric = all(sp.simplify(_drift(problem, table, c)) == 0 for c in problem.space)
    return symmetric, _coercive(problem, table) if symmetric else None


def _drift(problem: Problem, table: dict[tuple[Coordinate, ...], Any], c: Coordinate) -> Any:
    """First-order coefficient along c less what differentiating the diffusion gives."""
    expected = sp.Integer(0)
    for e in problem.space:
        entry = table.get(tuple(sorted((c, e), key=str)), sp.Integer(0))
        expected += sp.diff(entry, e) / (1 if c == e else 2)
    return table.get((c,), sp.Integer(0)) - expected


def _coercive(problem: Problem, table: dict[tuple[Coordinate, ...], Any]) -> bool | None:
    if any(len(by) == 2 and by[0] != by[1] and value != 0 for by, value in table.items()):
        return None
    diagonal = [table.get((c, c), sp.Integer(0)) for c in problem.space]
    sign = (
        -1
        if all(_positive(-a) for a in diagonal)
        else 1
        if all(_positive(a) for a in diagonal)
        else 0
    )
    if sign == 0:
        return None
    reaction = -sign * table.get((), sp.Integer(0))
    held = any(c.kind in ("dirichlet", "robin") for c in problem.conditions)
    if reaction == 0 or reaction.is_nonnegative:
        return bool(held or _positive(reaction))
    return None


def _positive(value: Any) -> bool:
    return bool(value.is_positive)


def _peclet(problem: Problem) -> float | None:
    """Largest speed times length over smallest diffusion, with unknowns at their known size."""
    if not problem.space or problem.shape is None:
        return None
    if any(space_order(problem, u) > 2 for u in problem.unknowns):
        return None
    length = float(np.ptp(problem.shape.bounds, axis=1).max())
    found = [_transport(problem, residual) for residual in problem.residuals]
    ratios = [speed * length / much if much > 0 else float("inf") for speed, much in found if speed]
    return max(ratios, default=None)


def _transport(problem: Problem, residual: Any) -> tuple[float, float]:
    """Return speed and diffusion of one equation, for the unknown it is about."""
    dummies = _atoms(problem, residual)
    flat = residual.subs(list(dummies.items()))
    sizes = {dummy: _size(problem, atom) for atom, dummy in dummies.items()}
    own = _subject(problem, list(dummies))
    slopes = {atom: sp.diff(flat, dummy) for atom, dummy in dummies.items()}
    evolving = any(
        isinstance(atom, sp.Derivative) and atom.expr == own and problem.time in atom.variables
        for atom in dummies
    )
    speed = diffusion = 0.0
    for atom, slope in slopes.items():
        if not isinstance(atom, sp.Derivative) or atom.expr != own:
            continue
        if problem.time in atom.variables:
            continue
        if len(atom.variables) == 2:
            diffusion = max(diffusion, _magnitude(problem, slope, sizes))
        elif len(atom.variables) == 1:
            # Differentiating a varying diffusion gives first derivatives that transport nothing.
            spread = slopes.get(sp.Derivative(own, (atom.variables[0], 2)), sp.S.Zero)
            drift = slope - _by_place(spread, atom.variables[0])
            speed = max(speed, _magnitude(problem, drift, sizes))
    return (speed, diffusion) if evolving or diffusion > 0 else (0.0, 0.0)


def _by_place(expression: Any, c: Coordinate) -> Any:
    return sp.diff(expression, c).doit()


def _subject(problem: Problem, atoms: list[Any], among: Sequence[Any] = ()) -> Any:
    """The unknown an equation is about: the one most often differentiated in it, time first."""

    def rank(u: Any) -> tuple[int, int]:
        own = [a for a in atoms if isinstance(a, sp.Derivative) and a.expr == u]
        in_time = max((sum(c == problem.time for c in a.variables) for a in own), default=0)
        in_space = max((sum(c != problem.time for c in a.variables) for a in own), default=0)
        return in_time, in_space

    return max(among or problem.unknowns, key=rank)


def _size(problem: Problem, atom: Any) -> float:
    if isinstance(atom, sp.Derivative):
        return 0.0
    sizes = [1e-300]
    for condition in problem.conditions:
        if condition.unknown == atom and condition.kind in ("initial", "dirichlet"):
            value = problem.fill(condition.value)
            points = points_of(problem, condition, 64)
            if points is not None and value.free_symbols <= set(problem.coordinates):
                sizes.append(float(np.abs(at_points(problem, value, points)).max()))
    return max(sizes) if len(sizes) > 1 else 1.0


def _magnitude(problem: Problem, slope: Any, sizes: dict[sp.Dummy, float]) -> float:
    """Largest absolute value of a coefficient over the domain."""
    value = slope.subs(list(sizes.items()))
    value = value.subs({p: (p.bounds[0] + p.bounds[1]) / 2 for p in problem.inferred if p.bounds})
    if value.is_number:
        return abs(float(value))
    if value.atoms(sp.core.function.AppliedUndef) or value.free_symbols - set(problem.coordinates):
        return 1.0
    points = problem.domain.sample(64, key=17)
    columns: Sequence[int] = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    return float(np.nanmax(np.abs(at_points(problem, value, points[:, columns]))))
