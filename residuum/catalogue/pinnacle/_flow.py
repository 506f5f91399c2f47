"""The incompressible Navier-Stokes equations as the flow cases state them."""

from __future__ import annotations

from typing import Any

from residuum.problem import Eq, dirichlet, div, flux, grad, vector


def momentum(flow: tuple[Any, Any, Any], nu: Any, force: tuple[Any, Any] = (0, 0)) -> list[Eq]:
    """Return the two momentum equations and the continuity equation of a flow in the plane.

    Args:
        flow: the velocities u, v and the pressure p, steady or evolving.
        nu: viscosity.
        force: body force along x and y.
    """
    u, v, _ = flow
    x, y = (c for c in u.args if c.role == "space")
    evolving = [c for c in u.args if c.role == "time"]
    found = []
    for c, stress, push in zip((u, v), _stresses(flow, nu), force, strict=True):
        rate = sum(c.diff(t) for t in evolving) + u * c.diff(x) + v * c.diff(y)
        found.append(Eq(rate, div(stress) + push))
    return [*found, Eq(u.diff(x) + v.diff(y))]


def _stresses(flow: tuple[Any, Any, Any], nu: Any) -> tuple[Any, Any]:
    u, v, p = flow
    return nu * grad(u) - vector(p, 0), nu * grad(v) - vector(0, p)


def wall(flow: tuple[Any, Any, Any], *parts: str) -> list[Any]:
    """Return the conditions of fluid at rest on parts of the boundary."""
    return [dirichlet(c, 0, on=part) for part in parts for c in flow[:2]]


def outlet(flow: tuple[Any, Any, Any], nu: Any, part: str) -> list[Any]:
    """Return the conditions of an outlet that pushes back with no force: ν ∂u/∂n = p n."""
    return [flux(stress, 0, on=part) for stress in _stresses(flow, nu)]
