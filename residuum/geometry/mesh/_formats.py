"""Mesh files and meshio: which formats, read without running or reaching for anything else."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from residuum._core._errors import FileError, ResiduumError
from residuum.geometry.mesh._xdmf import read_xdmf, write_xdmf

FORMATS = {".msh": "gmsh", ".vtk": "vtk", ".vtu": "vtu", ".xdmf": "xdmf", ".xmf": "xdmf"}
MOST_BYTES = 2 << 30


def format_of(path: Path) -> str:
    """Return meshio's name of the format of a path.

    Raises:
        FileError: another suffix.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        wanted = f"a mesh file with one of {', '.join(FORMATS)}"
        raise FileError(wanted, path.name, "Convert it with meshio first.") from None


def raw_mesh(path: Path) -> Any:
    """Return the file as a ``meshio.Mesh``.

    Raises:
        FileError: no file, larger than 2 GB, damaged, or data in other files than beside it.
        MissingExtra: XDMF with heavy data needs h5py.
    """
    kind = format_of(path)
    if not path.is_file():
        raise FileError("a mesh file", str(path), "Check the path.")
    if path.stat().st_size > MOST_BYTES:
        got = f"{path.stat().st_size / 2**30:.1f} GB"
        raise FileError("at most 2 GB", got, "Coarsen the mesh, or split it.")
    try:
        with quiet():
            import meshio

            if kind == "xdmf":
                return read_xdmf(path)
            return getattr(meshio, kind).read(str(path))
    except ResiduumError:
        raise
    # Readers raise anything on damaged files, and some leave the program.
    except (Exception, SystemExit) as error:
        got = f"{type(error).__name__}: {str(error)[:200]}"
        remedy = "The file is damaged or of another kind; write it again as .msh 4.1 or .vtu."
        raise FileError(f"a {kind} mesh in {path.name}", got, remedy) from error


def write_raw(path: Path, mesh: Any) -> None:
    """Write a ``meshio.Mesh``; an old file stays whole until the new one is complete.

    Raises:
        FileError: another suffix, or no such folder.
    """
    kind = format_of(path)
    if not path.parent.is_dir():
        raise FileError("an existing folder", str(path.parent), "Create it first.")
    # Gmsh's text format of numbers is broken in meshio with NumPy 2.
    options: dict[str, Any] = {"fmt_version": "2.2", "binary": True} if kind == "gmsh" else {}
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    draft = folder / path.name
    try:
        with quiet():
            import meshio

            if kind == "xdmf":
                write_xdmf(draft, mesh)
            else:
                getattr(meshio, kind).write(str(draft), mesh, **options)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
        folder.rmdir()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep meshio's remarks off the screen."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stdout(io.StringIO()):
            yield
