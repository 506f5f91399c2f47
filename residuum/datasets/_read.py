"""Data sets read back: as samples for training, or lazily through xarray."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residuum._core import DataError, OptionError
from residuum.datasets._make import implausible
from residuum.datasets._samples import Samples
from residuum.datasets._store import GROUP, Store
from residuum.problem import Family

if TYPE_CHECKING:
    import xarray


def read_data(
    path: str | Path,
    *,
    family: Family | None = None,
    shape: int | Sequence[int] | None = None,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    which: slice | Sequence[int] | None = None,
    incomplete: bool = False,
) -> Samples:
    """Return the samples of a data set, every chunk checked against its checksum.

    Samples that failed have no label and are left out.

    Args:
        path: the folder that ``make_data`` wrote.
        family: what it has to be a set of; not asked if left out.
        shape: nodes along each axis, or one number for all: the kept nodes, or every second, third,
            … of them; all if left out.
        inputs: names of what was drawn that is wanted, in this order; all if left out.
        outputs: names of the unknowns wanted, in this order; all if left out.
        which: numbers of the samples, or a slice of them; all if left out.
        incomplete: whether samples that are still to be solved may be left out.

    Raises:
        FileError: there is no data set.
        DataError: a set of another family, samples missing, chunks damaged, values that are not
            finite or not plausible, or no variable of that name.
        OptionError: the kept nodes do not hold such a grid.
    """
    store = Store(Path(path))
    if family is not None and family.text != store.about["family"]:
        raise DataError(
            f"a data set of {family!r}",
            f"one of {store.about['name']!r}, whose statement or distributions differ",
            "Read it without family= to see what it holds, or choose another path.",
        )
    names_in = _names(inputs, store.about["inputs"], "inputs")
    names_out = _names(outputs, store.about["outputs"], "outputs")
    strides = _strides(store, shape)
    numbers = _numbers(store, which, incomplete)
    bounds = family.bounds if family is not None else {}
    return _gathered(store, numbers, (names_in, names_out), strides, bounds)


def open_data(path: str | Path) -> xarray.Dataset:
    """Return a data set lazily: values are read where they are used. Nothing is checked."""
    import xarray  # it takes a while to import

    place = Store(Path(path)).path / GROUP
    found: xarray.Dataset = xarray.open_zarr(place, consolidated=False, chunks=None)
    return found


def _names(wanted: Sequence[str] | None, known: Sequence[str], what: str) -> list[str]:
    if wanted is None:
        return list(known)
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        raise DataError(f"{what} among {', '.join(known)}", str(wrong), "Correct the names.")
    return names


def _strides(store: Store, shape: Any) -> tuple[int, ...]:
    counts = [int(n) for _, _, n in store.about["axes"].values()]
    if shape is None:
        return (1,) * len(counts)
    asked = [shape] * len(counts) if isinstance(shape, int | np.integer) else list(shape)
    found = []
    for kept, n, edge in zip(counts, asked, store.about["edges"], strict=False):
        # Both ends stay where an axis has two; a periodic one leaves the second out anyhow.
        one = 0 if edge == "wrap" else 1
        intervals, wanted = kept - one, int(n) - one
        if wanted < 1 or intervals % wanted:
            grids = [k + one for k in range(1, intervals + 1) if intervals % k == 0][-6:]
            remedy = f"The kept {kept} nodes hold {', '.join(map(str, grids))}."
            raise OptionError("a grid whose nodes are kept", f"{n} nodes", remedy)
        found.append(intervals // wanted)
    if len(asked) != len(counts):
        raise OptionError(f"nodes along {len(counts)} axes", str(shape), "Give one per axis.")
    return tuple(found)


def _numbers(store: Store, which: Any, incomplete: bool) -> list[int]:
    every = range(store.count)
    try:
        asked = list(every[which] if isinstance(which, slice) else which or every)
    except TypeError:
        raise OptionError("a slice or sample numbers", repr(which), "Write slice(100).") from None
    wrong = [k for k in asked if k not in every]
    if wrong:
        raise OptionError(f"samples below {store.count}", str(wrong[:5]), "Correct the numbers.")
    missing = [k for k in asked if k not in store.entries]
    if missing and not incomplete:
        raise DataError(
            f"{len(asked)} samples in {store.path}",
            f"{len(missing)} missing, the first {missing[:5]}",
            "Make the same call of make_data again to finish the set, or pass incomplete=True.",
        )
    found = [k for k in asked if k in store.entries and store.entries[k].solved]
    if not found:
        raise DataError("a sample with a label", "none", "Look at residuum data inspect.")
    return found


def _gathered(
    store: Store,
    numbers: list[int],
    names: tuple[list[str], list[str]],
    strides: tuple[int, ...],
    bounds: Any,
) -> Samples:
    about = store.about
    axes = tuple(
        np.linspace(low, high, n)[::stride]
        for (low, high, n), stride in zip(about["axes"].values(), strides, strict=True)
    )
    shape = tuple(len(axis) for axis in axes)
    moments = () if about["times"] is None else (len(about["times"]),)
    inputs = np.empty((len(numbers), *shape, len(names[0])), about["dtype"])
    outputs = np.empty((len(numbers), *moments, *shape, len(names[1])), about["dtype"])
    cut: Any = tuple(slice(None, None, stride) for stride in strides)
    for row, k in enumerate(numbers):
        found = store.read(k)
        for j, name in enumerate(names[0]):
            inputs[row, ..., j] = found[name][cut] if found[name].ndim else found[name]
        for j, name in enumerate(names[1]):
            outputs[row, ..., j] = found[name][(..., *cut)]
    for name, (low, high) in bounds.items():
        if name in names[1]:
            values = outputs[..., names[1].index(name)]
            wrong = np.flatnonzero(implausible(values, low, high, about["tol"] or 1e-6))
            if len(wrong):
                got = f"others in samples {[numbers[i] for i in wrong[:12]]}"
                raise DataError(f"{name} between {low} and {high}", got, "Leave them out by which=")
    return Samples(
        inputs,
        outputs,
        axes,
        tuple(about["edges"]),
        tuple(names[0]),
        tuple(names[1]),
        None if about["times"] is None else np.asarray(about["times"]),
        np.array([store.entries[k].error for k in numbers]),
        about["family"],
        sum(store.entries[k].seconds for k in numbers),
    )
