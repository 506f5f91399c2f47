"""A network that moves meshes, trained on the equation of the move alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from residuum._core import Key, Listener, OptionError, Result, Source, generator, jax_key
from residuum.blocks import Dense, dense
from residuum.geometry import Box
from residuum.operators._mesh_mover import DATA_FREE, CosinePotential, potential_tables

SEEN = 24
"""Samples along each axis that the network sees."""


@final
@dataclass(frozen=True)
class DataFreeMover:
    """Train fields on a grid to the potential that moves a mesh towards what is steep in them.

    A branch network turns the monitor m = 1 + |grad u| / (strength · mean |grad u|) of a field into
    the coefficients of products of cosines, the trunk. It is trained without meshes to learn from:

        L = mean (m(x) det(I + H φ) / θ - 1)² + fold · mean (min(0, 1 + φ_xx)² + min(0, 1 + φ_yy)²)

    Differences from the paper: the trunk is fixed, so that the normal derivative of φ vanishes on
    the sides by itself and needs no weight; points are drawn evenly in ξ; the branch sees the
    monitor and not the field; there are no rounds of BFGS.

    Good for many fields of one family; ``MeshMover`` solves for a single one, and better. Cells are
    checked when a mesh is moved (``CosinePotential.moved_mesh``).

    Args:
        modes: cosines along each axis: 12 to 20.
        width: of the two hidden layers.
        strength: of the monitor; 0.01 in the paper, where nearly all points go to what is steep.
        samples: points along each axis where the equation is asked for, moved about in every step.
        fold: weight of the last term.
        steps, batch, rate: of Adam, along a cosine.

    Raises:
        OptionError: an option is out of range.
    """

    modes: int = 14
    width: int = 128
    strength: float = 1.0
    samples: int = 32
    fold: float = 1.0
    steps: int = 600
    batch: int = 8
    rate: float = 2e-3

    sources: ClassVar[tuple[Source, ...]] = (DATA_FREE,)

    def __post_init__(self) -> None:
        counts = (self.width, self.samples, self.steps, self.batch)
        if min(counts) < 1 or self.modes < 2:
            raise OptionError(
                "two modes and positive counts", f"{self.modes}, {counts}", "Correct."
            )
        if not (self.rate > 0 and self.strength > 0 and self.fold >= 0):
            got = f"rate {self.rate}, strength {self.strength}, fold {self.fold}"
            raise OptionError("a positive rate and strength", got, "2e-3 and 1 are good values.")

    def train(
        self, fields: np.ndarray, box: Box, key: Key, *, listener: Listener | None = None
    ) -> TrainedMover:
        """Return the network trained on fields.

        Args:
            fields: values (n, s, s) on even grids of the rectangle, ends included, s at least 24.
            box: the rectangle.
            key: of the weights and the batches.
            listener: told the progress every 50 steps.
        """
        begun, chance = time.perf_counter(), generator(key, 2)
        monitors = grid_monitors(fields, box, self.strength)
        network = _branch(SEEN**2, self.width, self.modes**2, jax_key(key, 1))
        schedule = optax.cosine_decay_schedule(self.rate, self.steps)
        optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))
        state = optimiser.init(network)
        step = self._step(optimiser)
        seen, m = (jnp.asarray(part, jnp.float32) for part in (_seen(monitors), monitors))
        losses, result = [], Result.SUCCESSFUL
        for i in range(self.steps):
            which = chance.integers(0, len(fields), self.batch)
            places = (np.arange(self.samples)[:, None] + chance.uniform(size=2)) / self.samples
            grid = np.meshgrid(places[:, 0], places[:, 1], indexing="ij")
            unit = np.stack(grid, -1).reshape(-1, 2)
            tables = [
                jnp.asarray(t, jnp.float32) for t in (unit, *potential_tables(unit, self.modes))
            ]
            ahead, state, value = step(network, state, seen[which], m[which], tables)
            losses.append(float(value))
            if not np.isfinite(losses[-1]):
                result = Result.NOT_FINITE
                break
            network = ahead
            if listener is not None and i % 50 == 0:
                listener(i / self.steps, f"step {i}, loss {losses[-1]:.1e}")
        seconds = time.perf_counter() - begun
        made = (network, box, self.modes, self.strength)
        return TrainedMover(*made, np.array(losses), seconds, result)

    def _step(self, optimiser: Any) -> Any:
        def loss(network: Any, seen: Array, monitors: Array, tables: list[Array]) -> Array:
            return equation_loss(_applied(network, seen), monitors, tables, self.fold)

        @jax.jit
        def step(network: Any, state: Any, seen: Array, monitors: Array, tables: Any) -> Any:
            value, slope = jax.value_and_grad(loss)(network, seen, monitors, tables)
            move, state = optimiser.update(slope, state)
            return eqx.apply_updates(network, move), state, value

        return step


@final
@dataclass(frozen=True, eq=False)
class TrainedMover:
    """A trained mover of meshes.

    Args:
        network: dense layers from monitors to coefficients.
        box: the rectangle.
        modes: cosines along each axis.
        strength: of the monitor.
        losses: (steps,) of the training.
        seconds: of the training, compilation included.
        result: ``SUCCESSFUL``, or ``NOT_FINITE`` with the last finite network.
    """

    network: tuple[Dense, ...]
    box: Box
    modes: int
    strength: float
    losses: np.ndarray = field(repr=False)
    seconds: float
    result: Result = Result.SUCCESSFUL

    def potential(self, values: np.ndarray) -> CosinePotential:
        """Return the potential for a field (s, s) on an even grid."""
        seen = _seen(grid_monitors(np.asarray(values)[None], self.box, self.strength))
        found = _applied(self.network, jnp.asarray(seen, jnp.float32))[0]
        shape = (self.modes, self.modes)
        return CosinePotential(self.box, np.asarray(found, float).reshape(shape))


def grid_monitors(fields: np.ndarray, box: Box, strength: float) -> np.ndarray:
    """Return monitors of fields (n, s, s) on even grids, each over its mean."""
    fields = np.asarray(fields, float)
    if fields.ndim != 3 or fields.shape[1] != fields.shape[2] or fields.shape[1] < SEEN:
        got = str(fields.shape)
        raise OptionError(f"fields (n, s, s) with s of {SEEN} or more", got, "Sample more finely.")
    widths = np.ptp(box.bounds, axis=1) / (fields.shape[1] - 1)
    slopes = np.gradient(fields, *widths, axis=(1, 2))
    steep = np.sqrt(slopes[0] ** 2 + slopes[1] ** 2)
    mean = steep.mean(axis=(1, 2), keepdims=True)
    found = 1 + steep / (strength * np.maximum(mean, 1e-12))
    normed: np.ndarray = found / found.mean(axis=(1, 2), keepdims=True)
    return normed


def equation_loss(a: Array, monitors: Array, tables: list[Array], fold: float) -> Array:
    """Return the loss of coefficients (n, k²) for monitors (n, s, s) of mean one.

    Args:
        a: coefficients.
        monitors: on even grids, interpolated linearly.
        tables: points (p, 2) of the unit square, then ``potential_tables`` there.
        fold: weight of what forbids folding.
    """
    unit, tx, ty, txx, txy, tyy = tables
    x, y = unit[:, 0] + a @ tx.T, unit[:, 1] + a @ ty.T
    xx, xy, yy = a @ txx.T, a @ txy.T, a @ tyy.T
    side = monitors.shape[1] - 1

    def read(monitor: Array, x: Array, y: Array) -> Array:
        return jax.scipy.ndimage.map_coordinates(monitor, [x * side, y * side], 1, mode="nearest")

    m = jax.vmap(read)(monitors, x, y)
    rest = m * ((1 + xx) * (1 + yy) - xy**2) - 1
    bent = jnp.minimum(0.0, 1 + xx) ** 2 + jnp.minimum(0.0, 1 + yy) ** 2
    return (rest**2).mean() + fold * bent.mean()


def _seen(monitors: np.ndarray) -> np.ndarray:
    """Return what the network sees of monitors, (n, SEEN²): means over blocks, compressed."""
    side = monitors.shape[1]
    edges = np.linspace(0, side, SEEN + 1).astype(int)
    rows = np.add.reduceat(monitors, edges[:-1], axis=1)
    blocks = np.add.reduceat(rows, edges[:-1], axis=2)
    sizes = np.diff(edges)
    return np.sqrt(blocks / np.outer(sizes, sizes)).reshape(len(monitors), -1) - 1


def _branch(inputs: int, width: int, outputs: int, key: Array) -> tuple[Dense, ...]:
    first, second, third = jax.random.split(key, 3)
    last = dense(width, outputs, third)
    # Starts near the mesh that does not move.
    small = Dense(0.05 * jnp.asarray(last.weight), last.bias)
    return dense(inputs, width, first), dense(width, width, second), small


def _applied(network: tuple[Dense, ...], seen: Array) -> Array:
    for layer in network[:-1]:
        seen = jnp.tanh(layer(seen))
    return network[-1](seen)
