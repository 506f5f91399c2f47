"""Layers of light: any matrix by two meshes, a saturable absorber, detectors of power."""

from __future__ import annotations

from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import DataError, Key, OptionError, Source, jax_key
from residuum.blocks._abstract import Signature
from residuum.blocks.physical._interferometers import (
    NANOPHOTONIC,
    MachZehnderMesh,
    MeshOrder,
    phase_noise,
)
from residuum.blocks.physical._mesh_decomposition import unitary_mesh
from residuum.blocks.physical._physical import PhysicalBlock

NEWTON = 8
"""Steps of the absorber's equation; from above they fall quadratically for every power."""


@final
class OpticalMatrix(PhysicalBlock):
    """y = A x with A = U S V*: a mesh, an attenuator or amplifier at every port, a mesh.

    Amplitudes are complex, (n, ports). ``optical_matrix`` makes one from any matrix.

    Args:
        first: the mesh of V*.
        gains: S, (ports,).
        last: the mesh of U.
    """

    sources: ClassVar[tuple[Source, ...]] = (NANOPHOTONIC,)
    parts: ClassVar[tuple[str, ...]] = ("first", "gains", "last")

    first: MachZehnderMesh
    gains: Array | np.ndarray
    last: MachZehnderMesh

    @property
    def signature(self) -> Signature:
        return Signature(self.first.ports, self.last.ports, linear=True)

    def __call__(self, x: Array) -> Array:
        return self.last(self.first(x) * self.gains)

    def check(self) -> None:
        self.first.check()
        self.last.check()

    def noisy(self, deviation: float, key: Key) -> OpticalMatrix:
        """Return the layer with normal errors on all phases, in radians."""
        first = phase_noise(self.first, deviation, jax_key(key, 1))
        return OpticalMatrix(first, self.gains, phase_noise(self.last, deviation, jax_key(key, 2)))


def optical_matrix(
    matrix: np.ndarray, order: MeshOrder = MeshOrder.RECTANGULAR, *, trained: bool = True
) -> OpticalMatrix:
    """Return two meshes and gains that multiply by a matrix, found by its singular values.

    Args:
        matrix: real or complex, (outputs, inputs); padded with zeros to a square one.
        order: of the interferometers.
        trained: whether phases and gains are trained.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or not np.isfinite(matrix).all():
        raise DataError("a finite matrix", f"shape {matrix.shape}", "Correct it.")
    ports = max(2, *matrix.shape)
    square = np.zeros((ports, ports), complex)
    square[: matrix.shape[0], : matrix.shape[1]] = matrix
    left, values, right = np.linalg.svd(square)
    gains = np.asarray(values, jnp.zeros(()).dtype)
    return OpticalMatrix(
        unitary_mesh(right, order, trained=trained),
        jnp.asarray(gains) if trained else gains,
        unitary_mesh(left, order, trained=trained),
    )


@final
class SaturableAbsorber(PhysicalBlock):
    """Light through an absorber that bleaches: E √T, where σ |E|² = ½ ln(T / T₀) / (1 - T).

    T rises from T₀ for weak light to one for strong light.

    Args:
        weak: T₀, transmission of weak light, between 0 and 1.
        cross: σ, inverse of the power at which it bleaches.
        width: ports.
    """

    parts: ClassVar[tuple[str, ...]] = ("weak", "cross")
    sources: ClassVar[tuple[Source, ...]] = (NANOPHOTONIC,)

    weak: np.ndarray
    cross: np.ndarray
    width: int

    @property
    def signature(self) -> Signature:
        return Signature(self.width, self.width)

    def check(self) -> None:
        if not (0 < float(self.weak) < 1 and float(self.cross) >= 0):
            raise OptionError(
                "a transmission between 0 and 1, a cross-section from 0",
                f"{float(self.weak)} and {float(self.cross)}",
                "Try 0.1 and 1.",
            )

    def transmission(self, power: Array) -> Array:
        """Return T for powers of any shape."""
        # In w = ln T the equation is convex and rising, and w = 0 lies above its root.
        twice, floor = 2 * self.cross * power, jnp.log(jnp.asarray(self.weak, power.dtype))
        w = jnp.zeros_like(power)
        for _ in range(NEWTON):
            rise = jnp.exp(w)
            w = w - (w - floor - twice * (1 - rise)) / (1 + twice * rise)
        return jnp.exp(w)

    def __call__(self, x: Array) -> Array:
        return x * jnp.sqrt(self.transmission(jnp.real(x) ** 2 + jnp.imag(x) ** 2))


def saturable_absorber(width: int, *, weak: float = 0.1, cross: float = 1.0) -> SaturableAbsorber:
    """Return an absorber on every port, its two numbers fixed."""
    kind = jnp.zeros(()).dtype
    made = SaturableAbsorber(np.asarray(weak, kind), np.asarray(cross, kind), width)
    made.check()
    return made


@final
class Detectors(PhysicalBlock):
    """Powers |E|² at the first ports: complex (n, inputs) to real (n, outputs)."""

    inputs: int
    outputs: int

    @property
    def signature(self) -> Signature:
        return Signature(self.inputs, self.outputs)

    def __call__(self, x: Array) -> Array:
        seen = x[:, : self.outputs]
        return jnp.real(seen) ** 2 + jnp.imag(seen) ** 2
