"""Conjugate directions from proposals that need be neither linear, symmetric nor any good."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from residuum.discretise.linear._krylov import (
    NO_CONVERGENCE,
    Iterate,
    Map,
    Stop,
    conjugate_gradients,
)

PATIENCE = 10
"""So many classical steps in a row, and no proposal is asked for any more."""
BLOCK, FALL = 30, 0.5
"""Proposals also end where so many steps do not bring the residual below this share."""
FLAT = 1e-14
"""Energy beside the sizes of a direction and its image below which it is rounding."""


class _Direction(NamedTuple):
    """A direction, its image, its energy, the slope along it and how far the best step goes."""

    values: np.ndarray
    image: np.ndarray
    energy: float
    slope: float

    @property
    def gain(self) -> float:
        """Twice the energy that the best step along it takes from the error."""
        return self.slope * self.slope / self.energy


def conjugate_directions(
    apply: Map,
    right: np.ndarray,
    *,
    inverse: Map,
    start: np.ndarray,
    stop: Stop,
    window: int = 2,
    fallback: Map | None = None,
) -> Iterate:
    """Solve a symmetric positive definite system along proposed directions.

    What ``inverse`` makes of the residual is made A-orthogonal to the last ``window`` directions;
    the best step along it never lets the energy of the error rise. The residual is computed anew
    after every step. With window 1 these are flexible conjugate gradients, with window 2 and a
    network the deep conjugate directions. (Y. Notay, SIAM J. Sci. Comput. 22, 2000; A. Kaneda et
    al., arXiv:2205.10763.)

    With ``fallback``, a fixed symmetric definite approximate inverse, the answer does not depend on
    the proposals: every step is compared with the one along the classical direction, and the one
    that takes more energy is taken. A proposal that is not finite, vanishes or has no positive
    energy loses. After ``PATIENCE`` losses in a row, or ``BLOCK`` steps that do not halve the
    residual, conjugate gradients with ``fallback`` finish the solve.

    Without it, the iteration breaks down at the first useless proposal.
    """
    x = start.copy()
    residual = right - apply(x) if x.any() else right.copy()
    history = [stop.norm(residual)]
    past: list[_Direction] = []
    lost = fallbacks = 0
    for iteration in range(stop.most):
        if history[-1] <= stop.size:
            return Iterate(x, iteration, "", tuple(history), fallbacks)
        slow = iteration >= BLOCK and not history[-1] <= FALL * history[-1 - BLOCK]
        if fallback is not None and (slow or lost >= PATIENCE):
            rest = replace(stop, most=stop.most - iteration)
            found = conjugate_gradients(apply, right, inverse=fallback, start=x, stop=rest)
            return Iterate(
                found.values,
                iteration + found.iterations,
                found.breakdown,
                (*history, *found.history[1:]),
                fallbacks + found.iterations,
            )
        proposed = _direction(apply, residual, inverse(residual), past)
        classical = None
        if fallback is not None:
            classical = _direction(apply, residual, fallback(residual), past)
        if proposed is None and classical is None:
            if past:
                # Rounding may have left nothing beside the last directions: start afresh.
                past = []
                history.append(history[-1])
                continue
            name = "the matrix is not definite" if fallback else "the proposal is not usable"
            return Iterate(x, iteration, name, tuple(history), fallbacks)
        best = proposed
        if classical is not None and (best is None or classical.gain >= best.gain):
            best = classical
        assert best is not None
        taken = best is classical
        lost, fallbacks = (lost + 1, fallbacks + 1) if taken else (0, fallbacks)
        x += (best.slope / best.energy) * best.values
        residual = right - apply(x)
        past = [best, *past][:window]
        history.append(stop.norm(residual))
    ended = "" if history[-1] <= stop.size else NO_CONVERGENCE
    return Iterate(x, stop.most, ended, tuple(history), fallbacks)


def _direction(
    apply: Map, residual: np.ndarray, given: np.ndarray, past: list[_Direction]
) -> _Direction | None:
    """Return the direction made A-orthogonal to the last ones, nothing where it is of no use."""
    with np.errstate(all="ignore"):
        given = np.asarray(given, float)
        peak = float(np.abs(given).max(initial=0.0))
        if given.shape != residual.shape or not 0 < peak < np.inf:
            return None
        values = given / peak
        for last in past:
            values = values - (float(values @ last.image) / last.energy) * last.values
        image = apply(values)
        energy, slope = float(values @ image), float(values @ residual)
        least = FLAT * float(np.linalg.norm(values)) * float(np.linalg.norm(image))
        if not (least < energy < np.inf and np.isfinite(slope) and slope != 0.0):
            return None
        return _Direction(values, image, energy, slope)
