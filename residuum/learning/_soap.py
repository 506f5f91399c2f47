"""SOAP: Adam in the eigenbasis of the Kronecker factors of each weight matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks._abstract import is_trained
from residuum.learning._descent import DescentRule
from residuum.learning._rule import Flat

EPSILON = 1e-8


class _Matrix(NamedTuple):
    """Running squares GGᵀ and GᵀG of one matrix, and their bases."""

    left: Array
    right: Array
    left_basis: Array
    right_basis: Array


class _State(NamedTuple):
    """Number of steps, momentum in the plain basis, second moment in the turned one."""

    steps: Array
    mean: tuple[Array, ...]
    square: tuple[Array, ...]
    matrices: tuple[_Matrix | None, ...]


@dataclass(frozen=True)
class SOAP(DescentRule):
    """Every matrix W takes Adam's step in the basis of its own gradients.

        L ← βL + (1-β) GGᵀ,  R ← βR + (1-β) GᵀG;   G' = QₗᵀGQᵣ,  N' = M'/√V,  W ← W - η QₗN'Qᵣᵀ

    with Qₗ, Qᵣ the eigenvectors of L and R, followed by one step of orthogonal iteration every
    ``renew`` steps. Vectors take Adam's step as it is.

    Args:
        steps: number of steps.
        rate: first learning rate. Good starting values: 1e-3 to 5e-3.
        decay: factor of the rate per thousand steps.
        every: steps between fresh points.
        renew: steps between two turns of the bases.
        momentum, forget: decay of the first moment, and of second moments and factors.
        precision: ``"float64"``, or ``"float32"`` for faster steps to three or four digits.

    A step costs a few products of matrices of the size of the weights more than Adam's, which is
    little beside the gradient at thousands of points. It breaks on very wide layers, whose bases
    are large, and has no second-order end: Gauss–Newton rules reach further.
    """

    steps: int = 10_000
    rate: float = 3e-3
    decay: float = 0.9
    every: int = 500
    renew: int = 10
    momentum: float = 0.95
    forget: float = 0.95
    precision: str = "float64"

    name: ClassVar[str] = "soap"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "soap",
            "SOAP: Improving and Stabilizing Shampoo using Adam",
            "N. Vyas, D. Morwani, R. Zhao, M. Kwun, I. Shapira, D. Brandfonbrener, L. Janson, "
            "S. Kakade",
            2024,
            "arXiv:2409.11321",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        whole = min(self.steps, self.every, self.renew) >= 1
        if not whole or not self.rate > 0 or not 0 < self.decay <= 1:
            wanted = "steps, every and renew of at least 1, rate > 0, 0 < decay <= 1"
            raise OptionError(wanted, repr(self), "Correct them.")
        if not (0 <= self.momentum < 1 and 0 <= self.forget < 1):
            raise OptionError("momentum and forget in [0, 1)", repr(self), "Correct them.")
        self._check()

    def optimiser(self, flat: Flat) -> Any:
        shapes = shapes_of(flat)

        def init(vector: Array) -> _State:
            leaves = split(vector, shapes)
            matrices = tuple(_blank(leaf) if leaf.ndim == 2 else None for leaf in leaves)
            zeros = tuple(jnp.zeros_like(leaf) for leaf in leaves)
            return _State(jnp.zeros((), int), zeros, zeros, matrices)

        def update(slope: Array, state: _State, vector: Any = None) -> tuple[Array, _State]:
            return self._update(split(slope, shapes), state)

        return optax.GradientTransformation(init, update)

    def _update(self, slopes: list[Array], state: _State) -> tuple[Array, _State]:
        count = state.steps + 1
        rate = self.rate * self.decay ** (state.steps / 1000)
        # The first gradient only sets the bases, as nothing is known before.
        rate = jnp.where(count == 1, 0.0, rate).astype(slopes[0].dtype)
        moves, means, squares, matrices = [], [], [], []
        for slope, mean, square, matrix in zip(
            slopes, state.mean, state.square, state.matrices, strict=True
        ):
            if matrix is not None:
                matrix = self._follow(matrix, slope, count)
            mean = self.momentum * mean + (1 - self.momentum) * slope
            turned, ahead = (_turn(part, matrix) for part in (slope, mean))
            square = self.forget * square + (1 - self.forget) * turned**2
            first, second = (1 - base**count for base in (self.momentum, self.forget))
            move = (ahead / first) / (jnp.sqrt(square / second) + EPSILON)
            moves.append(-rate * _back(move, matrix).astype(slope.dtype))
            means.append(mean)
            squares.append(square)
            matrices.append(matrix)
        joined = jnp.concatenate([move.ravel() for move in moves])
        return joined, _State(count, tuple(means), tuple(squares), tuple(matrices))

    def _follow(self, matrix: _Matrix, slope: Array, count: Array) -> _Matrix:
        """Update the factors, and turn the bases towards their eigenvectors when it is time."""
        left = self.forget * matrix.left + (1 - self.forget) * slope @ slope.T
        right = self.forget * matrix.right + (1 - self.forget) * slope.T @ slope

        def begin() -> tuple[Array, Array]:
            return jnp.linalg.eigh(left)[1], jnp.linalg.eigh(right)[1]

        def turn() -> tuple[Array, Array]:
            pairs = ((left, matrix.left_basis), (right, matrix.right_basis))
            found = [jnp.linalg.qr(factor @ basis)[0] for factor, basis in pairs]
            return found[0], found[1]

        def keep() -> tuple[Array, Array]:
            return matrix.left_basis, matrix.right_basis

        case = jnp.where(count == 1, 0, jnp.where(count % self.renew == 0, 1, 2))
        return _Matrix(left, right, *jax.lax.switch(case, [begin, turn, keep]))


def shapes_of(flat: Flat) -> list[tuple[int, ...]]:
    """Return the shapes of the trained arrays, in the order of the vector."""
    moving = eqx.filter(flat.restore(flat.vector), is_trained)
    return [leaf.shape for leaf in jax.tree.leaves(moving)]


def split(vector: Array, shapes: list[tuple[int, ...]]) -> list[Array]:
    """Return the parts of a vector in their shapes."""
    found, at = [], 0
    for shape in shapes:
        size = 1
        for length in shape:
            size *= length
        found.append(vector[at : at + size].reshape(shape))
        at += size
    return found


def _blank(leaf: Array) -> _Matrix:
    rows, columns = leaf.shape
    squares = [jnp.zeros((n, n), leaf.dtype) for n in (rows, columns)]
    bases = [jnp.eye(n, dtype=leaf.dtype) for n in (rows, columns)]
    return _Matrix(squares[0], squares[1], bases[0], bases[1])


def _turn(part: Array, matrix: _Matrix | None) -> Array:
    return part if matrix is None else matrix.left_basis.T @ part @ matrix.right_basis


def _back(part: Array, matrix: _Matrix | None) -> Array:
    return part if matrix is None else matrix.left_basis @ part @ matrix.right_basis.T
