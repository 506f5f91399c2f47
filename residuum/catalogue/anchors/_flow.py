"""Steady incompressible flow in the plane: equations that several cases share."""

from __future__ import annotations

from typing import Any

from residuum.problem import Condition, Eq, dirichlet, div, flux, grad, vector


def momentum(velocity: tuple[Any, Any], p: Any, nu: Any, *, inertia: bool = True) -> list[Eq]:
    """Return both momentum equations and continuity for unknowns u, v and p.

    Viscous stress and pressure stand in one ``div``, so that its natural boundary flux is
    ν ∂u/∂n - p n; ``inertia=False`` leaves out the transport (Stokes).
    """
    u, v = velocity
    x, y = u.args
    moved = [u * w.diff(x) + v * w.diff(y) if inertia else 0 for w in velocity]
    rows = [
        Eq(m, div(stress(w, i, p, nu)))
        for i, (w, m) in enumerate(zip(velocity, moved, strict=True))
    ]
    return [*rows, Eq(u.diff(x) + v.diff(y), 0)]


def stress(w: Any, row: int, p: Any, nu: Any) -> Any:
    """Return one row of ν∇u - p·1 for the velocity component ``w``."""
    return nu * grad(w) - (vector(p, 0) if row == 0 else vector(0, p))


def no_slip(velocity: tuple[Any, Any], *walls: str) -> list[Condition]:
    """Return that the flow is at rest on these parts."""
    return [dirichlet(w, 0, on=wall) for wall in walls for w in velocity]


def open_end(velocity: tuple[Any, Any], p: Any, nu: Any, *, on: str) -> list[Condition]:
    """Return that no stress acts on a part: ν ∂u/∂n - p n = 0."""
    return [flux(stress(w, row, p, nu), 0, on=on) for row, w in enumerate(velocity)]
