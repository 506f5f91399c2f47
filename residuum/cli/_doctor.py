"""``residuum doctor``: does everything the library needs work here?"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import platform
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer

from residuum.cli import _console
from residuum.cli._exit_codes import ExitCode

NEEDED = (
    *("jax", "jaxlib", "equinox", "optax", "numpy"),
    *("scipy", "sympy", "matplotlib", "xarray", "rich", "typer", "tomli-w"),
    *("diffrax", "optimistix", "scikit-fem", "pyamg", "meshio", "netgen-mesher"),
)
OPTIONAL = ("ipython", "zarr", "dask", "h5py")
MODULES = {"scikit-fem": "skfem", "netgen-mesher": "netgen.meshing", "tomli-w": "tomli_w"}
"""What is imported, where it has another name than the package."""
TINY, SECONDS, TARGET = "damped_oscillator", 60.0, 1e-2


def doctor(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check Python, packages, double precision, a tiny solve and the current folder."""
    facts = {"python": platform.python_version(), "platform": platform.platform(), **_machine()}
    packages = {name: _version(name) for name in NEEDED}
    optional = {name: _version(name) or "not installed" for name in OPTIONAL}
    checks = {name: _checked(check) for name, check in CHECKS.items()}
    missing = [name for name, found in packages.items() if found is None]
    checks["packages"] = (not missing, f"missing: {', '.join(missing)}" if missing else "all there")
    ok = all(good for good, _ in checks.values())
    if json:
        said = {name: {"ok": good, "detail": text} for name, (good, text) in checks.items()}
        document = {"ok": ok, **facts, "packages": packages, "optional": optional, "checks": said}
        _console.say_json(document)
    else:
        _console.say_rows(
            [
                *facts.items(),
                ("packages", ", ".join(f"{k} {v or 'MISSING'}" for k, v in packages.items())),
                ("optional", ", ".join(f"{k} {v}" for k, v in optional.items())),
                *(
                    (name, f"{'ok' if good else 'FAILED'}: {text}")
                    for name, (good, text) in checks.items()
                ),
            ]
        )
        _console.say("everything works" if ok else "something does not work: see FAILED above")
    raise typer.Exit(ExitCode.OK if ok else ExitCode.UNFIT)


def _machine() -> dict[str, str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
        size = f"{memory:.1f} GB"
    except (AttributeError, ValueError, OSError):
        size = "unknown"
    return {"cores": str(cores), "memory": size}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _checked(check: Callable[[], tuple[bool, str]]) -> tuple[bool, str]:
    try:
        return check()
    except Exception as error:  # a broken installation can raise anything, and is to be reported
        return False, f"{type(error).__name__}: {error}"


def _devices() -> tuple[bool, str]:
    import jax  # 0.3 s

    return True, ", ".join(f"{d.platform} ({d.device_kind})" for d in jax.devices())


def _double() -> tuple[bool, str]:
    import jax  # 0.3 s
    import jax.numpy as jnp

    from residuum._core import double_precision

    with double_precision():
        found: Any = jax.jit(lambda x: (1 + x) - 1)(jnp.asarray(1e-12))
    error = abs(float(found) / 1e-12 - 1)
    return (
        found.dtype == jnp.float64 and error < 1e-3,
        f"{found.dtype}, rounding {error:.0e} of 1e-12",
    )


def _solves() -> tuple[bool, str]:
    from residuum._solve import solve  # imports JAX
    from residuum.cli._problems import comparison_points, difference, pose

    posed = pose(TINY)
    assert posed.case is not None and posed.case.reference is not None
    solution = solve(posed.problem, budget=SECONDS, progress=False)
    error = difference(solution, posed.case.reference, comparison_points(posed, None)).total
    seconds = solution.record.seconds["total"]
    text = f"{TINY}: {solution.result.code}, relative L2 error {error:.0e}, {seconds:.1f} s"
    return solution.result.ok and error < TARGET, text


def _writes() -> tuple[bool, str]:
    with tempfile.NamedTemporaryFile(dir=".", prefix=".residuum-"):
        return True, str(Path.cwd())


def _imports() -> tuple[bool, str]:
    broken = []
    for package in NEEDED:
        if _version(package) is None:
            continue  # said under packages
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                importlib.import_module(MODULES.get(package, package))
        except Exception as error:  # a package with a missing library can raise anything
            broken.append(f"{package} ({type(error).__name__}: {error})")
    return not broken, f"cannot import {'; '.join(broken)}" if broken else "all installed ones"


CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "imports": _imports,
    "devices": _devices,
    "double precision": _double,
    "tiny solve": _solves,
    "current folder": _writes,
}
