"""XDMF: meshes as text, so that no HDF5 library is needed; and reading both kinds safely."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from residuum._core._errors import FileError, MissingExtra, OptionError

_TYPES = {"line": [2, 2], "triangle": [4], "tetra": [6]}


def read_xdmf(path: Path) -> Any:
    """Return the file as a ``meshio.Mesh``; only HDF5 files beside it are opened.

    Raises:
        FileError: data of another kind or in another place.
        MissingExtra: HDF5 data without h5py.
    """
    from meshio.xdmf.main import XdmfReader

    class _Reader(XdmfReader):
        """Reads numbers in the text, and HDF5 files beside it; never another file."""

        def _read_data_item(self, data_item: Any, root: Any = None) -> np.ndarray:
            if "Reference" in data_item.attrib:
                return np.asarray(super()._read_data_item(data_item, root))
            if data_item.get("Format") == "HDF":
                return _heavy(path, (data_item.text or "").strip())
            if data_item.get("Format") != "XML":
                got = repr(data_item.get("Format"))
                raise FileError("XDMF data as XML or HDF", got, "Write it again.")
            numbers = np.array((data_item.text or "").split())
            kind = data_item.get("DataType") or data_item.get("NumberType") or "Float"
            values = numbers.astype(np.float64 if kind == "Float" else np.int64)
            return values.reshape([int(n) for n in data_item.get("Dimensions").split()])

    return _Reader(str(path)).read()


def _heavy(path: Path, reference: str) -> np.ndarray:
    name, _, place = reference.partition(":")
    if not name or Path(name).name != name:
        raise FileError("HDF5 data beside the XDMF file", repr(name), "Move it there.")
    try:
        import h5py
    except ImportError as error:
        remedy = "pip install h5py, or write the mesh as .vtu."
        raise MissingExtra("h5py, for XDMF with HDF5 data", "none", remedy) from error
    with h5py.File(path.parent / name, "r") as file:
        return np.asarray(file[place.lstrip("/")][()])


def write_xdmf(path: Path, mesh: Any) -> None:
    """Write a ``meshio.Mesh`` of lines, triangles and tetrahedra as XDMF 3 in text.

    Raises:
        OptionError: other cells; programs disagree on how single points are written.
    """
    if any(block.type not in _TYPES for block in mesh.cells):
        got = f"cells {sorted({block.type for block in mesh.cells})}"
        remedy = "Write one-dimensional meshes as .vtu."
        raise OptionError("a mesh of two or three dimensions for .xdmf", got, remedy)
    root = ElementTree.Element("Xdmf", Version="3.0")
    domain = ElementTree.SubElement(root, "Domain")
    grid = ElementTree.SubElement(domain, "Grid", Name="mesh")
    place = ElementTree.SubElement(grid, "Geometry", GeometryType="XYZ")
    _item(place, np.asarray(mesh.points, dtype=np.float64))
    rows = [_rows(block.type, np.asarray(block.data)) for block in mesh.cells]
    count = sum(len(block.data) for block in mesh.cells)
    kinds = {"TopologyType": "Mixed", "NumberOfElements": str(count)}
    _item(ElementTree.SubElement(grid, "Topology", kinds), np.concatenate(rows))
    for name, values in mesh.point_data.items():
        _attribute(grid, name, "Node", np.asarray(values))
    for name, columns in mesh.cell_data.items():
        _attribute(grid, name, "Cell", np.concatenate(columns))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _rows(kind: str, cells: np.ndarray) -> np.ndarray:
    head = np.broadcast_to(_TYPES[kind], (len(cells), len(_TYPES[kind])))
    return np.hstack([head, cells]).ravel()


def _attribute(grid: Any, name: str, center: str, values: np.ndarray) -> None:
    kind = "Scalar" if values.ndim == 1 else "Vector" if values.shape[1] == 3 else "Matrix"
    entry = {"Name": name, "AttributeType": kind, "Center": center}
    _item(ElementTree.SubElement(grid, "Attribute", entry), values)


def _item(parent: Any, values: np.ndarray) -> None:
    whole = values.dtype.kind != "f"
    entry = {
        "DataType": "Int" if whole else "Float",
        "Dimensions": " ".join(map(str, values.shape)),
        "Format": "XML",
        "Precision": "8",
    }
    item = ElementTree.SubElement(parent, "DataItem", entry)
    item.text = " ".join(map(str if whole else repr, values.ravel().tolist()))
