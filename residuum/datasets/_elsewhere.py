"""Data sets made elsewhere: arrays by name in ``.npz``, HDF5 and NetCDF files."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from residuum._core import DataError, FileError, MissingExtra, OptionError
from residuum.blocks import Edge
from residuum.datasets._make import implausible
from residuum.datasets._samples import Samples

EDGES = ("zero", "copy", "wrap")
HDF5, CLASSIC, ZIP = b"\x89HDF\r\n\x1a\n", b"CDF", b"PK"


class DataWarning(UserWarning):
    """Samples were left out: their labels are impossible."""


def read_file(
    path: str | Path,
    *,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    axes: Mapping[str, Any],
    edges: str | Sequence[str],
    times: Any = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    implausible_samples: str = "leave out",
) -> Samples:
    """Return the samples of a file made elsewhere.

    Args:
        path: an ``.npz`` file, HDF5 (extra ``data``), NetCDF 3, or NetCDF 4 (which is HDF5).
        inputs: what the channels in are called here, to the names of the arrays in the file, each
            (n, *grid), or (n,) for a number per sample: ``{"a": "x_train"}``.
        outputs: the same for the channels out, each (n, *grid), or (n, times, *grid).
        axes: by name, in the order of the arrays' axes, the coordinates of the nodes in physical
            units, or the name of an array of the file that holds them.
        edges: what lies beyond each axis, one for all or one per axis: ``"zero"`` (held),
            ``"copy"`` (insulated) or ``"wrap"`` (periodic).
        times: moments of evolving outputs, or the name of an array that holds them.
        bounds: limits (low, high) by channels out which no label can leave, such as
            ``{"u": (0, math.inf)}`` by the maximum principle.
        implausible_samples: what is done with samples that leave them: ``"leave out"`` with a
            warning that names them, ``"refuse"`` or ``"keep"``.

    Raises:
        FileError: no such file, or none of these kinds.
        DataError: no array of that name, shapes that do not fit, values that are not finite, or
            impossible labels that are refused.
        MissingExtra: HDF5 without h5py.

    Warns:
        DataWarning: samples with impossible labels were left out.
    """
    if implausible_samples not in ("leave out", "refuse", "keep"):
        wanted = "implausible_samples among leave out, refuse, keep"
        raise OptionError(wanted, repr(implausible_samples), "Correct it.")
    asked = [*inputs.values(), *outputs.values()]
    asked += [item for item in (*axes.values(), times) if isinstance(item, str)]
    arrays = _arrays(Path(path), list(dict.fromkeys(asked)))
    nodes = tuple(_axis(name, item, arrays) for name, item in axes.items())
    moments = None if times is None else _axis("times", times, arrays)
    grid = tuple(len(axis) for axis in nodes)
    evolving = () if moments is None else (len(moments),)
    samples = Samples(
        _stacked(inputs, arrays, grid, ()),
        _stacked(outputs, arrays, grid, evolving),
        nodes,
        _edges(edges, len(grid)),
        tuple(inputs),
        tuple(outputs),
        moments,
        family=f"{Path(path).name}: made elsewhere",
    )
    return _plausible(samples, bounds or {}, implausible_samples)


def _arrays(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise FileError("a readable file", f"{path}: {error}", "Check the path.") from error
    readers = {HDF5: _hdf5, CLASSIC: _classic, ZIP: _npz}
    reader = next((read for start, read in readers.items() if head.startswith(start)), None)
    if reader is None:
        remedy = "Convert it, or build residuum.datasets.Samples from arrays."
        raise FileError("an .npz, HDF5 or NetCDF file", str(path), remedy)
    try:
        return reader(path, names)
    except (DataError, MissingExtra):
        raise
    except Exception as error:  # each format breaks in its own ways
        got = f"{type(error).__name__}: {error}"[:200]
        raise FileError(f"a whole file {path}", got, "Fetch it again.") from error


def _npz(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as box:
        _known(names, list(box.files), path)
        return {name: box[name] for name in names}


def _hdf5(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    try:
        import h5py
    except ImportError as error:
        remedy = "Install it by: pip install 'residuum[data]'."
        raise MissingExtra("h5py for HDF5 and NetCDF 4", "none installed", remedy) from error
    with h5py.File(path, "r") as box:
        known: list[str] = []
        box.visititems(lambda name, item: known.append(name) if hasattr(item, "shape") else None)
        _known(names, known, path)
        return {name: np.asarray(box[name][()]) for name in names}


def _classic(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    import xarray  # it takes a while to import

    with xarray.open_dataset(path, engine="scipy") as box:
        _known(names, [str(name) for name in box.variables], path)
        return {name: np.asarray(box[name].values) for name in names}


def _known(names: list[str], known: list[str], path: Path) -> None:
    wrong = [name for name in names if name not in known]
    if wrong:
        wanted = f"arrays among {', '.join(sorted(known))} in {path.name}"
        raise DataError(wanted, ", ".join(wrong), "Correct the names.")


def _axis(name: str, item: Any, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    found = np.asarray(arrays[item] if isinstance(item, str) else item, float)
    if found.ndim != 1 or not len(found) or not (np.diff(found) > 0).all():
        got = f"shape {found.shape}"
        raise DataError(f"increasing coordinates along {name}", got, "Give one per node.")
    return found


def _stacked(
    names: Mapping[str, str],
    arrays: Mapping[str, np.ndarray],
    grid: tuple[int, ...],
    evolving: tuple[int, ...],
) -> np.ndarray:
    if not names:
        raise DataError("one channel or more", "none", 'Name an array: {"u": "y_train"}.')
    count = max(len(np.atleast_1d(arrays[name])) for name in names.values())
    found = np.empty((count, *evolving, *grid, len(names)), np.float32)
    for j, (here, there) in enumerate(names.items()):
        array = arrays[there]
        if array.shape == (count,):
            array = array.reshape(count, *(1,) * len(evolving + grid))
        elif array.shape != (count, *evolving, *grid):
            wanted = f"{there} of shape {(count, *evolving, *grid)} for {here}"
            raise DataError(wanted, str(array.shape), "Check axes and times.")
        found[..., j] = array
    return found


def _edges(edges: str | Sequence[str], count: int) -> tuple[Edge, ...]:
    found = (edges,) * count if isinstance(edges, str) else tuple(edges)
    if len(found) != count or any(item not in EDGES for item in found):
        raise OptionError(f"an edge among {EDGES} for each axis", str(edges), "Correct them.")
    return cast(tuple[Edge, ...], found)


def _plausible(
    samples: Samples, bounds: Mapping[str, tuple[float, float]], treatment: str
) -> Samples:
    wrong, why = np.zeros(len(samples), bool), []
    for name, (low, high) in bounds.items():
        if name not in samples.output_names:
            known = ", ".join(samples.output_names)
            raise OptionError(f"bounds of {known}", name, "Correct the names.")
        values = samples.outputs[..., samples.output_names.index(name)]
        wrong |= implausible(values, low, high)
        why.append(f"{name} between {low:g} and {high:g}")
    if not wrong.any() or treatment == "keep":
        return samples
    places = np.flatnonzero(wrong)
    shown = f"{places[:20].tolist()}{' …' if len(places) > 20 else ''}"
    got = f"{len(places)} samples with impossible labels: {shown}"
    if treatment == "refuse":
        raise DataError(" and ".join(why), got, "Leave them out.")
    text = f"wanted {' and '.join(why)}; left out {got}"
    warnings.warn(text, DataWarning, stacklevel=3)
    return samples.take(~wrong)
