"""What integration in time asks of a problem."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import generator
from residuum.discretise.ode._evolution import Evolution
from residuum.discretise.ode._start import given_levels
from residuum.discretise.spectral import leading, time_orders
from residuum.problem import Problem

SINGULAR = 1e-11
"""Smallest singular value of scaled constraints, as a share of the largest, that still counts."""


def refuse_statement(problem: Problem) -> str | None:
    """Return why the statement is no initial value problem in time alone, or ``None``."""
    if problem.time is None or problem.space:
        return "it integrates in time alone, and the problem has space axes"
    for condition in problem.conditions:
        if condition.kind not in ("initial", "initial_rate"):
            return f"it starts from initial values, and {condition} holds elsewhere"
    orders = time_orders(problem)
    if max(orders) == 0:
        return "no equation has a time derivative"
    for u, order in zip(problem.unknowns, orders, strict=True):
        if order > 2:
            return (
                f"the language gives a value and a rate at the start, and {u} has order {order}: "
                f"make its second derivative an unknown of its own"
            )
    tops = [top for top, order in zip(leading(problem), orders, strict=True) if order]
    for residual in problem.residuals:
        for top in tops:
            slope = sp.diff(residual, top)
            if any(slope.has(other) for other in tops):
                return f"it needs equations linear in {top}"
    return None


def plainly_regular(problem: Problem) -> bool:
    """Whether every unknown has a highest time derivative, with numbers as regular factors."""
    tops = leading(problem)
    if min(time_orders(problem)) < 1:
        return False
    rows = [[sp.diff(residual, top) for top in tops] for residual in problem.residuals]
    if not all(item.is_number for row in rows for item in row):
        return False
    return _null(np.array(rows, float)) is None


def refuse_index(evolution: Evolution) -> str | None:
    """Return why the unknowns without rates do not follow from the others, or ``None``.

    The constraints must determine them: their Jacobian is asked to be regular at one of four
    points around the start. Where it is singular at all of them the index is two or more.
    """
    if evolution.joint and not evolution.hiddens:
        return _refuse_mass(evolution)
    if not evolution.hiddens:
        return None
    worst: np.ndarray | None = None
    for time, whole in _places(evolution):
        state, hidden = whole[: evolution.states], whole[evolution.states :]
        slope = np.asarray(jax.jacfwd(evolution.defect, 2)(time, state, hidden, evolution.defaults))
        judged = _null(slope * evolution.sizes[evolution.states :])
        if judged is None:
            return None
        worst = judged
    assert worst is not None
    found = ", ".join(_hidden_names(evolution, worst))
    return (
        f"its constraints do not determine {found}: the index is two or more; differentiate them "
        "in time until they do"
    )


def _refuse_mass(evolution: Evolution) -> str | None:
    for time, whole in _places(evolution):
        matrix = np.asarray(
            evolution._matrix(time, jnp.asarray(evolution.place) @ whole, evolution.defaults)
        )
        if _null(matrix * evolution.top_sizes) is None:
            return None
    return (
        "the factors of the highest time derivatives are singular and vary: combine the equations "
        "so that one of them has no time derivative"
    )


def _places(evolution: Evolution) -> list[tuple[jax.Array, jax.Array]]:
    """Return four times near the start and values around the initial ones."""
    random, levels = generator(43), given_levels(evolution)
    given = np.where(np.isnan(levels), 0.0, levels)
    begin = np.concatenate([evolution.lift @ given, np.zeros(evolution.hiddens)])
    at = evolution.place[:, evolution.states :]
    for i in range(evolution.hiddens):
        rows = np.flatnonzero(at[:, i])
        begin[evolution.states + i] = given[rows[-1]] if len(rows) else 0.0
    found = []
    for share in (0.0, 1e-3, 1e-2, 1e-1):
        noise = random.uniform(0.2, 0.9, len(begin)) * evolution.sizes
        time = evolution.interval[0] + share * evolution.length
        # Hidden values that are not given are unknown: they are drawn everywhere.
        push = np.where(np.arange(len(begin)) < evolution.states, share, 1.0)
        found.append((jnp.asarray(time), jnp.asarray(begin + push * noise)))
    return found


def _null(matrix: np.ndarray) -> np.ndarray | None:
    """Return the direction a matrix takes to zero, or ``None`` if it is regular or not finite."""
    heights = np.abs(matrix).max(axis=1)
    if not np.isfinite(heights).all():
        return None
    _, values, right = np.linalg.svd(matrix / np.where(heights == 0, 1.0, heights)[:, None])
    found: np.ndarray = right[-1]
    return found if values[-1] <= SINGULAR * values[0] else None


def _hidden_names(evolution: Evolution, direction: np.ndarray) -> list[str]:
    """Return the unknowns that a direction of hidden values moves most."""
    names: list[str] = []
    moved = np.flatnonzero(np.abs(direction) > 0.1 * np.abs(direction).max())
    tops = len(evolution.moving) if evolution.joint else 0
    for i in moved:
        if i < tops:
            names.append(f"the rate of {evolution.problem.unknowns[evolution.moving[i]]}")
            continue
        rows = np.flatnonzero(evolution.place[:, evolution.states + i])
        names.append(str(evolution.problem.unknowns[evolution.rows[rows[-1]][0]]))
    return list(dict.fromkeys(names))
