"""Poisson's equation on the cells of a grid with obstacles, by five or seven points."""

from __future__ import annotations

from typing import Any, Literal, final

import numpy as np

from residuum._core import OptionError

Wall = Literal["held", "insulated"]
"""A held wall has the value zero one step beyond the last cell, an insulated one lets nothing
through."""


@final
class GridPoisson:
    """-Δ on the free cells of a box, with step 1: each free neighbour pulls with weight one.

    Cells of obstacles are no unknowns: their rows do not exist.

    Args:
        free: booleans (n_1, …, n_d), false in obstacles.
        walls: what the outer walls are; one for all, or one (lower, upper) pair per axis.
        obstacles: what the sides of obstacles are.

    Attributes:
        diagonal: (n_1, …, n_d) number of neighbours that pull, zero in obstacles.
        matrix: (n, n) CSR over the free cells, row by row; symmetric positive definite.

    Raises:
        OptionError: no cell is free, a wall is unknown, or cells are cut off from every held wall,
            which leaves their values undetermined.
    """

    def __init__(
        self,
        free: np.ndarray,
        *,
        walls: Wall | tuple[tuple[Wall, Wall], ...] = "held",
        obstacles: Wall = "held",
    ) -> None:
        self.free = np.asarray(free, bool)
        if not self.free.any():
            raise OptionError("a grid with free cells", f"shape {np.shape(free)}", "Free some.")
        axes = self.free.ndim
        self.walls = ((walls, walls),) * axes if isinstance(walls, str) else tuple(walls)
        self.obstacles: Wall = obstacles
        named = {wall for pair in self.walls for wall in pair} | {obstacles}
        if len(self.walls) != axes or not named <= {"held", "insulated"}:
            raise OptionError(
                f"'held' or 'insulated' for {axes} axes", repr(self.walls), "Give a pair per axis."
            )
        self.diagonal = self._neighbours()
        self.matrix = self._assembled()
        self._check()

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells along each axis."""
        return self.free.shape

    @property
    def size(self) -> int:
        """Number of free cells."""
        return int(self.free.sum())

    def on_grid(self, values: np.ndarray) -> np.ndarray:
        """Return values (n, …) of the free cells on the grid (n_1, …, n_d, …), zero elsewhere."""
        found = np.zeros((*self.shape, *values.shape[1:]), values.dtype)
        found[self.free] = values
        return found

    def on_cells(self, grid: np.ndarray) -> np.ndarray:
        """Return the values (n, …) of the free cells of a grid (n_1, …, n_d, …)."""
        return np.asarray(grid)[self.free]

    def _neighbours(self) -> np.ndarray:
        total = np.zeros(self.shape)
        for axis, pair in enumerate(self.walls):
            for end, wall in enumerate(pair):
                pulls = np.ones(self.shape)
                if self.obstacles == "insulated":
                    pulls = np.roll(self.free, 1 - 2 * end, axis).astype(float)
                edge: list[Any] = [slice(None)] * len(self.shape)
                edge[axis] = -end
                pulls[tuple(edge)] = float(wall == "held")
                total += pulls
        return total * self.free

    def _assembled(self) -> Any:
        import scipy.sparse as sp

        number = np.full(self.shape, -1)
        number[self.free] = np.arange(self.size)
        rows, columns = [], []
        for axis in range(len(self.shape)):
            first = np.moveaxis(number, axis, 0)[:-1].ravel()
            second = np.moveaxis(number, axis, 0)[1:].ravel()
            both = (first >= 0) & (second >= 0)
            rows += [first[both], second[both]]
            columns += [second[both], first[both]]
        i, j = np.concatenate(rows), np.concatenate(columns)
        off = sp.coo_array((-np.ones(len(i)), (i, j)), (self.size, self.size))
        return sp.csr_array(off.tocsr() + sp.diags_array(self.diagonal[self.free], format="csr"))

    def _check(self) -> None:
        from scipy.sparse.csgraph import connected_components

        count, label = connected_components(self.matrix, directed=False)
        pulled = np.zeros(count)
        np.add.at(pulled, label, np.asarray(self.matrix.sum(axis=1)).ravel())
        if (pulled <= 0).any():
            raise OptionError(
                "a held wall beside every connected region",
                f"{int((pulled <= 0).sum())} of {count} regions without one",
                "Hold a wall, or close the region.",
            )
