"""A set of samples in one file: a zip of one JSON document and ``.npy`` arrays, without code."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from residuum._core import FileError, ResiduumError
from residuum._core._parcel import checksum, npy, read_array, write_parcel
from residuum.datasets._samples import Samples

FORMAT, DOCUMENT = 1, "samples.json"
MOST_BYTES, MOST_TEXT = 64 << 30, 64 << 20


def save_samples(samples: Samples, path: str | Path) -> Path:
    """Write samples to one file, whole or not at all; good for sets that fit into memory.

    Raises:
        FileError: the folder does not exist.
    """
    file = Path(path)
    if not file.parent.is_dir():
        raise FileError("an existing folder", str(file.parent), "Create it first.")
    parts: dict[str, np.ndarray] = {"inputs": samples.inputs, "outputs": samples.outputs}
    parts |= {f"axis {k}": axis for k, axis in enumerate(samples.axes)}
    optional = {"times": samples.times, "errors": samples.errors}
    parts |= {name: item for name, item in optional.items() if item is not None}
    buffers = [npy(np.asarray(item)) for item in parts.values()]
    document = {
        "format": FORMAT,
        "arrays": list(parts),
        "edges": samples.edges,
        "input_names": samples.input_names,
        "output_names": samples.output_names,
        "family": samples.family,
        "seconds": samples.seconds if math.isfinite(samples.seconds) else None,
        "checksums": [checksum(buffer) for buffer in buffers],
    }
    write_parcel(file, DOCUMENT, json.dumps(document, indent=1), buffers, compress=False)
    return file


def load_samples(path: str | Path) -> Samples:
    """Read samples from a file written by ``save_samples``.

    Raises:
        FileError: the file is missing, damaged or of another kind.
    """
    file = Path(path)
    if not file.is_file():
        raise FileError("a file of samples", str(file), "Check the path.")
    try:
        with zipfile.ZipFile(file) as box:
            return _read(box)
    except Exception as error:  # damaged files fail in zip, JSON and NumPy in many ways
        if isinstance(error, Warning):
            raise
        text = str(error) if isinstance(error, ResiduumError | ValueError) else repr(error)
        remedy = "The file is damaged or of another kind; write it again."
        raise FileError(f"samples in {file}", text, remedy) from error


def _read(box: zipfile.ZipFile) -> Samples:
    sizes = {item.filename: item.file_size for item in box.infolist()}
    if sum(sizes.values()) > MOST_BYTES or sizes.get(DOCUMENT, MOST_TEXT + 1) > MOST_TEXT:
        raise ValueError("no document, or too much data")
    document: dict[str, Any] = json.loads(box.read(DOCUMENT))
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']}, where {FORMAT} was wanted")
    pairs = enumerate(zip(document["arrays"], document["checksums"], strict=True))
    parts = {str(name): read_array(box, i, wanted) for i, (name, wanted) in pairs}
    return Samples(
        parts["inputs"],
        parts["outputs"],
        tuple(parts[f"axis {k}"] for k in range(len(document["edges"]))),
        tuple(document["edges"]),
        tuple(map(str, document["input_names"])),
        tuple(map(str, document["output_names"])),
        parts.get("times"),
        parts.get("errors"),
        str(document["family"]),
        math.nan if document["seconds"] is None else float(document["seconds"]),
    )
