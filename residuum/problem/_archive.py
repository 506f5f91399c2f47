"""Solutions in files: a zip of one JSON document and ``.npy`` arrays. Reading runs no code.

    residuum.json     format, problem, meshes, field tree, result, certificate, record, checksums,
                      and a seal over all of them
    arrays/0.npy …    the numbers, readable by ``numpy.load`` alone

Objects of the field tree are named ``module:Class``; only field and block classes that the library
publishes are ever built, straight from their stored attributes, and asked for their own check.
A mesh that is the domain is stored whole: no other file is ever opened. The seal notices parts that
were edited or taken from another file, such as a certificate; it is no signature, whoever can write
a file can seal it.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import (
    Certificate,
    FileError,
    Posterior,
    Record,
    ResiduumError,
    Result,
    double_precision,
)
from residuum._core._parcel import checksum, npy, read_array, write_parcel
from residuum.problem._file import read_statement
from residuum.problem._parse import parse
from residuum.problem._print import to_text
from residuum.problem._problem import Problem
from residuum.problem._render import write_statement
from residuum.problem._solution import Solution
from residuum.problem._stored_mesh import MeshesToStore, StoredMeshes
from residuum.problem._toml import MAX_BYTES

FORMAT = 2
FOLDERS = ("residuum.fields", "residuum.blocks", "residuum.problem", "residuum.discretise")
NORMS, ROUNDING = ("L2", "energy", "max", "quantity"), 1e-12
"""Norms of a certificate, and the largest relative error that an error of zero may stand beside."""
MOST_BYTES = 4 << 30
MOST_TEXT = 64 << 20
MOST_DEPTH = 40
MOST_WHOLE = 1024
"""Sizes and orders of a field are at most this, or the longest side of its arrays."""


def save(solution: Solution, path: Path) -> Path:
    """Write a solution atomically: the old file stays whole until the new one is complete.

    Raises:
        FileError: the folder does not exist, the problem holds Python functions, or its text with
            all tables and observations has more than 20 MB.
    """
    if not path.parent.is_dir():
        raise FileError("an existing folder", str(path.parent), "Create it first.")
    arrays: list[np.ndarray] = []
    tree = _encode(solution.field, arrays)
    meshes = MeshesToStore(arrays)
    text = write_statement(solution.problem, meshes.name_of)
    if len(text.encode()) > MAX_BYTES:
        got = f"{len(text.encode())} bytes of text"
        raise FileError(f"a problem of at most {MAX_BYTES} bytes", got, "Use coarser tables.")
    buffers = [npy(array) for array in arrays]
    document = {
        "format": FORMAT,
        "problem": text,
        "meshes": meshes.entries,
        "field": tree,
        "result": solution.result.name,
        "certificate": solution.certificate.to_dict(),
        "record": _finite(solution.record.to_dict()),
        "parameters": solution.parameters,
        **({"posterior": known.to_dict()} if (known := solution.posterior) else {}),
        "checksums": [checksum(buffer) for buffer in buffers],
    }
    document["seal"] = _seal(json.loads(_json(document)))
    write_parcel(path, "residuum.json", _json(document), buffers)
    return path


def load(path: str | Path) -> Solution:
    """Read a solution from a file written by ``Solution.save``.

    Raises:
        FileError: the file is missing, damaged, of another kind or version, or names something that
            is not a published field or block.
    """
    file = Path(path)
    if not file.is_file():
        raise FileError("a file", str(file), "Check the path.")
    try:
        # Overflow of hostile numbers is refused for what comes of it, not told on the screen.
        with zipfile.ZipFile(file) as box, np.errstate(all="ignore"):
            document, arrays = _read(box, file)
            return _decode_solution(document, arrays, file)
    except FileError as error:
        if str(file) in str(error):
            raise
        raise _damaged(file, str(error)) from error
    except Exception as error:  # hostile numbers fail in NumPy, JAX and SciPy in many ways
        if isinstance(error, Warning):  # which the user has turned into an error
            raise
        named = isinstance(error, ResiduumError)
        raise _damaged(file, str(error) if named else f"{type(error).__name__}: {error}") from error


def _damaged(file: Path, what: str) -> FileError:
    return FileError(
        f"a Residuum solution in {file}", what, "The file is damaged or of another kind."
    )


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, allow_nan=False, default=float)


def _seal(document: dict[str, Any]) -> str:
    """Return the checksum of everything in a document but its seal; the checksums of arrays are in
    it, so that it holds statement, field and certificate together."""
    rest = {key: value for key, value in document.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _read(box: zipfile.ZipFile, file: Path) -> tuple[dict[str, Any], list[np.ndarray]]:
    sizes = {item.filename: item.file_size for item in box.infolist()}
    if sum(sizes.values()) > MOST_BYTES or sizes.get("residuum.json", MOST_TEXT + 1) > MOST_TEXT:
        raise _damaged(file, "no document, or too much data")
    document = json.loads(
        box.read("residuum.json"), parse_constant=_no_constant, parse_float=_number
    )
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FileError(
            f"format {FORMAT}", str(document.get("format")), "Update Residuum, or save again."
        )
    arrays = []
    for i, expected in enumerate(document["checksums"]):
        array = read_array(box, i, expected)
        if not np.isfinite(array).all():
            raise _damaged(file, f"array {i} holds something else than finite numbers")
        arrays.append(array)
    return document, arrays


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} in the document")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text} in the document")
    return value


def _finite(value: Any) -> Any:
    """Write what is not finite as null: the history of a run that diverged is kept all the same."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _history(stored: dict[str, Any]) -> dict[str, list[float]]:
    return {
        str(name): [math.nan if value is None else float(value) for value in values]
        for name, values in stored.items()
    }


