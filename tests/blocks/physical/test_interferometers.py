"""Meshes of interferometers: unitary whatever the phases, as shallow as they can be."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks import Capability
from residuum.blocks.physical import MachZehnderMesh, MeshOrder, phase_noise, random_mesh
from residuum.blocks.physical._interferometers import columns, crossings, interferometer

RANDOM = np.random.default_rng(23)


def drawn(ports: int, order: MeshOrder) -> MachZehnderMesh:
    count = ports * (ports - 1) // 2
    theta, phi, out = (jnp.asarray(RANDOM.uniform(-9, 9, n)) for n in (count, count, ports))
    return MachZehnderMesh(theta, phi, out, order)


@pytest.mark.parametrize("order", list(MeshOrder))
@in_double_precision
def test_any_phases_keep_the_power_and_can_be_undone(order: MeshOrder) -> None:
    mesh = drawn(8, order)
    matrix = np.asarray(mesh.matrix())
    # Products of 13 columns of rounded factors.
    np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(8), atol=1e-14)
    x = jnp.asarray(RANDOM.normal(size=(5, 8)) + 1j * RANDOM.normal(size=(5, 8)))
    np.testing.assert_allclose(mesh(x), x @ matrix.T, atol=1e-13)
    np.testing.assert_allclose(mesh.inverse(mesh(x)), x, atol=1e-13)


def test_it_can_be_undone_and_says_so() -> None:
    assert Capability.INVERSE in random_mesh(2, key=7).capabilities


def test_single_precision_is_unitary_to_rounding() -> None:
    matrix = np.asarray(random_mesh(16, key=7).matrix())
    # 16 columns, each off by about 1.2e-7.
    assert np.abs(matrix @ matrix.conj().T - np.eye(16)).max() < 16 * 1.2e-7


@in_double_precision
def test_one_interferometer_is_the_stated_matrix() -> None:
    theta, phi = 0.7, -1.9
    found = np.asarray(interferometer(jnp.asarray(theta), jnp.asarray(phi))).reshape(2, 2)
    sine, cosine, turn = np.sin(theta / 2), np.cos(theta / 2), np.exp(1j * phi)
    wanted = 1j * np.exp(0.5j * theta) * np.array([[turn * sine, cosine], [turn * cosine, -sine]])
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    mesh = MachZehnderMesh(jnp.asarray([theta]), jnp.asarray([phi]), jnp.zeros(2))
    np.testing.assert_allclose(mesh.matrix(), wanted, rtol=1e-13)


@pytest.mark.parametrize("ports", [2, 3, 5, 8, 9])
def test_there_are_half_as_many_as_pairs_and_the_depth_is_the_stated_one(ports: int) -> None:
    for order, depth in ((MeshOrder.RECTANGULAR, ports), (MeshOrder.TRIANGULAR, 2 * ports - 3)):
        assert len(crossings(ports, order)) == ports * (ports - 1) // 2
        assert columns(ports, order).max() + 1 == (depth if ports > 2 else 1)


def test_noise_has_the_stated_deviation() -> None:
    mesh = random_mesh(32, key=7)
    moved = phase_noise(mesh, 0.05, 11)
    errors = np.concatenate([moved.theta - mesh.theta, moved.phi - mesh.phi])
    # 992 phases: the deviation is known to 2.2 % of itself, four of them.
    assert errors.std() == pytest.approx(0.05, rel=0.09)
    np.testing.assert_array_equal(phase_noise(mesh, 0.0, 11).theta, mesh.theta)


def test_wrong_shapes_and_phases_are_refused() -> None:
    mesh = random_mesh(4, key=7)
    with pytest.raises(OptionError, match=r"\(n, 4\)"):
        mesh(jnp.ones((2, 5)))
    with pytest.raises(OptionError, match="6 phases of each kind"):
        MachZehnderMesh(jnp.ones(3), jnp.ones(3), jnp.ones(4)).check()
    with pytest.raises(OptionError, match="finite phases"):
        MachZehnderMesh(mesh.theta * jnp.nan, mesh.phi, mesh.out).check()
    with pytest.raises(OptionError, match="a deviation from 0"):
        phase_noise(mesh, -1.0, 5)
    assert jax.tree.leaves(mesh)[0].dtype == jnp.float32
