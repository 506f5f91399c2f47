"""Problems with a chosen solution, fields that miss it in many ways, and their true errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import Field, Index, Jet, Result, double_precision
from residuum._core import _jet as jets
from residuum.certify.bounds._coercive import coercive
from residuum.certify.bounds._flux_bound import derivatives
from residuum.certify.bounds._quadrature import Cells
from residuum.certify.bounds._residual import Residual, needed
from residuum.fields import MLP
from residuum.fields._architecture import Frame
from residuum.geometry import Box, Difference, Disc, Polygon, Shape
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import (
    Condition,
    Eq,
    ExpressionField,
    Problem,
    Solution,
    dirichlet,
    div,
    flux,
    grad,
    robin,
    space,
    unknown,
)

X, Y, Z = space("x"), space("y"), space("z")
COORDINATES = {1: (X,), 2: (X, Y), 3: (X, Y, Z)}
CELLS = {1: 400, 2: 6000, 3: 3000}
"""Cells of the mesh that true errors are integrated on."""


class Sum(Field):
    """The sum of two fields, the second times a number."""

    first: Field
    second: Field
    factor: float

    def jet(self, points: Array, indices: Any) -> Jet:
        one, two = self.first.jet(points, indices), self.second.jet(points, indices)
        known = [k for k in one.indices if k in two.parts]
        return Jet({k: one.parts[k] for k in known}) + self.factor * Jet(
            {k: two.parts[k] for k in known}
        )


class Product(Field):
    """The product of two fields."""

    first: Field
    second: Field

    def jet(self, points: Array, indices: Any) -> Jet:
        wanted = jets.closure([*indices, (0,) * points.shape[1]])
        one, two = self.first.jet(points, wanted), self.second.jet(points, wanted)
        return Jet({k: one.parts[k] for k in wanted}) * Jet({k: two.parts[k] for k in wanted})


@dataclass(frozen=True, eq=False)
class Case:
    """A problem with its exact solution, and a field.

    Args:
        problem: the statement.
        exact: its solution, an expression.
        solution: the field as an answer.
        words: what was drawn.
    """

    problem: Problem
    exact: Any
    solution: Solution
    words: str

    def error(self, norm: str, mesh: Mesh | None = None) -> float:
        """Return the true error, by quadrature of high order on a fine mesh."""
        statement = coercive(self.problem)
        reference = ExpressionField((self.exact,), self.problem.coordinates)
        indices = needed(statement)
        own = mesh or _fine(self.problem.shape)

        def difference(points: np.ndarray) -> dict[Index, np.ndarray]:
            one = derivatives(self.solution.field, points, indices)
            two = derivatives(reference, points, indices)
            return {k: two[k] - one[k] for k in indices}

        with double_precision():
            residual = Residual(statement, Cells(own, fine=True), difference)
            if norm == "L2":
                squares = residual.value**2 * residual.cells.weights
            else:
                on = {part: free.value for part, free in residual.sides.items()}
                squares = residual.energy(residual.value, residual.slope, on)
        return float(np.sqrt(squares.sum()))


def _fine(shape: Shape | None) -> Mesh:
    assert shape is not None
    d = shape.dimension
    mesh = mesh_of(shape, (2 * shape.measure() / CELLS[d]) ** (1 / d))
    return mesh


def shape_of(random: np.random.Generator, kind: str) -> Shape:
    """Draw a domain."""
    start, size = random.uniform(-2, 2, 3), random.uniform(0.5, 2.0, 3)
    ends = [(float(a), float(a + b)) for a, b in zip(start, size, strict=True)]
    if kind == "line":
        return Box(x=ends[0])
    if kind == "brick":
        return Box(x=ends[0], y=ends[1], z=ends[2])
    if kind == "rectangle":
        return Box(x=ends[0], y=ends[1])
    middle = (float(start[0]), float(start[1]))
    if kind == "disc":
        return Disc(middle, float(size[0]))
    if kind == "holed":
        centre = (float(start[0] + size[0] / 2), float(start[1] + size[1] / 2))
        return Box(x=ends[0], y=ends[1]) - Disc(centre, 0.2 * float(size[:2].min()))
    n = int(random.integers(3, 8))
    angles = 2 * np.pi * (np.arange(n) + random.uniform(-0.3, 0.3, n)) / n
    radii = random.uniform(0.5, 1.5, n) * size[0]
    corners = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1) + start[:2]
    return Polygon([(float(a), float(b)) for a, b in corners])


def smooth(random: np.random.Generator, d: int, frequency: float = 3.0, terms: int = 3) -> Any:
    """Draw a smooth function of d coordinates, of size about one."""
    total: Any = sp.Integer(0)
    for _ in range(terms):
        k = random.normal(size=d) * frequency
        wave = sum(
            (round(float(a), 3) * c for a, c in zip(k, COORDINATES[d], strict=True)), sp.S.Zero
        )
        amplitude = round(float(random.normal()), 3)
        total += amplitude * sp.sin(wave + round(float(random.uniform(0, 6)), 3))
    return total


def diffusion(random: np.random.Generator, d: int) -> Any:
    """Draw a diffusion: a matrix of expressions, symmetric and positive."""
    kind = random.integers(4)
    scale = float(10 ** random.uniform(-2, 2))
    if kind == 0:
        return sp.eye(d) * round(scale, 4)
    varying = sp.exp(round(float(random.uniform(0.2, 1)), 3) * sp.sin(sum(COORDINATES[d]) * 2))
    if kind == 1:
        return sp.eye(d) * varying * round(scale, 4)
    root = random.normal(size=(d, d))
    matrix = root @ root.T + 0.2 * np.eye(d)
    constant = sp.Matrix(d, d, lambda i, j: round(float(matrix[i, j]), 3))
    return constant if kind == 2 else constant * varying + sp.eye(d) * (2 + X) ** 2 / 4


def conditions_of(
    random: np.random.Generator, u: Any, exact: Any, spread: Any, shape: Shape
) -> list[Condition]:
    """Draw conditions that the exact solution meets: at least one part is held."""
    d = shape.dimension
    free = [part for part in shape.parts if not _round(shape, part)]
    chosen = set()
    if random.random() < 0.5 and isinstance(shape, Box):
        chosen = {p for p in free if random.random() < 0.4}
        chosen.discard(free[int(random.integers(len(free)))])
    found: list[Condition] = []
    space_of = COORDINATES[d]
    for part in shape.parts:
        if part not in chosen:
            found.append(dirichlet(u, exact, on=part))
            continue
        axis, end = shape.axes.index(part.split("_")[0]), part.split("_")[1]
        sign = 1 if end == "max" else -1
        slopes = [sp.diff(exact, c) for c in space_of]
        outward = sign * sum((spread[axis, j] * slopes[j] for j in range(d)), sp.S.Zero)
        own = [sum((spread[i, j] * sp.Derivative(u, space_of[j]) for j in range(d)), sp.S.Zero)
               for i in range(d)]  # fmt: skip
        if random.random() < 0.5 or not _isotropic(spread):
            found.append(flux(own, outward, on=part))
        else:
            beta = round(float(random.uniform(0.1, 3)), 3)
            value = beta * exact + sign * slopes[axis]
            found.append(robin(u, value, a=beta, b=1, on=part))
    return found


def _round(shape: Shape, part: str) -> bool:
    return part == "circle"


def _isotropic(matrix: Any) -> bool:
    d = matrix.shape[0]
    return bool(matrix == sp.eye(d) * matrix[0, 0])


def field_of(random: np.random.Generator, case: tuple[Any, Shape], kind: str) -> Field:
    """Draw a field: the exact solution and what it misses, or a network of chance."""
    exact, shape = case
    d = shape.dimension
    coordinates = COORDINATES[d]
    true = ExpressionField((exact,), coordinates)
    centre, half = shape.bounds.mean(axis=1), np.ptp(shape.bounds, axis=1) / 2
    with double_precision():
        network = MLP(width=12, depth=2).build(
            Frame(centre, half, (), 1), int(random.integers(7, 10**6))
        )
        network = jax.tree.map(
            lambda leaf: leaf.astype(jnp.float64) if hasattr(leaf, "astype") else leaf, network
        )
    size = float(10 ** random.uniform(-8, 0))
    if kind == "untrained":
        return network
    if kind == "half-trained":
        return Sum(true, network, size)
    if kind == "inside":
        bubble = _bubble(shape)
        return Sum(true, Product(ExpressionField((bubble,), coordinates), network), size)
    frequency = 12.0 if kind == "between points" else 3.0
    wrong = smooth(random, d, frequency)
    if kind == "between points":
        wrong *= _bubble(shape)
    return Sum(true, ExpressionField((wrong,), coordinates), size)


def _bubble(shape: Shape) -> Any:
    """Return a smooth function that vanishes on the boundary, of size about one."""
    names = {sp.Symbol(c.name, real=True): c for c in COORDINATES[shape.dimension]}
    if isinstance(shape, Difference):
        return _bubble(shape.first) * shape.second.implicit().subs(names)
    if isinstance(shape, Polygon):
        size = float(np.ptp(shape.bounds))
        lines = [shape._line(k).subs(names) / size for k in range(len(shape.vertices))]
        return 4 ** len(lines) * sp.Mul(*lines)
    return shape.distance("boundary").subs(names)


KINDS = ("untrained", "half-trained", "inside", "between points", "smooth")
SHAPES = ("rectangle", "polygon", "line", "brick", "disc", "holed")


def draw(seed: int, shapes: tuple[str, ...] = SHAPES, kinds: tuple[str, ...] = KINDS) -> Case:
    """Return the case of a seed."""
    random = np.random.default_rng([seed, 811])
    domain = str(random.choice(shapes))
    shape = shape_of(random, domain)
    d = shape.dimension
    u = unknown("u", *COORDINATES[d])
    exact = smooth(random, d)
    spread = diffusion(random, d)
    reaction = [0, round(float(10 ** random.uniform(-2, 4)), 3), 1 + sp.sin(X) ** 2][
        int(random.integers(3))
    ]
    speed = [0.0] * d
    if random.random() < 0.3:
        speed = [round(float(v), 2) for v in random.normal(size=d) * 3]
    conditions = conditions_of(random, u, exact, spread, shape)
    if any(c.kind != "dirichlet" for c in conditions):
        speed = [0.0] * d
    slopes = grad(u)
    coordinates = COORDINATES[d]

    def operator(w: Any, kept: bool) -> Any:
        inner = [sum((spread[i, j] * sp.diff(w, coordinates[j]) for j in range(d)), sp.S.Zero)
                 for i in range(d)]  # fmt: skip
        spreading = (
            div(inner)
            if kept
            else sum((sp.diff(f, c) for f, c in zip(inner, coordinates, strict=True)), sp.S.Zero)
        )
        moving = sum(
            (b * sp.diff(w, c) for b, c in zip(speed, coordinates, strict=True)), sp.S.Zero
        )
        return -spreading + moving + reaction * w

    del slopes
    problem = Problem(
        domain=shape,
        equations=[Eq(operator(u, True), operator(exact, False))],
        conditions=conditions,
    )
    kind = str(random.choice(kinds))
    field = field_of(random, (exact, shape), kind)
    free = sorted({c.kind for c in conditions} - {"dirichlet"})
    words = f"{domain}, {kind}, c = {reaction}, b = {speed}, {'/'.join(free) or 'held'}"
    return Case(problem, exact, Solution(problem, field, Result.SUCCESSFUL), words)
