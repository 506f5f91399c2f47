"""The residual of a statement on a grid: training without labels, or with both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, final

import numpy as np
from jax import Array, lax

from residuum._core import OptionError, Source
from residuum.blocks import Edge
from residuum.datasets import Layout
from residuum.geometry import Box
from residuum.objectives._grid_calculus import along, modes
from residuum.objectives._grid_objective import GridObjective, PerSample
from residuum.objectives._grid_statement import GridStatement
from residuum.objectives._relative_l2 import root_of_ratio
from residuum.problem import Problem

HELD = ("periodic", "dirichlet", "initial")
"""Conditions that are put into the answer before the equation is asked."""


@final
@dataclass(frozen=True, eq=False)
class EquationResidual(GridObjective):
    """How far an answer is from meeting the equations, as the statement has them.

    The strong form is evaluated at the nodes: derivatives of the trigonometric interpolant along
    periodic axes, differences of order four along others and along time. Coefficients and
    parameters are read from the inputs by name. Values given by Dirichlet and initial conditions
    replace those of the answer first, so that they need no weight. The number of a sample is

        √(Σ |R|² / Σ |terms|²),

    the terms being those of the equation at the answer itself, held fixed for the gradient. With
    ``norm="dual"`` both sums have the weight 1 / (λ₁ + λ_k) in the eigenfunctions of the Laplacian:
    a H⁻¹ norm, which is as large as the error in H¹ for elliptic equations, where the plain norm
    counts fine scales by the square of their wave number too much.

    Args:
        problem: any member of the family.
        norm: ``"dual"`` or ``"L2"``.

    It breaks where coefficients jump: the strong form has no meaning there. Labels then serve
    better. Nodes must be fine enough for the differences; moments too. The dual norm takes the
    nodes for evenly spaced.

    Raises:
        OptionError: the statement has conditions other than periodic, Dirichlet and initial ones;
            the domain is no box; a name is missing from the inputs or the outputs.
    """

    problem: Problem = field(repr=False)
    norm: Literal["dual", "L2"] = "dual"

    name: ClassVar[str] = "equation_residual"
    labelled: ClassVar[bool] = False
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "pino",
            "Physics-Informed Neural Operator for Learning Partial Differential Equations",
            "Z. Li, H. Zheng, N. Kovachki, D. Jin, H. Chen, B. Liu, K. Azizzadenesheli,"
            " A. Anandkumar",
            2024,
            "doi:10.1145/3648506",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        if self.norm not in ("dual", "L2"):
            raise OptionError('"dual" or "L2"', repr(self.norm), "Choose one.")
        wrong = [str(c) for c in self.problem.conditions if c.kind not in HELD]
        if wrong:
            wanted = f"conditions among {', '.join(HELD)}"
            raise OptionError(wanted, "; ".join(wrong), "Train on labels instead.")
        if self.problem.shape is not None and not isinstance(self.problem.shape, Box):
            raise OptionError("a box", str(self.problem.shape), "Train on labels instead.")

    def on(self, layout: Layout) -> PerSample:
        """Return the residual on a grid."""
        statement = GridStatement(self.problem, layout)
        weigh = dual_weights(layout, statement.walls) if self.norm == "dual" else None

        def value(found: Array, wanted: Array, inputs: Array) -> Array:
            total: Any = 0.0
            size: Any = 0.0
            for terms in statement(found, inputs):
                total = total + _squares(sum(terms[1:], terms[0]), weigh)
                size = size + sum(_squares(term, weigh) for term in terms)
            # Terms that the answer could make large would otherwise hide the residual.
            return root_of_ratio(total, lax.stop_gradient(size))

        return value


def _squares(values: Array, weigh: Callable[[Array], Array] | None) -> Array:
    """Return the sum of squares of each sample, in the dual norm if weights are given."""
    if weigh is not None:
        values = weigh(values)
    return (values**2).reshape(values.shape[0], -1).sum(axis=1)


def dual_weights(layout: Layout, walls: frozenset[int]) -> Callable[[Array], Array]:
    """Return the map from residuals (n, [times], *grid) to their components in the H⁻¹ norm.

    Args:
        layout: the grid, evenly spaced.
        walls: axes with both ends held.
    """
    first = 1 if layout.times is None else 2
    bases: list[tuple[int, np.ndarray]] = []
    total, least = np.zeros(()), []
    for k, (axis, edge) in enumerate(zip(layout.axes, layout.edges, strict=True)):
        kind: Edge = "wrap" if edge == "wrap" else "zero" if k in walls else "copy"
        basis, values = modes(len(axis), kind, layout.lengths[k])
        bases.append((first + k, basis))
        total = total[..., None] + values
        least.append(float(values[values > 0].min()))
    factor = 1 / np.sqrt(min(least) + total)

    def weigh(values: Array) -> Array:
        for axis, basis in bases:
            values = along(basis.astype(values.dtype), values, axis)
        return values * factor.astype(values.dtype)

    return weigh
