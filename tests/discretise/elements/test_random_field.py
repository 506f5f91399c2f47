"""Fields on meshes: their variance is that of the eigenvalues, on any shape."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum._core import OptionError
from residuum.discretise.elements import MeshGaussianField
from residuum.geometry import Box, Disc, Shape
from residuum.geometry.mesh import mesh_of
from residuum.problem import Place

SQUARE = Box(x=(0, 1), y=(0, 1))


def place(shape: Shape = SQUARE) -> Place:
    return Place(shape.axes, shape.bounds, (False,) * shape.dimension, shape)


@pytest.mark.parametrize("boundary", ["neumann", "dirichlet"])
@pytest.mark.parametrize("alpha", [2, 3])
def test_the_variance_is_the_sum_over_the_eigenvalues(alpha: int, boundary: str) -> None:
    field = MeshGaussianField(alpha=alpha, tau=4, boundary=boundary, size=0.08)
    k = np.arange(boundary == "dirichlet", 60)
    square = np.pi**2 * (k[:, None] ** 2 + k**2) + 16
    stated = 4 ** (2 * alpha - 2) * (square ** -float(alpha)).sum()
    mesh = mesh_of(SQUARE, 0.08)
    found = [
        4 ** (2 * alpha - 2) * np.square(field._unit(mesh, np.random.default_rng(seed))[None])
        for seed in range(11, 311)
    ]
    # Nodes of a regular mesh but for the outer ones count alike: integrate linearly.
    from residuum.discretise.elements._random_field import _assembled

    mass = _assembled(mesh)[1]
    powers = np.array([float((item[0] * mass).sum()) for item in found])
    spread = powers.std() / np.sqrt(len(powers))
    # Three and a half deviations, and what cells of width 0.08 leave of the short waves.
    assert abs(powers.mean() - stated) < 3.5 * spread + 0.08 * stated
    assert spread < 0.1 * stated


def test_draws_are_functions_by_key_on_any_shape() -> None:
    disc = Disc((1.0, 2.0), 0.5)
    field = MeshGaussianField(boundary="dirichlet", mean=3.0, size=0.1)
    drawn, again = field.draw(place(disc), 5), field.draw(place(disc), 5)
    angle = np.linspace(0, 6, 9)
    rim = 1 + 0.5 * np.cos(angle), 2 + 0.5 * np.sin(angle)
    assert np.abs(drawn(*rim) - 3).max() < 0.05 * np.abs(drawn.values - 3).max()
    middle = drawn(np.array([1.0]), np.array([2.0]))
    assert middle == again(np.array([1.0]), np.array([2.0])) and middle != 3
    assert drawn(np.ones((2, 3)), np.full((2, 3), 2.1)).shape == (2, 3)


def test_a_family_on_a_disc_is_drawn_and_solved() -> None:
    x, y = rs.space("x", "y")
    u, f = rs.unknown("u", x, y), rs.coefficient("f", x, y)
    posed = rs.Problem(
        Disc((0, 0), 1), rs.Eq(-rs.laplacian(u), f), [rs.dirichlet(u, 0)], given={f: 1}
    )
    member = rs.Family(posed, f=MeshGaussianField(size=0.1)).draw(7)
    assert rs.solve(member, tol=2e-2).result.ok


def test_wrong_options_are_refused() -> None:
    for options, said in (
        ({"alpha": 1.5}, "a whole alpha"),
        ({"tau": -1}, "above zero"),
        ({"size": 2}, "up to 0.5"),
        ({"boundary": "periodic"}, "neumann or dirichlet"),
    ):
        with pytest.raises(OptionError, match=said):
            MeshGaussianField(**options)
    with pytest.raises(OptionError, match="alpha above"):
        MeshGaussianField(alpha=1).draw(place(), 3)
