"""Problems with known answers, and good and bad answers to them, for the benchmark of certificates.

Exact solutions are chosen, right sides and boundary values derived from them. Boundary values are
written so that they equal the exact solution on the boundary alone: built into a network they must
not give the answer away. Errors are measured here by quadrature of degree 12 on a fine mesh (or at
40,000 quasi-random points in space and time): nothing of the certifiers is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

import residuum as rs
from residuum.learning import Adam
from residuum.problem._places import at_points, interior_points

X, Y, Z = rs.space("x", "y", "z")
T = rs.time("t")
SEED = 11
FEW = 40_000


@dataclass(frozen=True)
class Known:
    """A problem and its exact solution.

    Args:
        name: short.
        problem: the statement.
        exact: one expression per unknown, or a function of points (n, d) that gives (n, m).
        tensor: A of the energy ∫ ∇eᵀA∇e + c e², ``None`` where no energy is spoken of.
        reaction: c.
    """

    name: str
    problem: rs.Problem
    exact: Any
    tensor: Any = None
    reaction: Any = 0

    def values(self, points: np.ndarray) -> np.ndarray:
        """Return the exact solution at points, (n, m)."""
        if callable(self.exact):
            return np.asarray(self.exact(points), float).reshape(len(points), -1)
        columns = [at_points(self.problem, sp.sympify(item), points) for item in self.exact]
        return np.stack(columns, axis=1)


def _scalar(
    name: str,
    domain: Any,
    exact: Any,
    *,
    tensor: Any = 1,
    drift: tuple[Any, ...] = (),
    reaction: Any = 0,
    level: Any = None,
    sides: Callable[[Any], list[Any]] | None = None,
) -> Known:
    """State a problem; ``level`` vanishes on the boundary, ``None`` where the solution does."""
    axes = [c for c in (X, Y, Z) if c.name in domain.axes]
    u = rs.unknown("u", *axes)

    def left(w: Any) -> Any:
        convection = sum(b * w.diff(c) for b, c in zip(drift, axes, strict=False))
        return -rs.div(tensor * rs.grad(w)) + convection + reaction * w

    def plain(w: Any) -> Any:
        diffusion = -sum(sp.diff(tensor * sp.diff(w, c), c) for c in axes)
        convection = sum(b * sp.diff(w, c) for b, c in zip(drift, axes, strict=False))
        return diffusion + convection + reaction * w

    conditions = [rs.dirichlet(u, 0 if level is None else exact + level)]
    if sides is not None:
        conditions = sides(u)
    statement = rs.Problem(domain, rs.Eq(left(u), sp.simplify(plain(exact))), conditions, name=name)
    return Known(name, statement, (exact,), tensor, reaction)


def elliptic() -> list[Known]:
    """Return linear coercive problems: every domain and term a bound is claimed for."""
    square = rs.Box(x=(0, 1), y=(0, 1))
    shape = rs.Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
    wave = sp.sin(sp.pi * X) * sp.sin(2 * sp.pi * Y)
    bubble = 16 * X * (1 - X) * Y * (1 - Y)
    peak = bubble * sp.exp(-40 * ((X - sp.Rational(2, 5)) ** 2 + (Y - sp.Rational(3, 5)) ** 2))
    smooth = sp.exp(X * Y / 2) * sp.cos(X + Y)

    def mixed(u: Any) -> list[Any]:
        return [
            rs.dirichlet(u, smooth + X, on="x_min"),
            rs.neumann(u, sp.diff(smooth, X), on="x_max"),
            rs.neumann(u, -sp.diff(smooth, Y), on="y_min"),
            rs.robin(u, 2 * smooth + sp.diff(smooth, Y), a=2, b=1, on="y_max"),
        ]

    hole = rs.Polygon([(0, 0), (3, 0), (3, 2), (0, 2)]) - rs.Disc((2, 1), 0.5, name="hole")
    round_it = X * Y * (3 - X) * (2 - Y) * ((X - 2) ** 2 + (Y - 1) ** 2 - sp.Rational(1, 4))
    corner = X * Y * (X - 2) * (Y - 2) * (X - 1) * (Y - 1)
    cube = sp.sin(sp.pi * X) * Y * (1 - Y) * Z * (1 - Z) * sp.exp(X)
    line = sp.sin(3 * X) * sp.exp(-X)
    return [
        _scalar("square", square, wave),
        _scalar("peak", square, peak),
        _scalar("corner", shape, smooth, level=corner),
        _scalar("disc", rs.Disc((0, 0), 1), (1 - X**2 - Y**2) * sp.exp(X)),
        _scalar("polygon with a hole", hole, smooth, level=round_it),
        _scalar("variable factor", square, wave, tensor=1 + X**2 + Y / 2),
        _scalar("reaction", square, wave, reaction=100),
        _scalar("drift", square, wave, drift=(5, 2)),
        _scalar("mixed sides", rs.Box(x=(0, 2), y=(0, 1)), smooth, sides=mixed),
        _scalar("cube", rs.Box(x=(0, 1), y=(0, 1), z=(0, 1)), 8 * cube),
        _scalar("interval", rs.Box(x=(0, 2)), line, level=X * (2 - X)),
    ]


def elastic() -> Known:
    """Return plane strain, held all round: λ = 1, μ = 1."""
    u, v = rs.unknown("u", "v", X, Y)
    exact = (sp.sin(sp.pi * X) * sp.sin(sp.pi * Y), X * Y * (1 - X) * (1 - Y) * sp.cos(Y))

    def rows(a: Any, b: Any) -> list[list[Any]]:
        spread, shear = a.diff(X) + b.diff(Y), a.diff(Y) + b.diff(X)
        return [[spread + 2 * a.diff(X), shear], [shear, spread + 2 * b.diff(Y)]]

    loads = [-sp.simplify(sp.diff(r[0], X) + sp.diff(r[1], Y)) for r in rows(*exact)]
    equations = [
        rs.Eq(-rs.div(rs.vector(*row)), load) for row, load in zip(rows(u, v), loads, strict=True)
    ]
    conditions = [rs.dirichlet(w, 0) for w in (u, v)]
    box = rs.Box(x=(0, 1), y=(0, 1))
    return Known("elastic", rs.Problem(box, equations, conditions, name="elastic"), exact)


def others() -> list[Known]:
    """Return problems where only estimates can speak: nonlinear, evolving, of high order."""
    found = []
    u = rs.unknown("u", X, Y)
    exact = sp.sin(sp.pi * X) * sp.sin(sp.pi * Y)
    load = sp.simplify(-sp.diff(exact, X, 2) - sp.diff(exact, Y, 2) + exact**3)
    square = rs.Box(x=(0, 1), y=(0, 1))
    cubic = rs.Eq(-rs.div(rs.grad(u)) + u**3, load)
    found.append(Known("cubic", rs.Problem(square, cubic, [rs.dirichlet(u, 0)]), (exact,)))
    w = rs.unknown("w", T, X)
    decay = sp.exp(-(sp.pi**2) * T / 5) * sp.sin(sp.pi * X)
    bar = rs.Box(t=(0, 1), x=(0, 1))
    flow = rs.Eq(w.diff(T), rs.div(rs.grad(w) / 5))
    sides = [rs.initial(w, sp.sin(sp.pi * X)), rs.dirichlet(w, 0)]
    found.append(Known("heat", rs.Problem(bar, flow, sides), (decay,)))
    front = (1 - sp.tanh((X - T / 2 - sp.Rational(1, 4)) / (4 * sp.Rational(1, 20)))) / 2
    burgers = rs.Eq(w.diff(T) + rs.div(w**2 / 2), rs.div(sp.Rational(1, 20) * rs.grad(w)))
    sides = [rs.initial(w, front.subs(T, 0)), rs.dirichlet(w, front + X * (1 - X))]
    found.append(Known("travelling front", rs.Problem(bar, burgers, sides), (front,)))
    return found


CATALOGUED = (
    *("allen_cahn", "burgers", "fisher", "klein_gordon", "wave", "black_scholes", "kdv"),
    *("l_shape", "elastic_plate_with_hole", "poisson_four_holes", "damped_oscillator"),
)
"""Cases of the catalogue whose references are good to 1e-5 or better."""


def catalogued() -> list[Known]:
    """Return problems of the catalogue, judged by their references."""
    cases = [rs.catalogue.case(name) for name in CATALOGUED]
    return [Known(case.name, case.build(), case.reference) for case in cases]


def networks() -> dict[str, rs.PINN]:
    """Return networks from useless to good; none is chosen by its error."""
    few = rs.ResidualAdaptive(count=12, pool=12)
    return {
        "untrained": rs.PINN(rule=Adam(steps=1, rate=1e-12)),
        "half-trained": rs.PINN(rule=rs.GaussNewton(iterations=6)),
        "trained": rs.PINN(rule=rs.GaussNewton(iterations=60)),
        "wrong boundary": rs.PINN(
            rule=rs.GaussNewton(iterations=25), hard=False, weight=1e-3, boundary=6
        ),
        "overfitted": rs.PINN(rule=rs.GaussNewton(iterations=60, every=10_000), points=few),
    }


@dataclass(frozen=True)
class Truth:
    """Norms of the error and of the exact solution, over all unknowns."""

    error: float
    size: float
    energy: float | None


def truth(known: Known, answer: rs.Solution) -> Truth:
    """Return the true error of an answer."""
    points, weights = _rule(known.problem)
    exact = known.values(points)
    gap = answer.at(points) - exact
    error, size = (float(np.sqrt((weights[:, None] * f**2).sum())) for f in (gap, exact))
    if known.tensor is None:
        return Truth(error, size, None)
    tensor = at_points(known.problem, sp.sympify(known.tensor), points)
    square = at_points(known.problem, sp.sympify(known.reaction), points) * gap[:, 0] ** 2
    for axis, coordinate in enumerate(known.problem.coordinates):
        index = tuple(int(k == axis) for k in range(points.shape[1]))
        slope = at_points(known.problem, sp.diff(known.exact[0], coordinate), points)
        square += tensor * (answer.at(points, index)[:, 0] - slope) ** 2
    return Truth(error, size, float(np.sqrt((weights * square).sum())))


def _rule(problem: rs.Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return quadrature points (n, d) and weights (n,)."""
    from residuum.discretise.elements import Space
    from residuum.geometry.mesh import mesh_of

    if problem.time is not None or problem.shape is None:
        points = interior_points(problem, FEW, 29)
        volume = float(np.prod(np.ptp(problem.domain.bounds, axis=1)))
        return points, np.full(len(points), volume / len(points))
    longest = float(np.ptp(problem.shape.bounds, axis=1).max())
    fine = {1: 1 / 64, 2: 1 / 24, 3: 1 / 8}[problem.shape.dimension]
    degree = 12 if problem.shape.dimension < 3 else 8
    where = Space(mesh_of(problem.shape, fine * longest), (1,), degree=degree).volume
    return where.points.reshape(len(where.points), -1).T, where.weights.ravel()
