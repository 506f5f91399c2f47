"""Weak residuals tested with global polynomials, measured in the dual norm."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from residuum._core import Field, Key, OptionError, Source, generator
from residuum.objectives._inferred import Inferred
from residuum.objectives._objective import Objective
from residuum.objectives._points import Points
from residuum.objectives._quadrature import quadrature
from residuum.objectives._rows import Rows
from residuum.objectives._tested_rows import TestedRows
from residuum.problem import (
    ExpressionField,
    NoWeakForm,
    Pointwise,
    Problem,
    Scaling,
    WeakEquation,
    WeakForm,
    hard_conditions,
    pointwise,
    weak_form,
)

EDGE = 400
"""Points on each part of the boundary where something is natural."""


def no_weak_form(problem: Problem) -> str | None:
    """Return why a problem has no weak form that rows can stand for, or ``None``."""
    try:
        form = weak_form(problem)
    except NoWeakForm as error:
        return f"the statement has no weak form: {error}"
    if form.rates:
        return "it has a second time derivative; state its rate as an unknown of its own"
    return None if problem.space else "it has no space coordinate to integrate by parts over"


def expressions(problem: Problem, equation: WeakEquation) -> tuple[Pointwise, ...]:
    """Return source, fluxes and boundary terms of a weak equation at points."""
    parts = (equation.source, *equation.flux, *equation.boundary.values())
    return tuple(pointwise(problem, part) for part in parts)


@dataclass(frozen=True)
class Galerkin(Objective):
    """∫ source · v + ∫ flux · ∇v + ∫ boundary · v = 0 for global test functions v.

    The test functions are polynomials of the lowest total degrees (harmonics along periodic axes)
    times a distance that vanishes where Dirichlet values hold. They are made orthonormal in H¹, so
    that the sum of squares of the rows is the squared norm of the residual as a functional on
    them: for a coercive problem that norm is equivalent to the error, which strong residuals are
    not. No second derivative is taken, and coefficients may jump.

    Args:
        tests: number of test functions per equation. More resolve finer errors; good starting
            values: 100 in one dimension, 200 beyond.
        quadrature: about how many points the integrals are taken over.

    It breaks on layers thinner than what polynomials of that degree resolve, and where coefficients
    jump across curves on which no cell edge lies.
    """

    tests: int = 150
    quadrature: int = 3000

    name: ClassVar[str] = "galerkin"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "hp-vpinns",
            "hp-VPINNs: Variational physics-informed neural networks with domain decomposition",
            "E. Kharazmi, Z. Zhang, G. E. Karniadakis",
            2021,
            "doi:10.1016/j.cma.2020.113547",
            "verified",
        ),
        Source(
            "robust-vpinns",
            "Robust variational physics-informed neural networks",
            "S. Rojas, P. Maczuga, J. Muñoz-Matute, D. Pardo, M. Paszyński",
            2024,
            "doi:10.1016/j.cma.2024.116904",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.tests < 1 or self.quadrature < self.tests:
            wanted = "at least one test function, and more points than test functions"
            raise OptionError(wanted, repr(self), "Correct them.")

    def refuse(self, problem: Problem) -> str | None:
        if (reason := no_weak_form(problem)) is not None:
            return reason
        hard = hard_conditions(problem)
        if any(c.kind == "dirichlet" for c in hard.weighted):
            return "Dirichlet values have no distance on this shape; take CompactWeak"
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
        judge = self.rows(problem, sizes, key, 2 * turn + 3, self.tests * 3 // 2)
        held = sum(
            float(jnp.sum(item.residual(trained[0], trained[1].values()) ** 2)) for item in judge
        )
        return self.rows(problem, sizes, key, 2 * turn + 2, self.tests), float(np.sqrt(held))

    def rows(
        self, problem: Problem, sizes: Scaling, key: Key, turn: int, tests: int
    ) -> list[TestedRows]:
        """Return the rows of every equation, for one choice of quadrature points."""
        form = weak_form(problem)
        inside, weights = quadrature(problem, self.quadrature, key, turn)
        weights = weights / weights.sum()
        return [
            _rows(problem, sizes, form, i, (inside, weights), (key, turn, tests))
            for i in range(len(form.equations))
        ]


def _rows(
    problem: Problem,
    sizes: Scaling,
    form: WeakForm,
    number: int,
    inside: tuple[np.ndarray, np.ndarray],
    choice: tuple[Key, int, int],
) -> TestedRows:
    equation = form.equations[number]
    key, turn, tests = choice
    points, weights = inside
    edges = [edge(problem, part, key, turn) for part in equation.boundary]
    every = np.vstack([points, *(item[0] for item in edges)])
    values, slopes = test_functions(problem, sizes, equation.test, every, tests)
    n = len(points)
    values_in, slopes_in = values[:, :n], slopes[:, :, :n]
    turned = _orthonormal(values_in, slopes_in, weights, sizes.half_width[-len(problem.space) :])
    summed = np.zeros((1 + len(problem.space) + len(edges), tests, len(every)))
    summed[0, :, :n] = turned @ (values_in * weights)
    for k in range(len(problem.space)):
        summed[1 + k, :, :n] = turned @ (slopes_in[k] * weights)
    at, measure = n, measure_of(problem)
    for k, (places, _, length) in enumerate(edges):
        span = slice(at, at + len(places))
        share = length / measure / len(places)
        summed[1 + len(problem.space) + k, :, span] = turned @ values[:, span] * share
        at += len(places)
    normals = np.vstack([np.zeros((n, len(problem.space))), *(item[1] for item in edges)])
    return TestedRows(
        f"weak equation {number + 1}",
        expressions(problem, equation),
        jnp.asarray(every),
        jnp.asarray(1.0 / float(sizes.residuals[number])),
        jnp.asarray(normals) if edges else None,
        groups=tests,
        tests=jnp.asarray(summed),
    )


def measure_of(problem: Problem) -> float:
    """Return the measure of the domain, time included."""
    assert problem.shape is not None
    span = problem.interval
    return float(problem.shape.measure()) * (1.0 if span is None else float(span[1] - span[0]))


def edge(problem: Problem, part: str, key: Key, turn: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return points on a part of the boundary, outward normals, and the measure of the part."""
    shape = problem.shape
    assert shape is not None
    random = generator(key, 53, turn + 1)
    order = [shape.axes.index(c.name) for c in problem.space]
    count = 1 if shape.dimension == 1 and problem.interval is None else EDGE
    places = shape.sample_boundary(count, part=part, key=int(random.integers(1 << 31)))
    normals = -np.asarray(shape.inward_normal(places))[:, order]
    places = np.asarray(places)[:, order]
    length = float(shape.boundary_measure(part))
    if problem.interval is not None:
        low, high = problem.interval
        times = low + (np.arange(count) + random.uniform(size=count)) / count * (high - low)
        places = np.column_stack([random.permutation(times), places])
        length *= float(high - low)
    return places, normals, length


