"""Spectral convolutions: equal to a full FFT, independent of the grid, right at walls."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Edge, SpectralConvolution, spectral, spectral_convolution

RANDOM = np.random.default_rng(47)


def by_fft(x: np.ndarray, weight: np.ndarray, modes: int) -> np.ndarray:
    """All modes of a periodic plane, those not kept set to zero."""
    found = np.fft.rfft2(x, axes=(1, 2))
    out = np.zeros((*found.shape[:3], weight.shape[-1]), complex)
    first = [*range(modes), *range(-1, -modes, -1)]
    for row, k in enumerate(first):
        out[:, k, :modes] = np.einsum("nka,kab->nkb", found[:, k, :modes], weight[row])
    return np.fft.irfft2(out, s=x.shape[1:3], axes=(1, 2))


@pytest.mark.parametrize("way", ["matrix", "fft"])
def test_a_full_fft_gives_the_same(way: str) -> None:
    made = spectral_convolution(3, 2, (4, 4), jax.random.key(53), edges=("wrap", "wrap"))
    made = SpectralConvolution(made.weights, (4, 4), made.edges, 3, 2, way=way)  # type: ignore[arg-type]
    x = RANDOM.normal(size=(2, 12, 10, 3))
    tensor = np.asarray(made.weights.dense())[0]
    wanted = by_fft(x, tensor[:, :, :, 0] + 1j * tensor[:, :, :, 1], 4)
    # 120 terms of size one in single precision.
    np.testing.assert_allclose(made(jnp.asarray(x, jnp.float32)), wanted, atol=5e-6)
    assert made.signature.linear and (made.signature.inputs, made.signature.outputs) == (3, 2)


def band_limited(edge: Edge, nodes: int) -> np.ndarray:
    x = np.arange(nodes) / (nodes if edge == "wrap" else nodes - 1)
    if edge == "wrap":
        return 0.5 + np.cos(4 * np.pi * x) + np.sin(2 * np.pi * x)
    return np.cos(2 * np.pi * x) if edge == "copy" else np.sin(3 * np.pi * x)


@pytest.mark.parametrize("edges", [("wrap", "zero"), ("copy", "wrap"), ("wrap",)])
def test_another_resolution_gives_the_same_function(edges: tuple[Edge, ...]) -> None:
    made = spectral_convolution(1, 2, (4,) * len(edges), jax.random.key(59), edges=edges)

    def on(half: int) -> np.ndarray:
        rows = [band_limited(e, 2 * half if e == "wrap" else 2 * half + 1) for e in edges]
        x = rows[0] if len(rows) == 1 else np.outer(*rows)
        return np.asarray(made(jnp.asarray(x[None, ..., None], jnp.float32)))

    every = (slice(None), *(slice(None, None, 2) for _ in edges))
    np.testing.assert_allclose(on(16)[every], on(8), atol=3e-6)


def test_walls_are_kept() -> None:
    x = jnp.asarray(RANDOM.normal(size=(1, 33, 65, 2)), jnp.float32)
    made = spectral_convolution(2, 2, (5, 5), jax.random.key(61), edges=("zero", "copy"))
    y = np.asarray(made(x))[0]
    assert abs(y[[0, -1]]).max() < 1e-5 < 0.05 < abs(y).max()
    rise = np.abs(y[:, 4] - y[:, 0]).max() / np.abs(y[:, 2] - y[:, 0]).max()
    assert rise == pytest.approx(4.0, rel=0.15)  # x² at an insulated wall; x would give 2


def test_answers_on_another_grid() -> None:
    made = spectral_convolution(1, 1, (3, 3), jax.random.key(67), edges=("copy", "wrap"))
    x = jnp.asarray(np.outer(band_limited("copy", 9), band_limited("wrap", 8))[None, ..., None])
    fine = spectral(x, made.weights, (3, 3), edges=made.edges, onto=(17, 8))
    np.testing.assert_allclose(fine[:, ::2], made(x), atol=3e-6)


def test_bad_modes_are_refused() -> None:
    with pytest.raises(OptionError, match="axes"):
        spectral_convolution(1, 1, (3,), jax.random.key(3), edges=("wrap", "wrap"))
