"""Wrong boundary values, taken up exactly."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.certify.bounds._coercive import NotCovered, coercive
from residuum.certify.bounds._quadrature import Cells
from residuum.certify.bounds._transfinite import Lifting, Ring, check_joints
from residuum.geometry.mesh import mesh_of
from residuum.geometry.mesh._surfaces import Surface
from residuum.problem import Eq, Problem, dirichlet, div, grad, space, unknown
from tests.certify.bounds.test_quadrature import BOXES

WAVE = np.array([3.0, 5.0, 2.0])


def misfit(part: str, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    k = WAVE[: points.shape[1]]
    phase = points @ k + 0.4
    return np.sin(phase), np.cos(phase)[:, None] * k


@pytest.mark.parametrize("d", [1, 2, 3])
def test_it_has_the_values_on_every_held_part_and_its_own_gradient(d: int) -> None:
    mesh = mesh_of(BOXES[d], 0.5)
    cells = Cells(mesh)
    lifting = Lifting(mesh, misfit, tuple(mesh.parts)[: 2 * d - 1])
    numbers = np.arange(len(mesh.cells))
    _, slope = lifting(numbers, cells.barycentric)
    step = 1e-6
    for axis in range(d):
        away = step * cells.gradients[:, None, :, axis]
        more, less = (lifting(numbers, cells.barycentric + s * away)[0] for s in (1, -1))
        # Central differences: rounding 1e-16/1e-6 and curvature 1e-12 times the slopes' size.
        assert np.abs((more - less) / (2 * step) - slope[..., axis]).max() < 1e-7
    for part in lifting.flat:
        side = cells.side(part)
        first = mesh.points[mesh.cells[side.cells, 0]]
        rest = np.einsum(
            "kqd,kid->kqi", side.points - first[:, None], cells.gradients[side.cells, 1:]
        )
        places = np.concatenate([1 - rest.sum(axis=2, keepdims=True), rest], axis=2)
        value, _ = lifting(side.cells, places)
        wanted = misfit(part, side.points.reshape(-1, d))[0].reshape(value.shape)
        assert np.abs(value - wanted).max() < 1e-13


def test_given_values_that_jump_are_refused() -> None:
    x, y = space("x"), space("y")
    u = unknown("u", x, y)
    sides = [dirichlet(u, 1, on="y_max", jump=True)]
    sides += [dirichlet(u, 0, on=part) for part in ("x_min", "x_max", "y_min")]
    lid = Problem(domain=BOXES[2], equations=[Eq(-div(grad(u)), 0)], conditions=sides)
    with pytest.raises(NotCovered, match="jump where they meet"):
        check_joints(coercive(lid), mesh_of(BOXES[2], 0.5))


@pytest.mark.parametrize("columns", [(1.0, 1.0, 1.0), (1.0, 1.0, 0.0)])
def test_misfits_are_read_on_the_surface_along_its_radii(columns: tuple[float, ...]) -> None:
    used = np.array(columns)
    surface = Surface("round", np.array([0.2, -0.1, 0.3]) * used, 0.7, used, False)
    ring = Ring("round", np.zeros(1), surface)
    places = np.random.default_rng(19).uniform(0.5, 1.0, (4, 3, 3))
    foot, turn = ring.foot(places)
    assert np.abs(surface.gap(foot.reshape(-1, 3))).max() < 1e-15
    step = 1e-6
    for axis in range(3):
        away = step * np.eye(3)[axis]
        slope = (ring.foot(places + away)[0] - ring.foot(places - away)[0]) / (2 * step)
        # Central differences: rounding 1e-16/1e-6 and curvature 1e-12.
        assert np.abs(slope - turn[..., axis]).max() < 1e-8
