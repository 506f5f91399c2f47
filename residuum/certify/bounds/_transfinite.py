"""Wrong boundary values taken up exactly: a function with them, and its gradient, cell by cell.

For a simplex S of boundary vertices let λ_S be the sum of their barycentric coordinates and x_S
the point of S seen from the opposite vertices. With G_S = λ_S δ(x_S), the function

    w = Σ_T Σ_{S ⊆ T} (-1)^{|T| - |S|} G_S    over all held simplices T of a cell

is continuous, equals δ on every held facet, and its gradient is bounded: no remainder is left. On
curved parts, of which a mesh has only chords, it is χ δ with χ piecewise linear, one on all cells
that the boundary may cross, and δ continued along the radii: what vanishes on the boundary is
lifted to zero. Where two such rings meet, or one meets a flat held part, δ is continued as the
expressions are.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from residuum.certify.bounds._coercive import Coercive, NotCovered
from residuum.geometry.mesh import Mesh
from residuum.geometry.mesh._surfaces import Surface

Misfit = Callable[[str, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Given value less the field, and its gradient, by part at points (n, d): (n,) and (n, d)."""

SAME = 1e-9
"""Two given values that differ by less than this share of the largest are one."""


@final
@dataclass(frozen=True, eq=False)
class Ring:
    """The cells along a curved held part.

    Args:
        part: its name.
        cutoff: χ at the vertices, (vertices,).
        surface: the round surface whose radii the misfit is continued along, if any.
    """

    part: str
    cutoff: np.ndarray
    surface: Surface | None = None

    def foot(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where the misfit is read for places (k, q, d), and the slope of that map.

        Row i, column j of the slope (k, q, d, d) is the derivative of coordinate i along axis j.
        """
        d = places.shape[-1]
        if self.surface is None:
            return places, np.broadcast_to(np.eye(d), (*places.shape, d))
        used, center = self.surface.columns, self.surface.center
        away = (places - center) * used
        size = np.linalg.norm(away, axis=-1, keepdims=True)
        normal, ratio = away / size, self.surface.radius / size
        across = np.diag(used) - normal[..., :, None] * normal[..., None, :]
        slope = np.diag(1 - used) + ratio[..., None] * across
        return np.where(used > 0, center + self.surface.radius * normal, places), slope


@final
@dataclass(frozen=True, eq=False)
class Lifting:
    """A function that has the misfit of the boundary values on the held boundary.

    Args:
        mesh: covers the domain.
        misfit: what the boundary values miss.
        flat: held parts whose facets are the boundary itself.
        rings: along held curved parts.
    """

    mesh: Mesh
    misfit: Misfit
    flat: tuple[str, ...]
    rings: tuple[Ring, ...] = ()

    def __call__(
        self, numbers: np.ndarray, barycentric: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return values (k, q) and gradients (k, q, d).

        Args:
            numbers: of cells, (k,).
            barycentric: of points in them, (k, q, d+1).
        """
        k, q = barycentric.shape[:2]
        value, slope = np.zeros((k, q)), np.zeros((k, q, self.mesh.dimension))
        for local, (parts, worth) in self._weights.items():
            for number, part in enumerate(self.flat):
                rows = np.flatnonzero((worth[numbers] != 0) & (parts[numbers] == number))
                if len(rows):
                    times = worth[numbers[rows]]
                    own = self._seen(part, local, numbers[rows], barycentric[rows])
                    value[rows] += times[:, None] * own[0]
                    slope[rows] += times[:, None, None] * own[1]
        for ring in self.rings:
            rows = np.flatnonzero(ring.cutoff[self.mesh.cells[numbers]].any(axis=1))
            if len(rows):
                own = self._cut(ring, numbers[rows], barycentric[rows])
                value[rows] += own[0]
                slope[rows] += own[1]
        return value, slope

    @cached_property
    def _gradients(self) -> np.ndarray:
        corners = self.mesh.points[self.mesh.cells]
        rest = np.linalg.inv(corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1)
        return np.concatenate([-rest.sum(axis=1, keepdims=True), rest], axis=1)

    @cached_property
    def _weights(self) -> dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]]:
        """For each set of local vertices: the part each cell's is on, and what G_S is worth."""
        d, cells = self.mesh.dimension, self.mesh.cells
        held: dict[tuple[int, ...], np.ndarray] = {}
        for size in range(1, d + 1):
            known = self._held(size)
            for local in itertools.combinations(range(d + 1), size):
                held[local] = _found(cells[:, local], known, len(self.mesh.points))
        worth = {local: np.zeros(len(cells)) for local in held}
        for whole, parts in held.items():
            for size in range(1, len(whole) + 1):
                for local in itertools.combinations(whole, size):
                    worth[local] += (-1.0) ** (len(whole) - size) * (parts >= 0)
        return {local: (held[local], worth[local]) for local in held if worth[local].any()}

    def _held(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return sorted keys of the held simplices of that many vertices, and their parts."""
        found, parts = [], []
        for number, part in enumerate(self.flat):
            facets = self.mesh.parts[part]
            for local in itertools.combinations(range(facets.shape[1]), size):
                found.append(_keys(facets[:, local], len(self.mesh.points)))
                parts.append(np.full(len(facets), number))
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        keys, first = np.unique(np.concatenate(found), return_index=True)
        return keys, np.concatenate(parts)[first]

    def _seen(
        self, part: str, local: tuple[int, ...], numbers: np.ndarray, barycentric: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return G_S and its gradient on cells (k,) whose vertices ``local`` are S."""
        corners = self.mesh.points[self.mesh.cells[numbers][:, local]]
        gradients = self._gradients[numbers][:, local]
        share = barycentric[:, :, local]
        total = share.sum(axis=2)
        ends = share / total[:, :, None] if len(local) > 1 else np.ones_like(share)
        places = np.einsum("kqi,kid->kqd", ends, corners)
        delta, along = self._at(part, places)
        nodal = sum((ring.cutoff for ring in self.rings), np.zeros(len(self.mesh.points)))
        if nodal.any():
            chi = nodal[self.mesh.cells[numbers]]
            rest = 1 - np.einsum("kqi,ki->kq", ends, chi[:, local])
            bent = np.einsum("ki,kid->kd", chi, self._gradients[numbers])
            along = rest[..., None] * along - delta[..., None] * bent[:, None]
            delta = rest * delta
        away = corners[:, None] - places[:, :, None]
        slope = np.einsum("kqid,kqd,kie->kqe", away, along, gradients)
        slope += delta[..., None] * gradients.sum(axis=1)[:, None]
        return total * delta, slope

    def _cut(
        self, ring: Ring, numbers: np.ndarray, barycentric: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        cells = self.mesh.cells[numbers]
        foot, turn = ring.foot(np.einsum("kqi,kid->kqd", barycentric, self.mesh.points[cells]))
        delta, along = self._at(ring.part, foot)
        along = np.einsum("kqi,kqij->kqj", along, turn)
        chi = np.einsum("kqi,ki->kq", barycentric, ring.cutoff[cells])
        bent = np.einsum("ki,kid->kd", ring.cutoff[cells], self._gradients[numbers])
        return chi * delta, chi[..., None] * along + delta[..., None] * bent[:, None]

    def _at(self, part: str, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        d = places.shape[-1]
        value, slope = self.misfit(part, places.reshape(-1, d))
        return value.reshape(places.shape[:-1]), slope.reshape(places.shape)


def _keys(simplices: np.ndarray, count: int) -> np.ndarray:
    ordered = np.sort(simplices, axis=1)
    keys = np.zeros(len(ordered), np.int64)
    for column in ordered.T:
        keys = keys * count + column
    return keys


def _found(simplices: np.ndarray, known: tuple[np.ndarray, np.ndarray], count: int) -> np.ndarray:
    """Return the part of each simplex, -1 where it is not held."""
    keys, parts = known
    if not len(keys):
        return np.full(len(simplices), -1)
    own = _keys(simplices, count)
    place = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
    return np.where(keys[place] == own, parts[place], -1)


def check_joints(statement: Coercive, mesh: Mesh) -> None:
    """Refuse given values that jump where held parts meet: no solution has finite energy.

    Raises:
        NotCovered: they do.
    """
    seen: dict[int, tuple[float, str]] = {}
    values: dict[str, Any] = {}
    for part, given in statement.held.items():
        nodes = np.unique(mesh.parts[part])
        (values[part],) = statement.values([given], mesh.points[nodes])
    size = max((float(np.abs(v).max(initial=0.0)) for v in values.values()), default=0.0)
    for part, found in values.items():
        for node, value in zip(np.unique(mesh.parts[part]).tolist(), found.tolist(), strict=True):
            other = seen.setdefault(node, (value, part))
            if abs(other[0] - value) > SAME * size:
                raise NotCovered(
                    f"the values given on {other[1]} and {part} jump where they meet, so that no"
                    " solution has finite energy"
                )
