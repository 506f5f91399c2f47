"""``residuum refine``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import residuum as rs

from .conftest import Run


@pytest.mark.slow
def test_a_saved_guess_is_pushed_to_a_tolerance(run_real: Run, tmp_path: Path) -> None:
    rough = ("--method", "random_features", "--budget", "20")
    assert run_real("solve", "poisson_four_holes", "--quiet", *rough).exit_code in (0, 3)
    done = run_real("refine", "poisson_four_holes-random_features.rs", "--tol", "3e-4")
    assert done.exit_code == 0, done.stdout
    assert "tolerance reached" in done.stdout and "saved" in done.stdout
    kept = rs.load(tmp_path / "poisson_four_holes-random_features-refined.rs")
    assert kept.result.code == "tolerance reached"
    assert kept.certificate.verifies(3e-4)


def test_a_tolerance_is_wanted(run: Run) -> None:
    run("solve", "damped_oscillator", "--quiet")
    done = run("refine", "damped_oscillator-exact.rs")
    assert done.exit_code == 2 and "--tol" in done.stderr


def test_json_holds_the_certificate_and_the_files(run_real: Run) -> None:
    run_real("solve", "poisson", "--quiet")
    done = run_real("refine", "poisson-spectral.rs", "--tol", "1e-6", "--json")
    found = json.loads(done.stdout)
    assert found["certificate"]["relative"] <= 1e-6
    assert found["files"]["solution"].endswith("refined.rs")


def test_a_periodic_answer_is_refined_by_its_residual(run_real: Run) -> None:
    coarse = ("--method", "fourier", "--set", "modes=32", "--set", "largest=32")
    assert run_real("solve", "advection", "--quiet", *coarse).exit_code in (0, 3)
    done = run_real("refine", "advection-fourier.rs", "--tol", "1e-4", "--spectral")
    assert done.exit_code == 0, done.stdout
    assert "tolerance reached" in done.stdout
