"""Convolution with a global kernel, by its lowest modes."""

from __future__ import annotations

import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._correlation import Edge
from residuum.blocks._grid_transform import Way, grid_transform
from residuum.blocks._spectral_weights import Full, SpectralWeights, WeightForm, WeightShape


class SpectralConvolution(Block):
    """Every mode of the features times a matrix of its own; modes above ``modes`` are dropped.

    It maps (n, *grid, inputs) to (n, *grid, outputs), channels last, on any grid of one to three
    axes: modes belong to lengths, not to nodes. A periodic axis (``"wrap"``) uses Fourier modes; an
    insulated one (``"copy"``) cosines, whose slopes vanish at both walls; a held one (``"zero"``)
    sines, which vanish there. So no axis is wrapped that is not periodic.

    Few modes are reached by products with real matrices, many by FFT.

    Args:
        weights: trained, of one or several layers.
        modes: frequencies kept per axis; on a periodic axis 0 .. modes - 1, of both signs on all
            but the last. Good start: 8 to 16; more where features are finer.
        edges: what lies beyond each axis.
        layer: of the weights.
        way: ``"auto"``, ``"matrix"`` or ``"fft"``.

    Raises:
        OptionError: not as many modes as edges, or modes below one.
    """

    weights: SpectralWeights
    modes: tuple[int, ...]
    edges: tuple[Edge, ...]
    inputs: int
    outputs: int
    layer: int = 0
    way: Way = "auto"

    def __check_init__(self) -> None:
        if len(self.modes) != len(self.edges) or min(self.modes) < 1:
            got = f"{self.modes} for {self.edges}"
            raise OptionError("one mode or more per axis", got, "12 is a good start.")

    @property
    def signature(self) -> Signature:
        return Signature(self.inputs, self.outputs, linear=True)

    def __call__(self, x: Array) -> Array:
        return spectral(
            x, self.weights, self.modes, edges=self.edges, layer=self.layer, way=self.way
        )


def spectral(
    x: Array,
    weights: SpectralWeights,
    modes: tuple[int, ...],
    *,
    edges: tuple[Edge, ...],
    layer: int = 0,
    way: Way = "auto",
    onto: tuple[int, ...] | None = None,
) -> Array:
    """Apply one layer of weights that several layers may share.

    Args:
        x: (n, *grid, inputs).
        weights: of all layers.
        modes: kept per axis.
        edges: what lies beyond each axis.
        layer: which of the layers.
        way: ``"auto"``, ``"matrix"`` or ``"fft"``.
        onto: nodes of the grid that is answered on; by default that of ``x``.
    """
    given = grid_transform(modes, edges, x.shape[1:-1], way=way)
    if onto is None or onto == x.shape[1:-1]:
        made, kept = given, [axis.kept for axis in given.axes]
    else:
        made = grid_transform(modes, edges, onto, way=way)
        kept = [min(a.kept, b.kept) for a, b in zip(given.axes, made.axes, strict=True)]
        given = grid_transform(tuple(kept), edges, x.shape[1:-1], way=way)
        made = grid_transform(tuple(kept), edges, onto, way=way)
    keep = tuple(
        kept_modes(n, most, i in given.signed)
        for i, (n, most) in enumerate(zip(kept, modes, strict=True))
    )
    return made.synthesise(weights.mix(given.analyse(x), layer, keep))


def kept_modes(kept: int, modes: int, signed: bool) -> np.ndarray:
    """Return where the lowest ``kept`` frequencies stand among all modes of an axis."""
    above = np.arange(kept)
    return np.concatenate([above, modes + np.arange(kept - 1)]) if signed else above


def weight_shape(
    inputs: int,
    outputs: int,
    *,
    modes: tuple[int, ...],
    edges: tuple[Edge, ...],
    layers: int = 1,
) -> WeightShape:
    """Return the shape of the weights that a spectral convolution needs."""
    fine = tuple(2 * m + 3 for m in modes)
    found = grid_transform(modes, edges, fine)
    return WeightShape(layers, found.shape, inputs, outputs, found.parts)


def spectral_convolution(
    inputs: int,
    outputs: int,
    modes: tuple[int, ...],
    key: Array,
    *,
    edges: tuple[Edge, ...],
    form: WeightForm | None = None,
) -> SpectralConvolution:
    """Return a trained spectral convolution that keeps the size of its modes at the start."""
    shape = weight_shape(inputs, outputs, modes=modes, edges=edges)
    weights = (form or Full()).build(shape, key)
    return SpectralConvolution(weights, modes, edges, inputs, outputs)
