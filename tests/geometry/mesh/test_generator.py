"""The generator of solids, called in this process."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from residuum.geometry.mesh._generator import built, main

BALL = {"kind": "ball", "center": [0, 0, 0], "radius": 0.5, "surfaces": [(9, False, [0, 0, 0], 0)]}
SIDES = [
    (2 * axis + end, True, np.eye(3)[axis].tolist(), [-0.5, 0.5][end])
    for axis in range(3)
    for end in range(2)
]
BOX = {"kind": "box", "bounds": [[-0.5] * 3, [0.5] * 3], "surfaces": SIDES}


def test_faces_carry_the_numbers_of_their_surfaces() -> None:
    faces = built(BOX).faces
    assert sorted(face.name for face in faces) == list("012345")
    for face in faces:
        axis, end = divmod(int(face.name), 2)
        assert [face.center.x, face.center.y, face.center.z][axis] == [-0.5, 0.5][end]


@pytest.mark.parametrize(
    ("kind", "volume"), [("union", 1), ("intersection", np.pi / 6), ("difference", 1 - np.pi / 48)]
)
def test_members_are_joined(kind: str, volume: float) -> None:
    ball = BALL | {"radius": 0.25} if kind == "difference" else BALL
    solid = built({"kind": kind, "first": BOX, "second": ball})
    assert solid.mass == pytest.approx(volume, rel=1e-6)


def test_a_file_becomes_a_mesh(tmp_path: Path) -> None:
    spec, target = tmp_path / "solid.json", tmp_path / "mesh.npz"
    hollow = {"kind": "difference", "first": BOX, "second": BALL | {"radius": 0.25}}
    spec.write_text(json.dumps({"solid": hollow, "options": {"maxh": 0.3}}))
    main(str(spec), str(target))
    with np.load(target) as made:
        assert set(made["owner"].tolist()) == {*range(6), 9}
        assert made["cells"].shape[1] == 4 and made["facets"].shape[1] == 3
