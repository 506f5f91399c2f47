"""How far two orbits' fields are apart, integrated over every step of the finer one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from residuum.discretise.spectral import Gap, GridField
from residuum.discretise.spectral import _barycentric as bary

PLACES = 4
"""Gauss points per piece; pieces are halved until there are enough."""
LEAST = 500
"""Fewest pieces."""
AT_ONCE = 1 << 16


class Comparison(NamedTuple):
    """Two answers side by side.

    Args:
        gap: their distance in L2 over time, the relative one as the largest over the unknowns.
        parting: the first time at which an unknown differs by more than asked, or ``None``.
    """

    gap: Gap
    parting: float | None


def compare(
    fine: GridField,
    coarse: GridField,
    *,
    until: float,
    tol: float,
    without: Sequence[tuple[float, float]] = (),
) -> Comparison:
    """Compare two fields from their start to a time, leaving out some windows.

    Args:
        fine, coarse: fields of the same unknowns, in time alone.
        until: end of the comparison.
        tol: relative difference from which they count as parted.
        without: windows of time, such as between two computed times of one event.
    """
    knots = np.asarray(fine.knots)
    knots = np.append(knots[knots < until], until)
    parts = max(1, -(-LEAST // (len(knots) - 1)))
    steps = np.arange(parts) / parts
    ends = np.append((knots[:-1, None] + np.diff(knots)[:, None] * steps).ravel(), until)
    places, weight = np.polynomial.legendre.leggauss(PLACES)
    widths = np.diff(ends)
    times = (ends[:-1, None] + widths[:, None] * (places + 1) / 2).ravel()
    weights = (widths[:, None] * weight / 2).ravel()
    for low, high in without:
        weights = np.where((times >= low) & (times <= high), 0.0, weights)
    a, b = values_at(fine, times), values_at(coarse, times)
    with np.errstate(over="ignore", invalid="ignore"):
        error, size = np.sqrt(weights @ (a - b) ** 2), np.sqrt(weights @ a**2)
    floor = 1e-10 * size.max(initial=0.0) + 1e-300
    relative = float((error / np.maximum(size, floor)).max(initial=0.0))
    typical = np.maximum(size, floor) / np.sqrt(max(float(weights.sum()), 1e-300))
    apart = (np.abs(a - b) > tol * typical).any(axis=1) & (weights > 0)
    parting = float(times[int(apart.argmax())]) if apart.any() else None
    return Comparison(Gap(float(np.sqrt((error**2).sum())), relative), parting)


def values_at(field: GridField, times: np.ndarray) -> np.ndarray:
    """Return the values of a field in time alone, (k,) to (k, m), in NumPy."""
    knots, nodes = np.asarray(field.knots), np.asarray(field.stages)
    values, weights = np.asarray(field.values), bary.weights(nodes)
    parts = []
    for i in range(0, len(times), AT_ONCE):
        now = times[i : i + AT_ONCE]
        slab = np.clip(np.searchsorted(knots, now, side="right") - 1, 0, len(knots) - 2)
        places = (now - knots[slab]) / (knots[slab + 1] - knots[slab])
        rows = bary.basis(places, nodes, weights)
        parts.append(np.einsum("ks,ksm->km", rows, values[slab]))
    return np.concatenate(parts) if parts else np.zeros((0, values.shape[-1]))
