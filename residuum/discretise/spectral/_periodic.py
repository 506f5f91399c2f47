"""What Fourier modes ask of a problem, and the conditions that fix a mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from residuum.discretise.spectral._axis import FourierAxis
from residuum.discretise.spectral._elimination import Layout, eliminate, layout
from residuum.discretise.spectral._krylov import refuse_krylov
from residuum.discretise.spectral._modes import Modes
from residuum.discretise.spectral._suits import refuse_parts, refuse_shape
from residuum.discretise.spectral._terms import Split, split
from residuum.discretise.spectral._waves import Waves
from residuum.problem import Problem

COUNT = 6
"""Nodes per axis of the grid that questions of structure are put to."""


def refuse_periodic(problem: Problem) -> str | None:
    """Return why Fourier modes along every axis do not suit the problem, or ``None``."""
    reason = refuse_shape(problem) or refuse_parts(problem)
    if reason:
        return reason
    names = tuple(c.name for c in problem.space)
    for u in problem.unknowns:
        open_axes = [n for n in names if n not in problem.periodic_axes(u)]
        if open_axes or not names:
            return f"it needs every space axis periodic, and {u} is not along {open_axes or 'any'}"
    if len(names) > 3:
        return f"it works in one to three space dimensions, and the problem has {len(names)}"
    reason = refuse_modes(problem)
    if reason is not None and problem.time is None:
        return refuse_krylov(problem)
    return reason


def refuse_modes(problem: Problem) -> str | None:
    """Return why a periodic problem cannot be solved mode by mode, or ``None``."""
    allowed = ("initial", "initial_rate", "periodic", "integral", "point_value")
    other = [c for c in problem.conditions if c.kind not in allowed]
    if other:
        return f"it cannot enforce the condition {other[0]}"
    parts = split(problem)
    if isinstance(parts, str):
        return f"it cannot solve for the time derivatives because of {parts}"
    form = layout(parts)
    if isinstance(form, str):
        return f"it cannot solve for the time derivatives because of {form}"
    if max(form.orders) > 2:
        return f"it needs order 1 or 2 in time, and the orders are {form.orders}"
    if problem.time is None and any(piece.body.slots for piece in parts.pieces):
        return "a steady problem must be linear with constant coefficients for it"
    return _means(problem, parts, form) or _circular(problem, parts, form)


def periodic_axes(problem: Problem, counts: Sequence[int] | int) -> list[FourierAxis]:
    """Return axes over the box of the problem, with one number of nodes or one for each."""
    assert problem.shape is not None
    bounds = dict(zip(problem.shape.axes, problem.shape.bounds, strict=True))
    ends = [bounds[c.name] for c in problem.space]
    each = [counts] * len(ends) if isinstance(counts, int) else counts
    return [
        FourierAxis(float(low), float(high), n) for (low, high), n in zip(ends, each, strict=True)
    ]


def _circular(problem: Problem, parts: Split, form: Layout) -> str | None:
    used = {j for piece in parts.pieces for j, _ in piece.body.slots}
    if (
        not used & set(form.algebraic)
        or Modes(problem, parts, periodic_axes(problem, COUNT)).explicit
    ):
        return None
    return "an unknown without time derivative depends nonlinearly on itself"


def _means(problem: Problem, parts: Split, form: Layout) -> str | None:
    """Return which condition does not fix a mean that the equations leave open, or ``None``."""
    asked = [c for c in problem.conditions if c.kind in ("integral", "point_value")]
    if not asked:
        return None
    factors = Waves(periodic_axes(problem, COUNT)).factors
    matrix = eliminate(parts, form, factors, values=parts.nominal).matrix
    first = matrix[(slice(None), slice(None), *[0] * len(problem.space))]
    for c in asked:
        j = problem.unknowns.index(c.unknown) if c.unknown in problem.unknowns else -1
        is_open = j in form.algebraic and not np.abs(first[:, j]).any()
        if not is_open or not problem.fill(c.value).is_number:
            return f"it cannot enforce the condition {c}, which fixes no mean left open"
        if c.kind == "point_value" and problem.time is not None:
            return f"it cannot enforce the condition {c} at one instant"
        zero = (0,) * len(problem.coordinates)
        if any((j, zero) in piece.body.slots for piece in parts.pieces):
            return f"it cannot enforce the condition {c}: a product holds {c.unknown} itself"
    return None


def fix_means(modes: Modes, values: np.ndarray) -> np.ndarray:
    """Shift unknowns by a constant so that integral and point conditions hold.

    Args:
        modes: the problem on its grid.
        values: (k, *shape, m), at the nodes.
    """
    across = tuple(range(1, len(modes.axes) + 1))
    for j, kind, value, place in _wanted(modes.problem):
        mine = values[..., j]
        if kind == "integral":
            volume = float(np.prod([a.high - a.low for a in modes.axes]))
            shift = value / volume - mine.mean(axis=across)
        else:
            found = mine
            for axis, at in zip(modes.axes, place, strict=True):
                row = axis.basis(np.array([at]), 0)[0][0]
                found = np.moveaxis(axis.stored(found, 1), 1, -1) @ row
            shift = value - found
        values[..., j] = mine + shift.reshape(-1, *[1] * len(across))
    return values


def _wanted(problem: Problem) -> Iterator[tuple[int, str, float, list[float]]]:
    for c in problem.conditions:
        if c.kind in ("integral", "point_value"):
            at: dict[str, Any] = dict(getattr(c, "at", ()))
            place = [at[axis.name] for axis in problem.space] if at else []
            j = problem.unknowns.index(c.unknown)
            yield j, c.kind, float(problem.fill(c.value)), place
