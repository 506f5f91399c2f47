"""Is the problem stated completely and without contradiction?"""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from residuum._core._errors import ConditionError, DataError, DomainError, ProblemError
from residuum.geometry import Shape
from residuum.problem._conditions import Condition, Dirichlet, Initial, InitialRate
from residuum.problem._equation import Eq, Observation
from residuum.problem._operators import Vector
from residuum.problem._symbols import Coordinate, Parameter, Unknown

if TYPE_CHECKING:
    from residuum.problem._problem import Problem

BOUNDARY_KINDS = ("dirichlet", "neumann", "robin", "flux")


class WellPosednessWarning(UserWarning):
    """The conditions look too few or too many for a unique solution."""


def check(problem: Problem) -> None:
    """Raise on what is wrong in a problem, warn about what is doubtful."""
    _parts(problem)
    _symbols(problem)
    _counts(problem)
    _given(problem)
    for condition in problem.conditions:
        _region(problem, condition)
    _twice(problem)
    _start(problem)
    _diffusion(problem)
    _observations(problem)
    _corners(problem)
    _boundary(problem)


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
                raise ProblemError(f"{kind.__name__} objects", repr(item), "See the example of Problem.")
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
        _declared(problem, condition.value, str(condition))
        foreign = sp.sympify(condition.unknown).atoms(Unknown) - set(problem.unknowns)
        missing = sp.sympify(condition.unknown).atoms(Unknown) - {
            u for e in problem.equations for s in (e.left, e.right) for u in s.atoms(Unknown)
        }
        if foreign or missing:
            raise ConditionError("a condition on an unknown of the equations", str(condition), "Correct it.")
        if sp.sympify(condition.value).atoms(Unknown):
            raise ConditionError("a value free of unknowns", str(condition), "Use robin(…) or an equation.")
    names = [str(getattr(u, "func", u)) for u in (*problem.unknowns, *problem.coefficients)]
    names += [item.name for item in (*problem.coordinates, *problem.parameters)]
    doubled = [name for name, n in Counter(names).items() if n > 1]
    if doubled:
        raise ProblemError("one meaning per name", f"{doubled} declared twice", "Rename one of them.")
    orders = [u.args for u in problem.unknowns]
    for args in orders:
        if [c for c in problem.coordinates if c in args] != sorted(args, key=problem.coordinates.index):
            raise ProblemError("unknowns of the problem's coordinates", str(args), "Declare them alike.")


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
    if n != len(problem.unknowns):
        raise ProblemError(
            f"as many scalar equations as unknowns ({', '.join(str(u) for u in problem.unknowns)})",
            f"{n} equations for {len(problem.unknowns)} unknowns",
            "Add or remove equations.",
        )
    for residual in problem.residuals:
        if not residual.atoms(Unknown):
            raise ProblemError("an unknown in every equation", f"{residual} = 0", "Correct the equation.")


def _given(problem: Problem) -> None:
    names = {p.name for p in problem.parameters} | {str(a.func) for a in problem.coefficients}
    names |= {str(c.func) for c in problem.closures}
    for name, value in problem.given.items():
        if name not in names:
            raise DataError(f"a name among {sorted(names)}", name, "Only declared symbols can be given.")
        if isinstance(value, int | float) and not np.isfinite(value):
            raise DataError(f"a finite value for {name}", str(value), "Correct it.")
        if isinstance(value, tuple):
            _grid(name, value, len(next(a for a in problem.coefficients if str(a.func) == name).args))
    for a in problem.coefficients:
        if str(a.func) not in problem.given:
            raise DataError(
                f"a value for the coefficient {a}",
                "none",
                f"Pass given={{{a.func}: …}} with a number, an expression, a function or a grid.",
            )


