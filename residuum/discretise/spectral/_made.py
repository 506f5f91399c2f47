"""Fields out of what the time steppers kept."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from residuum._core._arrays import on_device
from residuum.discretise.spectral._axis import Axis
from residuum.discretise.spectral._field import GridField
from residuum.discretise.spectral._lines import Lines
from residuum.discretise.spectral._modal import Slabs
from residuum.discretise.time import OUTPUTS, Trajectory, tableau


def even_field(
    values: np.ndarray, times: np.ndarray, end: float, axes: Sequence[Axis]
) -> GridField:
    """Return the field of nodal values at even times.

    Args:
        values: (1 + 8k, *shape, m), or (*shape, m) for a steady field.
        times: (1 + 8k,), or empty for a steady field.
        end: where time ends; from the last time on the last state is held.
        axes: the space axes.
    """
    steady = len(times) == 0
    stored = _stored(values, axes, 0 if steady else 1)
    data = tuple(axis.data for axis in axes)
    if steady:
        return GridField(jnp.asarray(stored), jnp.zeros(0), (), data)
    rows = np.arange(0, len(times) - 1, OUTPUTS)[:, None] + np.arange(OUTPUTS + 1)
    stages = tuple(k / OUTPUTS for k in range(OUTPUTS + 1))
    return _held(stored[rows], times[::OUTPUTS], stored[-1], end, (stages, data))


def field_of(lines: Lines, found: Trajectory) -> GridField:
    """Return the field of a trajectory: in each step the polynomial through its stages."""
    nodes = np.concatenate([[0.0], tableau().nodes])
    knots = np.asarray(found.knots)
    states = found.states or [np.repeat(lines.system().start[None], len(nodes), axis=0)]
    if len(knots) == 1:
        knots = np.array([knots[0], lines.interval[1]])
    times = knots[:-1, None] + np.diff(knots)[:, None] * nodes
    values = lines.values(times.ravel(), np.concatenate(states))
    stored = _stored(values.reshape(*times.shape, *values.shape[1:]), lines.grid.axes, 2)
    stages = tuple(float(node) for node in nodes)
    data = tuple(axis.data for axis in lines.grid.axes)
    return _held(stored, knots, stored[-1, -1], lines.interval[1], (stages, data))


def slab_field(found: Slabs, end: float, axes: Sequence[Axis]) -> GridField:
    """Return the field of one unknown from its values in slabs of time."""
    return stage_field(found.values[..., None], found.knots, found.nodes, end=end, axes=axes)


def stage_field(
    values: np.ndarray, knots: np.ndarray, nodes: np.ndarray, *, end: float, axes: Sequence[Axis]
) -> GridField:
    """Return the field of nodal values at places within slabs of time.

    Args:
        values: (slabs, places, *shape, m).
        knots: ends of the slabs, (slabs + 1,).
        nodes: places within a slab, between 0 and 1, (places,).
        end: where time ends; from the last knot on the last state is held.
        axes: the space axes.
    """
    stored = _stored(values, axes, 2)
    stages = tuple(float(node) for node in nodes)
    data = tuple(axis.data for axis in axes)
    return _held(stored, knots, stored[-1, -1], end, (stages, data))


def tail(values: np.ndarray, axes: Sequence[Axis]) -> float:
    """Return the largest coefficient in the last 45 % of the modes, relative to the largest.

    That far the two-thirds rule lets nonlinear terms reach. Values have shape (k, *shape, m).
    """
    worst = 0.0
    for k, axis in enumerate(axes):
        sizes = axis.spectrum(values, k + 1)
        line = sizes.max(axis=tuple(i for i in range(sizes.ndim) if i != k + 1))
        first = int(np.ceil(0.55 * len(line)))
        worst = max(worst, float(line[first:].max() / max(float(line.max()), 1e-300)))
    return worst


def _stored(values: np.ndarray, axes: Sequence[Axis], offset: int) -> np.ndarray:
    for k, axis in enumerate(axes):
        values = axis.stored(values, k + offset)
    return values


def _held(
    pieces: np.ndarray,
    knots: np.ndarray,
    last: np.ndarray,
    end: float,
    form: tuple[tuple[float, ...], tuple[tuple[str, int, tuple[float, ...]], ...]],
) -> GridField:
    """Return the field, its last state held where the end was not reached."""
    stages, data = form
    if abs(knots[-1] - end) > 1e-9 * abs(end - knots[0]):
        more = np.broadcast_to(last, (1, len(stages), *last.shape))
        pieces, knots = np.concatenate([pieces, more]), np.append(knots, end)
    return GridField(on_device(pieces), on_device(knots), stages, data)
