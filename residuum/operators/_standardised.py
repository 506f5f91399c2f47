"""An operator between channels of mean zero and size one."""

from __future__ import annotations

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum.blocks import Rescale, Stage
from residuum.datasets import Samples
from residuum.operators._abstract import Operator


@final
class Standardised(Operator):
    """y = mean + size · operator((x - mean) / size), one mean and size per channel.

    Args:
        inner: the operator that is trained.
        inputs: means and sizes of the channels in, shape (2, inputs).
        outputs: means and sizes of the channels out, shape (2, outputs).

    Per channel and not per node: the map stays the same on another grid.
    """

    inner: Operator
    inputs: np.ndarray
    outputs: np.ndarray

    def __call__(self, inputs: Array) -> Array:
        """Map (n, *grid, inputs) to (n, [times], *grid, outputs), in the units of the samples."""
        found = self.inner((inputs - self.inputs[0]) / self.inputs[1])
        return found * self.outputs[1] + self.outputs[0]

    def stages(self) -> tuple[Stage, ...]:
        """Return the stages of the operator between two that rescale channels."""
        mean, size = self.outputs
        back = Rescale(-mean / size, 1.0 / size)
        return (Rescale(self.inputs[0], self.inputs[1]), *self.inner.stages(), back)

    @staticmethod
    def around(inner: Operator, samples: Samples) -> Standardised:
        """Return the operator between the channels of samples; constant ones keep their size."""
        return Standardised(inner, _moments(samples.inputs), _moments(samples.outputs))


def _moments(values: np.ndarray) -> np.ndarray:
    flat = np.asarray(values, np.float64).reshape(-1, values.shape[-1])
    mean, size = flat.mean(axis=0), flat.std(axis=0)
    # A constant channel has rounding for a deviation.
    still = size <= 1e-6 * np.maximum(np.abs(mean), np.finfo(np.float32).tiny)
    return np.stack([mean, np.where(still, 1.0, size)]).astype(np.float32)


def takes_any_grid(operator: Operator) -> bool:
    """Whether an operator works on other grids than the one it was trained on."""
    return (
        takes_any_grid(operator.inner) if isinstance(operator, Standardised) else operator.any_grid
    )


def is_looped(operator: Operator) -> bool:
    """Whether the gradient of an operator is fast in a compiled loop over pieces of a batch."""
    return is_looped(operator.inner) if isinstance(operator, Standardised) else operator.in_pieces


@eqx.filter_jit
def _applied(operator: Operator, inputs: Array) -> Array:
    return operator(inputs)


def apply(operator: Operator, inputs: Any, chunk: int = 16) -> np.ndarray:
    """Return the answers to any number of inputs, in float32, a few samples at a time.

    Args:
        operator: trained or fitted.
        inputs: (n, *grid, inputs).
        chunk: samples at a time; every chunk has this shape, so that one program serves all.
    """
    plain = np.asarray(inputs, np.float32)
    found, size = [], min(chunk, len(plain))
    with jax.enable_x64(False):
        for start in range(0, len(plain), size or 1):
            part = plain[start : start + size]
            filled = np.concatenate([part, np.repeat(part[-1:], size - len(part), axis=0)])
            found.append(np.asarray(_applied(operator, jnp.asarray(filled)))[: len(part)])
    return np.concatenate(found)
