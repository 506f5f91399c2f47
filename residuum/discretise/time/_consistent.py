"""Consistent initial values: algebraic unknowns and rates that satisfy the equations."""

from __future__ import annotations

from typing import Any

import numpy as np

from residuum.discretise.time._corrector import FAILURES, PATIENCE, Corrector, Stage
from residuum.discretise.time._semidiscrete import Scale, Semidiscrete

DIFFERENCE = 1e-5
"""Share of the interval over which given data are differentiated in time."""
ROUNDING = 1e-7
"""Share of the terms of a constraint below which it counts as satisfied."""


def consistent(
    system: Semidiscrete, interval: tuple[float, float], start: np.ndarray, scale: Scale
) -> Stage | None:
    """Return state and rate at the start of the interval that satisfy the equations.

    Algebraic unknowns that their own rows determine (Dirichlet values) are moved onto them,
    whatever ``start`` says there; differential unknowns stay, unless they violate a constraint on
    them alone (a velocity that is not discretely free of divergence): then they are projected onto
    it, orthogonally with respect to the mass. Rates, and algebraic unknowns that
    no algebraic row contains (pressures, index two), follow from the differential rows together
    with the time derivative of the algebraic ones. Where that system is singular, one implicit
    Euler step over a hundred-millionth of the interval is taken instead. Called on a later state it
    returns pressures as accurate as the velocities, which those inside the steps are not.

    Args:
        system: the equations.
        interval: start and end of time; an end before the start looks back for derivatives.
        start: first guess, (n,).
        scale: the norm.

    Returns:
        State and rate, or nothing if neither way leads to finite numbers.
    """
    state, rows = np.array(start, float), scale.differential
    rate = np.zeros(system.size)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        stiff = system.jacobian(interval[0], state, rate, 0.0).tocsr()
        own = np.flatnonzero(~rows & (stiff.diagonal() != 0))
        state = _settle(system, interval[0], state, own)
        hidden = ~rows
        hidden[own] = False
        if hidden.any() and _violated(system, interval[0], state, hidden):
            moved = _euler(system, interval, state, scale)
            if moved is not None:
                state = np.where(hidden, state, moved.state)
        found = _differentiated(system, interval, state, hidden)
        if found is None or _violated(system, interval[0], found.state, ~rows, found.rate):
            found = _euler(system, interval, state, scale)
            if found is not None:
                whole = np.where(rows, state, found.state)
                found = Stage(whole, np.where(hidden, 0.0, found.rate))
    return found


def _violated(
    system: Semidiscrete,
    time: float,
    state: np.ndarray,
    rows: np.ndarray,
    rate: np.ndarray | None = None,
) -> bool:
    """Whether the rows are off by more than derivatives by differences explain."""
    rate = np.zeros(system.size) if rate is None else rate
    defect = system.residual(time, state, rate)
    size = abs(system.jacobian(time, state, rate, 0.0)) @ abs(state) + abs(defect)
    return bool(np.linalg.norm(defect[rows]) > ROUNDING * np.linalg.norm(size[rows]))


def _settle(system: Semidiscrete, time: float, state: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return the state with the unknowns ``own`` moved until their rows hold."""
    from scipy.sparse.linalg import splu

    rate, moved = np.zeros(system.size), state.copy()
    for _ in range(PATIENCE if len(own) else 0):
        defect = system.residual(time, moved, rate)[own]
        block = system.jacobian(time, moved, rate, 0.0).tocsr()[own][:, own].tocsc()
        try:
            change = splu(block).solve(defect)
        except RuntimeError:
            return state
        if not np.isfinite(change).all():
            return state
        moved[own] -= change
        if system.linear or np.abs(change).max() <= 1e-13 * np.abs(moved[own]).max():
            return moved
    return moved


def _differentiated(
    system: Semidiscrete, interval: tuple[float, float], state: np.ndarray, hidden: np.ndarray
) -> Stage | None:
    """Return state and rate from the differential rows and the derivative of the algebraic ones."""
    from scipy.sparse import diags_array

    time, zero = interval[0], np.zeros(system.size)
    rows = np.asarray(system.differential, bool)
    state, rate = state.copy(), zero
    for _ in range(1 if system.linear else PATIENCE):
        stiff, mass = _split(system, time, Stage(state, rate))
        # Columns: rates of what moves by itself, values of what is hidden.
        upper = mass @ diags_array((~hidden).astype(float)) + stiff @ diags_array(
            hidden.astype(float)
        )
        choose = diags_array(rows.astype(float))
        matrix = choose @ upper + diags_array((~rows).astype(float)) @ stiff
        moving = abs(stiff) @ (~hidden).astype(float) > 0
        drift = np.where(moving, _drift(system, interval, state) + stiff @ _where(rate, ~hidden), 0)
        own = system.residual(time, state, rate)
        right = np.where(rows | ~moving, own, drift)
        if not (np.isfinite(matrix.data).all() and np.isfinite(right).all()):
            return None
        try:
            change = system.solver(matrix.tocsr()).solve(-right)
        except FAILURES:
            return None
        # A singular matrix may pass the factorisation: its solution does not fit.
        misfit = np.linalg.norm(matrix @ change + right)
        if not np.isfinite(change).all() or misfit > 1e-6 * np.linalg.norm(right):
            return None
        rate = rate + _where(change, ~hidden)
        state = state + _where(change, hidden)
        if np.linalg.norm(change) <= 1e-10 * (np.linalg.norm(rate) + np.linalg.norm(state)):
            break
    return Stage(state, rate)


def _split(system: Semidiscrete, time: float, at: Stage) -> tuple[Any, Any]:
    """Return dF/du and dF/drate, the latter with a shift that makes both alike in size."""
    stiff: Any = system.jacobian(time, at.state, at.rate, 0.0).tocsr()
    shift, mass = 1.0, stiff
    for _ in range(2):
        mass = (system.jacobian(time, at.state, at.rate, shift).tocsr() - stiff) / shift
        size = abs(mass).max()
        if not (size > 0 and np.isfinite(size)):
            break
        shift = float(abs(stiff).max() / size) or 1.0
    return stiff, mass


def _where(vector: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.where(mask, vector, 0.0)


def _drift(system: Semidiscrete, interval: tuple[float, float], state: np.ndarray) -> np.ndarray:
    """Return ∂F/∂t at the start, one-sided of second order, for the rows without a rate."""
    zero = np.zeros(system.size)
    short = DIFFERENCE * (interval[1] - interval[0])
    at = [system.residual(interval[0] + k * short, state, zero) for k in range(3)]
    found: np.ndarray = (-3 * at[0] + 4 * at[1] - at[2]) / (2 * short)
    return found


def _euler(
    system: Semidiscrete, interval: tuple[float, float], state: np.ndarray, scale: Scale
) -> Stage | None:
    """Return state and rate one tiny implicit Euler step later."""
    short = 1e-8 * (interval[1] - interval[0])
    corrector = Corrector(system, scale)
    at = Stage(state, np.zeros(system.size))
    if not corrector.prepare(interval[0] + short, at, 1 / short):
        return None
    found = corrector.solve(interval[0] + short, state, 1 / short, at.rate)
    if found is None:
        return None
    return found
