"""Structure-preserving operators: finite elements in and out, a learned map of coefficients."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Dense, dense
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._element_frame import ElementFrame
from residuum.operators._mesh_levels import MeshLevels, mesh_levels
from residuum.operators._mesh_messages import (
    MessageRound,
    WholeRound,
    message_round,
    whole_round,
)

GROUPS = 8
"""Most matrices of a round in which every coarse node hears every other."""


@final
@dataclass(frozen=True, eq=False)
class StructurePreserving(OperatorArchitecture):
    """Finite-element functions to finite-element functions; Dirichlet values exact.

        S = D ∘ P ∘ E

    E gives the coefficients of the input function (``ElementFrame.project`` or ``interpolate``), P
    is a learned map of coefficients by messages on the mesh, D overwrites the Dirichlet nodes with
    their data. Boundary values are therefore right whatever the weights are. Without a coarse mesh
    the ``heavy`` rounds run on the mesh itself, and their number bounds how far a node sees. With
    ``elements.coarse`` it is the multigrid variant: restriction by the transpose of interpolation,
    heavy rounds on the coarse mesh, prolongation by interpolation, light rounds on the fine mesh.

    Good for irregular domains with data on curved boundaries. Losses belong in mass-weighted norms
    (``ElementNorm``), never in the plain sum over nodes, which counts where the mesh is fine. For a
    linear equation a ridge map of coefficients is better and needs no training.

    Args:
        elements: the mesh, its functions, the parts with Dirichlet data.
        channels: features per node; 24 to 64.
        heavy: rounds on the coarse mesh (on the mesh itself without one); 4 to 8.
        light: rounds on the fine mesh after the prolongation; 1 or 2.
        whole: whether every coarse node hears every other after each heavy round, through matrices
            that belong to the coarse mesh. Not the paper's; far better on one domain.
        data: input channel that holds the Dirichlet values at the held nodes; zero without.
        conserve: input channel whose integral the output keeps (conservation of mass).
        homogeneous: whether an input twice as large gives an output twice as large: for linear
            equations without other data.
        input_scale, output_scale: typical sizes of inputs and outputs, see ``scaled``.

    Raises:
        OptionError: counts below one, or ``whole`` without a coarse mesh.
    """

    elements: ElementFrame
    channels: int = 32
    heavy: int = 4
    light: int = 1
    whole: bool = False
    data: int | None = None
    conserve: int | None = None
    homogeneous: bool = False
    input_scale: float = 1.0
    output_scale: float = 1.0

    name: ClassVar[str] = "structure_preserving"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "structure-preserving-operator-net",
            "Structure-Preserving Operator Learning",
            "N. Boullé, N. Bouziani",
            2024,
            "arXiv:2410.01065",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        counts = (self.channels, self.heavy)
        if min(counts) < 1 or self.light < 0:
            got = f"channels {self.channels}, heavy {self.heavy}, light {self.light}"
            raise OptionError("channels and heavy rounds of one or more", got, "Correct them.")
        if self.whole and self.elements.coarse is None:
            raise OptionError(
                "a coarse mesh with whole=True", "none", "Pass ElementFrame(coarse=)."
            )
        if not (self.input_scale > 0 and self.output_scale > 0):
            got = f"{self.input_scale}, {self.output_scale}"
            raise OptionError("positive scales", got, "Use scaled(inputs, outputs).")

    def scaled(self, inputs: np.ndarray, outputs: np.ndarray) -> StructurePreserving:
        """Return the recipe with the sizes of training samples (n, nodes, channels)."""
        sizes = [float(np.sqrt(np.mean(part**2))) or 1.0 for part in (inputs, outputs)]
        return replace(self, input_scale=sizes[0], output_scale=sizes[1])

    def build(self, frame: GridFrame, key: Key) -> StructurePreservingOperator:
        """Return the operator before training; see ``OperatorArchitecture.build``."""
        size = self.elements.size
        if frame.shape != (size,) or frame.times:
            got = f"{frame.shape}, {frame.times} times"
            raise OptionError(f"one axis of {size} nodes, no times", got, "Use elements.grid(...).")
        for option in ("data", "conserve"):
            channel = getattr(self, option)
            if channel is not None and not 0 <= channel < frame.inputs:
                wanted = f"{option} among channels 0 to {frame.inputs - 1}"
                raise OptionError(wanted, repr(channel), "Correct it.")
        levels = mesh_levels(self.elements)
        places = iter(jax.random.split(jax_key(key), 4 + 2 * self.heavy + self.light))
        edge, node = levels.graph.features.shape[1], levels.nodes.shape[1]
        c, wide = self.channels, 2 * frame.inputs + node
        heavy, whole = [], []
        for _ in range(self.heavy):
            heavy.append(message_round(c, edge, next(places)))
            if self.whole:
                assert levels.below is not None
                groups = next(g for g in range(min(GROUPS, c), 0, -1) if c % g == 0)
                own = next(places)
                whole.append(whole_round(c, levels.below.graph.count, groups, own))
        light = [message_round(c, edge, next(places)) for _ in range(self.light)]
        carry = dense(c, c, next(places)) if levels.below is not None else None
        lift = dense(wide, c, next(places))
        below = dense(wide, c, next(places)) if levels.below is not None else None
        options = (self.data, self.conserve, self.homogeneous)
        scales = (self.input_scale, self.output_scale)
        end = dense(c, frame.outputs, next(places))
        parts = (lift, below, tuple(heavy), tuple(whole), carry, tuple(light), end)
        return StructurePreservingOperator(*parts, levels, options, scales)


@final
class StructurePreservingOperator(Operator):
    """The operator of ``StructurePreserving``; maps (n, nodes, inputs) to (n, nodes, outputs).

    Args:
        lift, below: inputs to features, on the mesh and on the coarse one.
        heavy, whole, carry, light: the rounds, and what is made of the coarse features.
        last: features to outputs.
        levels: what is known of the meshes; constants.
        options: channel of the Dirichlet data, channel whose integral is kept, homogeneous or not.
        scales: typical sizes of inputs and outputs.
    """

    any_grid: ClassVar[bool] = False

    lift: Dense
    below: Dense | None
    heavy: tuple[MessageRound, ...]
    whole: tuple[WholeRound, ...]
    carry: Dense | None
    light: tuple[MessageRound, ...]
    last: Dense
    levels: MeshLevels
    options: tuple[int | None, int | None, bool] = eqx.field(static=True)
    scales: tuple[float, float] = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        """Map (n, nodes, inputs) to (n, nodes, outputs)."""
        x = jnp.swapaxes(jnp.asarray(inputs), 0, 1)
        scaled = x / self.scales[0]
        size: Any = 1.0
        if self.options[2]:
            size = self.levels.rms(scaled)
            scaled = scaled / size
        found = self.last(self._worked(scaled)) * (size * self.scales[1])
        return jnp.swapaxes(self._decoded(found, x), 0, 1)

    def answer(self, inputs: np.ndarray) -> np.ndarray:
        """Return coefficients (n, nodes, outputs) in double precision, for use as an answer.

        The network computes in float32; the Dirichlet values and the integral are set in float64.
        """
        given = np.asarray(inputs, float)
        found = np.asarray(_applied(self, jnp.asarray(given, jnp.float32)), float)
        x = np.swapaxes(given, 0, 1)
        return np.swapaxes(np.asarray(self._decoded(np.swapaxes(found, 0, 1), x)), 0, 1)

    def on(self, elements: ElementFrame) -> StructurePreservingOperator:
        """Return the same weights on another mesh of the domain; the coarse mesh must stay.

        Rounds on the fine mesh then reach as much less far as its cells are smaller, and were not
        trained for that: the error grew 20 to 34 times on a mesh refined once. ``carried`` answers
        on other meshes without it.

        Raises:
            OptionError: one of the two has no coarse mesh, or another one where ``whole`` needs it.
        """
        levels = mesh_levels(elements)
        counts = [
            None if item.below is None else item.below.graph.count for item in (self.levels, levels)
        ]
        fits = (counts[0] is None) == (counts[1] is None)
        if not fits or (self.whole and counts[0] != counts[1]):
            wanted = f"a coarse mesh of {counts[0]} nodes"
            raise OptionError(wanted, f"{counts[1]}", "Pass the same coarse mesh.")
        moved: StructurePreservingOperator = eqx.tree_at(lambda item: item.levels, self, levels)
        return moved

    def _worked(self, x: Array) -> Array:
        """Return features (nodes, n, channels) of inputs (nodes, n, channels in)."""
        levels = self.levels
        h = self.lift(levels.seen(x))
        if levels.below is None:
            for item in self.heavy:
                h = item(h, levels.graph)
        else:
            assert self.below is not None and self.carry is not None
            coarse = self.below(levels.below.seen(levels.restricted(x)))
            for k, item in enumerate(self.heavy):
                coarse = item(coarse, levels.below.graph)
                coarse = self.whole[k](coarse) if self.whole else coarse
            h = h + self.carry(levels.prolonged(coarse))
        for item in self.light:
            h = item(h, levels.graph)
        return h

    def _decoded(self, found: Any, x: Any) -> Any:
        return decoded(found, x, (self.levels.held, self.levels.weights), self.options[:2])


def decoded(
    found: Any,
    x: Any,
    mesh: tuple[np.ndarray, np.ndarray],
    options: tuple[int | None, int | None],
) -> Any:
    """Overwrite given values in (nodes, n, outputs), and correct the integral.

    Args:
        found: outputs, of NumPy or JAX.
        x: inputs, (nodes, n, channels).
        mesh: which nodes are held, and the integrals of the basis functions, (nodes,) both.
        options: the channels of the given values and of the integral that is kept.
    """
    (held, weights), (given, conserve) = mesh, options
    own = jnp if isinstance(found, jax.Array) else np
    held = held[:, None, None]
    found = own.where(held, 0.0 if given is None else x[..., given, None], found)
    if conserve is None:
        return found
    weights = weights.astype(found.dtype)[:, None, None]
    free = own.where(held, 0.0, 1.0)
    missing = (weights * (x[..., conserve, None] - found)).sum(axis=0)
    return found + free * missing / (weights * free).sum()


@eqx.filter_jit
def _applied(operator: StructurePreservingOperator, inputs: Array) -> Array:
    return operator(inputs)
