"""Floors: what needs no training, to stand beside every operator that does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np
from jax import Array

from residuum._core import DataError, Source
from residuum.datasets import Samples
from residuum.operators._abstract import Operator


class Floor(ABC):
    """Recipe of an operator that is fitted in one go. Final subclasses are frozen dataclasses."""

    name: ClassVar[str]
    family: ClassVar[str] = "floor"
    sources: ClassVar[tuple[Source, ...]] = ()

    @abstractmethod
    def fit(self, samples: Samples) -> Operator:
        """Return the operator, which works on the grid of the samples alone.

        Raises:
            DataError: too few samples.
        """


class FixedGrid(Operator):
    """An operator on the grid it was fitted on, vectors to vectors inside.

    Attributes:
        centre: mean input, (p,).
        size: of each number in, (p,): that of its channel.
        shape: of an answer.
    """

    centre: np.ndarray
    size: np.ndarray
    shape: tuple[int, ...]

    any_grid: ClassVar[bool] = False

    def vectors(self, inputs: Array) -> Array:
        """Return inputs as centred vectors (n, p) with channels of one size.

        Raises:
            DataError: the inputs are on another grid.
        """
        flat = inputs.reshape(inputs.shape[0], -1)
        if flat.shape[1] != self.centre.size:
            wanted = f"{self.centre.size} numbers a sample, the grid it was fitted on"
            raise DataError(wanted, str(inputs.shape), "Fit on samples of that grid.")
        return (flat - self.centre) / self.size

    def answers(self, vectors: Array) -> Array:
        """Return vectors (n, q) as answers (n, *shape)."""
        return vectors.reshape(vectors.shape[0], *self.shape)


class Centred(NamedTuple):
    """Samples as vectors.

    Args:
        centre: mean input, (p,), in float32.
        size: of each number in, (p,), in float32.
        inputs: centred, of size one, (n, p).
        outputs: (n, q).
    """

    centre: np.ndarray
    size: np.ndarray
    inputs: np.ndarray
    outputs: np.ndarray


def centred(samples: Samples, least: int = 2) -> Centred:
    """Return samples as vectors, in float64.

    Raises:
        DataError: there are fewer than ``least``.
    """
    if len(samples) < least:
        raise DataError(f"{least} samples or more", str(len(samples)), "Make more.")
    inputs = np.asarray(samples.inputs, np.float64)
    flat = inputs.reshape(len(samples), -1)
    centre = flat.mean(axis=0)
    spread = (inputs - inputs.mean(axis=0)).reshape(-1, inputs.shape[-1]).std(axis=0)
    size = np.broadcast_to(np.where(spread > 0, spread, 1.0), inputs.shape[1:]).reshape(-1)
    outputs = np.asarray(samples.outputs, np.float64).reshape(len(samples), -1)
    single = centre.astype(np.float32), size.astype(np.float32)
    return Centred(*single, (flat - centre) / size, outputs)


SHIFTS = 10.0 ** np.arange(-12, 3)
"""Regularisation over the mean eigenvalue of the kernel, of which the best is taken."""


ROUNDING = 4e-7
"""Relative rounding of a kernel in float32."""


def left_out(kernel: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights of kernel regression whose error on left-out samples is least, and it.

    Leaving sample i out changes its prediction by α_i / (K + λ)⁻¹_ii: no fit is repeated. The error
    is relative, sample by sample; what float32 would round is added.

    Args:
        kernel: (n, n), symmetric, positive semidefinite.
        answers: centred, (n, q).
    """
    values, vectors = np.linalg.eigh(kernel)
    values = np.maximum(values, 0.0)
    turned = vectors.T @ answers
    sizes = np.linalg.norm(answers, axis=1)
    sizes = np.maximum(sizes, 1e-12 * sizes.max(initial=1e-300))
    best: tuple[np.ndarray, float] | None = None
    for shift in SHIFTS * max(float(values.mean()), 1e-300):
        factor = 1 / (values + shift)
        weights = vectors @ (factor[:, None] * turned)
        diagonal = (vectors**2 * factor).sum(axis=1)
        error = float((np.linalg.norm(weights, axis=1) / diagonal / sizes).mean())
        # Large weights cancel, which float32 does not follow.
        error += ROUNDING * kernel.max() * float(np.linalg.norm(weights)) / float(sizes.mean())
        if best is None or error < best[1]:
            best = weights, error
    assert best is not None
    return best
