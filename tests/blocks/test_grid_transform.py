"""Truncated transforms: their coefficients, both ways of computing them, walls."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Edge, grid_transform
from residuum.blocks._grid_transform import AxisTransform

RANDOM = np.random.default_rng(23)


@pytest.mark.parametrize("edge", ["wrap", "copy", "zero"])
def test_matrices_and_ffts_agree(edge: Edge) -> None:
    x = jnp.asarray(RANDOM.normal(size=(2, 12, 3)), jnp.float32)
    matrix, fft = (AxisTransform(4, edge, 12, way) for way in ("matrix", "fft"))
    z = matrix.analyse(x)
    assert z.shape == (2, matrix.size, 3)
    # Sums of 12 numbers of size one in single precision: 12 eps is 1.4e-6.
    np.testing.assert_allclose(z, fft.analyse(x), atol=3e-6)
    np.testing.assert_allclose(matrix.synthesise(z), fft.synthesise(z), atol=3e-6)
    # What was kept is kept again: analysis undoes synthesis.
    np.testing.assert_allclose(matrix.analyse(matrix.synthesise(z)), z, atol=3e-6)


def test_coefficients_belong_to_lengths_not_to_nodes() -> None:
    def of(edge: Edge, nodes: int) -> np.ndarray:
        x = np.arange(nodes) / (nodes if edge == "wrap" else nodes - 1)
        value = {
            "wrap": 0.3 + np.cos(2 * np.pi * x) - 2 * np.sin(4 * np.pi * x),
            "copy": 0.3 + np.cos(np.pi * x) - 2 * np.cos(3 * np.pi * x),
            "zero": np.sin(np.pi * x) - 2 * np.sin(3 * np.pi * x),
        }[edge]
        return np.asarray(AxisTransform(4, edge, nodes).analyse(jnp.asarray(value[None, :, None])))

    for edge in ("wrap", "copy", "zero"):
        np.testing.assert_allclose(of(edge, 11), of(edge, 16), atol=1e-6)


def test_sines_vanish_at_walls_and_cosines_have_no_slope_there() -> None:
    z = jnp.asarray(RANDOM.normal(size=(1, 5, 1)), jnp.float32)
    sine = np.asarray(AxisTransform(5, "zero", 65).synthesise(z))[0, :, 0]
    assert abs(sine[[0, -1]]).max() < 1e-5 < 0.1 < abs(sine).max()
    cosine = np.asarray(AxisTransform(5, "copy", 129).synthesise(z))[0, :, 0]
    # An even function leaves the wall as x²: a quarter of the step, a sixteenth of the change.
    ratio = (cosine[8] - cosine[0]) / (cosine[2] - cosine[0])
    assert 12 < ratio < 20


@pytest.mark.parametrize("edges", [("wrap", "wrap"), ("wrap", "copy", "wrap"), ("zero", "copy")])
def test_modes_give_back_the_values(edges: tuple[Edge, ...]) -> None:
    grid = (9, 7, 8)[: len(edges)]
    transform = grid_transform((3,) * len(edges), edges, grid)
    x = jnp.asarray(RANDOM.normal(size=(2, *grid, 2)), jnp.float32)
    z = transform.analyse(x)
    assert z.shape == (2, *transform.shape, transform.parts, 2)
    low = transform.synthesise(z)
    np.testing.assert_allclose(transform.synthesise(transform.analyse(low)), low, atol=5e-6)
    assert float(abs(low - x).max()) > 0.5


def test_coarse_grids_carry_fewer_modes() -> None:
    kept = {edge: AxisTransform(12, edge, 9).kept for edge in ("wrap", "copy", "zero")}
    assert kept == {"wrap": 5, "copy": 8, "zero": 7}


def test_the_fft_takes_over_for_many_modes() -> None:
    assert not AxisTransform(12, "wrap", 64).by_fft and AxisTransform(64, "wrap", 256).by_fft


def test_bad_grids_are_refused() -> None:
    with pytest.raises(OptionError, match="one to three axes"):
        grid_transform((3,), ("wrap", "wrap"), (8, 8))
    with pytest.raises(OptionError, match="three nodes"):
        grid_transform((3,), ("wrap",), (2,))
