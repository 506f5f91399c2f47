"""``residuum doctor``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from residuum.cli import _doctor

from .conftest import Run


def test_all_is_well(run: Run) -> None:
    done = run("doctor", "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0, found["checks"]
    assert found["ok"] and set(found["checks"]) == {*_doctor.CHECKS, "packages"}
    assert found["packages"]["jax"] and "ipython" in found["optional"]
    assert found["checks"]["double precision"]["detail"].startswith("float64")


def test_a_failed_check_is_said_and_is_code_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise RuntimeError("no [device]")

    monkeypatch.setattr(_doctor, "CHECKS", {"devices": broken, "other": lambda: (True, "fine")})
    done = run("doctor")
    assert done.exit_code == 1
    assert "FAILED: RuntimeError: no [device]" in done.stdout and "ok: fine" in done.stdout
    assert "something does not work" in done.stdout


def test_a_missing_package_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor, "CHECKS", {})
    monkeypatch.setattr(_doctor, "NEEDED", ("jax", "no-such-package"))
    done = run("doctor")
    assert done.exit_code == 1 and "missing: no-such-package" in done.stdout


def test_a_package_that_does_not_import_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor, "NEEDED", ("numpy", "scikit-fem", "no-such-package"))
    monkeypatch.setattr(_doctor, "MODULES", {"scikit-fem": "no_such_module"})
    good, text = _doctor._imports()
    assert not good and "scikit-fem (ModuleNotFoundError" in text and "numpy" not in text


def test_the_packages_of_the_classical_methods_are_listed() -> None:
    assert {"diffrax", "scikit-fem", "pyamg", "meshio", "netgen-mesher"} <= set(_doctor.NEEDED)
    good, text = _doctor._imports()
    assert good, text


def test_a_folder_that_cannot_be_written_to(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", denied)
    good, text = _doctor._checked(_doctor._writes)
    assert not good and "Permission denied" in text
