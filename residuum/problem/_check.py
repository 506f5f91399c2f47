"""Is the problem stated completely and without contradiction?"""

from __future__ import annotations

from collections import Counter
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from residuum._core._errors import ConditionError, DataError, DomainError, ProblemError
from residuum.geometry import Shape
from residuum.problem._conditions import BOUNDARY_KINDS, Condition, Initial, InitialRate
from residuum.problem._equation import Eq, Observation
from residuum.problem._places import (
    at_points,
    interior_points,
    length_of,
    points_of,
    space_order,
    time_order,
)
from residuum.problem._random_field import Waves
from residuum.problem._symbols import Coordinate, Parameter, Unknown
from residuum.problem._well_posed import check_corners, check_counts

if TYPE_CHECKING:
    from residuum.problem._problem import Problem


def check(problem: Problem) -> None:
    """Raise on what is wrong in a problem, warn about what is doubtful."""
    _parts(problem)
    _symbols(problem)
    _given(problem)
    _counts(problem)
    for condition in problem.conditions:
        _region(problem, condition)
    _twice(problem)
    _start(problem)
    _diffusion(problem)
    _observations(problem)
    check_corners(problem)
    check_counts(problem)


def _parts(problem: Problem) -> None:
    if not isinstance(problem.domain, Shape):
        raise DomainError("a shape as domain", repr(problem.domain), "Write rs.Box(x=(0, 1)), say.")
    for items, kind in (
        (problem.equations, Eq),
        (problem.conditions, Condition),
        (problem.observations, Observation),
    ):
        for item in items:
            if not isinstance(item, kind):
                remedy = "See the example of Problem."
                if isinstance(item, Observation):
                    remedy = "Give them as observations=[…], beside the conditions."
                raise ProblemError(f"{kind.__name__} objects", repr(item), remedy)
    if not problem.equations:
        raise ProblemError("at least one equation", "none", "Write equations=[rs.Eq(…, …)].")
    if not problem.unknowns:
        raise ProblemError("an unknown in the equations", "none", 'Declare u = rs.unknown("u", x).')


def _symbols(problem: Problem) -> None:
    for equation in problem.equations:
        for side in (equation.left, equation.right):
            _declared(problem, side, f"the equation {equation}")
            if side.has(sp.nan, sp.oo, sp.zoo):
                raise ProblemError("finite coefficients", f"{side}", "Remove the NaN or infinity.")
    for condition in problem.conditions:
        for part in (condition.unknown, condition.value, *condition.factors):
            _declared(problem, sp.sympify(part), str(condition))
        foreign = sp.sympify(condition.unknown).atoms(Unknown) - set(problem.unknowns)
        missing = sp.sympify(condition.unknown).atoms(Unknown) - {
            u for e in problem.equations for s in (e.left, e.right) for u in s.atoms(Unknown)
        }
        if foreign or missing:
            raise ConditionError(
                "a condition on an unknown of the equations", str(condition), "Correct it."
            )
        if sp.sympify(condition.value).atoms(Unknown):
            raise ConditionError(
                "a value free of unknowns", str(condition), "Use robin(…) or an equation."
            )
    names = [str(getattr(u, "func", u)) for u in [*problem.unknowns, *problem.coefficients]]
    names += [item.name for item in problem.coordinates]
    names += [item.name for item in problem.parameters]
    doubled = [name for name, n in Counter(names).items() if n > 1]
    if doubled:
        raise ProblemError(
            "one meaning per name", f"{doubled} declared twice", "Rename one of them."
        )
    orders = [u.args for u in problem.unknowns]
    for args in orders:
        if [c for c in problem.coordinates if c in args] != sorted(
            args, key=problem.coordinates.index
        ):
            raise ProblemError(
                "unknowns of the problem's coordinates", str(args), "Declare them alike."
            )


def _declared(problem: Problem, expression: Any, where: str) -> None:
    for symbol in expression.free_symbols:
        if isinstance(symbol, Coordinate) and symbol not in problem.coordinates:
            raise ProblemError(
                f"coordinates among {', '.join(c.name for c in problem.coordinates)}",
                f"{symbol} in {where}",
                "Use the coordinates the unknowns were declared with.",
            )
        if not isinstance(symbol, Coordinate | Parameter):
            raise ProblemError(
                "declared symbols only",
                f"the undeclared symbol {symbol} in {where}",
                f'Declare it: {symbol} = rs.parameter("{symbol}", value).',
            )


def _counts(problem: Problem) -> None:
    n = sum(len(equation.residuals(problem.space)) for equation in problem.equations)
    # Observations may stand in for equations: a field without its own equation is inferred.
    if n > len(problem.unknowns) or (n < len(problem.unknowns) and not problem.observations):
        raise ProblemError(
            f"as many scalar equations as unknowns ({', '.join(str(u) for u in problem.unknowns)})",
            f"{n} equations for {len(problem.unknowns)} unknowns",
            "Add or remove equations.",
        )
    for residual in problem.residuals:
        if not residual.atoms(Unknown):
            raise ProblemError(
                "an unknown in every equation", f"{residual} = 0", "Correct the equation."
            )


