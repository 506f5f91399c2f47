"""Is a problem stiff? A cheap explicit trial, its Jacobians, and an implicit trial to compare.

A step of an explicit method is cut by stability where step times largest decay rate comes near
the end of its stability region, about 3.3 on the real axis for Tsit5. (E. Hairer, G. Wanner,
Solving Ordinary Differential Equations II, 2nd ed., Springer 1996, IV.2.)
"""

from __future__ import annotations

from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import Result
from residuum.discretise.ode._event import Watchers
from residuum.discretise.ode._march import Marcher, scaled_motion
from residuum.discretise.ode._orbit import Limits, Orbit, Traveller, Watch
from residuum.discretise.ode._stiff import StiffMarcher

TRIAL = 1e-3
"""Tolerance of the trials."""
FEW = 400
"""An explicit trial of so few steps is cheap, whatever limits its steps."""
MANY = 3000
"""Steps after which a trial is given up."""
PRESSED = 2.0
"""Step times decay rate from which stability is taken to limit a step."""
DEARER = 60.0
"""How many explicit steps an implicit one costs: these are compiled, those factorise in NumPy."""


@final
class Trial(NamedTuple):
    """What a look at a problem found.

    Args:
        stiff: whether implicit steps are cheaper.
        sizes: root mean square of every entry of the state over time.
        reason: why, in words.
        marcher: the implicit solver, if it was compiled on the way.
    """

    stiff: bool
    sizes: np.ndarray
    reason: str
    marcher: StiffMarcher | None = None


def explore(
    marcher: Marcher,
    start: np.ndarray,
    *,
    watchers: Watchers | None = None,
    watch: Watch | None = None,
    stiff: bool | None = None,
) -> Trial:
    """Look at a problem with a coarse explicit run and, where stability limits it, an implicit one.

    Args:
        marcher: the explicit scout, compiled.
        start: y at the start.
        watchers: events, or nothing.
        watch: progress and budget.
        stiff: the answer, where it is known already: then only sizes are looked for.
    """
    evolution = marcher.evolution
    limits = Limits(TRIAL, evolution.sizes, steps=MANY)
    orbit = Traveller(marcher, watchers).go(start, limits, watch)
    explicit, share = orbit.counts["steps"] + orbit.counts["rejected"], orbit.ends[-1]
    if orbit.result is Result.INTERRUPTED:
        raise KeyboardInterrupt
    sizes = typical(orbit, evolution.sizes, marcher.nodes)
    done = orbit.result is Result.SUCCESSFUL
    if stiff is not None:
        return Trial(stiff, sizes, "as asked")
    if done and explicit <= FEW:
        return Trial(False, sizes, f"an explicit trial took {explicit} steps")
    if not orbit.pieces or orbit.result in (Result.DIVERGED, Result.OUT_OF_BUDGET):
        return Trial(False, sizes, f"an explicit trial ended: {orbit.reason}")
    pressed = pressure(marcher, orbit)
    if pressed < 0.3:
        return Trial(False, sizes, f"stability limits {pressed:.0%} of an explicit trial's steps")
    other = StiffMarcher(evolution)
    second = Traveller(other, watchers).go(start, limits, watch)
    if second.result is Result.INTERRUPTED:
        raise KeyboardInterrupt
    implicit = DEARER * max(second.counts["steps"] + second.counts["rejected"], 1)
    stiff = implicit / max(second.ends[-1], 1e-12) < explicit / max(share, 1e-12)
    if second.result is Result.SUCCESSFUL:
        sizes = typical(second, evolution.sizes, other.nodes)
    counts = f"{second.counts['steps']} implicit steps against {explicit / max(share, 1e-12):.0f}"
    return Trial(stiff, sizes, f"stability limits explicit steps: {counts}", other)


def pressure(marcher: Marcher, orbit: Orbit) -> float:
    """Return the share of an orbit's steps whose length stability limits."""
    sizes, ends = jnp.asarray(marcher.evolution.sizes), np.asarray(orbit.ends)
    chosen = np.unique(np.linspace(0, len(orbit.pieces) - 1, 48).astype(int))
    states = np.array([orbit.pieces[i][0] for i in chosen]) / np.asarray(sizes)

    def field(time: Any, whole: Any) -> Any:
        return scaled_motion(marcher.evolution, time, whole, sizes)

    slopes = jax.jit(jax.vmap(jax.jacfwd(field, 1)))(jnp.asarray(ends[chosen]), jnp.asarray(states))
    matrices = np.asarray(slopes)
    fine = np.isfinite(matrices).all(axis=(1, 2))
    decay = np.array([np.max(-np.linalg.eigvals(m).real, initial=0.0) for m in matrices[fine]])
    lengths = np.diff(ends)[chosen][fine]
    return float((decay * lengths > PRESSED).mean()) if fine.any() else 0.0


def typical(orbit: Orbit, fallback: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return the root mean square over time of every entry, where an orbit tells it."""
    if not orbit.pieces or orbit.result in (Result.DIVERGED, Result.NOT_FINITE):
        return fallback
    pieces, widths = np.array(orbit.pieces), np.diff(orbit.ends)
    weight = np.polynomial.chebyshev.chebvander(2 * nodes - 1, len(nodes) - 1)
    # The mean of a polynomial over a step, from its values at the nodes.
    moments = [0.0 if k % 2 else 1 / (1 - k**2) for k in range(len(nodes))]
    mean = np.linalg.solve(weight.T, moments)
    squares = np.einsum("s,ksn->kn", mean, pieces**2).clip(0.0)
    found = np.sqrt(widths @ squares / widths.sum())
    return np.where(found > 1e-10 * fallback, found, fallback)
