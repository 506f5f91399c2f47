"""Every example runs, and the numbers it returns are pinned."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "examples"
PINNED = {
    "01_burgers",
    "02_poisson_square",
    "03_poisson_four_holes",
    "04_heat_comparison",
    "05_infer_diffusivity",
    "06_ordinary",
    "07_problem_file",
    "08_fields_and_rules",
    "09_elements_with_a_hole",
    "10_shock_tube",
    "11_bouncing_ball",
    "12_diffusivity_from_data",
    "13_cavity",
    "14_certificates",
}


def run(name: str) -> Any:
    """Import an example and return what its ``main`` returns."""
    place = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    assert place is not None and place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module.main()


def test_every_example_is_pinned() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == PINNED


def test_every_example_says_what_one_learns() -> None:
    for path in FOLDER.glob("*.py"):
        assert "What one learns:" in path.read_text(encoding="utf-8"), path.name


def test_burgers() -> None:
    found = run("01_burgers")
    # The estimate is at most the tolerance asked for, and the truth (measured 6e-7) below it.
    assert found["true"] <= found["certified"] <= 1e-4
    # Central differences of the Cole-Hopf solution, steps 1e-4 and 5e-5, extrapolated: -151.830.
    assert found["slope"] == pytest.approx(-151.830, abs=0.01)


def test_poisson_square() -> None:
    # Spectral accuracy on an entire solution: rounding alone is left (measured 1e-14).
    assert run("02_poisson_square") < 1e-12


@pytest.mark.slow
def test_poisson_four_holes() -> None:
    found = run("03_poisson_four_holes")
    # Two levels agree to the default tolerance of 1e-4; measured 2e-6.
    assert found["elements"] < 1e-4
    # Measured 1.1e-3 (key 13), 1.2e-3 to 4.1e-3 for keys 7, 11, 13 with the default features.
    assert found["features"] < 4e-3
    # Measured 2.8e-4 to 4.8e-4 in 30 s on two idle cores; a busy machine gets less far.
    assert found["network"] < 0.5


@pytest.mark.slow
def test_heat_comparison() -> None:
    found = run("04_heat_comparison")
    # Measured 1e-14, 3e-13, 5e-7: two to three digits are left for another machine's rounding.
    assert found["spectral"] < 1e-11
    assert found["random features"] < 1e-10
    assert found["network"] < 1e-4


@pytest.mark.slow
def test_infer_diffusivity() -> None:
    # Forty values with noise 0.01: by the Fisher information of u = exp(-Dπ²t) sin(πx) at these
    # points D is known to 9.1e-4 (one deviation); four deviations are allowed.
    assert run("05_infer_diffusivity") == pytest.approx(0.12, abs=3.6e-3)


def test_ordinary() -> None:
    found = run("06_ordinary")
    # Asked for 1e-6 relative L2; measured 5e-8, and 3e-8 at the end of the second.
    assert found["oscillator"] < 1e-6
    # Up to t = 5 the system magnifies errors by some 1e2: the tolerance times the size of z.
    assert found["lorenz"] < 1e-4


def test_problem_file() -> None:
    # Separation of variables with Duhamel's integral gives the same (see `exact_end`).
    assert run("07_problem_file") == pytest.approx(exact_end(), abs=0.01)


def exact_end() -> float:
    """Return the temperature of the insulated end after 300 s as a series."""
    a, length, start, rise, lag, end = 1.11e-4, 0.2, 293.15, 80.0, 20.0, 300.0
    total = 0.0
    for n in range(60):
        k = (n + 0.5) * math.pi / length
        share = 2 / (k * length) * (-1) ** n
        rate = a * k**2
        # v = T - boundary: v' = -rate v - share · d/dt boundary, from v = 0.
        total -= (
            share * rise / lag * (math.exp(-end / lag) - math.exp(-rate * end)) / (rate - 1 / lag)
        )
    return start + rise * (1 - math.exp(-end / lag)) + total


@pytest.mark.slow
def test_fields_and_rules() -> None:
    found = run("08_fields_and_rules")
    # Measured 3e-16, 2e-4, 7e-8, 5e-10; reading back gives the same bits.
    assert found["polynomials"] < 1e-13
    assert found["gaussians"] < 1e-3
    assert found["network, Gauss-Newton"] < 1e-5
    assert found["network, projection"] < 1e-5
    assert found["saving"] == 0.0


def test_elements_with_a_hole() -> None:
    found = run("09_elements_with_a_hole")
    assert found["certified"] <= 1e-4
    # Howland 1930 has 3.14 for a hole of a fifth of the width, in three digits; measured 3.152, of
    # a strip of finite length and a stress that is a derivative of the answer.
    assert found["stress"] == pytest.approx(3.14, abs=0.03)
    # A file of some ten thousand numbers of eight bytes.
    assert found["bytes"] > 5e4


def test_shock_tube() -> None:
    found = run("10_shock_tube")
    # Toro's book, table 4.2: 0.92745, 0.42632 and 0.26557. Constant states between waves converge
    # faster than the waves, whose order the certificate sees.
    assert found["velocity"] == pytest.approx(0.9275, abs=1e-3)
    assert found["left of the contact"] == pytest.approx(0.4263, abs=1e-3)
    assert found["right of the contact"] == pytest.approx(0.2656, abs=1e-3)
    assert 1e-2 < found["estimate"] < 0.2


def test_bouncing_ball() -> None:
    found = run("11_bouncing_ball")
    # Between bounces the height is a polynomial of degree two, which the steps follow exactly: what
    # is left is the search for the zero.
    assert found["third"] < 1e-9
    assert found["landed"] < 1e-9


@pytest.mark.slow
def test_diffusivity_from_data() -> None:
    # Measured 0.086; the best constant has 0.32.
    assert run("12_diffusivity_from_data") < 0.15


def test_cavity() -> None:
    found = run("13_cavity")
    assert found["certified"] <= 1e-2
    # With a tolerance of 3e-4: -0.20915 and 0.05754. The table, printed 1982, is off by 3e-3.
    assert found["u"] == pytest.approx(-0.20915, abs=5e-4)
    assert found["v"] == pytest.approx(0.05754, abs=5e-4)
    assert found["u"] == pytest.approx(-0.20581, abs=1e-2)
    assert found["v"] == pytest.approx(0.05454, abs=1e-2)


def test_certificates() -> None:
    found = run("14_certificates")
    # A bound is no lower than the error, and on a square at most five times as large.
    assert found["true"] <= found["bound"] <= 5 * found["true"]
    # The tolerance asked for, and what the certificate says of it.
    assert found["refined"] <= found["certified"] <= 1e-5
