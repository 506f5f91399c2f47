"""Gaussian fields: one function at every resolution, of the variance stated."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.geometry import Box
from residuum.problem import GaussianField, LogNormal, Place, TwoPhase
from residuum.problem._random_field import basis, frequencies

BOUNDS = np.array([[0.0, 1.0], [-1.0, 1.0], [0.0, 0.5]])


def place(count: int = 2, periodic: bool = False) -> Place:
    axes = ("x", "y", "z")[:count]
    ends = {axis: tuple(BOUNDS[k].tolist()) for k, axis in enumerate(axes)}
    return Place(axes, BOUNDS[:count], (periodic,) * count, Box(**ends))


@pytest.mark.parametrize("kind", ["periodic", "dirichlet", "neumann"])
def test_waves_are_orthonormal_and_meet_their_conditions(kind: str) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(60)
    values = basis(kind, 7, nodes + 1, 2.0)
    # Sixty nodes integrate products of these waves to rounding.
    assert np.abs((values * weights[:, None]).T @ values - np.eye(7)).max() < 1e-12
    ends = basis(kind, 7, np.array([0.0, 2.0]), 2.0)
    step = 1e-6
    slopes = (basis(kind, 7, np.array([step, 2.0 - step]), 2.0) - ends) / step
    if kind == "dirichlet":
        assert np.abs(ends).max() < 1e-13
    elif kind == "neumann":
        assert np.abs(slopes).max() < 1e-3  # (7π/2)² · step and rounding / step
    else:
        assert np.abs(ends[0] - ends[1]).max() < 1e-13
    assert frequencies(kind, 3, 2.0)[1] == {"periodic": np.pi, "dirichlet": np.pi}.get(
        kind, np.pi / 2
    )


@pytest.mark.parametrize("boundary", ["periodic", "dirichlet", "neumann"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_variance_is_the_sum_of_the_spectrum(boundary: str, count: int) -> None:
    field = GaussianField(alpha=2, tau=4, boundary=boundary, waves=6, constant=True)
    where = place(count)
    lengths = np.ptp(where.bounds, axis=1)
    wave = {"periodic": 2 * ((np.arange(7) + 1) // 2), "neumann": np.arange(7)}.get(
        boundary, np.arange(1, 7)
    )
    squares = [(np.pi * wave / length) ** 2 for length in lengths]
    sigma = 4 ** (2 - count / 2)
    stated = sigma**2 * ((sum(np.ix_(*squares)) + 16) ** -2.0).sum() / lengths.prod()
    axes = [np.linspace(low, high, 24, endpoint=False) for low, high in where.bounds]
    axes = [axis + (axis[1] - axis[0]) / 2 for axis in axes]  # midpoints: exact for these waves
    powers = [np.square(field.draw(where, key).on(*axes)).mean() for key in range(200)]
    spread = np.std(powers) / np.sqrt(len(powers))
    assert abs(np.mean(powers) - stated) < 3.5 * spread
    assert spread < 0.15 * stated


def test_a_draw_is_one_function_whatever_reads_it() -> None:
    drawn = GaussianField(waves=16).draw(place(), 9)
    x, y = np.linspace(0, 1, 33), np.linspace(-1, 1, 17)
    fine = drawn.on(x, y)
    assert np.abs(fine[::4, ::4] - drawn.on(x[::4], y[::4])).max() < 1e-14 * np.abs(fine).max()
    random = np.random.default_rng(3)
    i, j = random.integers(33, size=50), random.integers(17, size=50)
    assert np.abs(drawn(x[i], y[j]) - fine[i, j]).max() < 1e-13
    grid = drawn(*np.meshgrid(x, y, indexing="ij"))
    assert np.abs(grid - fine).max() < 1e-13
    with double_precision():
        traced = jax.jit(lambda *at: drawn(*at))(jnp.asarray(x[i]), jnp.asarray(y[j]))
        assert np.abs(np.asarray(traced) - fine[i, j]).max() < 1e-13


@pytest.mark.parametrize("boundary", ["periodic", "dirichlet", "neumann"])
def test_fewer_waves_are_the_same_draw_cut_off(boundary: str) -> None:
    few, many = (
        GaussianField(boundary=boundary, waves=n).draw(place(), 5).amplitudes for n in (8, 20)
    )
    cut = many[tuple(slice(n) for n in few.shape)]
    assert np.array_equal(few, cut) and np.any(few)
    other = GaussianField(boundary=boundary, waves=8).draw(place(), 6).amplitudes
    assert not np.array_equal(few, other)


def test_conditions_follow_the_statement_unless_given() -> None:
    assert GaussianField().kinds(place()) == ("neumann", "neumann")
    assert GaussianField().kinds(place(periodic=True)) == ("periodic", "periodic")
    mixed = GaussianField(boundary=("dirichlet", "periodic"), waves=4)
    values = mixed.draw(place(), 3).on(np.array([0.0, 0.3, 1.0]), np.array([-1.0, 1.0]))
    assert np.abs(values[[0, 2]]).max() < 1e-13 and np.abs(values[1]).max() > 1e-3
    assert abs(values[1, 0] - values[1, 1]) < 1e-12


def test_without_the_constant_the_mean_is_the_same_in_every_draw() -> None:
    drawn = GaussianField(mean=2.5, waves=6).draw(place(), 4)
    middle = (np.arange(64) + 0.5) / 64
    assert abs(drawn.on(middle, 2 * middle - 1).mean() - 2.5) < 1e-12


def test_media_are_made_of_fields() -> None:
    field = GaussianField(waves=10)
    x, y = np.linspace(0, 1, 9), np.linspace(-1, 1, 9)
    plain = field.draw(place(), 8).on(x, y)
    smooth = LogNormal(field, 3.0).draw(place(), 8)
    assert np.allclose(smooth.on(x, y), 3 * np.exp(plain), rtol=1e-13) and smooth.smooth
    phases = TwoPhase(12, 3, field).draw(place(), 8)
    assert np.array_equal(phases.on(x, y), np.where(plain > 0, 12, 3)) and not phases.smooth
    (edges, _), cells = TwoPhase(12, 3, field, cells=4).draw(place(), 8)
    assert edges.tolist() == [0, 0.25, 0.5, 0.75, 1] and cells.shape == (4, 4)
    middles = field.draw(place(), 8).on(np.arange(0.125, 1, 0.25), np.arange(-0.75, 1, 0.5))
    assert np.array_equal(cells, np.where(middles > 0, 12, 3))
    most = TwoPhase(12, 3, GaussianField(waves=10, mean=5.0)).draw(place(), 8)
    assert (most.on(x, y) == 12).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tau": 0}, "above zero"),
        ({"alpha": float("nan")}, "above zero"),
        ({"mean": float("inf")}, "finite mean"),
        ({"boundary": "open"}, "boundaries among"),
        ({"waves": 0}, "one wave"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        GaussianField(**options)  # type: ignore[arg-type]


def test_fields_that_have_no_values_are_refused() -> None:
    with pytest.raises(OptionError, match="alpha above 1"):
        GaussianField(alpha=1).draw(place(), 3)
    with pytest.raises(OptionError, match="a boundary for each"):
        GaussianField(boundary=("periodic",)).draw(place(), 3)
    with pytest.raises(OptionError, match="one to three axes"):
        GaussianField().draw(Place((), np.zeros((0, 2)), (), Box(x=(0, 1))), 3)
    with pytest.raises(OptionError, match="scale above zero"):
        LogNormal(scale=0)
    with pytest.raises(OptionError, match="finite values"):
        TwoPhase(float("nan"), 1)
    with pytest.raises(OptionError, match="one cell"):
        TwoPhase(1, 2, cells=0)