def _given(problem: Problem) -> None:
    numbers = {p.name for p in problem.parameters}
    functions = {str(a.func): a for a in problem.coefficients}
    names = numbers | set(functions) | {str(c.func) for c in problem.closures}
    for name, value in problem.given.items():
        if name not in names:
            raise DataError(
                f"a name among {sorted(names)}", name, "Only declared symbols can be given."
            )
        if name in numbers:
            _number_given(name, value)
        elif isinstance(value, tuple) and name in functions:
            _grid(name, value, len(functions[name].args))
        elif isinstance(value, Waves) and name in functions:
            axes, wanted = value.amplitudes.ndim, len(functions[name].args)
            if axes != wanted:
                remedy = f"It depends on {functions[name].args}."
                raise DataError(f"waves along {wanted} axes for {name}", str(axes), remedy)
        elif name in functions and not callable(value):
            _expression_given(problem, name, value)
    for name, a in functions.items():
        if name not in problem.given:
            raise DataError(
                f"a value for the coefficient {a}",
                "none",
                f"Pass given={{{name}: …}} with a number, an expression, a function or a grid.",
            )


def _number_given(name: str, value: Any) -> None:
    real = isinstance(value, Real | sp.Number | sp.NumberSymbol) and not isinstance(value, bool)
    if not real or not np.isfinite(float(value)):
        raise DataError(f"a finite number for {name}", repr(value), "Correct it.")


def _expression_given(problem: Problem, name: str, value: Any) -> None:
    remedy = "Give a number, an expression, a function of arrays, or (axes, values)."
    if not isinstance(value, Real | sp.Basic) or isinstance(value, bool):
        raise DataError(f"a value for the coefficient {name}", repr(value), remedy)
    expression = sp.sympify(value)
    if expression.has(sp.nan, sp.oo, sp.zoo):
        raise DataError(f"finite values for {name}", str(value), "Remove the NaN or infinity.")
    foreign = expression.free_symbols - set(problem.coordinates)
    if foreign:
        wanted = f"{name} in the coordinates {', '.join(c.name for c in problem.coordinates)}"
        raise DataError(wanted, f"{expression} with {foreign}", "Use these coordinates alone.")


def _grid(name: str, value: tuple[Any, ...], dimension: int) -> None:
    remedy = (
        "Give (axes, values): increasing axes, then values of shape (len(axis), …), "
        "or (len(axis) - 1, …) for cells."
    )
    if len(value) != 2 or len(value[0]) != dimension:
        raise DataError(
            f"(axes, values) with {dimension} axes for {name}", f"{len(value)} items", remedy
        )
    axes = [np.asarray(axis, float) for axis in value[0]]
    values = np.asarray(value[1], float)
    nodes = tuple(len(axis) for axis in axes)
    if values.shape not in (nodes, tuple(n - 1 for n in nodes)):
        raise DataError(f"values of shape {tuple(len(a) for a in axes)}", str(values.shape), remedy)
    if any(len(axis) < 2 or not (np.diff(axis) > 0).all() for axis in axes):
        raise DataError(f"increasing axes of two points or more for {name}", "others", remedy)
    if not (np.isfinite(values).all() and all(np.isfinite(axis).all() for axis in axes)):
        raise DataError(f"finite values for {name}", "NaN or infinity", "Fill the gaps first.")


def _region(problem: Problem, condition: Condition) -> None:
    if condition.kind in BOUNDARY_KINDS:
        if problem.shape is None:
            raise ConditionError("a condition in time", str(condition), "Use rs.initial(…).")
        if condition.on != "boundary" and condition.on not in problem.shape.parts:
            raise ConditionError(
                f'on="boundary" or one of {", ".join(problem.shape.parts)}',
                repr(condition.on),
                "Name a part of the boundary.",
            )
    if condition.kind == "periodic":
        bounds = dict(zip(problem.domain.axes, problem.domain.bounds, strict=True))
        if f"{condition.on}_min" not in (problem.shape.parts if problem.shape else ()):
            raise ConditionError(
                "a space axis of a box for a periodic condition",
                f"{condition.on!r} of {type(problem.shape).__name__}",
                f"Periodic axes must be among {list(bounds)} of a box.",
            )
    if condition.kind == "point_value":
        place = dict(getattr(condition, "at", ()))
        point = np.array([[place[name] for name in problem.domain.axes]])
        if not bool(problem.domain.signed_distance(point)[0] <= 1e-9 * length_of(problem)):
            raise ConditionError("a point inside the domain", str(place), "Move the point.")
    if condition.on == "initial":
        t = problem.time
        if t in sp.sympify(condition.value).free_symbols:
            raise ConditionError(
                "an initial value free of time", str(condition), f"Put {t} to its start."
            )
    _finite(problem, condition)


