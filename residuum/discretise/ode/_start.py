"""Initial values that satisfy the constraints: what is given is checked, what is not is found."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import ConditionError, Result
from residuum.discretise.ode._evolution import Evolution
from residuum.discretise.spectral import continued, newton

AGREE = 1e-6
"""How far given values may be from consistent ones, relative to their size."""


def given_levels(evolution: Evolution) -> np.ndarray:
    """Return the initial values and rates of the statement by level, NaN where none is given."""
    problem, found = evolution.problem, np.full(len(evolution.rows), np.nan)
    for i, (j, order) in enumerate(evolution.rows):
        kind = ("initial", "initial_rate")[order]
        for condition in problem.conditions:
            if condition.kind == kind and condition.unknown == problem.unknowns[j]:
                form = evolution.form(condition.value)
                time = jnp.asarray(evolution.interval[0])
                found[i] = float(
                    evolution.evaluate(form, time, jnp.zeros(len(found)), evolution.defaults)
                )
    return found


def consistent(evolution: Evolution) -> tuple[np.ndarray, bool]:
    """Return y at the start and whether its hidden part was found.

    Raises:
        ConditionError: given initial values contradict an equation without time derivatives.
    """
    levels = given_levels(evolution)
    known = np.where(np.isnan(levels), 0.0, levels)
    state = evolution.lift @ known
    if not evolution.hiddens:
        return state, True
    hidden, settled = find_hidden(evolution, state, levels)
    whole = np.concatenate([state, hidden])
    if settled:
        _check(evolution, levels, whole)
    return whole, settled


def find_hidden(
    evolution: Evolution, state: np.ndarray, levels: np.ndarray, at: float | None = None
) -> tuple[np.ndarray, bool]:
    """Return hidden values that fit a state and whether they were found.

    Newton's method with damping starts from what is given, then from the typical sizes with
    either sign, then follows the solution from a load that vanishes.

    Args:
        evolution: the equations.
        state: x at the start, (states,).
        levels: values to start from, (levels,); NaN where there is none.
        at: the time, by default the start.
    """
    time = jnp.asarray(evolution.interval[0] if at is None else at)
    sizes = evolution.sizes[evolution.states :]
    fixed = jnp.asarray(state)

    def scaled(h: jax.Array) -> jax.Array:
        return evolution.defect(time, fixed, jnp.asarray(sizes) * h, evolution.defaults)

    residual, slope = jax.jit(scaled), jax.jit(jax.jacfwd(scaled))
    first = _guess(evolution, levels) / sizes
    missing = np.isnan(first)
    for share in (0.0, 1.0, -1.0):
        start = np.where(missing, share, first)
        for method in (newton, continued):
            found, result, _ = method(residual, slope, start, go_on=lambda i, size: True)
            if result is Result.SUCCESSFUL and np.isfinite(found).all():
                return found * sizes, True
        if not missing.any():
            break
    return np.where(missing, 0.0, first) * sizes, False


def _guess(evolution: Evolution, levels: np.ndarray) -> np.ndarray:
    """Return hidden values as far as levels give them, NaN elsewhere."""
    found = np.full(evolution.hiddens, np.nan)
    for i in range(evolution.hiddens):
        rows = np.flatnonzero(evolution.place[:, evolution.states + i])
        # The last row is the hidden level itself; rows before it are combinations with it.
        own = [r for r in rows if evolution.place[r, evolution.states + i] == 1.0]
        if own:
            found[i] = levels[own[-1]]
    return found


def _check(evolution: Evolution, levels: np.ndarray, whole: np.ndarray) -> None:
    """Raise where given values are not those that the constraints give."""
    exact = evolution.place @ whole
    allowed = AGREE * np.maximum(evolution.level_sizes, np.abs(levels))
    wrong = ~np.isnan(levels) & (np.abs(exact - levels) > allowed)
    if not wrong.any():
        return
    guess = _guess(evolution, levels)
    tried = np.where(np.isnan(guess), whole[evolution.states :], guess)
    now = [jnp.asarray(a) for a in (evolution.interval[0], whole[: evolution.states], tried)]
    defect = np.asarray(evolution.defect(now[0], now[1], now[2], evolution.defaults))
    weights = np.abs(evolution.constrained[int(np.abs(defect).argmax())])
    equation = evolution.problem.residuals[int(weights.argmax())]
    first = int(np.flatnonzero(wrong)[0])
    u = evolution.problem.unknowns[evolution.rows[first][0]]
    raise ConditionError(
        f"initial values with {equation} = 0",
        f"{u} = {levels[first]:g}, where {exact[first]:g} fits the others",
        "Correct it, or leave it out where it has no time derivative: it is solved for.",
    )
