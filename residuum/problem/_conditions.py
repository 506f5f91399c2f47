"""Conditions: what holds at the start, on the boundary, at a point, or on average.

Each condition is an expression that vanishes on a region. Outward normals appear in it as the
symbols of ``normal(coordinates)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sympy as sp

from residuum._core._errors import ConditionError, ProblemError
from residuum.problem._operators import argument_of, as_expression, components
from residuum.problem._symbols import Coordinate, Unknown

BOUNDARY_KINDS = ("dirichlet", "neumann", "robin", "flux")


def normal(coordinates: Sequence[Coordinate]) -> tuple[sp.Symbol, ...]:
    """Return the symbols of the outward unit normal, one per space coordinate."""
    return tuple(sp.Symbol(f"normal_{item.name}", real=True) for item in coordinates)


@dataclass(frozen=True, eq=False)
class Condition:
    """What every condition has. Use the lower-case functions to make one.

    Args:
        unknown: the unknown (or expression) it is about.
        value: right-hand side, an expression in coordinates and parameters.
        on: ``"initial"``, ``"boundary"``, a named boundary part, ``"point"`` or ``"domain"``.
        jump: states that the value is meant to disagree with its neighbours where they meet.
    """

    unknown: Any
    value: Any = sp.S.Zero
    on: str = "boundary"
    jump: bool = False

    kind: ClassVar[str] = "condition"

    @property
    def factors(self) -> tuple[Any, ...]:
        """Further expressions the condition is made of."""
        return ()

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        """Return the expression that vanishes where the condition holds."""
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self.kind}({self.unknown}, {self.value}, on={self.on!r})"


@dataclass(frozen=True, eq=False)
class Initial(Condition):
    """The value at the start."""

    kind: ClassVar[str] = "initial"

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        return self.unknown - self.value


@dataclass(frozen=True, eq=False)
class InitialRate(Condition):
    """The time derivative at the start."""

    kind: ClassVar[str] = "initial_rate"

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        t = next(item for item in self.unknown.args if item.role == "time")
        return self.unknown.diff(t) - self.value


@dataclass(frozen=True, eq=False)
class Dirichlet(Condition):
    """The value on a part of the boundary."""

    kind: ClassVar[str] = "dirichlet"

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        return self.unknown - self.value


@dataclass(frozen=True, eq=False)
class Neumann(Condition):
    """The outward normal derivative on a part of the boundary."""

    kind: ClassVar[str] = "neumann"

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        slopes = (n * self.unknown.diff(c) for n, c in zip(normal(space), space, strict=True))
        return sp.Add(*slopes) - self.value


@dataclass(frozen=True, eq=False)
class Robin(Condition):
    """a·u + b·∂u/∂n = value on a part of the boundary."""

    a: Any = sp.S.One
    b: Any = sp.S.One

    kind: ClassVar[str] = "robin"

    @property
    def factors(self) -> tuple[Any, ...]:
        return (self.a, self.b)

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        slopes = (n * self.unknown.diff(c) for n, c in zip(normal(space), space, strict=True))
        return self.a * self.unknown + self.b * sp.Add(*slopes) - self.value


@dataclass(frozen=True, eq=False)
class Flux(Condition):
    """The outward component of a vector (the argument of a ``div``) on a part of the boundary."""

    kind: ClassVar[str] = "flux"

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        parts = components(self.unknown, space)
        return sp.Add(*(n * p for n, p in zip(normal(space), parts, strict=True))) - self.value


@dataclass(frozen=True, eq=False)
class Periodic(Condition):
    """Equal values and derivatives at the two ends of an axis; ``on`` is the axis."""

    kind: ClassVar[str] = "periodic"

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        return self.unknown

    def __str__(self) -> str:
        return f"periodic({self.unknown}, {self.on!r})"


@dataclass(frozen=True, eq=False)
class PointValue(Condition):
    """The value at one point of the domain."""

    at: tuple[tuple[str, float], ...] = ()

    kind: ClassVar[str] = "point_value"

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        return self.unknown - self.value


@dataclass(frozen=True, eq=False)
class Integral(Condition):
    """The integral over the space domain (at every time), such as zero for a pressure."""

    kind: ClassVar[str] = "integral"

    def expression(self, space: Sequence[Coordinate]) -> sp.Expr:
        return self.unknown


def _value(value: Any) -> sp.Expr:
    try:
        found = as_expression(value)
    except ProblemError as error:
        raise ConditionError(error.wanted, error.got, error.remedy) from None
    if found.has(sp.nan, sp.oo, sp.zoo):
        raise ConditionError("a finite value", str(found), "Remove the NaN or infinity.")
    return found


def _about(unknown: Any, kind: str) -> Any:
    if not isinstance(unknown, Unknown):
        raise ConditionError(
            f"an unknown as first argument of {kind}", repr(unknown), 'Pass u = unknown("u", …).'
        )
    return unknown


def _evolving(unknown: Any, kind: str) -> Any:
    if not any(item.role == "time" for item in _about(unknown, kind).args):
        raise ConditionError(
            f"an unknown that depends on time in {kind}", str(unknown), "Declare it with t."
        )
    return unknown


def initial(u: Any, value: Any, *, jump: bool = False) -> Condition:
    """Give the value of ``u`` at the start: ``initial(u, sin(pi*x))``."""
    return Initial(_evolving(u, "initial"), _value(value), "initial", jump)


def initial_rate(u: Any, value: Any) -> Condition:
    """Give the time derivative of ``u`` at the start, for equations of second order in time."""
    return InitialRate(_evolving(u, "initial_rate"), _value(value), "initial")


def dirichlet(u: Any, value: Any, *, on: str = "boundary", jump: bool = False) -> Condition:
    """Give the value of ``u`` on a part of the boundary.

    Args:
        u: the unknown.
        value: expression in coordinates and parameters.
        on: ``"boundary"`` or a named part, such as ``"x_min"``.
        jump: set it where the value is meant to disagree with a neighbouring condition, as at the
            corners of a lid-driven cavity.
    """
    return Dirichlet(_about(u, "dirichlet"), _value(value), on, jump)


def neumann(u: Any, value: Any, *, on: str = "boundary") -> Condition:
    """Give the outward normal derivative of ``u`` on a part of the boundary."""
    return Neumann(_about(u, "neumann"), _value(value), on)


def robin(u: Any, value: Any, *, a: Any = 1, b: Any = 1, on: str = "boundary") -> Condition:
    """Give a·u + b·∂u/∂n on a part of the boundary (n outward)."""
    return Robin(_about(u, "robin"), _value(value), on, False, _value(a), _value(b))


def flux(vector: Any, value: Any, *, on: str = "boundary") -> Condition:
    """Give the outward component of a flux, such as ``flux(k*grad(u), 1, on="x_max")``."""
    return Flux(argument_of(vector), _value(value), on)


def periodic(u: Any, axis: str | Coordinate) -> Condition:
    """State that ``u`` is periodic along an axis."""
    name = axis.name if isinstance(axis, Coordinate) else axis
    names = [item.name for item in _about(u, "periodic").args]
    if name not in names:
        raise ConditionError(f"one of the axes {names}", repr(axis), "Name an axis of the unknown.")
    return Periodic(u, sp.Integer(0), name)


def point_value(u: Any, value: Any, *, at: Mapping[str, float]) -> Condition:
    """Give the value of ``u`` at one point: ``point_value(p, 0, at={"x": 0, "y": 0})``."""
    names = [item.name for item in _about(u, "point_value").args]
    if sorted(at) != sorted(names):
        raise ConditionError(f"a coordinate for each of {names}", str(dict(at)), "Name them all.")
    try:
        place = tuple((name, float(at[name])) for name in names)
    except (ValueError, TypeError):
        raise ConditionError("numbers for the place", str(dict(at)), "Correct them.") from None
    return PointValue(u, _value(value), "point", False, place)


def integral(expression: Any, value: Any = 0) -> Condition:
    """Give the integral over the space domain: ``integral(p)`` fixes a pressure to mean zero."""
    if not getattr(expression, "atoms", None) or not expression.atoms(Unknown):
        raise ProblemError("an expression with an unknown", repr(expression), "Write integral(p).")
    return Integral(as_expression(expression), _value(value), "domain")
