"""``residuum convert``."""

from __future__ import annotations

import json
from pathlib import Path

import residuum as rs

from .conftest import Run


def test_a_saved_solution_changes_its_form(run_real: Run, tmp_path: Path) -> None:
    run_real("solve", "poisson", "--quiet")
    done = run_real("convert", "poisson-spectral.rs", "--to", "grid", "--tol", "1e-4")
    assert done.exit_code == 0, done.stdout
    assert "certificate" in done.stdout and "adds" in done.stdout
    kept = rs.load(tmp_path / "poisson-spectral-grid.rs")
    # The change is part of what the new certificate counts.
    assert 0 < kept.certificate.relative <= 1.1e-4


def test_json_and_wrong_names(run_real: Run) -> None:
    run_real("solve", "poisson", "--quiet")
    done = run_real("convert", "poisson-spectral.rs", "--to", "chebyshev", "--json")
    assert json.loads(done.stdout)["certificate"]["kind"] in ("bound", "estimate")
    done = run_real("convert", "poisson-spectral.rs", "--to", "wavelets")
    assert done.exit_code == 2 and "wavelets" in done.stderr
