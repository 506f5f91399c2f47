"""Meshes of Mach-Zehnder interferometers: unitary maps of light by phases alone."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator
from residuum.blocks._abstract import Signature
from residuum.blocks._stage import Capability
from residuum.blocks.physical._physical import PhysicalBlock

NANOPHOTONIC = Source(
    "nanophotonic-mzi",
    "Deep Learning with Coherent Nanophotonic Circuits",
    "Y. Shen, N. C. Harris, S. Skirlo, M. Prabhu, T. Baehr-Jones, M. Hochberg, X. Sun, "
    "S. Zhao, H. Larochelle, D. Englund, M. Soljačić",
    2017,
    "doi:10.1038/nphoton.2017.93",
    "verified",
)


class MeshOrder(Enum):
    """How the interferometers are arranged; both make every unitary map.

    Members:
        RECTANGULAR: the shallowest, N columns; light of all ports crosses about as many.
        TRIANGULAR: 2N - 3 columns; simplest to set one after another.
    """

    RECTANGULAR = "rectangular"
    TRIANGULAR = "triangular"


def crossings(ports: int, order: MeshOrder) -> tuple[int, ...]:
    """Return the upper port of every interferometer in the order in which light meets them."""
    if order is MeshOrder.TRIANGULAR:
        return tuple(port for row in range(ports - 1, 0, -1) for port in range(row))
    before: list[int] = []
    after: list[int] = []
    for i in range(1, ports):
        if i % 2:
            before += [i - 1 - j for j in range(i)]
        else:
            after += [ports + j - i - 2 for j in range(1, i + 1)]
    return (*before, *reversed(after))


def columns(ports: int, order: MeshOrder) -> np.ndarray:
    """Return for every interferometer the first column in which it fits."""
    depth = [0] * ports
    found = []
    for top in crossings(ports, order):
        column = max(depth[top], depth[top + 1])
        depth[top] = depth[top + 1] = column + 1
        found.append(column)
    return np.asarray(found)


def interferometer(theta: Array, phi: Array) -> tuple[Array, Array, Array, Array]:
    """Return the entries (row by row) of i e^{iθ/2} [[e^{iφ} sin, cos], [e^{iφ} cos, -sin]]."""
    front = 1j * jnp.exp(0.5j * theta)
    turned = front * jnp.exp(1j * phi)
    sine, cosine = jnp.sin(theta / 2), jnp.cos(theta / 2)
    return turned * sine, front * cosine, turned * cosine, -front * sine


@final
class MachZehnderMesh(PhysicalBlock):
    """y = U x for amplitudes of light: N(N-1)/2 interferometers, then a phase at every port.

    U is unitary for whatever phases, up to rounding: power is kept. Amplitudes are complex,
    (n, ports). ``unitary_mesh`` makes one from a matrix.

    Args:
        theta: internal phases, (ports (ports - 1) / 2,), in radians.
        phi: external phases, of the same shape.
        out: phases of the outputs, (ports,).
        order: of the interferometers.
    """

    parts: ClassVar[tuple[str, ...]] = ("theta", "phi", "out")
    sources: ClassVar[tuple[Source, ...]] = (NANOPHOTONIC,)

    theta: Array | np.ndarray
    phi: Array | np.ndarray
    out: Array | np.ndarray
    order: MeshOrder = eqx.field(static=True, default=MeshOrder.RECTANGULAR)

    @property
    def ports(self) -> int:
        """Number of ports."""
        return int(self.out.shape[0])

    @property
    def signature(self) -> Signature:
        return Signature(self.ports, self.ports, linear=True, invertible=True)

    @property
    def capabilities(self) -> frozenset[Capability]:
        return super().capabilities | {Capability.INVERSE}

    def check(self) -> None:
        """Raise where phases are not finite, or not as many as the ports ask for."""
        count = self.ports * (self.ports - 1) // 2
        if self.theta.shape != (count,) or self.phi.shape != (count,):
            raise OptionError(
                f"{count} phases of each kind for {self.ports} ports",
                f"{self.theta.shape} and {self.phi.shape}",
                "Use unitary_mesh.",
            )
        if not all(np.isfinite(np.asarray(getattr(self, name))).all() for name in self.parts):
            raise OptionError("finite phases", "a phase that is not", "Set the mesh again.")

    def __call__(self, x: Array) -> Array:
        if x.ndim != 2 or x.shape[1] != self.ports:
            raise OptionError(
                f"amplitudes of shape (n, {self.ports})", str(x.shape), "One column per port."
            )
        ahead, across, partner = self._columns()

        def cross(light: Array, column: tuple[Array, ...]) -> tuple[Array, None]:
            keep, swap, other = column
            return keep * light + swap * light[:, other], None

        start = x.astype(ahead.dtype)
        light, _ = jax.lax.scan(cross, start, (ahead, across, partner))
        return light * jnp.exp(1j * jnp.asarray(self.out))

    def _columns(self) -> tuple[Array, Array, Array]:
        """Return per column and port: the factor that stays, the one from the partner, and it."""
        place, top = columns(self.ports, self.order), np.asarray(crossings(self.ports, self.order))
        shape = (int(place.max(initial=-1)) + 1, self.ports)
        partner = np.tile(np.arange(self.ports), (shape[0], 1))
        partner[place, top], partner[place, top + 1] = top + 1, top
        one, two, three, four = interferometer(jnp.asarray(self.theta), jnp.asarray(self.phi))
        ahead = jnp.ones(shape, one.dtype).at[place, top].set(one).at[place, top + 1].set(four)
        across = jnp.zeros(shape, one.dtype).at[place, top].set(two).at[place, top + 1].set(three)
        return ahead, across, jnp.asarray(partner)

    def matrix(self) -> Array:
        """Return U, (ports, ports)."""
        return self(jnp.eye(self.ports)).T

    def inverse(self, y: Array) -> Array:
        """Return the amplitudes that come out as y, (n, ports)."""
        return y @ self.matrix().conj()


def phase_noise(mesh: MachZehnderMesh, deviation: float, key: Key) -> MachZehnderMesh:
    """Return the mesh with independent normal errors on every phase, in radians."""
    if not deviation >= 0:
        raise OptionError("a deviation from 0, in radians", str(deviation), "Try 0.01.")
    random = generator(key)

    def moved(phase: Array | np.ndarray) -> Array | np.ndarray:
        return phase + np.asarray(deviation * random.normal(size=phase.shape), phase.dtype)

    return MachZehnderMesh(moved(mesh.theta), moved(mesh.phi), moved(mesh.out), mesh.order)
