"""Muon for operators: momentum whose matrices are made orthogonal, Adam for what is no matrix."""

from __future__ import annotations

from typing import Any

import jax
import optax

from residuum._core import Source
from residuum.blocks import Convolution, FullWeights

SOURCES = (
    Source(
        "muon",
        "Muon: An optimizer for hidden layers in neural networks",
        "K. Jordan, Y. Jin, V. Boza, J. You, F. Cesista, L. Newhouse, J. Bernstein",
        2024,
        "https://kellerjordan.github.io/posts/muon",
        "verified",
    ),
)


def muon(rate: Any, decay: float) -> Any:
    """Return the Optax transformation.

    A matrix maps features in to features out: that of a dense layer, of each mode of a spectral
    convolution (real and imaginary parts side by side), of a convolution with all points of its
    kernel as inputs. Its momentum is replaced by the nearest orthogonal matrix (five Newton-Schulz
    steps), so that weak directions learn as fast as strong ones. Biases, gates and the cores of
    factorised weights take steps of Adam at a third of the rate.

    Args:
        rate: number or schedule; good start: 0.03.
        decay: weight decay, apart from the gradient.
    """
    slow = (lambda step: rate(step) / 3) if callable(rate) else rate / 3
    return optax.contrib.muon(
        rate,
        weight_decay=decay,
        adam_weight_decay=decay,
        adam_learning_rate=slow,
        muon_weight_dimension_numbers=matrices,
    )


def matrices(moving: Any) -> Any:
    """Return, for every trained array, which axes make it a matrix; ``None`` for no matrix."""
    kinds = FullWeights, Convolution

    def of(node: Any) -> Any:
        if isinstance(node, FullWeights):
            return jax.tree.map(lambda leaf: _axes(leaf, (-3,), (-2, -1)), node)
        if isinstance(node, Convolution):
            return jax.tree.map(lambda leaf: _axes(leaf, tuple(range(leaf.ndim - 1)), (-1,)), node)
        return _axes(node, (0,), (1,)) if node.ndim == 2 else None

    return jax.tree.map(of, moving, is_leaf=lambda node: isinstance(node, kinds))


def _axes(leaf: Any, inner: tuple[int, ...], outer: tuple[int, ...]) -> Any:
    if leaf.ndim < 2:
        return None
    whole = tuple(axis % leaf.ndim for axis in inner), tuple(axis % leaf.ndim for axis in outer)
    sides = [1, 1]
    for place, axes in enumerate(whole):
        for axis in axes:
            sides[place] *= leaf.shape[axis]
    # A single row or column has nothing to make orthogonal.
    return optax.contrib.MuonDimensionNumbers(*whole) if min(sides) > 1 else None
