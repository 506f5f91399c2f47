"""Deep conjugate directions: a network proposes the search direction of an iterative solve."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from residuum._core import Key, Listener, OptionError, Result, Source, generator, jax_key
from residuum.blocks import Edge
from residuum.discretise.linear import GridPoisson, ritz_pairs
from residuum.operators._direction_network import DirectionNetwork, direction_network

USELESS = 0.9
"""Share of the residual that the best step leaves, at the end of a training that came to nothing:
random directions leave nearly all."""
AVERAGED = 25


@final
@dataclass(frozen=True)
class DeepConjugate:
    """Train a network, without solutions, to turn residuals into search directions.

    The network f takes a residual r and proposes a direction; the iteration makes it A-orthogonal
    to the last two and takes the best step along it (``krylov(..., method="directions")``).
    Training minimises, for random unit right sides b, what one best step leaves:

        L = |b - s A f(b)|²,   s = f(b)·b / f(b)·A f(b),

    which does not depend on the size of f. Right sides are random sums of Ritz vectors of A, the
    lower half ``emphasis`` times larger: residuals lose their high frequencies first.

    Differences from the paper: residuals are given with mean square one instead of norm one, so
    that biases mean the same on every grid; features vanish in obstacles; the network starts as
    the identity plus what the coarser grid adds, without which training stays on the plateau L = 1
    for long; right sides are drawn anew for every step.

    Good for many solves on one kind of grid: 8 to 20 times fewer iterations than conjugate
    gradients, on finer grids and around moved obstacles too. Iterations still grow with the grid,
    against the paper's claim. Multigrid takes fewer iterations and less time wherever it exists;
    ``benchmarks/deep_conjugate.py`` prints all. The map is neither linear nor
    symmetric: plain conjugate gradients must not use it. Training breaks down (code ``STAGNATED``)
    where the rate is too high for the number of levels: 1.5e-3 for one, 5e-4 for more.

    Args:
        channels: features per cell.
        pairs: pairs of convolutions before, at the bottom, and after.
        levels: how often the grid is halved: 1 as in the paper; 0 for as often as the grid allows,
            which was seen to fail on grids that are halved more often than the one trained on.
        ritz: Lanczos steps; the right sides are drawn from their vectors.
        emphasis: factor of the lower half of the Ritz vectors; 9 in the paper.
        steps: Adam steps.
        batch: right sides per step.
        rate: largest learning rate; rises over the first tenth, then falls along a cosine.

    Raises:
        OptionError: an option is out of range.
    """

    channels: int = 16
    pairs: tuple[int, int, int] = (2, 3, 2)
    levels: int = 1
    ritz: int = 300
    emphasis: float = 9.0
    steps: int = 700
    batch: int = 8
    rate: float = 1.5e-3

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "deep-conjugate-direction",
            "A Deep Conjugate Direction Method for Iteratively Solving Linear Systems",
            "A. Kaneda, O. Akar, J. Chen, V. A. T. Kala, D. Hyde, J. Teran",
            2023,
            "arXiv:2205.10763",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        counts = (self.channels, self.ritz, self.steps, self.batch)
        if min(counts) < 1 or min(self.pairs) < 0 or len(self.pairs) != 3 or self.levels < 0:
            got = f"{counts}, pairs {self.pairs}, levels {self.levels}"
            raise OptionError("positive counts and three numbers of pairs", got, "Correct them.")
        if not (self.rate > 0 and self.emphasis > 0):
            got = f"rate {self.rate}, emphasis {self.emphasis}"
            raise OptionError("a positive rate and emphasis", got, "1.5e-3 and 9 are good values.")

    def train(
        self, grid: GridPoisson, key: Key, *, listener: Listener | None = None
    ) -> LearnedDirections:
        """Return the trained network on the grid it was trained on.

        Args:
            grid: in two or three dimensions; about 64 cells a side is enough for larger ones.
            key: of the Lanczos process, the weights and the right sides.
            listener: told the progress every 25 steps.
        """
        begun = time.perf_counter()
        network = self._network(grid, key)
        free = jnp.asarray(grid.free, jnp.float32)
        diagonal = jnp.asarray(grid.diagonal, jnp.float32)
        spectrum, weights = self._right_sides(grid, key)
        warm = max(1, self.steps // 10)
        schedule = optax.warmup_cosine_decay_schedule(
            0.01 * self.rate, self.rate, warm, max(self.steps, warm + 1), 0.01 * self.rate
        )
        optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))
        state = optimiser.init(eqx.filter(network, eqx.is_array))
        step = _step_of(optimiser, spectrum, free, diagonal)
        chance, losses = generator(key, 2), []
        result = Result.SUCCESSFUL
        for i in range(self.steps):
            factors = weights * chance.standard_normal((self.batch, len(weights)))
            ahead, state, value = step(network, state, jnp.asarray(factors, jnp.float32))
            if not np.isfinite(float(value)):
                result = Result.NOT_FINITE
                break
            losses.append(float(value))
            network = ahead
            if listener is not None and i % 25 == 0:
                listener(i / self.steps, f"step {i}, loss {losses[-1]:.1e}")
        if result.ok and np.mean(losses[-AVERAGED:]) > USELESS:
            result = Result.STAGNATED
        seconds = time.perf_counter() - begun
        return LearnedDirections(network, grid, np.array(losses), seconds, result)

    def _network(self, grid: GridPoisson, key: Key) -> DirectionNetwork:
        edges: list[Edge] = [
            "copy" if pair == ("insulated", "insulated") else "zero" for pair in grid.walls
        ]
        return direction_network(
            jax_key(key, 1),
            tuple(edges),
            channels=self.channels,
            pairs=self.pairs,
            levels=self.levels,
        )

    def _right_sides(self, grid: GridPoisson, key: Key) -> tuple[Array, np.ndarray]:
        """Return the Ritz vectors on the grid and the deviations of their factors."""
        _, vectors = ritz_pairs(grid.matrix, min(self.ritz, grid.size), key)
        weights = np.ones(vectors.shape[1])
        weights[: len(weights) // 2] = self.emphasis
        return jnp.asarray(np.moveaxis(grid.on_grid(vectors), -1, 0), jnp.float32), weights


@final
@dataclass(frozen=True)
class LearnedDirections:
    """A trained network on a grid: an ``ApproximateInverse`` for ``"directions"`` and GMRES.

    It computes in float32; the iteration around it in float64.

    Args:
        network: the trained network.
        grid: whose residuals it takes.
        losses: (steps,) of the training.
        seconds: wall time of the training, Lanczos process and compilation included.
        result: ``SUCCESSFUL``; ``STAGNATED`` where training came to nothing; ``NOT_FINITE`` where
            it overflowed, with the last finite network.

    Raises:
        OptionError: the grid has another number of axes than the network.
    """

    network: DirectionNetwork
    grid: GridPoisson
    losses: np.ndarray = field(repr=False)
    seconds: float
    result: Result = Result.SUCCESSFUL

    name: ClassVar[str] = "deep conjugate directions"

    def __post_init__(self) -> None:
        axes = len(self.network.first.edges)
        if self.grid.free.ndim != axes:
            raise OptionError(
                f"a grid with {axes} axes", f"{self.grid.free.ndim}", "Train on such a grid."
            )

    def on(self, grid: GridPoisson) -> LearnedDirections:
        """Return the same network for another grid: more cells, moved obstacles."""
        return replace(self, grid=grid)

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the direction (n,) for a residual (n,)."""
        size = float(np.linalg.norm(residual))
        if not 0 < size < np.inf:
            return np.zeros_like(residual)
        unit = residual * (np.sqrt(len(residual)) / size)
        given = jnp.asarray(self.grid.on_grid(unit)[None], jnp.float32)
        found = _applied(self.network, given, jnp.asarray(self.grid.free, jnp.float32))
        return self.grid.on_cells(np.asarray(found)[0]).astype(float)


