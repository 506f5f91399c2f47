"""Steps that leave past tasks alone: the subspace of their activity is removed from updates."""

from __future__ import annotations

import dataclasses
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
from residuum.learning._activity import activity_of, affine_parts
from residuum.learning._keeper import hash_of

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
        still: whether trained arrays outside dense blocks do not move at all, which would change
            answers on the past as well.

    Good start: ``OrthogonalProjection().past(model, inputs)``, for all blocks of a trained model.

    Raises:
        OptionError: as many bases as dense blocks are not there, or of other widths.

    It breaks where the past fills the space: nothing new can then be learned. Source: M. Xiao,
    Q. Meng, Z. Zhang, D. He, Z. Lin, ICLR 2024.
    """

    bases: tuple[Array | np.ndarray | None, ...] = ()
    still: bool = False

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
        return dataclasses.replace(self, bases=tuple(found))

    def past(
        self, model: Any, inputs: Array | np.ndarray, *, share: float = 0.999, key: Key = 7
    ) -> OrthogonalProjection:
        """Return the projection that also holds what a trained model answers for inputs.

        Every dense block learns as many rows as hold a share of what its inputs are made of;
        arrays outside dense blocks stand still from then on.

        Args:
            model: called with the inputs, such as an operator.
            inputs: of the task just learned, as the model takes them, on its grid.
            share: of the mean square of the inputs of each block.
            key: of the Hebbian learning.

        Raises:
            OptionError: the share is not between 0 and 1; the model has no dense block.
        """
        if not 0 < share < 1:
            raise OptionError("a share between 0 and 1", str(share), "Try 0.999.")
        with jax.enable_x64(False):
            seen: list[Any] = list(activity_of(model, jnp.asarray(inputs, jnp.float32)))
            known = self.bases or (None,) * len(seen)
            counts = [
                0 if x is None else _needed(x, basis, share)
                for x, basis in zip(seen, known, strict=True)
            ]
            new = [x if count else None for x, count in zip(seen, counts, strict=True)]
            return dataclasses.replace(self, still=True).after(new, counts, key=key)

    def identity(self) -> str:
        """Return what decides the steps, as text."""
        there = tuple(basis is not None for basis in self.bases)
        numbers = [np.asarray(basis) for basis in self.bases if basis is not None]
        return f"{there}, {hash_of(numbers)}, still {self.still}"

    def transform(self) -> Any:
        """Return the Optax transformation, to be the last of a chain."""

        def init(parameters: Any) -> Any:
            self.project(parameters)  # bases that do not fit are refused before the first step
            return optax.EmptyState()

        def update(moves: Any, state: Any, parameters: Any = None) -> tuple[Any, Any]:
            return self.project(moves), state

        return optax.GradientTransformation(init, update)

    def project(self, moves: Any) -> Any:
        """Return updates of a model without the components that past tasks would see."""
        count = len(affine_parts(moves))
        if self.bases and count != len(self.bases):
            got = f"{len(self.bases)} bases for {count} dense blocks"
            raise OptionError("a basis or None per dense block", got, "Use after().")
        left = iter(self.bases)

        def one(node: Any) -> Any:
            if not isinstance(node, Dense):
                return jnp.zeros_like(node) if self.still else node
            basis = next(left, None)
            return node if basis is None else _removed(node, jnp.asarray(basis))

        return jax.tree.map(one, moves, is_leaf=lambda node: isinstance(node, Dense))


def _needed(x: Array, known: Any, share: float) -> int:
    """Return the rows, beyond those known, that hold a share of [x, 1]."""
    whole = np.concatenate([np.asarray(x, float), np.ones((len(x), 1))], axis=1)
    before = np.zeros((0, whole.shape[1])) if known is None else np.asarray(known, float)
    left = whole - (whole @ before.T) @ before
    # Eigenvalues rise, so that their sums are what is missing without the rows above.
    missing = np.cumsum(np.linalg.eigvalsh(left.T @ left))
    rows = int(np.sum(missing > (1.0 - share) * np.sum(whole**2)))
    return min(rows, whole.shape[1] - len(before))


def _removed(move: Dense, basis: Array) -> Dense:
    parts: Any = move
    weight, bias = parts.weight, parts.bias
    if weight is None:  # not trained
        return move
    rows = [jnp.asarray(weight)] if bias is None else [jnp.asarray(weight), jnp.asarray(bias)[None]]
    if basis.shape[1] != len(weight) + 1:
        got = f"rows of {basis.shape[1]} for {len(weight)} inputs and a constant"
        raise OptionError("rows as wide as inputs and the constant", got, "Use after().")
    if bias is None:  # what moves without it sees the inputs alone
        basis = jnp.linalg.qr(basis[:, :-1].T)[0].T
    whole = jnp.concatenate(rows)
    whole = whole - basis.T @ (basis @ whole)
    last: Any = None if bias is None else whole[-1]
    return Dense(whole[: len(weight)], last)
