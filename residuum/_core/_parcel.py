"""Parcels: a zip of one JSON document and ``.npy`` arrays, written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def npy(array: np.ndarray) -> bytes:
    """Return an array as the bytes of a ``.npy`` file; objects are refused."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array, order="C"), allow_pickle=False)
    return buffer.getvalue()


def checksum(buffer: bytes) -> str:
    """Return the SHA-256 checksum as text."""
    return hashlib.sha256(buffer).hexdigest()


def write_parcel(
    path: Path, name: str, document: str, buffers: Sequence[bytes], *, compress: bool = True
) -> None:
    """Write a parcel atomically: the old file stays whole until the new one is on the disk.

    Args:
        path: the file.
        name: what the document is called inside.
        document: its text.
        buffers: the arrays, as ``npy`` gives them.
        compress: whether to trade time for size.
    """
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    kind = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", kind) as box:
                box.writestr(name, document)
                for i, buffer in enumerate(buffers):
                    box.writestr(f"arrays/{i}.npy", buffer)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def read_array(box: zipfile.ZipFile, i: int, expected: str) -> np.ndarray:
    """Return array ``i`` of a parcel; nothing in it is executed.

    Raises:
        ValueError: it does not match its checksum, or holds something else than numbers.
    """
    buffer = box.read(f"arrays/{i}.npy")
    if checksum(buffer) != expected:
        raise ValueError(f"array {i} does not match its checksum")
    array: np.ndarray = np.lib.format.read_array(io.BytesIO(buffer), allow_pickle=False)
    if array.dtype.kind not in "fiubc":
        raise ValueError(f"array {i} holds something else than numbers")
    return array
