"""Terms of an equation from data."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import residuum as rs
from residuum._core import DataError, OptionError, ProblemError
from residuum.inverse import discover, library

from ._statements import t, u, x

DATA = Path(os.environ.get("RESIDUUM_DATA", Path(__file__).parents[3] / "shared" / "data"))
BURGERS = DATA / "burgers_gauss_discovery.npz"

TIMES, PLACES = np.linspace(0, 1, 60), np.linspace(0, 2 * np.pi, 120)


def heat() -> np.ndarray:
    """u_t = 0.3 u_xx - 0.5 u_x from two waves."""
    time, place = np.meshgrid(TIMES, PLACES, indexing="ij")
    moved = place - 0.5 * time
    slow, fast = np.exp(-0.3 * time) * np.sin(moved), np.exp(-1.2 * time) * np.cos(2 * moved)
    return 1 + slow + fast


def test_an_exact_solution_gives_its_equation() -> None:
    found = discover(u, heat(), at={"t": TIMES, "x": PLACES})
    assert found.terms == (u.diff(x), u.diff(x, 2))
    # Windows of ten points to a side integrate the bump to 1e-5.
    assert found.posterior.values == pytest.approx([-0.5, 0.3], abs=1e-4)
    assert found.equation.right.coeff(u.diff(x, 2)) == pytest.approx(0.3, abs=1e-4)
    assert found.errors[2] < 1e-4


def test_the_problem_leaves_the_coefficients_open() -> None:
    found = discover(u, heat(), at={"t": TIMES, "x": PLACES})
    box = rs.Box(t=(0, 1), x=(0, float(2 * np.pi)))
    problem = found.problem(box, [rs.initial(u, 1), rs.periodic(u, "x")], noise=0.1, count=50)
    assert {p.name for p in problem.inferred} == {"c_0", "c_1"}
    assert len(problem.observations[0].values) == 50


def test_the_library_holds_the_usual_terms() -> None:
    assert {u, u**3, u * u.diff(x), u.diff(x, 4)} <= set(library(u))


@pytest.mark.parametrize(
    ("values", "times"),
    [
        (heat().T, TIMES),
        (heat(), TIMES**2),
        (np.where(heat() > 1, heat(), np.nan), TIMES),
        (np.ones((60, 120)), TIMES),
        (heat()[:8], TIMES[:8]),
    ],
)
def test_data_are_checked(values: np.ndarray, times: np.ndarray) -> None:
    with pytest.raises(DataError):
        discover(u, values, at={"t": times, "x": PLACES})


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="level"):
        discover(u, heat(), at={"t": TIMES, "x": PLACES}, level=2.0)
    with pytest.raises(DataError, match="axis"):
        discover(u, heat(), at={"t": TIMES})
    with pytest.raises(ProblemError, match="derivative"):
        discover(u, heat(), at={"t": TIMES, "x": PLACES}, candidates=[t * u])


@pytest.mark.skipif(not BURGERS.exists(), reason=f"no {BURGERS}: set RESIDUUM_DATA")
@pytest.mark.parametrize(("noise", "most"), [(0.0, 1e-4), (0.05, 0.01)])
def test_burgers_is_found_from_its_data(noise: float, most: float) -> None:
    with np.load(BURGERS) as data:
        times, places, exact = data["t"].ravel(), data["x"].ravel(), data["u"]
    random = np.random.default_rng(3)
    values = exact + noise * exact.std() * random.normal(size=exact.shape)
    found = discover(u, values, at={"t": times, "x": places})
    assert found.terms == (u * u.diff(x), u.diff(x, 2))
    # Measured with the seeds 3, 5, 7: 2e-7 without noise, at most 3e-3 with five per cent.
    assert found.posterior.values == pytest.approx([-1.0, 0.1], rel=most)
