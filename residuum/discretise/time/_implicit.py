"""Implicit integration of sparse semi-discrete systems with controlled steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from residuum._core import DataError, OptionError, Result
from residuum.discretise.time._consistent import consistent
from residuum.discretise.time._corrector import Stage
from residuum.discretise.time._esdirk import ESDIRK4
from residuum.discretise.time._history import Evolution
from residuum.discretise.time._march import ImplicitScheme, March
from residuum.discretise.time._semidiscrete import Scale, Semidiscrete

DEFAULT = ESDIRK4()
Watch = Callable[[float], bool]
"""Called with the time reached after each step; returns whether to go on."""


def evolve(
    system: Semidiscrete,
    interval: tuple[float, float],
    start: np.ndarray,
    *,
    tol: float,
    scheme: ImplicitScheme = DEFAULT,
    first_step: float | None = None,
    most_steps: int = 100_000,
    watch: Watch | None = None,
) -> Evolution:
    """Integrate F(t, u, du/dt) = 0 with steps whose estimated error stays below ``tol``.

    The estimate is local and made of differential unknowns only; the error at the end is usually
    within ten times the tolerance for decaying problems and grows with the problem's own
    instability otherwise. Algebraic unknowns of ``start`` are a first guess. Steps are changed
    rarely, so that one factorisation serves many.

    Args:
        system: the equations, F with sparse Jacobians.
        interval: start and end of time, in the unit of the system.
        start: first state, (n,).
        tol: error per step relative to the weights of the system; 1e-4 is a good start.
        scheme: ``ESDIRK4()``, ``TRBDF2()`` or ``BDF()``.
        first_step: length of the first step; found from the rates if left out.
        most_steps: accepted and rejected steps after which to stop.
        watch: called after each step; stops the integration by returning false.

    Returns:
        The evolution, partial where ``result`` says so: ``DIVERGED`` (grown a million-fold when the
        step vanished), ``NOT_FINITE`` (NaN or infinity in the equations), ``STAGNATED`` (Newton or
        the error estimate fails for every step), ``OUT_OF_BUDGET``, ``INTERRUPTED``.

    Raises:
        OptionError: the interval, the tolerance or the first step is out of range.
        DataError: ``start`` or the weights have the wrong length or are not finite.
    """
    interval = (float(interval[0]), float(interval[1]))
    state = _checked(system, interval, start, tol=tol, first_step=first_step)
    scale = Scale(system, tol)
    scale.grow(state)
    begin = consistent(system, interval, state, scale)
    if begin is None:
        nothing = Stage(state, np.zeros(len(state)))
        march = March(system, interval, nothing, scale=scale, scheme=scheme)
        return march.evolution(Result.NOT_FINITE)
    scale.grow(begin.state)
    march = March(system, interval, begin, scale=scale, scheme=scheme)
    stepper, result = scheme.stepper(march, first_step), Result.SUCCESSFUL
    try:
        while not march.done:
            if not stepper.advance():
                result = march.failure()
                break
            spent = march.steps + march.rejected >= most_steps
            if not march.done and (spent or (watch is not None and not watch(march.time))):
                result = Result.OUT_OF_BUDGET
                break
    except KeyboardInterrupt:
        result = Result.INTERRUPTED
    return march.evolution(result)


def _checked(
    system: Semidiscrete,
    interval: tuple[float, float],
    start: np.ndarray,
    *,
    tol: float,
    first_step: float | None,
) -> np.ndarray:
    if not (np.isfinite(interval).all() and interval[1] > interval[0]):
        raise OptionError("an interval of positive length", repr(interval), "Swap the ends.")
    if not 0 < tol < 1:
        raise OptionError("a tolerance between 0 and 1", repr(tol), "Try 1e-4.")
    if first_step is not None and not first_step > 0:
        raise OptionError("a positive first step", repr(first_step), "Leave it out.")
    state = np.array(start, float)
    if state.shape != (system.size,) or not np.isfinite(state).all():
        raise DataError(
            f"{system.size} finite initial values",
            f"shape {state.shape}",
            "Evaluate the initial condition at every unknown.",
        )
    return state
