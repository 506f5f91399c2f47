"""Steps that leave past tasks alone: the subspace of their activity is removed from updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Dense

BATCH, MOMENTUM, CLIP = 100, 0.9, 10.0


def oja_subspace(
    activity: Array, count: int, *, known: Array | None = None, key: Key = 7, passes: int = 100
) -> Array:
    """Return an orthonormal basis of what activity mostly varies in, learned by Oja's rule.

    y = H x, H ← H + rate · mean(y (x - Hᵀy)ᵀ), with momentum, over batches in passes; rows that
    are known stay, and are removed from the activity first. The learned rows are orthonormalised
    at the end: what is projected out is then removed exactly.

    Args:
        activity: shape (n, features), any unit; not centred.
        count: rows to learn, at most as many as features are left.
        known: orthonormal rows of tasks before, shape (k, features).
        key: of the first rows and the order.
        passes: over the activity. Small shares of the energy take more.

    Returns:
        Shape (k + count, features), orthonormal rows.

    Raises:
        OptionError: no row, or more rows than features.

    Source: E. Oja, Int. J. Neural Systems 1 (1989) 61; the projection: M. Xiao and others, 2024.
    """
    before = jnp.zeros((0, activity.shape[1]), activity.dtype) if known is None else known
    free = activity.shape[1] - before.shape[0]
    if not 1 <= count <= free:
        raise OptionError(f"between 1 and {free} rows", str(count), "Free some features.")
    first, second = jax.random.split(jax_key(key, 101))
    rest = activity - (activity @ before.T) @ before
    rest = rest / jnp.sqrt(jnp.maximum(jnp.mean(jnp.sum(rest**2, axis=1)), 1e-30))
    start = jnp.linalg.qr(jax.random.normal(first, (activity.shape[1], count), activity.dtype))[0].T
    found = _oja(rest, start, second, passes)
    # Both at once: what rounding left of the known rows in the new ones goes.
    return jnp.linalg.qr(jnp.concatenate([before, found]).T)[0].T


def _oja(activity: Array, start: Array, key: Array, passes: int) -> Array:
    size = min(BATCH, len(activity))
    each = len(activity) // size

    def step(carry: tuple[Array, Array], x: Array) -> tuple[tuple[Array, Array], None]:
        rows, speed = carry
        y = x @ rows.T
        push = jnp.clip(y.T @ (x - y @ rows) / len(x), -CLIP, CLIP)
        speed = MOMENTUM * speed + (1 - MOMENTUM) * push
        return (rows + speed, speed), None

    def sweep(carry: tuple[Array, Array], key: Array) -> tuple[tuple[Array, Array], None]:
        order = jax.random.permutation(key, len(activity))[: each * size]
        return jax.lax.scan(step, carry, activity[order].reshape(each, size, -1))

    begin = (start, jnp.zeros_like(start))
    return jax.lax.scan(sweep, begin, jax.random.split(key, passes))[0][0]


def affine_parts(model: Any) -> list[Dense]:
    """Return the dense blocks of a model, in the order of its tree."""
    leaves = jax.tree.leaves(model, is_leaf=lambda node: isinstance(node, Dense))
    return [leaf for leaf in leaves if isinstance(leaf, Dense)]


@final
@dataclass(frozen=True)
class OrthogonalProjection:
    """Remove the subspaces of past tasks' inputs from the updates of dense blocks.

    The slope of y = x W + b is a sum of products [x, 1]ᵀ δ. Taking the components of past inputs
    out of [x, 1] leaves outputs for past inputs as they are, however large the step. It is applied
    to the optimiser's steps and not to slopes: Adam's division would turn them back. Works with
    every rule that finds slopes, and every optimiser.

    Args:
        bases: for every dense block of the model, in the order of its tree: orthonormal rows of
            shape (k, inputs + 1), or ``None`` where nothing is held.

    Raises:
        OptionError: as many bases as dense blocks are not there, or of other widths.

    It breaks where the past fills the space: nothing new can then be learned. Source: M. Xiao,
    Q. Meng, Z. Zhang, D. He, Z. Lin, ICLR 2024.
    """

    bases: tuple[Array | np.ndarray | None, ...] = ()

    name: ClassVar[str] = "orthogonal_projection"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "hlop-continual",
            "Hebbian Learning based Orthogonal Projection for Continual Learning of Spiking Neural "
            "Networks",
            "M. Xiao, Q. Meng, Z. Zhang, D. He, Z. Lin",
            2024,
            "arXiv:2402.11984",
            "verified",
        ),
    )

    def after(
        self, inputs: Sequence[Array | None], counts: Sequence[int], *, key: Key = 7
    ) -> OrthogonalProjection:
        """Return the projection that also holds a task just learned.

        Args:
            inputs: of every dense block on that task's samples, shape (n, features); ``None``
                where nothing is to be held.
            counts: rows to learn for each.
            key: of the Hebbian learning.
        """
        known = self.bases or (None,) * len(inputs)
        if not len(inputs) == len(counts) == len(known):
            got = f"{len(inputs)} inputs, {len(counts)} counts, {len(known)} bases"
            raise OptionError("as many of each", got, "One per dense block.")
        found: list[Any] = list(known)
        for i, (x, count) in enumerate(zip(inputs, counts, strict=True)):
            if x is not None:
                activity = jnp.concatenate([x, jnp.ones((len(x), 1), x.dtype)], axis=1)
                before = None if known[i] is None else jnp.asarray(known[i])
                found[i] = oja_subspace(activity, count, known=before, key=key)
        return OrthogonalProjection(tuple(found))

    def transform(self) -> Any:
        """Return the Optax transformation, to be the last of a chain."""

        def update(moves: Any, state: Any, parameters: Any = None) -> tuple[Any, Any]:
            return self.project(moves), state

        return optax.GradientTransformation(lambda parameters: optax.EmptyState(), update)

    def project(self, moves: Any) -> Any:
        """Return updates of a model without the components that past tasks would see."""
        count = len(affine_parts(moves))
        if self.bases and count != len(self.bases):
            got = f"{len(self.bases)} bases for {count} dense blocks"
            raise OptionError("a basis or None per dense block", got, "Use after().")
        left = iter(self.bases)

        def one(node: Any) -> Any:
            if not isinstance(node, Dense) or not self.bases:
                return node
            basis = next(left)
            return node if basis is None else _removed(node, jnp.asarray(basis))

        return jax.tree.map(one, moves, is_leaf=lambda node: isinstance(node, Dense))


def _removed(move: Dense, basis: Array) -> Dense:
    whole = jnp.concatenate([jnp.asarray(move.weight), jnp.asarray(move.bias)[None]])
    if basis.shape[1] != whole.shape[0]:
        got = f"rows of {basis.shape[1]} for {whole.shape[0] - 1} inputs and a constant"
        raise OptionError("rows as wide as inputs and the constant", got, "Use after().")
    whole = whole - basis.T @ (basis @ whole)
    return Dense(whole[:-1], whole[-1])
