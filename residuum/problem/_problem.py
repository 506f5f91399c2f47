"""The problem: domain, equations, conditions, observations and given values, stated once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import sympy as sp

from residuum._core._errors import DomainError, ProblemError
from residuum._core._keys import Key, generator
from residuum.geometry import Extrusion, Shape
from residuum.problem._conditions import Condition, Initial
from residuum.problem._equation import Eq, Observation
from residuum.problem._symbols import (
    Closure,
    Coefficient,
    Coordinate,
    Parameter,
    UniformDistribution,
    Unknown,
)


class Problem:
    """A physical problem, posed once.

    Args:
        domain: a shape whose axes carry the names of the coordinates; time is either an axis of a
            ``Box`` or added to a shape by ``shape.over(t=(0, 1))``.
        equations: one ``Eq`` or several; as many scalar equations as unknowns.
        conditions: initial, boundary, point and integral conditions.
        observations: measured values, for inverse problems.
        given: values of coefficients and parameters, by symbol or by name.
        name: short name, used for files.

    Raises:
        ProblemError: anything undeclared, missing, contradictory or ill posed; the message says
            what was wanted, what was got and what to do.

    Warns:
        WellPosednessWarning: too few or too many boundary conditions, or a solution fixed only up
            to a constant.
    """

    def __init__(
        self,
        domain: Shape,
        equations: Eq | Iterable[Eq],
        conditions: Iterable[Condition] = (),
        *,
        observations: Iterable[Observation] = (),
        given: Mapping[Any, Any] | None = None,
        name: str = "problem",
    ) -> None:
        from residuum.problem._check import check  # it reads the finished problem

        self.domain = domain
        several = isinstance(equations, Iterable) and not isinstance(equations, str)
        self.equations: tuple[Any, ...] = tuple(equations) if several else (equations,)  # type: ignore[arg-type]
        self.conditions = tuple(conditions)
        self.observations = tuple(observations)
        self.name = name
        self.given: dict[str, Any] = {
            str(k.func if isinstance(k, Coefficient) else k): v for k, v in (given or {}).items()
        }
        check(self)

    def replace(self, **changes: Any) -> Problem:
        """Return a copy with some arguments changed: ``problem.replace(given={"D": 0.3})``.

        Values in ``given`` are merged with those the problem already has.
        """
        old = {
            "domain": self.domain,
            "equations": self.equations,
            "conditions": self.conditions,
            "observations": self.observations,
            "given": self.given,
            "name": self.name,
        }
        if "given" in changes:
            new = {
                str(getattr(k, "func", k)) if isinstance(k, Coefficient) else str(k): v
                for k, v in changes["given"].items()
            }
            changes = {**changes, "given": {**self.given, **new}}
        unknown = set(changes) - set(old)
        if unknown:
            raise ProblemError(f"one of {sorted(old)}", str(sorted(unknown)), "Correct the name.")
        return Problem(**{**old, **changes})

    def _atoms(self, kind: type[Any]) -> list[Any]:
        expressions = [
            side for equation in self.equations for side in (equation.left, equation.right)
        ]
        expressions += [sp.sympify(item.unknown) for item in self.conditions]
        for item in self.conditions:
            expressions += [item.value, *item.factors]
        found: dict[Any, None] = {}
        for expression in expressions:
            for node in sp.preorder_traversal(expression):
                if isinstance(node, kind):
                    found[node] = None
        return list(found)

    @cached_property
    def unknowns(self) -> tuple[Any, ...]:
        """The unknown functions, in order of appearance."""
        return tuple(self._atoms(Unknown))

    @cached_property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """The coordinates, time first, in the order of the domain's axes."""
        found = {item.name: item for u in self.unknowns for item in u.args}
        missing = [name for name in self.domain.axes if name not in found]
        extra = [name for name in found if name not in self.domain.axes]
        if missing or extra:
            raise DomainError(
                f"a domain with the axes {', '.join(found)} of the unknowns",
                f"the axes {', '.join(self.domain.axes)}",
                "Name the axes of the shape like the coordinates, and add time by .over(t=(0, 1)).",
            )
        ordered = [found[name] for name in self.domain.axes]
        return tuple(sorted(ordered, key=lambda item: item.role != "time"))

    @property
    def time(self) -> Coordinate | None:
        """The time coordinate, if the problem evolves."""
        return next((item for item in self.coordinates if item.role == "time"), None)

    @property
    def space(self) -> tuple[Coordinate, ...]:
        """The space coordinates."""
        return tuple(item for item in self.coordinates if item.role == "space")

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """Start and end of time."""
        if self.time is None:
            return None
        axis = self.domain.axes.index(self.time.name)
        low, high = self.domain.bounds[axis]
        return float(low), float(high)

    @cached_property
    def shape(self) -> Shape | None:
        """The domain in space; ``None`` for an ordinary differential equation."""
        if not self.space:
            return None
        if self.time is None:
            return self.domain
        if isinstance(self.domain, Extrusion):
            return self.domain.shape
        without = getattr(self.domain, "without", None)
        if without is None:
            raise DomainError(
                "a box with a time axis, or a shape extended by .over(t=(0, 1))",
                type(self.domain).__name__,
                "Pose the shape in space and extend it in time.",
            )
        found: Shape = without(self.time.name)
        return found

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The declared numbers that occur in the statement."""
        return tuple(self._atoms(Parameter))

    @cached_property
    def inferred(self) -> tuple[Parameter, ...]:
        """The parameters to be inferred: declared with bounds and not given."""
        return tuple(
            p for p in self.parameters if p.bounds is not None and p.name not in self.given
        )

    @cached_property
    def undrawn(self) -> tuple[Parameter, ...]:
        """The parameters that have a distribution and no value yet."""
        known = (p for p in self.parameters if p.name not in self.given and p.value is None)
        return tuple(p for p in known if p.distribution is not None and p.bounds is None)

    def draw(self, key: Key) -> Problem:
        """Return a member: the same problem with its distributed parameters drawn."""
        drawn = {}
        for i, p in enumerate(p for p in self.parameters if p.distribution is not None):
            random = generator(key, 61, i)
            if isinstance(p.distribution, UniformDistribution):
                drawn[p.name] = random.uniform(p.distribution.low, p.distribution.high)
            elif p.distribution is not None:
                drawn[p.name] = random.normal(p.distribution.mean, p.distribution.deviation)
        return self.replace(given=drawn)

    @cached_property
    def coefficients(self) -> tuple[Any, ...]:
        """The coefficient functions that occur in the statement."""
        return tuple(self._atoms(Coefficient))

    @cached_property
    def closures(self) -> tuple[Any, ...]:
        """The trainable parts that occur in the statement."""
        return tuple(self._atoms(Closure))

    @cached_property
    def residuals(self) -> tuple[sp.Expr, ...]:
        """Left minus right of every scalar equation, in plain derivatives (the strong form)."""
        return tuple(
            self.fill(r) for equation in self.equations for r in equation.residuals(self.space)
        )

    def fill(self, expression: Any) -> Any:
        """Put the known numbers and symbolic coefficients into an expression."""
        known: dict[Any, Any] = {}
        for p in self.parameters:
            value = self.given.get(p.name, p.value if p.bounds is None else None)
            if value is not None:
                known[p] = sp.Float(value) if not isinstance(value, sp.Basic) else value
        for a in self.coefficients:
            value = self.given.get(str(a.func))
            if isinstance(value, int | float | sp.Basic):
                known[a] = sp.sympify(value)
        return sp.sympify(expression).xreplace(known).doit() if known else sp.sympify(expression)

    def of_kind(self, kind: type[Condition], unknown: Any = None) -> list[Any]:
        """Return the conditions of a kind, of one unknown if given."""
        return [
            item
            for item in self.conditions
            if isinstance(item, kind) and (unknown is None or item.unknown == unknown)
        ]

    def periodic_axes(self, unknown: Any) -> tuple[str, ...]:
        """Return the names of the axes along which an unknown is periodic."""
        return tuple(c.on for c in self.conditions if c.kind == "periodic" and c.unknown == unknown)

    def initial_value(self, unknown: Any) -> sp.Expr | None:
        """Return the initial value of an unknown as an expression, if it is given."""
        found = self.of_kind(Initial, unknown)
        return self.fill(found[0].value) if found else None

    @cached_property
    def traits(self) -> Any:
        """What can be derived about the problem: see ``Traits``."""
        from residuum.problem._traits import derive  # traits read the finished problem

        return derive(self)

    def __str__(self) -> str:
        from residuum.problem._render import text  # rendering reads the finished problem

        return text(self)

    def _repr_latex_(self) -> str:
        from residuum.problem._render import latex  # rendering reads the finished problem

        return f"$$\n{latex(self)}\n$$"

    def __repr__(self) -> str:
        return f"Problem({self.name!r}: {', '.join(str(u) for u in self.unknowns)})"
