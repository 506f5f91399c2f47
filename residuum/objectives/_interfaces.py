"""What couples the pieces of a field across the edges of patches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import Field, Jet, Key, LinearField, OptionError, Source, closure
from residuum._core import _jet as jets
from residuum.blocks import Patches
from residuum.objectives._rows import Parameters, Rows
from residuum.problem import Pointwise, Problem, Scaling, unknown
from residuum.problem._operators import Div, Laplacian, components, is_vector, strong_form
from residuum.problem._places import interior_points
from residuum.problem._pointwise import known_functions


class Interface(Enum):
    """A condition on the values of two neighbours where they meet; n is across the edge."""

    SOLUTION = "u⁻ = u⁺"
    AVERAGE = "u⁻ and u⁺ equal their mean: SOLUTION with another weight"
    RESIDUAL = "the equations hold on the edge, on both sides"
    CONTINUITY = "R⁻ = R⁺ for the residual R"
    FLUX = "F_n⁻ = F_n⁺: arguments of div, other derivatives along n lowered by one"
    TANGENTIAL = "u_ss⁻ = u_ss⁺ along every other axis s, time among them"
    GRADIENT = "the gradient of the residual vanishes on both sides"
    NORMAL = "u_n⁻ = u_n⁺"
    CURVATURE = "u_nn⁻ = u_nn⁺"


def below_and_above(field: Any, axis: int) -> tuple[Any, Any]:
    """Return a field of patches twice: on edges across an axis it is the patch below, or above."""

    def leaning(side: float) -> Any:
        def turn(node: Any) -> Any:
            return node.leaning(axis, side) if isinstance(node, Patches) else node

        return jax.tree.map(turn, field, is_leaf=lambda node: isinstance(node, Patches))

    return leaning(-1.0), leaning(1.0)


class _BothSides(LinearField):
    """The values from below as the first components, those from above as the others."""

    below: LinearField
    above: LinearField

    @property
    def head(self) -> Array:
        return jnp.concatenate([self.below.head, self.above.head], axis=1)

    def with_head(self, head: Array) -> LinearField:
        first, second = jnp.split(head, 2, axis=1)
        return _BothSides(self.below.with_head(first), self.above.with_head(second))

    def _side(self, component: int) -> tuple[LinearField, int]:
        outputs = self.below.head.shape[1]
        return (self.below if component < outputs else self.above), component % outputs

    def features(self, points: Array, indices: Any, component: int) -> Jet:
        side, inner = self._side(component)
        return side.features(points, indices, inner)

    def offset(self, points: Array, indices: Any, component: int) -> Jet:
        side, inner = self._side(component)
        return side.offset(points, indices, inner)

    def jet(self, points: Array, indices: Any) -> Jet:
        every = closure([*indices, (0,) * points.shape[1]])
        return jets.concatenate([side.jet(points, every) for side in (self.below, self.above)])


class InterfaceRows(Rows):
    """Rows of expressions of both sides; the unknowns of the side above come after those below.

    Every point is a group of its own: its rows belong together and are never cut apart.

    Args:
        axis: the axis that crosses the edges.
    """

    axis: int = eqx.field(static=True, default=0)

    def residual(self, field: Field, parameters: Parameters | None = None) -> Array:
        below, above = below_and_above(field, self.axis)
        return self._of_jet(_BothSides(below, above).jet(self.points, self.indices), parameters)

    def linearised(
        self, field: LinearField, parameters: Parameters | None = None
    ) -> tuple[Array, Array]:
        below, above = below_and_above(field, self.axis)
        found, matrix = Rows.linearised(self, _BothSides(below, above), parameters)
        # Both sides share one head.
        return found, matrix.reshape(len(found), field.head.shape[0], 2, -1).sum(axis=2).reshape(
            len(found), -1
        )


@dataclass(frozen=True)
class Interfaces:
    """Rows on all edges between patches.

    Args:
        split: number of patches along each axis.
        conditions: what holds there; by default u, the flux and as many derivatives along n as the
            order of the equations asks for.
        points: points on every edge.
        weight: weight against equations of weight one. Jumps are measured in the size of a patch.
    """

    split: tuple[int, ...]
    conditions: tuple[Interface, ...] | None = None
    points: int = 50
    weight: float = 10.0

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "cpinn",
            "Conservative physics-informed neural networks on discrete domains for conservation "
            "laws: applications to forward and inverse problems",
            "A. D. Jagtap, E. Kharazmi, G. E. Karniadakis",
            2020,
            "doi:10.1016/j.cma.2020.113028",
            "verified",
        ),
        Source(
            "xpinn",
            "Extended physics-informed neural networks (XPINNs): a generalized space-time domain "
            "decomposition based deep learning framework for nonlinear partial differential "
            "equations",
            "A. D. Jagtap, G. E. Karniadakis",
            2020,
            "doi:10.4208/cicp.OA-2020-0164",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.points < 1 or not self.weight > 0:
            raise OptionError("points of 1 or more, weight above 0", str(self), "Correct them.")
        if not all(isinstance(item, Interface) for item in self.conditions or ()):
            raise OptionError("members of Interface", str(self.conditions), "Interface.FLUX, say.")

    def rows(
        self, problem: Problem, sizes: Scaling, periodic: tuple[int, ...], key: Key
    ) -> list[InterfaceRows]:
        """Return the rows across every axis that is cut; ``periodic`` axes also meet at the end."""
        found = []
        for axis, count in enumerate(self.split):
            places = self._places(problem, sizes, axis, axis in periodic, key)
            known = self.conditions
            wanted = needed(problem, axis) if known is None else known
            terms = [term for item in wanted for term in self.terms(problem, sizes, item, axis)]
            if count == 1 or not terms:
                continue
            at = tuple(expression for expression, _ in terms)
            factor = self.weight / (np.array([size for _, size in terms]) * np.sqrt(len(places)))
            name = f"edges across {problem.coordinates[axis].name}"
            points, scale = jnp.asarray(places), jnp.asarray(factor)
            found.append(InterfaceRows(name, at, points, scale, groups=len(places), axis=axis))
        return found

    def _places(
        self, problem: Problem, sizes: Scaling, axis: int, wraps: bool, key: Key
    ) -> np.ndarray:
        count, dimension = self.split[axis], len(problem.coordinates)
        inner = -1 + 2 * np.arange(0 if wraps else 1, count) / count
        each = 1 if dimension == 1 else self.points
        found = np.tile(interior_points(problem, each, key), (len(inner), 1))
        edges = sizes.centre[axis] + sizes.half_width[axis] * inner
        found[:, axis] = np.repeat(edges, each)
        return found

    def terms(
        self, problem: Problem, sizes: Scaling, item: Interface, axis: int
    ) -> list[tuple[Pointwise, float]]:
        """Return the expressions of a condition that vanish on an edge, each with its size."""
        twins = [_twin(u) for u in problem.unknowns]
        swap = dict(zip(problem.unknowns, twins, strict=True))
        every = tuple(problem.unknowns) + tuple(twins)
        known, half = known_functions(problem), sizes.half_width / np.array(self.split)
        found = []
        for expression, size, jump in _conditions(problem, sizes, half, item, axis):
            filled = problem.fill(expression)
            other = filled.xreplace(swap)
            middle = (filled + other) / 2
            pairs = [filled - other] if jump else [filled, other]
            if item is Interface.AVERAGE:
                pairs = [filled - middle, other - middle]
            found += [
                (Pointwise(pair, problem.coordinates, every, known), size)
                for pair in pairs
                if pair != 0
            ]
        return found


def needed(problem: Problem, axis: int) -> tuple[Interface, ...]:
    """Return what couples pieces across an axis, by the order of the equations along it."""
    coordinate = problem.coordinates[axis]
    order = max(
        (
            int(dict(node.variable_count).get(coordinate, 0))
            for residual in problem.residuals
            for node in residual.atoms(sp.Derivative)
        ),
        default=0,
    )
    # The flux of an equation of order k holds the derivative of order k - 1.
    wanted = (Interface.SOLUTION, Interface.FLUX, Interface.NORMAL, Interface.CURVATURE)
    return wanted[: max(0, min(order, 4))] if order != 1 else wanted[:1]


def _twin(u: Any) -> Any:
    return unknown(f"{u.func}_above", *u.args)


def _conditions(
    problem: Problem, sizes: Scaling, half: np.ndarray, item: Interface, axis: int
) -> Iterator[tuple[Any, float, bool]]:
    """Yield expressions of one side, their sizes, and whether their jump or they vanish."""
    n, width = problem.coordinates[axis], half[axis]
    for u, size in zip(problem.unknowns, sizes.magnitudes, strict=True):
        if item in (Interface.SOLUTION, Interface.AVERAGE):
            yield u, size, True
        if item is Interface.NORMAL:
            yield u.diff(n), size / width, True
        if item is Interface.CURVATURE:
            yield u.diff(n, 2), size / width**2, True
        if item is Interface.TANGENTIAL:
            for s, side in zip(problem.coordinates, half, strict=True):
                if s != n:
                    yield u.diff(s, 2), size / side**2, True
    for k, (residual, size) in enumerate(zip(problem.residuals, sizes.residuals, strict=True)):
        if item in (Interface.RESIDUAL, Interface.CONTINUITY):
            yield residual, size, item is Interface.CONTINUITY
        if item is Interface.GRADIENT:
            for s, side in zip(problem.coordinates, half, strict=True):
                yield residual.diff(s).doit(), size / side, False
        if item is Interface.FLUX:
            yield flux_along(problem, k, axis), size * width, True


def flux_along(problem: Problem, number: int, axis: int) -> Any:
    """Return what the equation of a number conserves across an axis.

    Arguments of ``div`` and gradients under ``laplacian`` as written; what remains in plain
    derivatives counts with one derivative less, coefficients as they are.
    """
    coordinate = problem.coordinates[axis]
    rest, total = _written(problem, number), sp.Integer(0)
    for node in [*rest.atoms(Div), *rest.atoms(Laplacian)]:
        mark = sp.Dummy()
        marked = rest.xreplace({node: mark})
        slope = strong_form(sp.diff(marked, mark), problem.space)
        rest = marked.xreplace({mark: sp.Integer(0)})
        if coordinate not in problem.space:
            continue
        place = problem.space.index(coordinate)
        inner = node.args[0]
        part = (
            components(inner, problem.space)[place]
            if isinstance(node, Div)
            else sp.diff(strong_form(inner, problem.space), coordinate)
        )
        total += slope * part
    plain = strong_form(rest, problem.space)
    for node in plain.atoms(sp.Derivative):
        counts = {c: int(times) for c, times in node.variable_count}
        if counts.get(coordinate, 0) == 0:
            continue
        counts[coordinate] -= 1
        orders = [pair for pair in counts.items() if pair[1]]
        mark = sp.Dummy()
        slope = sp.diff(plain.xreplace({node: mark}), mark).xreplace({mark: node})
        total += slope * (sp.Derivative(node.expr, *orders) if orders else node.expr)
    return total


def _written(problem: Problem, number: int) -> Any:
    """Return a scalar equation as written, left minus right; expanded if it has components."""
    seen = 0
    for equation in problem.equations:
        count = len(equation.residuals(problem.space))
        if number < seen + count:
            if is_vector(equation.left) or is_vector(equation.right):
                return problem.residuals[number]
            return equation.left - equation.right
        seen += count
    raise AssertionError("as many equations as residuals")
