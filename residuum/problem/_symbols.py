"""The symbols of a statement: coordinates, unknowns, parameters, coefficients, closures."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef, UndefinedFunction

from residuum._core._errors import ProblemError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
RESERVED = frozenset(
    (
        *("E", "I", "and", "curl", "diff", "div", "grad", "laplacian", "normal", "or", "pi"),
        *("piecewise", "vector", "where"),
    )
)


def _checked(name: str, what: str) -> str:
    if not isinstance(name, str) or not NAME.match(name) or name in RESERVED:
        raise ProblemError(
            f"a name for the {what}: a letter, then letters, digits or underscores",
            repr(name),
            "Choose another name; " + ", ".join(sorted(RESERVED)) + " are taken.",
        )
    return name


class Coordinate(sp.Symbol):
    """A real coordinate; ``role`` is ``"time"`` or ``"space"``. Made by ``time`` and ``space``."""

    role: str

    @classmethod
    def class_key(cls) -> tuple[int, int, str]:
        """Sort like any symbol: numbers and pi come first in a product."""
        return 2, 0, "Symbol"

    def __new__(cls, name: str, role: str) -> Coordinate:
        self: Coordinate = sp.Symbol.__xnew__(cls, _checked(name, "coordinate"), real=True)
        self.role = role
        return self

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.role)


@dataclass(frozen=True)
class UniformDistribution:
    """Uniform distribution between two numbers, for a parameter of a family."""

    low: float
    high: float

    def __post_init__(self) -> None:
        low, high = (_finite(item, "a distribution") for item in (self.low, self.high))
        if not low < high:
            raise ProblemError("low < high", f"{low}, {high}", "Exchange them.")
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)


@dataclass(frozen=True)
class NormalDistribution:
    """Normal distribution with mean and standard deviation, for a parameter of a family."""

    mean: float
    deviation: float

    def __post_init__(self) -> None:
        mean, deviation = (_finite(item, "a distribution") for item in (self.mean, self.deviation))
        if not deviation > 0:
            raise ProblemError("a deviation of more than zero", str(deviation), "Correct it.")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "deviation", deviation)


Distribution = UniformDistribution | NormalDistribution


class Parameter(sp.Symbol):
    """A real number of the statement: known, unknown within bounds, or drawn. See ``parameter``."""

    value: float | None
    bounds: tuple[float, float] | None
    distribution: Distribution | None

    @classmethod
    def class_key(cls) -> tuple[int, int, str]:
        """Sort like any symbol: numbers and pi come first in a product."""
        return 2, 0, "Symbol"

    def __new__(
        cls,
        name: str,
        value: float | None,
        bounds: tuple[float, float] | None,
        distribution: Distribution | None,
    ) -> Parameter:
        self: Parameter = sp.Symbol.__xnew__(cls, _checked(name, "parameter"), real=True)
        self.value, self.bounds, self.distribution = value, bounds, distribution
        return self

    def _hashable_content(self) -> tuple[Any, ...]:
        extra = (str(self.value), str(self.bounds), str(self.distribution))
        return (*super()._hashable_content(), *extra)


class Unknown(AppliedUndef):
    """An unknown function applied to its coordinates. Made by ``unknown``."""


class Coefficient(AppliedUndef):
    """A function given per instance, applied to its coordinates. Made by ``coefficient``."""


class Closure(AppliedUndef):
    """A trainable part inside an equation, applied to its arguments. Made by ``closure``."""


def time(name: str) -> Coordinate:
    """Declare the time coordinate."""
    return Coordinate(name, "time")


def space(*names: str) -> Any:
    """Declare space coordinates: ``x = space("x")`` or ``x, y = space("x", "y")``."""
    found = tuple(Coordinate(name, "space") for name in names)
    if not found:
        raise ProblemError("at least one name", "none", 'Write space("x").')
    return found[0] if len(found) == 1 else found


def unknown(*names_and_coordinates: str | Coordinate) -> Any:
    """Declare unknown functions: ``u = unknown("u", t, x)`` or ``u, v = unknown("u", "v", x, y)``.

    Raises:
        ProblemError: no name, no coordinate, or something that is neither.
    """
    names = [item for item in names_and_coordinates if isinstance(item, str)]
    coordinates = _coordinates(names_and_coordinates, "unknown")
    if not names:
        raise ProblemError("a name for the unknown", "none", 'Write unknown("u", x).')
    found = tuple(_function(name, Unknown)(*coordinates) for name in names)
    return found[0] if len(found) == 1 else found


def coefficient(name: str, *coordinates: Coordinate) -> Any:
    """Declare a coefficient given per instance; its value goes into ``Problem(given={a: …})``.

    The value may be a number, a SymPy expression in the coordinates, a function of arrays that JAX
    can trace, or ``(axes, values)``: one increasing array per coordinate and the grid of values,
    interpolated linearly.
    """
    return _function(name, Coefficient)(*_coordinates(coordinates, "coefficient"))


def closure(name: str, *arguments: sp.Expr) -> Any:
    """Declare a trainable function of coordinates and unknowns inside an equation."""
    if not arguments:
        raise ProblemError("at least one argument", "none", 'Write closure("k", u).')
    return _function(name, Closure)(*arguments)


def parameter(
    name: str,
    value: float | None = None,
    *,
    bounds: tuple[float, float] | None = None,
    distribution: Distribution | None = None,
) -> Parameter:
    """Declare a number: known (``value``), to be inferred (``bounds``) or drawn (``distribution``).

    With bounds, ``value`` is the starting guess.

    Raises:
        ProblemError: nothing given, bounds reversed, or a value outside its bounds.
    """
    if value is None and bounds is None and distribution is None:
        raise ProblemError("a value, bounds or a distribution", "none of them", "Give one.")
    if value is not None:
        value = _finite(value, name)
    if bounds is not None:
        if not isinstance(bounds, tuple | list) or len(bounds) != 2:
            raise ProblemError(
                f"two bounds low < high for {name}", repr(bounds), "Give (low, high)."
            )
        low, high = (_finite(item, name) for item in bounds)
        if not low < high or (value is not None and not low <= value <= high):
            raise ProblemError(
                f"bounds low < high with any value of {name} inside",
                f"{bounds} and value {value}",
                "Correct them.",
            )
        bounds = (low, high)
    return Parameter(name, value, bounds, distribution)


def _finite(value: Any, name: str) -> float:
    try:
        if isinstance(value, str):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ProblemError(f"a real number for {name}", repr(value), "Correct it.") from None
    if not math.isfinite(number):
        raise ProblemError(f"a finite number for {name}", str(value), "Correct it.")
    return number


def _coordinates(items: tuple[Any, ...], what: str) -> tuple[Coordinate, ...]:
    found = tuple(item for item in items if not isinstance(item, str))
    wrong = [item for item in found if not isinstance(item, Coordinate)]
    if wrong or not found or len(set(found)) != len(found):
        raise ProblemError(
            f"distinct coordinates for the {what}, made by time(…) and space(…)",
            str(wrong or found),
            'Declare them first: t, x = time("t"), space("x").',
        )
    return found


def _function(name: str, base: type[AppliedUndef]) -> Any:
    kind = base.__name__.lower()
    # SymPy takes functions of one name and keywords for the same: the keyword tells kinds apart.
    return UndefinedFunction(_checked(name, kind), bases=(base,), real=True, residuum_kind=kind)