def _grid(name: str, value: tuple[Any, ...], dimension: int) -> None:
    remedy = "Give (axes, values): increasing axes, then values of shape (len(axis), …)."
    if len(value) != 2 or len(value[0]) != dimension:
        raise DataError(f"(axes, values) with {dimension} axes for {name}", f"{len(value)} items", remedy)
    axes = [np.asarray(axis, float) for axis in value[0]]
    values = np.asarray(value[1], float)
    if values.shape != tuple(len(axis) for axis in axes):
        raise DataError(f"values of shape {tuple(len(a) for a in axes)}", str(values.shape), remedy)
    if any(len(axis) < 2 or not (np.diff(axis) > 0).all() for axis in axes):
        raise DataError(f"increasing axes of two points or more for {name}", "others", remedy)
    if not np.isfinite(values).all():
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
        if not bool(problem.domain.signed_distance(point)[0] <= 1e-9 * _size(problem)):
            raise ConditionError("a point inside the domain", str(place), "Move the point.")
    if condition.kind == "initial":
        t = problem.time
        if t in sp.sympify(condition.value).free_symbols:
            raise ConditionError("an initial value free of time", str(condition), f"Put {t} to its start.")
    _finite(problem, condition)


def _size(problem: Problem) -> float:
    return float(np.ptp(problem.domain.bounds, axis=1).max())


def _finite(problem: Problem, condition: Condition) -> None:
    value = problem.fill(condition.value)
    if value.free_symbols - set(problem.coordinates) or value.atoms(sp.core.function.AppliedUndef):
        return
    points = _points_of(problem, condition, 16)
    if points is not None and not np.isfinite(_at(problem, value, points)).all():
        raise ConditionError(
            "a value that is finite and real where it holds", str(condition), "Correct the expression."
        )


def _points_of(problem: Problem, condition: Condition, n: int) -> np.ndarray | None:
    """Points (n, d) in problem coordinates where a condition holds."""
    start = problem.interval[0] if problem.interval else 0.0
    if condition.on == "initial":
        if problem.shape is None:
            return np.array([[start]])
        space = problem.shape.sample(n, key=11)
        return np.column_stack([np.full(n, start), space])
    if condition.kind in BOUNDARY_KINDS and problem.shape is not None:
        space = problem.shape.sample_boundary(n, part=condition.on, key=12)
        if problem.interval is None:
            return space
        return np.column_stack([np.linspace(*problem.interval, n), space])
    return None


def _at(problem: Problem, value: sp.Expr, points: np.ndarray) -> np.ndarray:
    function = sp.lambdify(list(problem.coordinates), value, "numpy")
    with np.errstate(all="ignore"):
        found = np.broadcast_to(function(*points.T), len(points))
    return np.where(np.isreal(found), np.real(found), np.nan)


def _twice(problem: Problem) -> None:
    seen: dict[tuple[Any, ...], Condition] = {}
    for condition in problem.conditions:
        family = "value" if condition.kind in BOUNDARY_KINDS else condition.kind
        place = (condition.unknown, family, condition.on, getattr(condition, "at", None))
        if condition.kind == "flux":
            place = (str(condition.unknown), "flux", condition.on, None)
        if place in seen:
            raise ConditionError(
                f"one {family} condition on {condition.unknown} at {condition.on!r}",
                f"{seen[place]} and {condition}",
                "Remove one.",
            )
        seen[place] = condition
        if family == "value" and condition.on != "boundary":
            seen.setdefault(place, condition)
    for condition in problem.conditions:
        if condition.kind == "dirichlet" and condition.on == "boundary":
            others = [c for c in problem.conditions if c is not condition and c.kind in BOUNDARY_KINDS]
            clash = [c for c in others if c.unknown == condition.unknown]
            if clash:
                raise ConditionError(
                    f"no other boundary condition on {condition.unknown} beside one on the whole boundary",
                    str(clash[0]),
                    'Name the parts, such as on="x_min".',
                )
        if condition.kind == "periodic":
            ends = (f"{condition.on}_min", f"{condition.on}_max", "boundary")
            for other in problem.conditions:
                one_axis = problem.shape is not None and problem.shape.dimension == 1
                if other.kind in BOUNDARY_KINDS and other.unknown == condition.unknown and (
                    other.on in ends[:2] or (other.on == "boundary" and one_axis)
                ):
                    raise ConditionError(
                        f"no value on the ends of the periodic axis {condition.on!r}", str(other), "Remove one."
                    )


