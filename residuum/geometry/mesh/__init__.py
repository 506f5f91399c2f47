"""Meshes of shapes and of files: lines, triangles and tetrahedra with named boundary parts."""

from residuum.geometry.mesh._mesh import Mesh
from residuum.geometry.mesh._mesh_of import mesh_of
from residuum.geometry.mesh._mesh_shape import MeshShape
from residuum.geometry.mesh._read import read_mesh
from residuum.geometry.mesh._repair import MeshWarning
from residuum.geometry.mesh._write import write_mesh, write_vtk

__all__ = ["Mesh", "MeshShape", "MeshWarning", "mesh_of", "read_mesh", "write_mesh", "write_vtk"]
