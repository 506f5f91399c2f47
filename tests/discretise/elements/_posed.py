"""Statements with a chosen solution, and the discrete systems made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from residuum.discretise.elements import Space, System
from residuum.geometry import Box
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    dirichlet,
    div,
    flux,
    grad,
    laplacian,
    neumann,
    robin,
    space,
    time,
    unknown,
    weak_form,
)
from residuum.problem._operators import strong_form

t = time("t")
x, y, z = space("x", "y", "z")
LINE = Box(x=(0, 1))
SQUARE = Box(x=(0, 1), y=(0, 1))
CUBE = Box(x=(0, 1), y=(0, 1), z=(0, 1))
CUBIC = (1 + x * y**2 - 2 * x**2 * y + x**3 / 2 - y) / 2
"""A polynomial of order three in the plane: cubic elements hold it exactly."""

Exact = Mapping[Any, Any]
"""Chosen solutions by unknown."""


def put(expression: Any, exact: Exact, along: Sequence[Any]) -> Any:
    """Return an expression, nodes and all, at a chosen solution."""
    flat = strong_form(sp.sympify(expression), tuple(along))
    return sp.expand(flat.subs(list(exact.items())).doit())


def forced(left: Any, exact: Exact, along: Sequence[Any]) -> Eq:
    """Return left = source with the source that makes the chosen solution one."""
    return Eq(left, put(left, exact, along))


def sides(
    u: Any, exact: Any, box: Box, kinds: Mapping[str, tuple[Any, ...]], vector: Any = None
) -> list[Condition]:
    """Return the conditions a chosen solution meets on a box.

    Args:
        kinds: by part ("dirichlet",), ("neumann",), ("robin", a, b) or ("flux", factor).
        vector: what a flux condition is about, its components at the unknown.
    """
    names = {str(c): c for c in u.args}
    found = []
    for k, part in enumerate(box.parts):
        c, end = names[part.rpartition("_")[0]], float(box.bounds[k // 2][k % 2])
        c_end, sign = sp.nsimplify(end), -1 if k % 2 == 0 else 1
        slope = sign * sp.diff(exact, c)
        kind, *numbers = kinds[part]
        if kind == "dirichlet":
            found.append(dirichlet(u, exact.subs(c, c_end), on=part))
        elif kind == "neumann":
            found.append(neumann(u, slope.subs(c, c_end), on=part))
        elif kind == "robin":
            a, b = numbers
            value = (a * exact + b * slope).subs(c, c_end)
            found.append(robin(u, value, a=a, b=b, on=part))
        else:
            own = [numbers[0] * item for item in vector]
            value = sign * put(own[k // 2], {u: exact}, box_axes(u)).subs(c, c_end)
            found.append(flux(own, value, on=part))
    return found


def box_axes(u: Any) -> tuple[Any, ...]:
    """Return the space coordinates of an unknown."""
    return tuple(c for c in u.args if c.role == "space")


def around(u: Any, exact: Any, box: Box) -> list[Condition]:
    """Return the chosen solution as Dirichlet value on every side."""
    return sides(u, exact, box, dict.fromkeys(box.parts, ("dirichlet",)))


def system_of(
    problem: Problem,
    orders: int | tuple[int, ...],
    mesh: Mesh | float = 0.3,
    *,
    degree: int = 12,
) -> System:
    """Return the discrete system of a problem on a mesh, or one of about this size."""
    form = weak_form(problem)
    assert problem.shape is not None
    found = mesh if isinstance(mesh, Mesh) else mesh_of(problem.shape, mesh)
    every = (orders,) * len(form.unknowns) if isinstance(orders, int) else orders
    m = len(problem.unknowns)
    owners = [problem.unknowns[j if j < m else form.rates[j - m]] for j in range(len(every))]
    pairs = tuple(
        tuple((f"{axis}_min", f"{axis}_max") for axis in problem.periodic_axes(u)) for u in owners
    )
    return System(problem, form, Space(found, every, degree=degree, periodic=pairs))


def interpolated(system: System, exact: Exact, moment: float = 0.0) -> np.ndarray:
    """Return a chosen solution at the degrees of freedom; rates are differentiated, (size,)."""
    form, space_ = system.form, system.space
    state = np.zeros(system.size)
    m = len(system.problem.unknowns)
    for j, u in enumerate(form.unknowns):
        value = exact[u] if j < m else sp.diff(exact[form.unknowns[form.rates[j - m]]], form.time)
        state[space_.offsets[j] : space_.offsets[j + 1]] = system.at(
            sp.sympify(value), space_.places(j), moment
        )
    return state


def residual_left(system: System, exact: Exact, moment: float = 0.0) -> float:
    """Return the largest residual of the interpolant over the largest term in its rows.

    It is rounding alone where the elements hold the chosen solution exactly.
    """
    state = interpolated(system, exact, moment)
    rate = None
    if system.form.time is not None:
        moved = {u: sp.diff(value, system.form.time) for u, value in exact.items()}
        rate = interpolated(system, moved, moment)
    found = system.residual(moment, state, rate)
    matrix = abs(system.jacobian(moment, state, rate))
    terms = float((matrix @ np.abs(state)).max()) + float(np.abs(system.load(moment)).max())
    return float(np.abs(found[system.free]).max(initial=0.0)) / terms


def errors(
    system: System, state: np.ndarray, exact: Any, j: int = 0, moment: float = 0.0
) -> tuple[float, float]:
    """Return the relative errors of an unknown in L2 and in its gradient."""
    space_ = system.space
    where = space_.volume
    table = where.tables[space_.orders[j]]
    local = state[space_.numbers(j, table)]
    values = []
    for k in range(1 + space_.mesh.dimension):
        by = exact if k == 0 else sp.diff(exact, system.form.space[k - 1])
        places = where.points.reshape(space_.mesh.dimension, -1).T
        wanted = system.at(sp.sympify(by), places, moment).reshape(where.weights.shape)
        found = np.matmul(local[:, None, :], table.slot(k))[:, 0]
        gap, size = (where.weights * (found - wanted) ** 2).sum(), where.weights * wanted**2
        values.append((gap, float(size.sum())))
    (gap, size), slopes = values[0], values[1:]
    steep = sum(g for g, _ in slopes), sum(s for _, s in slopes)
    return float(np.sqrt(gap / size)), float(np.sqrt(steep[0] / max(steep[1], 1e-300)))


Operator = Callable[[Any], Any]
v = unknown("v", x, y)
OPERATORS: dict[str, Operator] = {
    "variable coefficient": lambda u: -div((1 + x * y) * grad(u)),
    "laplacian": lambda u: -laplacian(u),
    "laplacian of a power": lambda u: -laplacian(u + u**3 / 3),
    "nonlinear diffusion": lambda u: -div((1 + u**2) * grad(u)),
    "factor in front": lambda u: -(1 + x) * div((1 + y) * grad(u)),
    "unknown in front": lambda u: -(1 + u**2) * laplacian(u),
    "carried": lambda u: -laplacian(u) + div([u**2 * x, u]),
    "plain transport": lambda u: -laplacian(u) + u * u.diff(x) - 2 * u.diff(y),
    "reaction": lambda u: -laplacian(u) + u**3 - x * u,
    "sign turned": lambda u: div((2 + x) * grad(u)) - u,
}
"""Left sides in two dimensions, each with a sign, factor or kind of term of its own."""