def time_order(problem: Problem, unknown: Any) -> int:
    """Return the highest order of differentiation in time of an unknown."""
    if problem.time is None:
        return 0
    orders = [0]
    for residual in problem.residuals:
        for node in residual.atoms(sp.Derivative):
            if node.expr == unknown:
                orders.append(sum(int(n) for c, n in node.variable_count if c == problem.time))
    return max(orders)


def space_order(problem: Problem, unknown: Any) -> int:
    """Return the highest order of differentiation in space of an unknown."""
    orders = [0]
    for residual in problem.residuals:
        for node in residual.atoms(sp.Derivative):
            if node.expr == unknown:
                orders.append(sum(int(n) for c, n in node.variable_count if c != problem.time))
    return max(orders)


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
    if problem.time is None or len(problem.unknowns) != 1:
        return
    u, t = problem.unknowns[0], problem.time
    residual = sp.expand(problem.residuals[0])
    order = space_order(problem, u)
    rate = residual.coeff(sp.Derivative(u, t)) if time_order(problem, u) == 1 else None
    if rate is None or not rate.is_number or rate == 0 or order % 2 or order == 0:
        return
    for c in problem.space:
        top = residual.coeff(sp.Derivative(u, (c, order)))
        if top.is_number and float(-top / rate) * (-1) ** (order // 2 + 1) < 0:
            raise ProblemError(
                "diffusion of the stable sign (u_t = D·u_xx with D > 0)",
                f"D = {float(-top / rate):g} along {c}",
                "Check the sign: a backward heat equation has no stable solution.",
            )


def _observations(problem: Problem) -> None:
    for item in problem.observations:
        if item.unknown not in problem.unknowns:
            raise DataError("an observation of an unknown of the problem", repr(item), "Correct it.")
        order = [item.unknown.args.index(c) for c in problem.coordinates if c in item.unknown.args]
        if len(order) != len(problem.coordinates):
            continue
        columns = item.points[:, order]
        axes = [[c.name for c in problem.coordinates].index(name) for name in problem.domain.axes]
        outside = problem.domain.signed_distance(columns[:, axes]) > 1e-9 * _size(problem)
        if outside.any():
            raise DataError(
                "observations inside the domain",
                f"{int(outside.sum())} of {len(outside)} outside, first at {item.points[outside][0]}",
                "Remove them or enlarge the domain.",
            )


def _corners(problem: Problem) -> None:
    """Compare conditions that meet: the start with the boundary, and neighbouring sides."""
    values = [c for c in problem.conditions if isinstance(c, Dirichlet) and not c.jump]
    starts = [c for c in problem.conditions if isinstance(c, Initial) and not c.jump]
    for condition in values:
        points = _points_of(problem, condition, 16)
        if points is None or problem.shape is None:
            continue
        corner = _corner_points(problem, condition)
        for other in values:
            if other is condition or other.unknown != condition.unknown or not len(corner):
                continue
            shared = corner[problem.shape.on_part(corner, other.on, 1e-9 * _size(problem))]
            _agree(problem, condition, other, _with_time(problem, shared))
        for start in starts:
            if start.unknown == condition.unknown and problem.interval is not None:
                points[:, 0] = problem.interval[0]
                extra = _with_time(problem, corner)
                _agree(problem, condition, start, np.vstack([points, extra]))


def _with_time(problem: Problem, space: np.ndarray) -> np.ndarray:
    if problem.interval is None or not len(space):
        return space.reshape(-1, len(problem.coordinates))
    return np.column_stack([np.full(len(space), problem.interval[0]), space])


def _corner_points(problem: Problem, condition: Condition) -> np.ndarray:
    """Corners of a box or polygon that lie on the part of a condition."""
    shape = problem.shape
    assert shape is not None
    vertices = getattr(shape, "vertices", None)
    if vertices is None:
        if not all(f"{axis}_min" in shape.parts for axis in shape.axes):
            return np.zeros((0, shape.dimension))
        grids = np.meshgrid(*shape.bounds, indexing="ij")
        vertices = np.stack([g.ravel() for g in grids], axis=1)
    corners = np.asarray(vertices, float)
    found: np.ndarray = corners[shape.on_part(corners, condition.on, 1e-9 * _size(problem))]
    return found


def _agree(problem: Problem, one: Condition, other: Condition, points: np.ndarray) -> None:
    a, b = problem.fill(one.value), problem.fill(other.value)
    free = (a.free_symbols | b.free_symbols) - set(problem.coordinates)
    if free or a.atoms(sp.core.function.AppliedUndef) or b.atoms(sp.core.function.AppliedUndef):
        return
    if not len(points):
        return
    left, right = _at(problem, a, points), _at(problem, b, points)
    wide = [(a, _points_of(problem, one, 16)), (b, _points_of(problem, other, 16))]
    sizes = [float(np.abs(_at(problem, value, where)).max()) for value, where in wide if where is not None]
    size = max([*sizes, 1e-300])
    gap = np.abs(left - right)
    if gap.max() > 1e-6 * size:
        place = dict(zip([c.name for c in problem.coordinates], points[gap.argmax()].tolist(), strict=True))
        raise ConditionError(
            f"conditions on {one.unknown} that agree where they meet",
            f"{left[gap.argmax()]:g} from {one} and {right[gap.argmax()]:g} from {other} at {place}",
            "Correct one, or pass jump=True to the condition whose jump is meant.",
        )


def _boundary(problem: Problem) -> None:
    """Warn where the number of boundary conditions does not fit the order in space."""
    if problem.shape is None or problem.observations:
        return
    for u in problem.unknowns:
        order = space_order(problem, u)
        for part in problem.shape.parts:
            n = _conditions_at(problem, u, part)
            message = _judge(order, n)
            if message:
                warnings.warn(
                    f"{message} conditions on {u} at {part!r}: {n} for order {order} in space",
                    WellPosednessWarning,
                    stacklevel=5,
                )
    _undetermined(problem)


def _conditions_at(problem: Problem, u: Any, part: str) -> int:
    n = 0
    for c in problem.conditions:
        about = u in sp.sympify(c.unknown).atoms(Unknown)
        here = c.on in (part, "boundary") and c.kind in BOUNDARY_KINDS
        around = c.kind == "periodic" and part.rpartition("_")[0] == c.on
        n += 100 if about and around else int(about and here)
    return n


def _judge(order: int, n: int) -> str:
    if n >= 100:
        return ""
    most = max(order // 2, 1) if order != 1 else 1
    if order >= 2 and order % 2 == 0 and n < order // 2:
        return "too few"
    return "too many" if n > most + order % 2 else ""


def _undetermined(problem: Problem) -> None:
    """Warn where a steady solution is fixed only up to a constant."""
    if problem.time is not None:
        return
    for u in problem.unknowns:
        fixed = any(
            u in sp.sympify(c.unknown).atoms(Unknown)
            and c.kind in ("dirichlet", "robin", "point_value", "integral")
            for c in problem.conditions
        )
        shift = sp.Dummy("shift")
        unchanged = all(
            sp.simplify(r.subs(u, u + shift).doit() - r) == 0 for r in problem.residuals
        )
        if not fixed and unchanged:
            warnings.warn(
                f"{u} is fixed only up to a constant: add a Dirichlet, point or integral condition",
                WellPosednessWarning,
                stacklevel=6,
            )