@eqx.filter_jit
def _applied(network: DirectionNetwork, residual: Array, free: Array) -> Array:
    return network(residual, free)


def _step_of(
    optimiser: Any, spectrum: Array, free: Array, diagonal: Array
) -> Callable[[DirectionNetwork, Any, Array], tuple[DirectionNetwork, Any, Array]]:
    """Return one compiled step; a loop of XLA's own would make the convolutions slow."""

    def step(
        network: DirectionNetwork, state: Any, factors: Array
    ) -> tuple[DirectionNetwork, Any, Array]:
        right = jnp.tensordot(factors, spectrum, 1)
        axes = tuple(range(1, right.ndim))
        right = right / jnp.sqrt((right**2).sum(axes, keepdims=True))
        value, slope = eqx.filter_value_and_grad(left_by_one_step)(network, right, free, diagonal)
        move, state = optimiser.update(slope, state)
        return eqx.apply_updates(network, move), state, value

    compiled: Callable[..., tuple[DirectionNetwork, Any, Array]] = eqx.filter_jit(step)
    return compiled


def left_by_one_step(
    network: Callable[[Array, Array], Array], right: Array, free: Array, diagonal: Array
) -> Array:
    """Return the mean square residual that the best step along the network's direction leaves.

    Args:
        network: from residuals (m, *grid) and free cells (*grid) to directions (m, *grid).
        right: (m, *grid), of norm one, zero in obstacles.
        free: (*grid), one on free cells.
        diagonal: (*grid), of the matrix.
    """
    axes = tuple(range(1, right.ndim))
    found = network(right * jnp.sqrt(free.sum()), free)
    image = image_on_grid(found, free, diagonal)
    energy = (found * image).sum(axes, keepdims=True)
    along = (found * right).sum(axes, keepdims=True) / jnp.maximum(energy, 1e-20)
    return ((right - along * image) ** 2).sum(axes).mean()


def image_on_grid(x: Array, free: Array, diagonal: Array) -> Array:
    """Apply the matrix of a ``GridPoisson`` to (m, *grid), zero in obstacles."""
    found = diagonal * x
    for axis in range(1, x.ndim):
        widths = [(0, 0)] * x.ndim
        widths[axis] = (1, 1)
        wide, side = jnp.pad(x, widths), x.shape[axis]
        found -= jax.lax.slice_in_dim(wide, 0, side, axis=axis)
        found -= jax.lax.slice_in_dim(wide, 2, side + 2, axis=axis)
    return found * free
