"""Netgen on a solid, as a program of its own: ``python _generator.py solid.json mesh.npz``.

Native code that fails takes its process with it; here that is not the user's. The solid is a tree
of boxes, balls and prisms whose faces carry the numbers of their surfaces; the mesh is points,
tetrahedra, triangles of the boundary and the surface of each.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np


def built(tree: dict[str, Any]) -> Any:
    """Return the OpenCASCADE solid of a tree."""
    kind = tree["kind"]
    if kind == "union":
        from netgen import occ

        # Unlike "+", this keeps faces of two members apart that lie in one plane.
        return occ.Fuse([built(tree["first"]), built(tree["second"])])
    if kind == "difference":
        return built(tree["first"]) - built(tree["second"])
    if kind == "intersection":
        return built(tree["first"]) * built(tree["second"])
    solid = _leaf(kind, tree)
    for face in solid.faces:
        corners = np.array([(v.p.x, v.p.y, v.p.z) for v in face.vertices])
        face.name = str(_surface(corners, tree["surfaces"]))
    return solid


def _leaf(kind: str, tree: dict[str, Any]) -> Any:
    from netgen import occ

    if kind == "box":
        low, high = tree["bounds"]
        return occ.Box(occ.Pnt(*low), occ.Pnt(*high))
    if kind == "ball":
        return occ.Sphere(occ.Pnt(*tree["center"]), tree["radius"])
    start, end = tree["span"]
    if kind == "cylinder":
        foot = occ.Pnt(start, *tree["center"])
        return occ.Cylinder(foot, occ.Dir(1, 0, 0), r=tree["radius"], h=end - start)
    corners = [occ.Pnt(start, *corner) for corner in tree["corners"]]
    ring = zip(corners, corners[1:] + corners[:1], strict=True)
    face = occ.Face(occ.Wire([occ.Segment(a, b) for a, b in ring]))
    return occ.Prism(face, occ.Vec(end - start, 0, 0))


def _surface(corners: np.ndarray, surfaces: list[Any]) -> int:
    """Return the number of the plane that holds a face's corners, else of the round surface."""
    gaps = [
        float(np.abs(corners @ np.array(normal) - offset).max()) if flat else 1e-6
        for _, flat, normal, offset in surfaces
    ]
    return int(surfaces[int(np.argmin(gaps))][0])


def meshed(solid: Any, options: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays of a mesh of a solid."""
    from netgen import occ

    made = occ.OCCGeometry(solid).GenerateMesh(**options)
    names = [made.FaceDescriptor(i + 1).bcname for i in range(made.GetNFaceDescriptors())]
    cells, sides = made.Elements3D().NumPy(), made.Elements2D().NumPy()
    return {
        "points": np.array(made.Coordinates()),
        "cells": np.array(cells["nodes"][:, :4], dtype=np.int64) - 1,
        "facets": np.array(sides["nodes"][:, :3], dtype=np.int64) - 1,
        "owner": np.array([int(name) for name in names], dtype=np.int64)[sides["index"] - 1],
    }


def main(spec: str, target: str) -> None:
    """Read the solid, write the mesh."""
    import netgen.meshing as meshing

    meshing.SetMessageImportance(0)
    with open(spec, encoding="utf-8") as file:
        given = json.load(file)
    arrays: dict[str, Any] = meshed(built(given["solid"]), given["options"])
    np.savez(target, **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
