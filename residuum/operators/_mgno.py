"""MgNO: every linear map of a layer is a multigrid V-cycle of small convolutions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import (
    Dense,
    Doubling,
    Edge,
    Halving,
    Stage,
    Step,
    dense,
    doubling,
    grid_convolution,
    halving,
    run,
)
from residuum.fields._architecture import whole
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._grid_layers import Filter, channels_out, last_of, require_side


class GridLevel(eqx.Module):
    """What a V-cycle does on one grid.

    Args:
        apply: A, from iterate to right side.
        smooth: S, from residual to correction: one per smoothing on the way down.
        after: S of every smoothing on the way up.
        restrict: R, right sides to the next grid; nothing on the coarsest.
        inject: Π, iterates to the next grid; nothing on the coarsest and in a true V-cycle.
        prolong: P, back from the next grid; nothing on the coarsest.
    """

    apply: Filter
    smooth: tuple[Filter, ...]
    after: tuple[Filter, ...]
    restrict: Halving | None
    inject: Halving | None
    prolong: Doubling | None


class VCycle(eqx.Module):
    """A linear map of features by one multigrid V-cycle; linear where its parts have no biases.

    Down: u ← u + S (f − A u). With restricted residuals, f' = R (f − A u) and u' = 0 on the next
    grid, and u ← u + P u' on the way back: a multigrid cycle proper. As published, f' = R f and
    u' = Π u: the right side itself goes down.

    Args:
        first: right side to features, on the finest grid.
        levels: finest first.
        residual: whether residuals are restricted.
    """

    first: Filter
    levels: tuple[GridLevel, ...]
    residual: bool = eqx.field(static=True)

    def __call__(self, x: Array) -> Array:
        return self._cycle(0, self.first(x), None)

    def _cycle(self, depth: int, right: Array, found: Array | None) -> Array:
        level = self.levels[depth]
        for smooth in level.smooth:
            found = smooth(right) if found is None else found + smooth(right - level.apply(found))
        if level.restrict is not None and level.prolong is not None:
            assert found is not None
            if level.inject is None:
                below = self._cycle(depth + 1, level.restrict(right - level.apply(found)), None)
            else:
                below = self._cycle(depth + 1, level.restrict(right), level.inject(found))
            found = found + level.prolong(below, found.shape[1:-1])
        for smooth in level.after:
            assert found is not None
            found = found + smooth(right - level.apply(found))
        assert found is not None
        return found


class MgNOOperator(Operator):
    """The trained part of a ``MgNO``: layers u ← σ(W u + B u + b), then a map of channels.

    Args:
        cycles: W of every layer.
        around: B and b of every layer.
        last: linear map to the outputs.
        times: moments given at once, 0 for none.
        linear: whether σ is left out.
    """

    cycles: tuple[VCycle, ...]
    around: tuple[Dense, ...]
    last: Dense
    times: int = eqx.field(static=True)
    linear: bool = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        return run(self.stages(), inputs)

    def stages(self) -> tuple[Stage, ...]:
        """Return the layers and the last map."""
        layers = zip(self.cycles, self.around, strict=True)
        last = Step(self.last, last_of, (self.times,), affine=True)
        return (*(Step(parts, _layer, (self.linear,)) for parts in layers), last)


def _layer(parts: tuple[VCycle, Dense], x: Array, linear: bool) -> Array:
    cycle, around = parts
    x = cycle(x) + around(x)
    return x if linear else jax.nn.gelu(x)


@final
@dataclass(frozen=True)
class MgNO(OperatorArchitecture):
    """Layers u ← σ(Σ W_ij u_j + b_i), all W_ij together one V-cycle of small convolutions.

    Padding at the edges carries the boundary condition, so that nothing is lifted or projected.
    Level sizes follow from the grid; the source's norms with a shape per level are left out, so
    that any grid is taken. Odd nodes between walls and even nodes around a period stay aligned.

    With ``residual=True`` and ``linear=True`` it is a learned linear multigrid cycle
    (``LearnedCycle`` makes a preconditioner of it).

    Good for elliptic problems with rough coefficients; data of a thousand samples. It costs a dozen
    convolutions a layer.

    Args:
        width: channels.
        layers: V-cycles in sequence.
        levels: grids, the finest included; as many as the grid allows is good.
        before: smoothings on the way down, per level; the coarsest does one more.
        after: smoothings on the way up.
        residual: whether residuals are restricted (a true V-cycle) or, as published, right sides.
        linear: whether activations and biases are left out.
        rank: of separable convolutions; 0 for dense ones.

    Raises:
        OptionError: an option is out of range.
    """

    width: int = 16
    layers: int = 3
    levels: int = 4
    before: int = 1
    after: int = 0
    residual: bool = False
    linear: bool = False
    rank: int = 0

    name: ClassVar[str] = "mgno"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "mgno",
            "MgNO: Efficient Parameterization of Linear Operators via Multigrid",
            "J. He, X. Liu, J. Xu",
            2024,
            "arXiv:2310.19809",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        counts = {"width": self.width, "layers": self.layers, "levels": self.levels}
        whole(self, **counts, before=self.before)
        if self.after < 0 or self.rank < 0:
            got = f"after {self.after}, rank {self.rank}"
            raise OptionError("smoothings and a rank of zero or more", got, "Correct MgNO.")

    def build(self, frame: GridFrame, key: Key) -> MgNOOperator:
        """Return the operator before training.

        Raises:
            OptionError: the grid is too small for so many levels.
        """
        require_side(frame.shape, 2**self.levels, "so many levels")
        *keys, end = jax.random.split(jax_key(key), 2 * self.layers + 1)
        sizes = [frame.inputs, *[self.width] * (self.layers - 1)]
        cycles = tuple(self._cycle(size, frame.edges, keys[2 * i]) for i, size in enumerate(sizes))
        around = tuple(
            self._free(dense(size, self.width, keys[2 * i + 1])) for i, size in enumerate(sizes)
        )
        last = self._free(dense(self.width, channels_out(frame), end))
        return MgNOOperator(cycles, around, last, frame.times, self.linear)

    def _free(self, block: Dense) -> Dense:
        """Return the block without a trained bias where the operator is linear."""
        if not self.linear:
            return block
        return Dense(block.weight, np.zeros(block.signature.outputs, np.float32))

    def _cycle(self, inputs: int, edges: tuple[Edge, ...], key: Array) -> VCycle:
        begin, *keys = jax.random.split(key, 1 + self.levels)
        first = self._filter(inputs, edges, begin, 1.0)
        parts = [
            self._level(edges, item, coarsest=i == self.levels - 1) for i, item in enumerate(keys)
        ]
        return VCycle(first, tuple(parts), self.residual)

    def _level(self, edges: tuple[Edge, ...], key: Array, *, coarsest: bool) -> GridLevel:
        keys = iter(jax.random.split(key, 5 + self.before + self.after))
        # A small A: a stack of cycles keeps the size of features.
        apply = self._filter(self.width, edges, next(keys), 0.1)
        smooth = tuple(
            self._filter(self.width, edges, next(keys), 1.0) for _ in range(self.before + coarsest)
        )
        if coarsest:
            return GridLevel(apply, smooth, (), None, None, None)
        after = tuple(self._filter(self.width, edges, next(keys), 0.5) for _ in range(self.after))
        down = [self._halving(edges, next(keys)) for _ in range(1 if self.residual else 2)]
        up = doubling(self.width, self.width, len(edges), next(keys), gain=0.5, linear=self.linear)
        return GridLevel(apply, smooth, after, down[0], None if self.residual else down[1], up)

    def _halving(self, edges: tuple[Edge, ...], key: Array) -> Halving:
        return halving(self.width, self.width, edges, key, linear=self.linear, slope="chosen")

    def _filter(self, inputs: int, edges: tuple[Edge, ...], key: Array, gain: float) -> Filter:
        made = grid_convolution(inputs, self.width, edges, key, gain=gain, rank=self.rank)
        if self.linear:
            bias = np.zeros(self.width, np.float32)
            made = eqx.tree_at(lambda block: block.bias, made, bias)
        return made


class LearnedCycle:
    """A linear operator on a grid as an approximate inverse of a matrix.

    It computes in float32; the iteration around it in float64. It is linear, but neither symmetric
    nor surely definite: take GMRES or ``"directions"``, not plain conjugate gradients.

    Args:
        operator: one channel to one channel, trained so that it inverts the matrix.
        shape: nodes per axis; residuals are given flat.
        scale: of the inverse: the operator is applied to residuals of mean square one.

    Raises:
        OptionError: the operator has activations.
    """

    def __init__(self, operator: MgNOOperator, shape: tuple[int, ...], scale: float = 1.0) -> None:
        if not operator.linear:
            raise OptionError("a linear operator", "one with activations", "Use linear=True.")
        self.shape, self.scale = shape, scale
        self._map = jax.jit(operator.__call__)

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Map a residual (nodes,) to a correction (nodes,)."""
        size = math.sqrt(float(np.mean(residual**2)))
        if size == 0.0:
            return np.zeros_like(residual)
        given = jnp.asarray(residual.reshape(1, *self.shape, 1) / size, jnp.float32)
        found = np.asarray(self._map(given), np.float64).reshape(-1)
        return self.scale * size * found