def _orthonormal(
    values: np.ndarray, slopes: np.ndarray, weights: np.ndarray, half: np.ndarray
) -> np.ndarray:
    """Return what makes test functions orthonormal in H¹ in space, coordinates of size one."""
    gram = (values * weights) @ values.T
    for k, width in enumerate(half):
        gram += width**2 * (slopes[k] * weights) @ slopes[k].T
    sizes, turn = np.linalg.eigh(gram)
    # What depends on the others to rounding tests nothing.
    sound = sizes > 1e-12 * sizes[-1]
    scale = np.where(sound, 1 / np.sqrt(np.where(sound, sizes, 1.0)), 0.0)
    found: np.ndarray = scale[:, None] * turn.T
    return found


def test_functions(
    problem: Problem, sizes: Scaling, number: int, points: np.ndarray, tests: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return test functions of an unknown, (tests, n), and their slopes in space, (d, tests, n)."""
    u = problem.unknowns[number]
    periodic = problem.periodic_axes(u)
    d, axes = len(problem.coordinates), []
    degrees = lowest(d, tests)
    for i, c in enumerate(problem.coordinates):
        scaled = (points[:, i] - sizes.centre[i]) / sizes.half_width[i]
        made = _harmonics if c.name in periodic else _legendre
        value, slope = made(scaled, max(index[i] for index in degrees) + 1)
        axes.append((value, slope / sizes.half_width[i]))
    distance = ExpressionField((hard_conditions(problem).distance[number],), problem.coordinates)
    units = [tuple(int(i == j) for i in range(d)) for j in range(d)]
    jet = distance.jet(jnp.asarray(points), units)
    factor = np.asarray(jet.value)[:, 0]
    steps = [np.asarray(jet.derivative(unit))[:, 0] for unit in units]
    values = np.array([_product(axes, index, None) for index in degrees])
    slopes = [
        factor * np.array([_product(axes, index, i) for index in degrees]) + steps[i] * values
        for i, c in enumerate(problem.coordinates)
        if c.role == "space"
    ]
    return factor * values, np.array(slopes)


test_functions.__test__ = False  # type: ignore[attr-defined]


def lowest(d: int, tests: int) -> list[tuple[int, ...]]:
    """Return the degrees of the first test functions by total degree."""
    found: list[tuple[int, ...]] = []
    for total in itertools.count():
        found += sorted(
            item for item in itertools.product(range(total + 1), repeat=d) if sum(item) == total
        )
        if len(found) >= tests:
            return found[:tests]
    raise AssertionError


def _product(axes: Sequence[Any], index: tuple[int, ...], along: int | None) -> np.ndarray:
    parts = [axis[int(i == along)][k] for i, (axis, k) in enumerate(zip(axes, index, strict=True))]
    found: np.ndarray = np.prod(parts, axis=0)
    return found


def _legendre(x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    identity = np.eye(count)
    values = np.polynomial.legendre.legvander(x, count - 1).T
    slopes = [
        np.polynomial.legendre.legval(x, np.polynomial.legendre.legder(identity[k]))
        for k in range(count)
    ]
    return values, np.array(slopes)


def _harmonics(x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    values, slopes = [], []
    for k in range(count):
        speed = np.pi * ((k + 1) // 2)
        value, slope = np.cos(speed * x), -speed * np.sin(speed * x)
        if k % 2:
            value, slope = np.sin(speed * x), speed * np.cos(speed * x)
        values.append(value)
        slopes.append(slope)
    return np.array(values), np.array(slopes)