def _finite(problem: Problem, condition: Condition) -> None:
    value = problem.fill(condition.value)
    if value.free_symbols - set(problem.coordinates) or value.atoms(sp.core.function.AppliedUndef):
        return
    points = points_of(problem, condition, 16)
    if points is not None and not np.isfinite(at_points(problem, value, points)).all():
        raise ConditionError(
            "a value that is finite and real where it holds",
            str(condition),
            "Correct the expression.",
        )


def _family(problem: Problem, condition: Condition) -> str:
    """Conditions of one family exclude each other: up to order three, all on the boundary."""
    if condition.kind not in BOUNDARY_KINDS or condition.unknown not in problem.unknowns:
        return condition.kind
    return condition.kind if space_order(problem, condition.unknown) >= 4 else "boundary value"


def _twice(problem: Problem) -> None:
    seen: dict[tuple[Any, ...], Condition] = {}
    for condition in problem.conditions:
        family = _family(problem, condition)
        place = (str(condition.unknown), family, condition.on, getattr(condition, "at", None))
        if place in seen:
            raise ConditionError(
                f"one {family} condition on {condition.unknown} at {condition.on!r}",
                f"{seen[place]} and {condition}",
                "Remove one.",
            )
        seen[place] = condition
    for condition in problem.conditions:
        if condition.kind == "dirichlet" and condition.on == "boundary":
            family = _family(problem, condition)
            others = (c for c in problem.conditions if c is not condition)
            clash = [c for c in others if c.unknown == condition.unknown]
            clash = [c for c in clash if _family(problem, c) == family]
            if clash:
                raise ConditionError(
                    f"nothing on {condition.unknown} beside a condition on the whole boundary",
                    str(clash[0]),
                    'Name the parts, such as on="x_min".',
                )
        if condition.kind == "periodic":
            ends = (f"{condition.on}_min", f"{condition.on}_max", "boundary")
            for other in problem.conditions:
                one_axis = problem.shape is not None and problem.shape.dimension == 1
                if (
                    other.kind in BOUNDARY_KINDS
                    and other.unknown == condition.unknown
                    and (other.on in ends[:2] or (other.on == "boundary" and one_axis))
                ):
                    raise ConditionError(
                        f"no value on the ends of the periodic axis {condition.on!r}",
                        str(other),
                        "Remove one.",
                    )


def _start(problem: Problem) -> None:
    if problem.time is None:
        return
    for u in problem.unknowns:
        order = time_order(problem, u)
        has_value = bool(problem.of_kind(Initial, u))
        has_rate = bool(problem.of_kind(InitialRate, u))
        observed = any(item.unknown == u for item in problem.observations)
        if has_rate and order < 2:
            raise ConditionError(
                f"an initial rate only for second order in time ({u} has order {order})",
                "initial_rate",
                "Remove it.",
            )
        missing = (order >= 1 and not has_value) or (order >= 2 and not has_rate)
        if missing and not observed:
            wanted = "initial" if not has_value else "initial_rate"
            raise ConditionError(
                f"{order} initial condition(s) for {u}, of order {order} in time",
                "too few",
                f"Add rs.{wanted}({u.func}, …).",
            )


def _diffusion(problem: Problem) -> None:
    """Refuse u_t = D u_xx (or -D u_xxxx) with D of the wrong sign: it has no stable solution."""
    if problem.time is None:
        return
    for residual in problem.residuals:
        flat = sp.expand(residual)
        for u in problem.unknowns:
            rate = flat.coeff(sp.Derivative(u, problem.time))
            order = space_order(problem, u)
            if rate.is_number and rate != 0 and order and order % 2 == 0:
                for c in problem.space:
                    top = flat.coeff(sp.Derivative(u, (c, order)))
                    _stable(problem, sp.sympify(-top / rate) * (-1) ** (order // 2 + 1), c)


def _stable(problem: Problem, diffusion: Any, along: Any) -> None:
    if diffusion.free_symbols - set(problem.coordinates) or diffusion.atoms(AppliedUndef):
        return
    points = interior_points(problem, 64, 19)
    values = at_points(problem, diffusion, points)
    if np.isfinite(values).all() and (values < 0).any():
        raise ProblemError(
            "diffusion of the stable sign (u_t = D·u_xx with D > 0)",
            f"D = {values.min():g} along {along}",
            "Check the sign: a backward heat equation has no stable solution.",
        )


def _observations(problem: Problem) -> None:
    for item in problem.observations:
        if item.unknown not in problem.unknowns:
            raise DataError(
                "an observation of an unknown of the problem", repr(item), "Correct it."
            )
        order = [item.unknown.args.index(c) for c in problem.coordinates if c in item.unknown.args]
        if len(order) != len(problem.coordinates):
            continue
        columns = item.points[:, order]
        axes = [[c.name for c in problem.coordinates].index(name) for name in problem.domain.axes]
        outside = problem.domain.signed_distance(columns[:, axes]) > 1e-9 * length_of(problem)
        if outside.any():
            raise DataError(
                "observations inside the domain",
                f"{int(outside.sum())} outside, the first at {item.points[outside][0]}",
                "Remove them or enlarge the domain.",
            )
