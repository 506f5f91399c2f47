"""The energy of a statement, where it has one: what its solution minimises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import Field, Key, OptionError, Source
from residuum.objectives._galerkin import Galerkin, edge, expressions, measure_of, no_weak_form
from residuum.objectives._inferred import Inferred
from residuum.objectives._objective import Objective
from residuum.objectives._points import Points
from residuum.objectives._quadrature import quadrature
from residuum.objectives._rows import Parameters, Rows
from residuum.problem import (
    Problem,
    Scaling,
    WeakEquation,
    hard_conditions,
    pointwise,
    weak_form,
)
from residuum.problem._places import at_points, interior_points


def path(linear: bool) -> tuple[tuple[float, float], ...]:
    """Return places and weights on the path from nothing to the field.

    What is linear in the field is exact with two. A nonlinearity of scale one is met at one over
    the size of the field or its slope: the parts of the path shrink towards nothing.
    """
    edges = (0.0, 1.0) if linear else (0.0, *(4.0**-k for k in range(4, -1, -1)))
    nodes, weights = np.polynomial.legendre.leggauss(2 if linear else 6)
    found = []
    for low, high in pairwise(edges):
        half = (high - low) / 2
        found += [
            (float(low + half * (1 + a)), float(half * b))
            for a, b in zip(nodes, weights, strict=True)
        ]
    return tuple(found)


class EnergyRows(Rows):
    """An energy, and the H¹ rows that measure directions: no residual, so only some rules take it.

        E(u) = ∫ ∫₀¹ source(su) u + flux(su) · ∇u ds + the same of what is natural on the boundary

    which is the functional whose derivative the weak form is, if that form is symmetric.

    Args:
        weights: of the quadrature by expression, shape (expressions, points).
        metric: rows whose Jacobian J gives the metric JᵀJ of H¹.
        path: places and weights of the integral over s.
    """

    weights: Array | None = None
    metric: Rows | None = None
    path: tuple[tuple[float, float], ...] = eqx.field(static=True, default=())

    def residual(self, field: Field, parameters: Parameters | None = None) -> Array:
        raise OptionError(
            "a rule that minimises energies", "one for residuals", "Take rule=SobolevDescent()."
        )

    def energy(self, field: Field, parameters: Parameters | None = None) -> Array:
        """Return the energy of a field, in units of the size of its terms."""
        d = self.points.shape[1]
        slopes = [tuple(int(i == j) for i in range(d)) for j in range(d)]
        jet = field.jet(self.points, [*self.indices, *slopes])
        factors = [jet.value[:, 0], *(jet.derivative(k)[:, 0] for k in slopes)]
        factors += [jet.value[:, 0]] * (len(self.at) - len(factors))
        assert self.weights is not None
        total = jnp.zeros((), self.points.dtype)
        for at, factor, weights in zip(self.at, factors, self.weights, strict=True):
            for share, weight in self.path:
                values = {(0, k): share * jet.derivative(k)[:, 0] for _, k in at.slots}
                found = at(self.points, values, normals=self.normals, parameters=parameters)
                total = total + weight * jnp.sum(weights * found * factor)
        return total * self.factor


def no_energy(problem: Problem) -> str | None:
    """Return why no energy belongs to a statement, or ``None``.

    The weak form ∫ S v + F · ∇v is the derivative of an energy if ∂F/∂∇u is symmetric and ∂F/∂u
    equals ∂S/∂∇u.
    """
    if (reason := no_weak_form(problem)) is not None:
        return reason
    if problem.time is not None or len(problem.unknowns) != 1:
        return "an energy belongs to a steady statement of one unknown"
    if problem.inferred:
        return "numbers to infer have no energy"
    (equation,) = weak_form(problem).equations
    u = problem.unknowns[0]
    slopes = [sp.Derivative(u, c) for c in problem.space]
    plain = {slope: sp.Dummy(real=True) for slope in slopes}
    value = sp.Dummy(real=True)
    source, *flux = (
        sp.sympify(part).xreplace(plain).xreplace({u: value})
        for part in (equation.source, *equation.flux)
    )
    marks = list(plain.values())
    for i, a in enumerate(marks):
        if sp.simplify(sp.diff(flux[i], value) - sp.diff(source, a)) != 0:
            return f"transport along {problem.space[i]} derives from no energy"
        for j, b in enumerate(marks[:i]):
            if sp.simplify(sp.diff(flux[i], b) - sp.diff(flux[j], a)) != 0:
                return "the flux is no gradient in the slopes of the unknown"
    if problem.traits.linear and not (problem.traits.coercive or _convex(problem, equation)):
        return "the energy is not known to have a minimum: the statement is not coercive"
    return None


def _convex(problem: Problem, equation: WeakEquation) -> bool:
    """Whether the energy density of a linear statement is convex wherever it was looked at."""
    matrix, reaction = _stiffness(problem, equation, interior_points(problem, 256, 59))
    return bool(np.linalg.eigvalsh(matrix).min() > 0 and np.min(reaction) >= 0)


def _widths(
    problem: Problem, sizes: Scaling, equation: WeakEquation, points: np.ndarray, factor: float
) -> np.ndarray:
    """Return what u and its slopes weigh in the metric at points, (1 + d, n).

    A linear statement brings its own: there the metric is the curvature of the energy, and a full
    step is Newton's. Others are measured in H¹.
    """
    if not problem.traits.linear:
        plain = np.array([1.0, *sizes.half_width])[:, None] / float(sizes.magnitudes[0])
        return np.broadcast_to(plain, (len(plain), len(points)))
    matrix, reaction = _stiffness(problem, equation, points)
    diagonal = np.diagonal(matrix, axis1=1, axis2=2).T
    found: np.ndarray = np.sqrt(factor * np.clip(np.vstack([reaction, diagonal]), 0.0, None))
    return found


def _stiffness(
    problem: Problem, equation: WeakEquation, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return ∂F/∂∇u and ∂S/∂u of a linear statement at points: (n, d, d) and (n,)."""
    u = problem.unknowns[0]
    slopes = [sp.Derivative(u, c) for c in problem.space]
    rows = [[sp.sympify(part).diff(slope) for slope in slopes] for part in equation.flux]
    matrix = np.array([[at_points(problem, part, points) for part in row] for row in rows])
    return np.moveaxis(matrix, -1, 0), at_points(
        problem, sp.sympify(equation.source).diff(u), points
    )