def _encode(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, eqx.Module):
        kind = type(value)
        folder = next(f for f in FOLDERS if kind.__module__.startswith(f))
        names = kind.__dataclass_fields__
        return {
            "class": f"{folder}:{kind.__name__}",
            "fields": {n: _encode(getattr(value, n), arrays) for n in names},
        }
    if isinstance(value, jax.Array | np.ndarray):
        arrays.append(np.asarray(value))
        return {"array": len(arrays) - 1, "trained": isinstance(value, jax.Array)}
    if isinstance(value, sp.Symbol):
        return {"symbol": value.name}
    if isinstance(value, sp.Basic):
        return {"expression": to_text(value)}
    if isinstance(value, tuple | list):
        return {"items": [_encode(item, arrays) for item in value]}
    if value is None or isinstance(value, bool | int | float | str):
        return {"plain": value}
    if isinstance(value, np.generic):
        return {"plain": value.item()}
    raise FileError(
        "numbers, arrays, expressions and blocks in a field", repr(value), "Report this field."
    )


def _decode_solution(document: dict[str, Any], arrays: list[np.ndarray], file: Path) -> Solution:
    meshes = StoredMeshes(document.get("meshes", {}), arrays)
    problem = read_statement(document["problem"], meshes.named)
    with double_precision():
        field = _decode(document["field"], arrays, _names(problem), 0)
    if not hasattr(field, "jet"):
        raise _damaged(file, "the stored object is not a field")
    stored = document["record"]
    solution = Solution(
        problem,
        field,
        Result[document["result"]],
        certificate=_possible(Certificate.from_dict(document["certificate"])),
        record=Record(**{**stored, "history": _history(stored["history"])}),
        parameters={str(k): float(v) for k, v in document["parameters"].items()},
        posterior=_posterior(document),
    )
    point = problem.domain.sample(1, key=41)
    order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    if solution.at(point[:, order]).shape != (1, len(solution.names)):
        raise _damaged(file, "the field does not fit the problem")
    if document["seal"] != _seal(document):
        what = "parts that do not belong together: problem, field or certificate was changed"
        raise _damaged(file, what)
    return solution


def _posterior(document: dict[str, Any]) -> Posterior | None:
    """Return the posterior, which older files do not have; it is of the numbers of the answer."""
    if "posterior" not in document:
        return None
    found = Posterior.from_dict(document["posterior"])
    if dict(zip(found.names, found.values.tolist(), strict=True)) != document["parameters"]:
        raise ValueError("a posterior of other numbers than the answer has")
    return found


def _possible(certificate: Certificate) -> Certificate:
    """Return a certificate unless no error can be what it says."""
    value, relative = certificate.value, certificate.relative
    wrong = certificate.norm not in NORMS or not certificate.seconds >= 0
    if certificate.kind != "none":
        # One of the two is the other divided by a norm that is neither zero nor infinite.
        wrong = wrong or (relative == 0 and value > 0) or (value == 0 and relative > ROUNDING)
    if wrong or any(isinstance(item, bool) for item in (value, relative, certificate.seconds)):
        raise ValueError(f"a certificate that cannot be: {certificate}")
    return certificate


def _names(problem: Problem) -> dict[str, Any]:
    return {c.name: c for c in problem.coordinates}


def _decode(value: Any, arrays: list[np.ndarray], names: dict[str, Any], depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise ValueError("nested too deeply")

    def deeper(item: Any) -> Any:
        return _decode(item, arrays, names, depth + 1)

    if "class" in value:
        return _build(value, deeper)
    if "array" in value:
        array = arrays[value["array"]]
        return jnp.asarray(array) if value["trained"] else array
    if "symbol" in value:
        return names[value["symbol"]]
    if "expression" in value:
        return parse(value["expression"], names)
    if "items" in value:
        return tuple(deeper(item) for item in value["items"])
    return _plain(value["plain"], arrays)


def _plain(value: Any, arrays: list[np.ndarray]) -> Any:
    if not (value is None or isinstance(value, bool | int | float | str)):
        raise ValueError("a plain value is a number, text or nothing")
    longest = max((size for array in arrays for size in array.shape), default=0)
    # A small file must not ask for a large table.
    if isinstance(value, int) and abs(value) > max(MOST_WHOLE, longest):
        raise ValueError(f"the whole number {str(value)[:40]} is larger than the arrays")
    return value


def _build(value: dict[str, Any], deeper: Callable[[Any], Any]) -> Any:
    folder, _, name = value["class"].partition(":")
    if folder not in FOLDERS:
        raise ValueError(f"the class {value['class']!r} is not one of ours")
    module = importlib.import_module(folder)
    kind = getattr(module, name) if name in module.__all__ else None
    if not (isinstance(kind, type) and issubclass(kind, eqx.Module)):
        raise ValueError(f"the class {value['class']!r} is not a published field or block")
    if set(value["fields"]) != set(kind.__dataclass_fields__):
        raise ValueError(f"the attributes of {name} do not match")
    made = object.__new__(kind)
    for key, item in value["fields"].items():
        object.__setattr__(made, key, deeper(item))
    for base in reversed(kind.__mro__):  # as Equinox does after construction
        if "__check_init__" in vars(base):
            vars(base)["__check_init__"](made)
    return made
