"""Sets made elsewhere: three kinds of files, names, shapes, and labels that cannot be."""

from __future__ import annotations

import builtins
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from residuum._core import DataError, FileError, MissingExtra, OptionError
from residuum.datasets import DataWarning, Samples, read_file

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = Path(os.environ.get("RESIDUUM_DATA", BESIDE))
WRONG = [49, 159, 200, 275, 331, 501, 529, 767, 790, 831, 879, 973]


def arrays() -> dict[str, np.ndarray]:
    random = np.random.default_rng(17)
    return {
        "x_in": random.random((5, 4)),
        "load": random.random(5),
        "y_out": random.random((5, 3, 4)),
        "x": np.arange(4) / 4,
        "t": np.array([0.1, 0.5, 1.0]),
    }


def read(path: Path, **changes: Any) -> Samples:
    options: dict[str, Any] = {
        "inputs": {"a": "x_in", "f": "load"},
        "outputs": {"u": "y_out"},
        "axes": {"x": "x"},
        "edges": "wrap",
        "times": "t",
    }
    return read_file(path, **(options | changes))


def written(kind: str, folder: Path) -> Path:
    if kind == "npz":
        np.savez(folder / "set.npz", **arrays())  # type: ignore[arg-type]
        return folder / "set.npz"
    if kind == "h5":
        h5py = pytest.importorskip("h5py")
        with h5py.File(folder / "set.h5", "w") as box:
            for name, array in arrays().items():
                box[name] = array
        return folder / "set.h5"
    import xarray

    sizes = {5: "sample", 4: "x", 3: "t"}
    data = {name: ([sizes[n] for n in item.shape], item) for name, item in arrays().items()}
    xarray.Dataset(data).to_netcdf(folder / "set.nc", engine="scipy")
    return folder / "set.nc"


@pytest.mark.parametrize("kind", ["npz", "h5", "nc"])
def test_arrays_are_found_by_name(kind: str, tmp_path: Path) -> None:
    samples, known = read(written(kind, tmp_path)), arrays()
    assert samples.inputs.shape == (5, 4, 2) and samples.outputs.shape == (5, 3, 4, 1)
    assert np.allclose(samples.inputs[..., 0], known["x_in"], rtol=1e-6)
    assert np.allclose(samples.inputs[:, 2, 1], known["load"], rtol=1e-6)
    assert np.allclose(samples.outputs[..., 0], known["y_out"], rtol=1e-6)
    assert samples.times is not None and samples.times.tolist() == [0.1, 0.5, 1.0]
    assert samples.axes[0].tolist() == [0, 0.25, 0.5, 0.75] and samples.edges == ("wrap",)


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    path = written("npz", tmp_path)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"inputs": {"a": "y_in"}}, "arrays among load, t, x, x_in, y_out"),
        ({"axes": {"x": np.arange(8) / 8}}, r"of shape \(5, 8\)"),
        ({"axes": {"x": -np.arange(4)}}, "increasing coordinates"),
        ({"times": None}, r"y_out of shape \(5, 4\)"),
        ({"inputs": {}}, "one channel"),
    ]
    for changes, said in wrong:
        with pytest.raises(DataError, match=said):
            read(path, **changes)
    wrong = [
        ({"edges": "open"}, "an edge among"),
        ({"edges": ("wrap", "zero")}, "for each axis"),
        ({"bounds": {"v": (0, 1)}}, "bounds of u"),
        ({"implausible_samples": "mend"}, "leave out, refuse, keep"),
    ]
    for changes, said in wrong:
        with pytest.raises(OptionError, match=said):
            read(path, **changes)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path = written("npz", tmp_path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(FileError, match="a whole file"):
        read(path)
    (tmp_path / "text.csv").write_text("a, b\n")
    with pytest.raises(FileError, match=r"an \.npz, HDF5 or NetCDF file"):
        read(tmp_path / "text.csv")
    with pytest.raises(FileError, match="a readable file"):
        read(tmp_path / "none.npz")


def test_hdf5_asks_for_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, load = written("h5", tmp_path), builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "h5py":
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"residuum\[data\]"):
        read(path)


def darcy(**changes: Any) -> Samples:
    path = DATA / "darcy_16_32.npz"
    if not path.exists():
        pytest.skip(f"no {path}: set RESIDUUM_DATA to the folder of reference data")
    # The last row and column of nodes, which lie on the boundary, are not in the file.
    node = np.arange(16) / 16
    return read_file(
        path,
        inputs={"a": "x_train"},
        outputs={"u": "y_train"},
        axes={"x": node, "y": node},
        edges="zero",
        bounds={"u": (0, math.inf)},
        **changes,
    )


def test_the_maximum_principle_finds_the_impossible_labels() -> None:
    with pytest.warns(DataWarning, match="left out 12 samples") as told:
        samples = darcy()
    assert str(WRONG)[1:-1] in str(told[0].message)
    assert len(samples) == 988 and samples.outputs.min() >= 0
    assert len(darcy(implausible_samples="keep")) == 1000
    with pytest.raises(DataError, match="12 samples with impossible labels"):
        darcy(implausible_samples="refuse")


def test_a_set_that_evolves_is_read() -> None:
    path = DATA / "burgers_operator.npz"
    if not path.exists():
        pytest.skip(f"no {path}: set RESIDUUM_DATA to the folder of reference data")
    samples = read_file(
        path,
        inputs={"u0": "u0"},
        outputs={"u": "u"},
        axes={"x": np.arange(16) / 16},
        edges="wrap",
        times=np.linspace(0, 1, 17),
    )
    assert samples.inputs.shape == (800, 16, 1) and samples.outputs.shape == (800, 17, 16, 1)
    assert np.array_equal(samples.inputs[..., 0], samples.outputs[:, 0, :, 0])
