"""The statement at points: which derivatives an expression needs, and its value from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import _jet as jets
from residuum._core._arrays import on_device
from residuum._core._errors import ProblemError
from residuum._core._jet import Index, Jet
from residuum.problem._conditions import normal
from residuum.problem._evaluate import evaluate
from residuum.problem._symbols import Coefficient, Coordinate

if TYPE_CHECKING:
    from residuum.problem._problem import Problem

Slot = tuple[int, Index]
"""Which derivative of which unknown: (component, multi-index)."""


@dataclass(frozen=True, eq=False)
class Pointwise:
    """A scalar expression as a function of coordinates, normals and derivatives of unknowns.

    Args:
        expression: in plain derivatives, with given numbers filled in.
        coordinates: the problem's coordinates, in the order of the columns of the points.
        unknowns: the problem's unknowns, in the order of the components.
        known: coefficient functions by name, each taking coordinate arrays.
    """

    expression: sp.Expr
    coordinates: tuple[Coordinate, ...]
    unknowns: tuple[Any, ...]
    known: Mapping[str, Any] = field(default_factory=dict)

    def _identity(self) -> tuple[Any, ...]:
        functions = tuple((name, id(rule)) for name, rule in self.known.items())
        return (self.expression, self.coordinates, self.unknowns, functions)

    def __eq__(self, other: object) -> bool:
        # Equal statements share one compiled program.
        return isinstance(other, Pointwise) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    @cached_property
    def atoms(self) -> dict[Any, Slot]:
        """The unknowns and derivatives of unknowns in the expression, with their slots."""
        found: dict[Any, Slot] = {}
        walk = sp.preorder_traversal(self.expression)
        for node in walk:
            function, index = self._read(node)
            if function in self.unknowns:
                found[node] = (self.unknowns.index(function), index)
                walk.skip()  # the value under a derivative is not asked for
        return found

    def _read(self, node: Any) -> tuple[Any, Index]:
        counts = dict(node.variable_count) if isinstance(node, sp.Derivative) else {}
        function = node.expr if isinstance(node, sp.Derivative) else node
        if isinstance(node, sp.Derivative) and not isinstance(
            function, sp.core.function.AppliedUndef
        ):
            raise ProblemError("derivatives of unknowns and coefficients", str(node), "Expand it.")
        return function, tuple(int(counts.get(c, 0)) for c in self.coordinates)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The derivatives needed, each once."""
        return tuple(dict.fromkeys(self.atoms.values()))

    @property
    def indices(self) -> tuple[Index, ...]:
        """The multi-indices needed, without their closure."""
        return tuple(dict.fromkeys(index for _, index in self.slots))

    @property
    def zero(self) -> Index:
        """The multi-index of the value."""
        return (0,) * len(self.coordinates)

    def __call__(
        self,
        points: Array,
        values: Mapping[Slot, Any],
        *,
        normals: Array | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Array:
        """Return the value at points.

        Args:
            points: shape (n, d), columns in the order of ``coordinates``.
            values: arrays of shape (n,) by slot.
            normals: outward unit normals in space, shape (n, d_space), where they are needed.
            parameters: values of parameters that are not filled in, by name.

        Returns:
            Array of shape (n,).
        """
        found: dict[Any, Any] = {c: points[:, i] for i, c in enumerate(self.coordinates)}
        found.update({atom: values[slot] for atom, slot in self.atoms.items()})
        space = [c for c in self.coordinates if c.role == "space"]
        if normals is not None:
            found.update({s: normals[:, i] for i, s in enumerate(normal(space))})
        for symbol in self.expression.free_symbols:
            if parameters and symbol.name in parameters and symbol not in found:
                found[symbol] = parameters[symbol.name]
        found.update(self._coefficients(points))
        return jnp.broadcast_to(jnp.asarray(evaluate(self.expression, found)), (points.shape[0],))

    def _coefficients(self, points: Array) -> dict[Any, Array]:
        found: dict[Any, Array] = {}
        for node in sp.preorder_traversal(self.expression):
            function, index = (
                self._read(node) if isinstance(node, sp.Derivative | Coefficient) else (None, ())
            )
            if isinstance(function, Coefficient):
                columns = [self.coordinates.index(c) for c in function.args]
                rule = self.known[str(function.func)]
                found[node] = known_jet(rule, points, columns, [index]).derivative(index)[:, 0]
        return found

    def slopes(
        self,
        points: Array,
        values: Mapping[Slot, Array],
        *,
        normals: Array | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> dict[Slot, Array]:
        """Return the derivative of the expression with respect to each slot, shape (n,) each."""

        def total(inner: dict[Slot, Array]) -> Array:
            return self(points, inner, normals=normals, parameters=parameters).sum()

        slopes: dict[Slot, Array] = jax.grad(total)(dict(values))
        return slopes


def known_jet(rule: Any, points: Any, columns: Sequence[int], indices: Sequence[Index]) -> Jet:
    """Return the jet of a given function of some of the coordinates."""
    start = jets.coordinates(points, [*indices, (0,) * points.shape[1]])
    if isinstance(rule, GridFunction) and not isinstance(points, jax.core.Tracer):
        plain = [np.asarray(points)[:, i] for i in columns]
        return Jet({index: rule.part(plain, columns, index) for index in start.indices})

    def value(x: Array) -> Array:
        return jnp.broadcast_to(jnp.asarray(rule(*(x[:, i] for i in columns))), x.shape[:1])[
            :, None
        ]

    if all(not any(index) for index in start.indices):
        return Jet({start.indices[0]: value(points)})
    return jets.transport(value, start)


class GridFunction(eqx.Module):
    """Values on a tensor grid as a function: linear between nodes, or constant in cells.

    The shape of the values says which. One value per point of the axes: linear interpolation,
    constant beyond the ends. One value per interval between them: a step function, worth in each
    cell what is given for it, at an inner face what the cell above it has, and beyond the ends
    what the nearest cell has.

    Args:
        axes: increasing arrays, one per coordinate.
        values: array of shape (len(axis), …), or (len(axis) - 1, …) for cells.
    """

    axes: tuple[np.ndarray, ...]
    values: np.ndarray

    @property
    def stepped(self) -> bool:
        """Whether the values belong to cells."""
        return np.shape(self.values) == tuple(len(axis) - 1 for axis in self.axes)

    def part(
        self, coordinates: Sequence[np.ndarray], columns: Sequence[int], index: Index
    ) -> Array | None:
        """Return a Taylor coefficient at points (n,) in NumPy, (n, 1); ``None`` where it is zero.

        Args:
            coordinates: those that it depends on, one array each.
            columns: their places among all coordinates.
            index: orders by all coordinates.
        """
        orders = [index[i] for i in columns]
        if sum(orders) != sum(index) or max(orders) > 1 or (self.stepped and any(orders)):
            return None
        if not any(orders):
            return on_device(self(*coordinates)[:, None])
        factors, lower = [], []
        for axis, x, order in zip(self.axes, coordinates, orders, strict=True):
            i = np.clip(np.searchsorted(axis, x, side="left") - 1, 0, len(axis) - 2)
            width = axis[i + 1] - axis[i]
            weight = np.clip((x - axis[i]) / width, 0.0, 1.0)
            inside = ((x >= axis[0]) & (x <= axis[-1])) / width
            factors.append((-inside, inside) if order else (1.0 - weight, weight))
            lower.append(i)
        total = np.zeros(len(coordinates[0]))
        for corner in np.ndindex(*(2,) * len(self.axes)):
            place = tuple(i + upper for i, upper in zip(lower, corner, strict=True))
            each = [pair[upper] for pair, upper in zip(factors, corner, strict=True)]
            total += np.prod(each, axis=0) * np.asarray(self.values)[place]
        return on_device(total[:, None])

    def __call__(self, *coordinates: Any) -> Any:
        """Return the values at coordinate arrays of equal shape."""
        # Meshes have ever new numbers of points, and JAX would compile for each.
        plain = all(isinstance(x, np.ndarray) for x in (self.values, *self.axes, *coordinates))
        xp: Any = np if plain else jnp
        side = "right" if self.stepped else "left"
        lower, weight = [], []
        for axis, x in zip(self.axes, coordinates, strict=True):
            i = xp.searchsorted(xp.asarray(axis), x, side=side) - 1
            i = xp.clip(i, 0, len(axis) - 2)
            a, b = xp.asarray(axis)[i], xp.asarray(axis)[i + 1]
            lower.append(i)
            weight.append(xp.clip((x - a) / (b - a), 0.0, 1.0))
        if self.stepped:
            return xp.asarray(self.values)[tuple(lower)]
        total: Any = 0.0
        for corner in np.ndindex(*(2,) * len(self.axes)):
            factor: Any = 1.0
            for upper, w in zip(corner, weight, strict=True):
                factor = factor * (w if upper else 1.0 - w)
            place = tuple(i + upper for i, upper in zip(lower, corner, strict=True))
            total = total + factor * xp.asarray(self.values)[place]
        return xp.asarray(total)


def known_functions(problem: Problem) -> dict[str, Any]:
    """Return the given coefficients that are functions or grids, as functions of arrays."""
    # Kept with the problem: equal functions share one compiled program.
    found: dict[str, Any] = problem.__dict__.setdefault("_known_functions", {})
    for a in problem.coefficients:
        if str(a.func) in found:
            continue
        value = problem.given.get(str(a.func))
        if isinstance(value, tuple):
            axes = tuple(np.asarray(axis, float) for axis in value[0])
            found[str(a.func)] = GridFunction(axes, np.asarray(value[1], float))
        elif callable(value):
            found[str(a.func)] = value
    return found


def pointwise(problem: Problem, expression: Any) -> Pointwise:
    """Interpret a scalar expression of a problem at points."""
    filled, known = problem.fill(expression), known_functions(problem)
    # Functions it does not hold must not keep equal statements from sharing a program.
    held = {str(a.func) for a in filled.atoms(Coefficient)} if known else set()
    mine = {name: rule for name, rule in known.items() if name in held}
    return Pointwise(filled, problem.coordinates, problem.unknowns, mine)