@dataclass(frozen=True)
class Ritz(Objective):
    """Minimise the energy of a symmetric statement; to be trained with ``SobolevDescent``.

    The energy is derived from the statement: the weak form integrated along the path from nothing
    to the field. Only first derivatives are taken, and coefficients may jump.

    Args:
        quadrature: about how many points the integrals are taken over. A field with more weights
            than points can lower a sum without lowering the integral.
        tests: test functions by which training is judged, as for ``Galerkin``.

    It breaks where there is no minimum; statements without an energy are refused with the reason.
    """

    quadrature: int = 3000
    tests: int = 100

    name: ClassVar[str] = "ritz"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "deep-ritz",
            "The Deep Ritz Method: A Deep Learning-Based Numerical Algorithm for Solving "
            "Variational Problems",
            "W. E, B. Yu",
            2018,
            "doi:10.1007/s40304-018-0127-z",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.tests < 1 or self.quadrature < self.tests:
            wanted = "at least one test function, and more points than test functions"
            raise OptionError(wanted, repr(self), "Correct them.")

    def refuse(self, problem: Problem) -> str | None:
        if (reason := no_energy(problem)) is not None:
            return reason
        if any(c.kind == "dirichlet" for c in hard_conditions(problem).weighted):
            return "Dirichlet values have no distance on this shape, and an energy needs them exact"
        return None

    def draw(
        self,
        problem: Problem,
        sizes: Scaling,
        points: Points,
        trained: tuple[Field, Inferred],
        key: Key,
        turn: int,
        before: Sequence[Rows] = (),
    ) -> tuple[Sequence[Rows], float]:
        judge = Galerkin(self.tests, self.quadrature)
        (found,) = judge.rows(problem, sizes, key, 2 * turn + 3, self.tests)
        held = float(jnp.linalg.norm(found.residual(*(trained[0], trained[1].values()))))
        return [self.rows(problem, sizes, key, 2 * turn + 2)], held

    def rows(self, problem: Problem, sizes: Scaling, key: Key, turn: int) -> EnergyRows:
        """Return the energy over one choice of quadrature points."""
        (equation,) = weak_form(problem).equations
        u, d = problem.unknowns[0], len(problem.space)
        inside, weights = quadrature(problem, self.quadrature, key, turn)
        weights = weights / weights.sum()
        edges = [edge(problem, part, key, turn) for part in equation.boundary]
        every = np.vstack([inside, *(item[0] for item in edges)])
        n, measure = len(inside), measure_of(problem)
        table = np.zeros((1 + d + len(edges), len(every)))
        table[: 1 + d, :n] = weights
        at = n
        for k, (places, _, length) in enumerate(edges):
            table[1 + d + k, at : at + len(places)] = length / measure / len(places)
            at += len(places)
        normals: Any = None
        if edges:
            normals = jnp.asarray(np.vstack([np.zeros((n, d)), *(item[1] for item in edges)]))
        factor = 1.0 / (float(sizes.residuals[0]) * float(sizes.magnitudes[0]))
        metric = Rows(
            "metric",
            tuple(pointwise(problem, part) for part in (u, *(u.diff(c) for c in problem.space))),
            jnp.asarray(inside),
            jnp.asarray(_widths(problem, sizes, equation, inside, factor) * np.sqrt(weights)),
        )
        return EnergyRows(
            "energy",
            expressions(problem, equation),
            jnp.asarray(every),
            jnp.asarray(factor),
            normals,
            groups=1,
            weights=jnp.asarray(table),
            metric=metric,
            path=path(problem.traits.linear),
        )
