"""Surrogates in files: a zip of one JSON document and ``.npy`` arrays. Reading runs no code.

The document names the recipe, which must be one that the library publishes (or be given by the
reader), and its options; the operator is built anew from them and filled with the stored numbers.
"""

from __future__ import annotations

import dataclasses
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import residuum.blocks as blocks
import residuum.operators as operators
from residuum._core import FileError, ResiduumError
from residuum._core._parcel import checksum, npy, read_array, write_parcel
from residuum.datasets import Layout
from residuum.methods._surrogate import Surrogate
from residuum.operators import (
    CorrectedOperator,
    FixedGrid,
    GridFrame,
    Operator,
    OperatorArchitecture,
    OperatorAround,
    RecipeAround,
    Standardised,
)

FORMAT, DOCUMENT = 1, "surrogate.json"
MOST_BYTES, MOST_TEXT = 4 << 30, 16 << 20


def save(surrogate: Surrogate, path: Path) -> Path:
    """Write a surrogate atomically; see ``Surrogate.save``."""
    if not path.parent.is_dir():
        raise FileError("an existing folder", str(path.parent), "Create it first.")
    layout, operator = surrogate.layout, surrogate.operator
    leaves = _leaves(operator)
    trained = operator
    if isinstance(operator, CorrectedOperator | OperatorAround):
        trained = operator.inner
    times = [] if layout.times is None else [layout.times]
    buffers = [npy(np.asarray(item)) for item in (*layout.axes, *times, *leaves)]
    document = {
        "format": FORMAT,
        "statement": surrogate.statement,
        "recipe": _written(surrogate),
        "standardised": isinstance(trained, Standardised),
        "edges": layout.edges,
        "inputs": layout.input_names,
        "outputs": layout.output_names,
        "moments": len(times),
        "seconds": {k: v for k, v in surrogate.seconds.items() if math.isfinite(v)},
        "title": surrogate.title,
        "checksums": [checksum(buffer) for buffer in buffers],
    }
    write_parcel(path, DOCUMENT, json.dumps(document, indent=1, allow_nan=False), buffers)
    return path


def _leaves(operator: Operator) -> list[Any]:
    return [leaf for leaf in jax.tree.leaves(operator) if eqx.is_array_like(leaf) and _real(leaf)]


def _real(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)


def _written(surrogate: Surrogate) -> dict[str, Any]:
    """Return how to build the operator again."""
    operator, recipe = surrogate.operator, surrogate.recipe
    if isinstance(operator, FixedGrid):
        return _fitted(operator)
    if not isinstance(recipe, OperatorArchitecture | RecipeAround):
        return {"given": type(operator).__name__}
    options = {f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)}  # type: ignore[arg-type]
    base = _fitted(operator.base) if isinstance(operator, CorrectedOperator) else {}
    return {
        "built": type(recipe).__name__,
        "options": {k: _plain(v) for k, v in options.items()},
        **base,
    }


def _fitted(operator: FixedGrid) -> dict[str, Any]:
    return {"fitted": type(operator).__name__, "shape": list(operator.shape)}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"class": type(value).__name__, "options": inner}
    raise FileError("options that are plain values", repr(value), "Keep the recipe yourself.")


def load_surrogate(
    path: str | Path, recipe: OperatorArchitecture | Operator | RecipeAround | None = None
) -> Surrogate:
    """Read a surrogate from a file written by ``Surrogate.save``.

    Args:
        path: the file.
        recipe: what the operator was built by, where that is a recipe of your own; or an operator
            of the same shape, where one was given ready.

    Raises:
        FileError: the file is missing, damaged or of another kind; it names a recipe that is not
            published and none is given; its numbers do not fit the recipe.
    """
    file = Path(path)
    if not file.is_file():
        raise FileError("a file", str(file), "Check the path.")
    try:
        with zipfile.ZipFile(file) as box:
            return _read(box, recipe)
    except Exception as error:  # damaged files fail in zip, JSON, NumPy and JAX in many ways
        if isinstance(error, Warning):
            raise
        text = str(error) if isinstance(error, ResiduumError | ValueError) else repr(error)
        remedy = "The file is damaged or of another kind, or needs recipe=."
        raise FileError(f"a Residuum surrogate in {file}", text, remedy) from error


