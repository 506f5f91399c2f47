"""Objects that a word can mean as the value of an option: parts of a method, and mesh files."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any

MESH = "Mesh"


def is_mesh(hint: Any) -> bool:
    """Whether an option takes a mesh."""
    # By name first: the module of meshes is not imported for every number.
    return isinstance(hint, type) and hint.__name__ == MESH and _is_own(hint)


def read(text: str) -> Any:
    """Return the mesh in a file.

    Raises:
        FileError: it cannot be read.
    """
    from residuum.geometry.mesh import read_mesh  # imports NumPy and more

    return read_mesh(text).mesh


def named(hint: Any) -> dict[str, type[Any]]:
    """Return the kinds of an abstract part by name, those that need no further options.

    The name is the one the class gives itself, or its own: ``VanLeer`` is ``van_leer``.
    """
    if not (isinstance(hint, type) and inspect.isabstract(hint) and _is_own(hint)):
        return {}
    found = {_word(kind): kind for kind in _below(hint) if _is_ready(kind)}
    return dict(sorted(found.items()))


def _is_own(kind: type[Any]) -> bool:
    return kind.__module__.partition(".")[0] == "residuum"


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _is_ready(kind: type[Any]) -> bool:
    if inspect.isabstract(kind) or not dataclasses.is_dataclass(kind) or not _is_own(kind):
        return False
    missing = dataclasses.MISSING
    items = (item for item in dataclasses.fields(kind) if item.init)
    return all(item.default is not missing or item.default_factory is not missing for item in items)


def _word(kind: type[Any]) -> str:
    name = getattr(kind, "name", None)
    if isinstance(name, str):
        return name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()
