"""The scalar linear coercive problem that a statement is, read off its weak form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import sympy as sp

from residuum._core import Index
from residuum._core._arrays import on_device
from residuum.problem import NoWeakForm, Problem, WeakForm, numeric, weak_form
from residuum.problem._conditions import normal
from residuum.problem._pointwise import known_functions, known_jet
from residuum.problem._symbols import Closure, Coefficient, Unknown

Expression = Any
ROUGH = (sp.Piecewise, sp.Heaviside, sp.Abs, sp.sign, sp.Max, sp.Min, sp.floor, Coefficient)
"""What makes a flux whose divergence may be no function."""


class NotCovered(Exception):
    """The statement is outside of what the bounds are proved for; the message says why."""


@final
@dataclass(frozen=True, eq=False)
class Coercive:
    """-div(A grad u + ...) + ... = f as ∫ S w + ∫ Φ·∇w + ∫ B w = 0, all three affine in u.

    The form a(e, w) of their linear parts has a(e, e) = |||e|||² for e that vanishes where values
    are given, with the energy |||e|||² = ∫ A∇e·∇e + ∫ c e² + ∫ β e² over the free boundary,
    c = S_u - div(S_∇ + Φ_u)/2 and β = B_u + n·(S_∇ + Φ_u)/2.

    Args:
        problem: the statement.
        form: its weak form.
        source: S.
        flux: Φ, one per coordinate.
        natural: B by free part of the boundary.
        held: given values by part of the boundary.
        smooth: whether Φ of a smooth function is one whose divergence is a function.
        floating: whether u is fixed only up to a constant.
    """

    problem: Problem
    form: WeakForm
    source: Expression
    flux: tuple[Expression, ...]
    natural: Mapping[str, Expression]
    held: Mapping[str, Expression]
    smooth: bool
    floating: bool

    @property
    def unknown(self) -> Any:
        """The unknown."""
        return self.form.unknowns[0]

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.form.space)

    def _slopes(self, expression: Expression) -> list[Expression]:
        """Return the derivatives of an expression by the unknown and by its slopes."""
        u, space = self.unknown, self.form.space
        slots = [u, *(sp.Derivative(u, c) for c in space)]
        dummies = [sp.Dummy(real=True) for _ in slots]
        # Slopes first: what is left of the unknown is its value.
        flat = sp.sympify(expression).subs(
            [*zip(slots[1:], dummies[1:], strict=True), (u, dummies[0])]
        )
        found = [sp.diff(flat, dummy) for dummy in dummies]
        if any(item.has(*dummies) and sp.simplify(item).has(*dummies) for item in found):
            raise NotCovered("the equation is not linear in the unknown")
        return [item if not item.has(*dummies) else sp.simplify(item) for item in found]

    @cached_property
    def source_slopes(self) -> list[Expression]:
        """S by u, then by each slope of u."""
        return self._slopes(self.source)

    @cached_property
    def flux_slopes(self) -> list[list[Expression]]:
        """Each component of Φ by u, then by each slope of u."""
        return [self._slopes(item) for item in self.flux]

    @cached_property
    def drift(self) -> list[Expression]:
        """S_∇ + Φ_u, one per coordinate."""
        rows = self.flux_slopes
        return [sp.expand(self.source_slopes[1 + i] + rows[i][0]) for i in range(self.dimension)]

    @cached_property
    def reaction(self) -> Expression:
        """The c of the energy."""
        spread = sum(
            (sp.diff(b, x) for b, x in zip(self.drift, self.form.space, strict=True)), sp.S.Zero
        )
        return sp.simplify(self.source_slopes[0] - spread / 2)

    def robin(self, part: str) -> tuple[Expression, Expression]:
        """Return B_u and the β of the energy on a free part of the boundary."""
        slope = self._slopes(self.natural.get(part, sp.S.Zero))
        if any(item != 0 for item in slope[1:]):
            raise NotCovered(f"the condition on {part} holds derivatives along the boundary")
        across = zip(normal(self.form.space), self.drift, strict=True)
        return slope[0], slope[0] + sum((n * b for n, b in across), sp.S.Zero) / 2

    @cached_property
    def mean(self) -> float:
        """The mean of the unknown where nothing else fixes its constant."""
        given = [c.value for c in self.problem.conditions if c.kind == "integral"]
        assert self.problem.shape is not None
        return float(self.problem.fill(given[0])) / self.problem.shape.measure() if given else 0.0

    @cached_property
    def divergence(self) -> Expression:
        """The divergence of Φ, by the chain rule."""
        parts = zip(self.flux, self.form.space, strict=True)
        return sum((sp.diff(item, x).doit() for item, x in parts), sp.S.Zero)

    def atoms(self, expressions: Sequence[Expression]) -> dict[Any, Index]:
        """Return u and its derivatives in expressions, with their multi-indices."""
        found: dict[Any, Index] = {}
        for expression in expressions:
            walk = sp.preorder_traversal(sp.sympify(expression))
            for node in walk:
                inner = node.expr if isinstance(node, sp.Derivative) else node
                if isinstance(inner, Unknown):
                    counts = dict(node.variable_count) if node is not inner else {}
                    found[node] = tuple(int(counts.get(c, 0)) for c in self.form.space)
                    walk.skip()
        return found

    def values(
        self,
        expressions: Sequence[Expression],
        points: np.ndarray,
        jet: Mapping[Index, np.ndarray] | None = None,
        normals: np.ndarray | None = None,
    ) -> list[np.ndarray]:
        """Return expressions at points (..., d), each (...), from derivatives of u by index."""
        shape = points.shape[:-1]
        known: dict[Any, Any] = {c: points[..., i] for i, c in enumerate(self.form.space)}
        known |= {atom: (jet or {})[index] for atom, index in self.atoms(expressions).items()}
        if normals is not None:
            known |= {n: normals[..., i] for i, n in enumerate(normal(self.form.space))}
        for expression in expressions:
            known |= self._given(sp.sympify(expression), points)
        found = numeric([sp.sympify(item) for item in expressions], known)
        return [np.broadcast_to(np.asarray(item, float), shape) for item in found]

    def _given(self, expression: Expression, points: np.ndarray) -> dict[Any, np.ndarray]:
        rules = known_functions(self.problem)
        found = {}
        for node in expression.atoms(Coefficient, sp.Derivative):
            function = node.expr if isinstance(node, sp.Derivative) else node
            if not isinstance(function, Coefficient):
                continue
            columns = [self.form.space.index(c) for c in function.args]
            flat = on_device(points.reshape(-1, points.shape[-1]))
            order = list(node.variables) if node is not function else []
            index = tuple(order.count(c) for c in self.form.space)
            jet = known_jet(rules[str(function.func)], flat, columns, [index])
            found[node] = np.asarray(jet.derivative(index)[:, 0]).reshape(points.shape[:-1])
        return found


def coercive(problem: Problem) -> Coercive:
    """Read a statement.

    Raises:
        NotCovered: with the reason.
    """
    if "_coercive" not in problem.__dict__:
        try:
            problem.__dict__["_coercive"] = _read(problem)
        except NotCovered as error:
            problem.__dict__["_coercive"] = error
    found = problem.__dict__["_coercive"]
    if isinstance(found, NotCovered):
        raise found
    return found


def _read(problem: Problem) -> Coercive:
    _plain(problem)
    try:
        form = weak_form(problem)
    except NoWeakForm as error:
        raise NotCovered(str(error)) from None
    (equation,) = form.equations
    fill = problem.fill
    flux = tuple(fill(item).doit() for item in equation.flux)
    natural = {part: fill(item) for part, item in equation.boundary.items()}
    held = {part: fill(value) for _, part, value in form.essential}
    found = Coercive(
        problem,
        form,
        fill(equation.source).doit(),
        flux,
        {part: item for part, item in natural.items() if part not in held},
        held,
        not any(item.has(*ROUGH) for item in flux),
        bool(form.means) or _floats(problem, held, form),
    )
    _check(found)
    return found


def _floats(problem: Problem, held: Mapping[str, Expression], form: WeakForm) -> bool:
    """Whether only an integral condition fixes the constant."""
    return not held and any(c.kind == "integral" for c in problem.conditions)


def _plain(problem: Problem) -> None:
    """Refuse what is no steady equation for one unknown function."""
    if problem.time is not None or not problem.space:
        raise NotCovered("the bound is for steady problems in space")
    if len(problem.space) > 3:
        raise NotCovered("the bound needs a mesh, which there is in one to three dimensions")
    if len(problem.unknowns) != 1:
        raise NotCovered("the bound is for one unknown")
    if problem.traits.inverse or problem.undrawn or problem._atoms(Closure):
        raise NotCovered("parts of the statement are unknown")
    if problem.traits.space_order != 2:
        raise NotCovered("the bound is for equations of second order")
    for condition in problem.conditions:
        if condition.kind in ("periodic", "point_value"):
            raise NotCovered(f"conditions of the kind {condition.kind} are not covered")


def _check(found: Coercive) -> None:
    """Refuse what is not linear, symmetric in its diffusion, or rough in its transport."""
    n = found.dimension
    spread = [row[1:] for row in found.flux_slopes]
    for i in range(n):
        for j in range(i):
            if sp.simplify(spread[i][j] - spread[j][i]) != 0:
                raise NotCovered("the diffusion is not a symmetric matrix")
    if any(item.has(*ROUGH) for item in found.drift):
        raise NotCovered("the transport is not smooth")
    for part in found.natural:
        found.robin(part)
    if found.floating and (found.reaction != 0 or any(item != 0 for item in found.drift)):
        raise NotCovered("the unknown is fixed by its mean alone, with transport or reaction")
