"""grad, div, laplacian and curl as nodes that remember their structure.

A node stays as written until ``.doit()`` (or ``strong_form``) expands it. Kept, it tells the weak
form what to integrate by parts (a ``div``), which flux is natural on the boundary (its argument)
and what a conservation law conserves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp

from residuum._core._errors import ProblemError
from residuum.problem._symbols import Coordinate

Expression = Any
"""A SymPy expression or a number."""


class Vector(sp.Expr):
    """Components along the space coordinates, in their order. Made by ``vector``."""

    is_commutative = True


class _Node(sp.Expr):
    is_commutative = True

    def doit(self, **hints: Any) -> Expression:
        """Expand into plain derivatives; vector nodes become ``Vector``."""
        coordinates = space_coordinates(self)
        if is_vector(self):
            return Vector(*components(self, coordinates))
        return strong_form(self, coordinates)


class Grad(_Node):
    """The gradient of a scalar: one component per space coordinate."""


class Div(_Node):
    """The divergence of a vector; its argument is the flux."""


class Laplacian(_Node):
    """The sum of second derivatives along the space coordinates."""


class Curl(_Node):
    """The curl: of three components a vector, of two a scalar, of a scalar in 2-D a vector."""


def as_expression(value: Any) -> sp.Expr:
    """Return a number or SymPy object as an expression; never reads text.

    Raises:
        ProblemError: text, or something that is no expression.
    """
    if isinstance(value, str):
        raise ProblemError("expressions", repr(value), "Text is read only from problem files.")
    try:
        return sp.sympify(value, strict=True)
    except (sp.SympifyError, TypeError):
        remedy = "Build it from the declared symbols."
        raise ProblemError("an expression or a number", repr(value), remedy) from None


def vector(*parts: Expression) -> Vector:
    """Return a vector with these components along the space coordinates."""
    return Vector(*(as_expression(part) for part in parts))


def argument_of(value: Expression | Sequence[Expression]) -> sp.Expr:
    """Return what an operator acts on: an expression, or a sequence of components."""
    if isinstance(value, list | tuple | sp.Tuple | sp.MatrixBase):
        return vector(*value)
    return as_expression(value)


def grad(scalar: Expression) -> sp.Expr:
    """Return the gradient node of a scalar expression."""
    return Grad(argument_of(scalar))


def div(flux: Expression | Sequence[Expression]) -> sp.Expr:
    """Return the divergence node of a flux.

    The flux is built from ``grad`` and ``vector`` nodes, a sequence of components, or, in one space
    dimension, any scalar expression.
    """
    return Div(argument_of(flux))


def laplacian(scalar: Expression) -> sp.Expr:
    """Return the Laplacian node of a scalar (or vector) expression."""
    return Laplacian(argument_of(scalar))


def curl(argument: Expression | Sequence[Expression]) -> sp.Expr:
    """Return the curl node of a vector, or in two dimensions of a scalar."""
    return Curl(argument_of(argument))


def space_coordinates(expression: sp.Basic) -> tuple[Coordinate, ...]:
    """Return the space coordinates an expression mentions, in the order of its unknowns."""
    found: dict[Coordinate, None] = {}
    functions = sorted(expression.atoms(sp.core.function.AppliedUndef), key=lambda f: -len(f.args))
    for function in functions:
        for item in function.args:
            if isinstance(item, Coordinate) and item.role == "space":
                found[item] = None
    for item in sorted(expression.atoms(Coordinate), key=str):
        if item.role == "space":
            found[item] = None
    return tuple(found)


def is_vector(expression: sp.Basic) -> bool:
    """Whether the expression has components (as far as its own nodes tell)."""
    if isinstance(expression, Vector | Grad):
        return True
    if isinstance(expression, Curl):
        inner = expression.args[0]
        return not is_vector(inner) or _length(inner) == 3
    if isinstance(expression, Laplacian):
        return is_vector(expression.args[0])
    if isinstance(expression, sp.Add | sp.Mul):
        return any(is_vector(item) for item in expression.args)
    return False


def _length(expression: sp.Basic) -> int:
    lengths = [len(item.args) for item in expression.atoms(Vector)]
    return lengths[0] if lengths else len(space_coordinates(expression))


def components(expression: sp.Expr, coordinates: Sequence[Coordinate]) -> list[sp.Expr]:
    """Return the components of a vector expression, expanded into plain derivatives.

    Raises:
        ProblemError: a product of two vectors, a sum of vector and scalar, a wrong length.
    """
    d = len(coordinates)
    if isinstance(expression, Vector):
        if len(expression.args) != d:
            raise ProblemError(
                f"a vector of {d} components",
                f"{len(expression.args)} in {expression}",
                "Match the space coordinates.",
            )
        return [strong_form(item, coordinates) for item in expression.args]
    if isinstance(expression, Grad):
        inner = strong_form(expression.args[0], coordinates)
        return [sp.diff(inner, item) for item in coordinates]
    if isinstance(expression, Curl):
        return _curl(expression.args[0], coordinates)
    if isinstance(expression, Laplacian):
        inner_parts = components(expression.args[0], coordinates)
        return [sum(sp.diff(p, c, 2) for c in coordinates) for p in inner_parts]
    if isinstance(expression, sp.Add):
        parts = [components(item, coordinates) for item in expression.args]
        return [sp.Add(*items) for items in zip(*parts, strict=True)]
    if isinstance(expression, sp.Mul):
        vectors = [item for item in expression.args if is_vector(item)]
        if len(vectors) == 1:
            factor = strong_form(
                sp.Mul(*(i for i in expression.args if i is not vectors[0])), coordinates
            )
            return [factor * item for item in components(vectors[0], coordinates)]
        if len(vectors) > 1:
            raise ProblemError(
                "at most one vector in a product", str(expression), "Write the dot product out."
            )
    if d == 1:
        return [strong_form(expression, coordinates)]
    raise ProblemError(
        f"a vector along {', '.join(map(str, coordinates))}",
        f"the scalar {expression}",
        "Use grad(…), vector(…) or a list of components.",
    )


def _curl(inner: sp.Expr, coordinates: Sequence[Coordinate]) -> list[sp.Expr]:
    if len(coordinates) == 2 and not is_vector(inner):
        scalar = strong_form(inner, coordinates)
        return [sp.diff(scalar, coordinates[1]), -sp.diff(scalar, coordinates[0])]
    if len(coordinates) != 3:
        raise ProblemError("a curl in two or three dimensions", str(inner), "Write it out.")
    a, b, c = components(inner, coordinates)
    x, y, z = coordinates
    return [
        sp.diff(c, y) - sp.diff(b, z),
        sp.diff(a, z) - sp.diff(c, x),
        sp.diff(b, x) - sp.diff(a, y),
    ]


def strong_form(expression: sp.Expr, coordinates: Sequence[Coordinate]) -> sp.Expr:
    """Expand every node of a scalar expression into plain derivatives."""
    if isinstance(expression, Div):
        parts = components(expression.args[0], coordinates)
        return sp.Add(*(sp.diff(part, item) for part, item in zip(parts, coordinates, strict=True)))
    if isinstance(expression, Laplacian):
        inner = strong_form(expression.args[0], coordinates)
        return sp.Add(*(sp.diff(inner, item, 2) for item in coordinates))
    if isinstance(expression, Curl):
        if len(coordinates) != 2:
            raise ProblemError(
                "a scalar", f"the vector {expression}", "Compare vectors with vectors."
            )
        a, b = components(expression.args[0], coordinates)
        return sp.diff(b, coordinates[0]) - sp.diff(a, coordinates[1])
    if isinstance(expression, Grad | Vector):
        if len(coordinates) == 1:
            return components(expression, coordinates)[0]
        raise ProblemError("a scalar", f"the vector {expression}", "Compare vectors with vectors.")
    if not expression.has(_Node, Vector):
        return expression.doit() if expression.has(sp.Derivative) else expression
    rebuilt = expression.func(*(strong_form(item, coordinates) for item in expression.args))
    return rebuilt.doit() if isinstance(rebuilt, sp.Derivative) else rebuilt


def nodes(expressions: Iterable[sp.Basic], kind: type[sp.Basic]) -> list[sp.Basic]:
    """Return every node of a kind in these expressions."""
    return [item for expression in expressions for item in expression.atoms(kind)]
