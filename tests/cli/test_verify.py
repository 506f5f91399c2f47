"""``residuum verify``."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Run


def test_a_solution_is_certified_from_its_file(run_real: Run, tmp_path: Path) -> None:
    assert run_real("solve", "poisson", "--quiet", "--set", "largest=80").exit_code in (0, 3)
    done = run_real("verify", "poisson-spectral.rs", "--norm", "energy")
    assert done.exit_code == 0
    assert "bound: " in done.stdout and "stored" in done.stdout
    found = json.loads(run_real("verify", "poisson-spectral.rs", "--json").stdout)
    assert found["certificate"]["kind"] == "bound" and found["stored"]["kind"] == "estimate"


def test_wrong_files_and_norms(run: Run, tmp_path: Path) -> None:
    assert run("verify", "missing.rs").exit_code == 2
    (tmp_path / "broken.rs").write_bytes(b"PK\x03\x04 no solution")
    done = run("verify", "broken.rs")
    assert done.exit_code == 2 and "damaged" in done.stderr
    run("solve", "damped_oscillator", "--quiet")
    done = run("verify", "damped_oscillator-exact.rs", "--norm", "H7")
    assert done.exit_code == 2 and "H7" in done.stderr
