"""Initial data with a kink at the seam of a periodic axis, which diffusion smooths at once."""

from __future__ import annotations

from typing import Any

import sympy as sp

from residuum.geometry import Box
from residuum.problem._problem import Problem

NEGLIGIBLE = 1e-6
"""Size of a jump, against one per unit, below which there is none."""

ROUNDING = 1e-10
"""Part of the width of the axis below which a kink counts as smooth: no derivative is infinite."""


def smoothed_seam(problem: Problem, u: Any, value: Any) -> Any:
    """Return what to add to initial data carried through time so that no kink stays at a seam.

    Periodic data can have slopes at the two ends that differ by J. Carried through time as they
    are, they keep this kink for ever, and a smooth periodic field beside them cannot take it away:
    the residual at points does not see it. The heat equation turns J |s| / 2 into

        J / 2 (s erf(s / ℓ) + ℓ / √π exp(-s² / ℓ²)),    ℓ = 2 √(D t),

    and s = (L / π) sin(π (x - a) / L) is periodic with slope one at the seam. What is added is zero
    at the start, and away from the seam.

    Args:
        problem: the statement.
        u: the unknown.
        value: its initial data, an expression of the space coordinates.

    Returns:
        An expression; zero without a kink, or where no constant diffusion smooths it.
    """
    t, interval, shape = problem.time, problem.interval, problem.shape
    if t is None or interval is None or not isinstance(shape, Box):
        return sp.Integer(0)
    total: Any = sp.Integer(0)
    for c in problem.space:
        if c.name not in problem.periodic_axes(u):
            continue
        low, high = (sp.Float(float(end)) for end in shape.bounds[shape.axes.index(c.name)])
        slope, diffusivity = sp.diff(value, c), _diffusivity(problem, u, c)
        jump, step = (f.subs(c, low) - f.subs(c, high) for f in (slope, value))
        if diffusivity is None or _size(problem, step) > NEGLIGIBLE:
            continue
        if _size(problem, jump) <= NEGLIGIBLE:
            continue
        width = high - low
        s = width / sp.pi * sp.sin(sp.pi * (c - low) / width)
        length = 2 * sp.sqrt(diffusivity * (t - sp.Float(interval[0])) + (ROUNDING * width) ** 2)
        bell = length / sp.sqrt(sp.pi) * sp.exp(-((s / length) ** 2))
        total += jump / 2 * (bell - s * sp.erfc(s / length))
    return total


def _size(problem: Problem, expression: Any) -> float:
    """Return the largest value of an expression at a few places along a line through the box."""
    bounds = dict(zip(problem.domain.axes, problem.domain.bounds, strict=True))
    found = []
    for share in (0.13, 0.31, 0.5, 0.72, 0.89):
        here = {
            c: float(bounds[c.name][0] * (1 - share) + bounds[c.name][1] * share)
            for c in problem.coordinates
        }
        found.append(abs(complex(sp.N(expression.subs(here)))))
    return max(found)


def _diffusivity(problem: Problem, u: Any, axis: Any) -> Any:
    """Return D of u_t = D u_xx + …, or ``None`` if no equation has it as a positive number."""
    for residual in problem.residuals:
        terms = sp.expand(residual)
        rate, bend = terms.coeff(u.diff(problem.time)), terms.coeff(u.diff(axis, 2))
        if rate.is_number and bend.is_number and rate != 0:
            found = -bend / rate
            if found.is_positive:
                return found
    return None
