"""Nodes on a line, dense where a monitor function is large."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sla

from residuum._core import OptionError


def slope_monitor(nodes: np.ndarray, values: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Return m = 1 + |u_x| / (strength · mean |u_x|) on the cells, smoothed; (cells,).

    With strength 1 half of the nodes go where the slope is large: the mean of m is 2. Smaller
    strengths send more.

    Args:
        nodes: (n,), increasing.
        values: (n, unknowns); the largest of their monitors is taken.
        strength: positive.
    """
    width = np.diff(nodes)
    slope = np.abs(np.diff(values, axis=0)) / width[:, None]
    mean = (slope * width[:, None]).sum(axis=0) / width.sum()
    found = 1 + (slope / (strength * np.maximum(mean, 1e-12 * slope.max() + 1e-300))).max(axis=1)
    return smoothed(found)


def smoothed(monitor: np.ndarray, passes: int = 4) -> np.ndarray:
    """Return a monitor averaged with its neighbours: cells then change size gradually."""
    for _ in range(passes):
        wide = np.pad(monitor, 1, mode="edge")
        monitor = 0.25 * wide[:-2] + 0.5 * monitor + 0.25 * wide[2:]
    return monitor


def equidistributed(nodes: np.ndarray, monitor: np.ndarray) -> np.ndarray:
    """Return nodes with equal integrals of a piecewise constant monitor between them.

    Args:
        nodes: (n,), increasing; the ends stay.
        monitor: positive, on the n - 1 cells.

    Source: C. de Boor, Lecture Notes in Mathematics 363, 1973.
    """
    total = np.concatenate([[0.0], np.cumsum(monitor * np.diff(nodes))])
    found = np.interp(np.linspace(0, total[-1], len(nodes)), total, nodes)
    found[0], found[-1] = nodes[0], nodes[-1]
    return found


def relaxed(nodes: np.ndarray, monitor: np.ndarray, share: float) -> np.ndarray:
    """Return nodes after one implicit Euler step of x_t = (1/τ) (m x_ξ)_ξ, in units of ξ² n².

    The gaps g solve (I + s A) g = g_old, A an M-matrix with column sums of zero or more: all stay
    positive for any step and any positive monitor, so no cell is ever folded. Ends stay.

    Args:
        nodes: (n,), increasing.
        monitor: positive, on the n - 1 cells; only its shape counts.
        share: s, the step over τ; large for a mesh that follows at once.

    Raises:
        OptionError: the nodes are not increasing, or the monitor or the share is not positive.

    Source: W. Huang, Y. Ren, R. D. Russell, SIAM J. Numer. Anal. 31, 1994 (MMPDE5).
    """
    if not ((np.diff(nodes) > 0).all() and (monitor > 0).all() and share > 0):
        raise OptionError("increasing nodes, a positive monitor and share", "others", "Check them.")
    m = share * (len(nodes) - 1) ** 2 * monitor / monitor.mean()
    inner = np.zeros((3, len(nodes) - 2))
    inner[1] = 1 + m[:-1] + m[1:]
    inner[0, 1:], inner[2, :-1] = -m[1:-1], -m[1:-1]
    right = nodes[1:-1].copy()
    right[0] += m[0] * nodes[0]
    right[-1] += m[-1] * nodes[-1]
    found = sla.solve_banded((1, 1), inner, right)
    return np.concatenate([nodes[:1], found, nodes[-1:]])