def _read(box: zipfile.ZipFile, recipe: Any) -> Surrogate:
    sizes = {item.filename: item.file_size for item in box.infolist()}
    if sum(sizes.values()) > MOST_BYTES or sizes.get(DOCUMENT, MOST_TEXT + 1) > MOST_TEXT:
        raise ValueError("no document, or too much data")
    document = json.loads(box.read(DOCUMENT))
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']}, where {FORMAT} was wanted")
    arrays = [read_array(box, i, wanted) for i, wanted in enumerate(document["checksums"])]
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("an array holds something else than finite numbers")
    d = len(document["edges"])
    moments = 1 if document["moments"] else 0
    layout = Layout(
        tuple(arrays[:d]),
        tuple(document["edges"]),
        tuple(map(str, document["inputs"])),
        tuple(map(str, document["outputs"])),
        arrays[d] if moments else None,
    )
    made, recipe = _skeleton(document, layout, recipe, arrays[d + moments :])
    statement = None if document["statement"] is None else str(document["statement"])
    seconds = {str(name): float(value) for name, value in document["seconds"].items()}
    title = str(document["title"])
    found = Surrogate(made, layout, statement, recipe, None, seconds, title)
    return found


def _skeleton(
    document: dict[str, Any], layout: Layout, recipe: Any, leaves: list[np.ndarray]
) -> tuple[Operator, Any]:
    """Return the operator filled with its numbers, and the recipe."""
    entry, frame = document["recipe"], GridFrame.of(layout)
    base: FixedGrid | None = None
    if "fitted" in entry:
        kind = _published(entry["fitted"], FixedGrid)
        shape = tuple(int(side) for side in entry["shape"])
        names = [f.name for f in dataclasses.fields(kind) if f.name != "shape"]
        mine, leaves = leaves[: len(names)], leaves[len(names) :]
        base = kind(shape=shape, **dict(zip(names, mine, strict=True)))
        if "built" not in entry:
            if leaves:
                raise ValueError("more numbers than the recipe has")
            return base, None
    if recipe is None:
        if "built" not in entry:
            raise ValueError(f"an operator of the class {entry['given']}, which has no recipe")
        recipe = _recipe(entry["built"], entry["options"])
    inner = recipe if isinstance(recipe, Operator) else recipe.build(frame, 7)
    if document["standardised"]:
        guesses = 0 if base is None else frame.outputs * max(1, frame.times)
        pairs = (np.zeros((2, n), np.float32) for n in (frame.inputs + guesses, frame.outputs))
        inner = Standardised(inner, *pairs)
    inner = _filled(inner, leaves)
    made = inner if base is None else CorrectedOperator(base, inner)
    if isinstance(recipe, RecipeAround):
        made = recipe.around(made, layout)
    return made, None if isinstance(recipe, Operator) else recipe


def _published(name: Any, parent: Any) -> Any:
    kind = getattr(operators, str(name), None) if name in operators.__all__ else None
    if not (isinstance(kind, type) and issubclass(kind, parent)):
        raise ValueError(f"{name!r} is not published: give recipe=")
    return kind


def _recipe(name: Any, options: dict[str, Any]) -> Any:
    kinds = OperatorArchitecture, RecipeAround
    return _published(name, kinds)(**{k: _object(v) for k, v in options.items()})


def _object(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_object(item) for item in value)
    if isinstance(value, dict):
        name = str(value["class"])
        home = next((home for home in (operators, blocks) if name in home.__all__), None)
        kind: Any = getattr(home, name, None)
        if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
            raise ValueError(f"{value['class']!r} is not published")
        return kind(**{k: _object(v) for k, v in value["options"].items()})
    return value


def _filled(operator: Operator, leaves: list[np.ndarray]) -> Operator:
    """Put stored numbers in place of those of an operator of the same shape."""
    old, shape = jax.tree.flatten(operator)
    stored, found = iter(leaves), []
    for leaf in old:
        if not _real(leaf):
            found.append(leaf)
            continue
        new = next(stored, None)
        if new is None or new.shape != leaf.shape or new.dtype != leaf.dtype:
            got = "nothing" if new is None else f"{new.dtype} {new.shape}"
            raise ValueError(f"numbers {got}, where the recipe has {leaf.dtype} {leaf.shape}")
        found.append(jnp.asarray(new) if isinstance(leaf, jax.Array) else new)
    if next(stored, None) is not None:
        raise ValueError("more numbers than the recipe has")
    made: Operator = jax.tree.unflatten(shape, found)
    return made
