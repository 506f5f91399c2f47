"""Integration that can be differentiated: with respect to parameters and initial values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.discretise.ode._evolution import Evolution, Values
from residuum.discretise.ode._march import EXPLICIT, IMPLICIT, scaled_motion
from residuum.discretise.ode._start import consistent, given_levels


def integrate(
    evolution: Evolution,
    parameters: Values | None = None,
    *,
    times: Sequence[float] | np.ndarray | Array,
    start: Array | None = None,
    tol: float = 1e-8,
    stiff: bool = False,
    steps: int = 4096,
) -> Array:
    """Return the unknowns at times; ``jax.grad`` goes through it.

    Derivatives are those of the discrete steps, by Diffrax's recursive checkpointing (P. Stumm,
    A. Walther, New algorithms for optimal online checkpointing, SIAM J. Sci. Comput. 32 (2010)).
    Call it, and what differentiates it, in the scope of ``double_precision()``.

    Args:
        evolution: the problem, made with the names of the parameters to vary:
            ``Evolution(problem, free=("k",))``.
        parameters: values of these by name.
        times: increasing times inside the interval, (k,), in the units of the problem.
        start: levels at the start, (levels,) in the order of ``evolution.rows``; by default the
            initial values of the statement. Hidden unknowns are solved for.
        tol: local error relative to each entry of the state; 1e-8 is a good start.
        stiff: whether implicit steps are taken.
        steps: most steps; beyond them what comes back is NaN.

    Returns:
        Values of the unknowns, (k, m).

    Raises:
        OptionError: a parameter left open has no value.

    It breaks where gradients explode: on chaotic problems over long times they are as large as
    they are useless.
    """
    import diffrax  # it takes long to import

    values = dict(parameters or {})
    missing = [name for name in evolution.free if name not in values]
    if missing:
        raise OptionError(f"a value for {', '.join(missing)}", "none", 'Pass {"k": 1.0}, say.')
    begin = evolution.interval[0]
    levels = jnp.asarray(_given(evolution) if start is None else start)
    whole = _whole(evolution, levels, values)
    sizes = jnp.asarray(evolution.sizes)
    stepper = IMPLICIT if stiff else EXPLICIT

    def field(time: Any, scaled: Array, given: Any) -> Array:
        return scaled_motion(evolution, time, scaled, sizes, given)

    asked = (jnp.asarray(times, float) - begin) / evolution.length
    found = diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        stepper.solver(tol),
        0.0,
        1.0,
        None,
        whole / sizes,
        values,
        saveat=diffrax.SaveAt(ts=asked),
        stepsize_controller=stepper.controller(tol),
        max_steps=steps,
        throw=False,
    )
    ys = found.ys * sizes
    if evolution.hiddens:
        now = jnp.asarray(times, float)
        ys = jax.vmap(lambda t, y: evolution.projected(t, y, values))(now, ys)
    ys = jnp.where(diffrax.is_okay(found.result), ys, jnp.nan)
    return ys @ jnp.asarray(evolution.unknowns).T


def _given(evolution: Evolution) -> np.ndarray:
    # Known while a caller's program is still being traced.
    with jax.ensure_compile_time_eval():
        levels = given_levels(evolution)
    return np.where(np.isnan(levels), 0.0, levels)


def _whole(evolution: Evolution, levels: Array, values: Values) -> Array:
    """Return y at the start, its hidden part solved for and differentiable."""
    state = jnp.asarray(evolution.lift) @ levels
    if not evolution.hiddens:
        return state
    # The branch is that of the statement's own start.
    with jax.ensure_compile_time_eval():
        guess = jnp.asarray(consistent(evolution)[0][evolution.states :])
    time = jnp.asarray(evolution.interval[0])
    return jnp.concatenate([state, evolution.hidden(time, state, guess, values)])
