"""Boundary conditions as rows: which nodes they own, and what vanishes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum.discretise.spectral._form import GridForm
from residuum.discretise.spectral._grid import Grid, Nodes
from residuum.problem import Problem, pointwise, strong_form

SIDE_KINDS = ("dirichlet", "neumann", "robin", "flux")


@final
@dataclass(frozen=True)
class _Row:
    """One condition on one side: where it holds and what vanishes there."""

    component: int
    nodes: np.ndarray
    normals: np.ndarray
    form: GridForm


@final
class Sides:
    """All boundary conditions of a problem on a grid.

    Where two sides meet, a Dirichlet condition wins; other conditions are added up, which asks for
    their mean.

    Args:
        problem: a problem on a box.
        grid: its space grid.
    """

    def __init__(self, problem: Problem, grid: Grid) -> None:
        self.grid, self.count = grid, len(problem.unknowns)
        self.rows = self._claim(problem)
        self.owned = np.zeros((self.count, grid.size), bool)
        for row in self.rows:
            self.owned[row.component, row.nodes] = True

    @property
    def values_only(self) -> bool:
        """Whether every condition gives a value: each row then is its node alone."""
        return all(row.form.expression.indices == (row.form.expression.zero,) for row in self.rows)

    @property
    def needs(self) -> list[tuple[int, ...]]:
        """The space derivatives the conditions ask for."""
        return [index for row in self.rows for index in row.form.needs]

    def defects(self, time: Array | float, levels: Sequence[Array], nodes: Nodes) -> Array:
        """Return what should vanish, (m, size): zero where no condition owns the node."""
        total = jnp.zeros((self.count, self.grid.size))
        for row in self.rows:
            normals = jnp.asarray(row.normals)
            value = row.form(time, levels, nodes, normals=normals)
            total = total.at[row.component, row.nodes].add(value[row.nodes])
        return total

    def _claim(self, problem: Problem) -> list[_Row]:
        conditions = [c for c in problem.conditions if c.kind in SIDE_KINDS]
        conditions.sort(key=lambda c: c.kind != "dirichlet")
        fixed = np.zeros((self.count, self.grid.size), bool)
        rows = []
        for condition in conditions:
            j = component_of(problem, condition)
            expression = strong_form(condition.expression(problem.space), problem.space)
            form = GridForm(
                pointwise(problem, expression), self.grid.shape, problem.time is not None
            )
            for axis, upper in sides_of(problem, condition):
                nodes = self.grid.end(axis, upper)
                nodes = nodes[~fixed[j, nodes]]
                normals = np.zeros((self.grid.size, len(self.grid.axes)))
                normals[:, axis] = 1.0 if upper else -1.0
                if condition.kind == "dirichlet":
                    fixed[j, nodes] = True
                rows.append(_Row(j, nodes, normals, form))
        return rows


def component_of(problem: Problem, condition: Any) -> int:
    """Return the number of the unknown a condition is about; -1 if there are several."""
    filled = sp.sympify(condition.unknown)
    found = [j for j, u in enumerate(problem.unknowns) if filled.has(u)]
    return found[0] if len(found) == 1 else -1


def sides_of(problem: Problem, condition: Any) -> list[tuple[int, bool]]:
    """Return (axis, upper) of the sides of a box where a condition holds."""
    names = [c.name for c in problem.space]
    unknown = problem.unknowns[component_of(problem, condition)]
    around = problem.periodic_axes(unknown)
    if condition.on != "boundary":
        name, _, end = condition.on.rpartition("_")
        return [(names.index(name), end == "max")]
    return [(k, upper) for k, n in enumerate(names) if n not in around for upper in (False, True)]
