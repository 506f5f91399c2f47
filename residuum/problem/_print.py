"""The words of the grammar, both ways: built for the parser, and printed back as text.

Every builder takes SymPy operands and refuses what SymPy could not finish: it evaluates powers
of numbers, and looks for signs and simplifications, as soon as an expression is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.str import StrPrinter

from residuum._core._errors import ProblemError
from residuum.problem._operators import (
    Curl,
    Div,
    Grad,
    Laplacian,
    Vector,
    curl,
    div,
    grad,
    laplacian,
    vector,
)
from residuum.problem._symbols import Closure, Coefficient, Coordinate, Unknown

MAX_DIGITS, MAX_EXPONENT, MAX_BITS = 40, 1_000, 4_096
MAX_ORDER, MAX_OPERATIONS, SMALL, SHALLOW = 8, 400, 40, 12

ELEMENTARY: dict[str, tuple[Any, Callable[[float], float]]] = {
    name: (getattr(sp, name), getattr(math, name))
    for name in (
        *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
        *("exp", "log", "erf", "erfc"),
    )
}
STEPPED: dict[str, tuple[Any, Callable[[float], float]]] = {
    "abs": (sp.Abs, abs),
    "sign": (sp.sign, lambda v: (v > 0) - (v < 0)),
    "floor": (sp.floor, math.floor),
    "heaviside": (sp.Heaviside, lambda v: ((v > 0) - (v < 0) + 1) / 2),
}
OPERATORS: dict[str, Callable[..., Any]] = {
    "grad": grad,
    "div": div,
    "laplacian": laplacian,
    "curl": curl,
}
COMPARISONS: dict[str, tuple[Any, Callable[[float, float], bool]]] = {
    "<": (sp.StrictLessThan, float.__lt__),
    "<=": (sp.LessThan, float.__le__),
    ">": (sp.StrictGreaterThan, float.__gt__),
    ">=": (sp.GreaterThan, float.__ge__),
}
CONSTANTS = {"pi": sp.pi, "E": sp.E}

_FLOATS: dict[Any, Callable[..., float]] = {
    sp.Add: lambda *v: math.fsum(v),
    sp.Mul: lambda *v: math.prod(v),
    sp.Pow: math.pow,
    sp.Heaviside: lambda v, half: half if v == 0 else float(v > 0),
    **dict(ELEMENTARY.values()),
    **{STEPPED[name][0]: STEPPED[name][1] for name in ("abs", "sign", "floor")},
}


class Refusal(Exception):
    """Wanted, got and remedy, before the column is known."""


def _constant(expression: sp.Expr) -> float | None:
    """Return the value of an expression without symbols, ``None`` for others."""
    if not expression.is_number:
        return None
    try:
        value = _float(expression)
    except KeyError:  # a vector or an operator of numbers
        return None
    except (ArithmeticError, ValueError):
        value = math.nan
    return _finite(value)


@lru_cache(maxsize=1024)
def _float(expression: sp.Expr) -> float:
    if expression.is_Number or expression.is_NumberSymbol:
        return float(expression)
    return _FLOATS[expression.func](*(_float(item) for item in expression.args))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        got = "one that is infinite, complex or undefined"
        raise Refusal("a finite real number", got, "Correct the numbers.")
    return value


def _small(expression: sp.Expr) -> bool:
    # Beyond this size SymPy's search for simpler forms takes seconds, and finds none.
    nodes = sum(1 for _ in islice(sp.preorder_traversal(expression), SMALL + 1))
    return nodes <= SMALL and _depth(expression) <= SHALLOW


def _depth(expression: Any) -> int:
    deepest: int = max((_depth(item) for item in expression.args), default=0)
    return 1 + deepest


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """Return the power, if its numbers stay small enough to be raised."""
    if not isinstance(exponent, sp.Expr):
        raise Refusal("an expression as exponent", "a comparison", "Correct it.")
    b, e = _constant(base), _constant(exponent)
    if b is not None and e is not None:
        _finite(_tried(math.pow, b, e))
    if base == 0 and e is not None and e < 0:
        raise Refusal("a divisor other than zero", "zero", "Correct the denominator.")
    _exponent(exponent)
    bits = max((_bits(item) for item in base.atoms(sp.Rational)), default=0)
    # SymPy raises the numbers in a base at once: (2*x)^n holds 2^n.
    if e is not None and bits * abs(e) > MAX_BITS:
        raise Refusal("a power of fewer digits", "a huge one", "Write a decimal number.")
    return sp.Pow(base, exponent, evaluate=_small(base) and _small(exponent))


def _bits(number: sp.Rational) -> int:
    return int(max(0, abs(number.p).bit_length() - 1) + number.q.bit_length())


def _exponent(exponent: sp.Expr) -> None:
    if any(abs(item) > MAX_EXPONENT for item in exponent.atoms(sp.Number)):
        wanted = f"numbers up to {MAX_EXPONENT} in an exponent"
        raise Refusal(wanted, str(exponent)[:60], "Write exp(…), or scale the expression.")


def _tried(function: Callable[..., float], *values: float) -> float:
    try:
        return function(*values)
    except (ArithmeticError, ValueError):
        return math.nan


def inverse(expression: sp.Expr) -> sp.Expr:
    """Return one over the expression, unless it is zero."""
    if _constant(expression) == 0:
        raise Refusal("a divisor other than zero", "zero", "Correct the denominator.")
    return sp.Pow(expression, -1, evaluate=_small(expression))


def gathered(kind: Any, parts: list[Any]) -> sp.Expr:
    """Return the sum or product of all parts at once."""
    if not isinstance(parts[0], sp.Expr):
        raise Refusal("an expression", "a comparison", "Comparisons belong into where(…).")
    found = kind(*parts, evaluate=kind is sp.Add or max(_depth(item) for item in parts) <= SHALLOW)
    number = found.as_coeff_Add()[0] if kind is sp.Add else found.as_coeff_Mul()[0]
    _finite(_tried(float, number))
    return found


def relation(sign: str, left: sp.Expr, right: sp.Expr) -> Any:
    """Return a comparison, decided at once between numbers."""
    kind, decide = COMPARISONS[sign]
    a, b = _constant(left), _constant(right)
    if a is not None and b is not None:
        return sp.true if decide(a, b) else sp.false
    # Unevaluated: SymPy would search for the sign of left - right.
    return kind(left, right, evaluate=False)


def joined(kind: Any, parts: list[Any]) -> Any:
    """Return comparisons joined by ``and`` or ``or``."""
    if any(isinstance(part, sp.Expr) for part in parts):
        raise Refusal("comparisons around 'and' and 'or'", "an expression", "Write x < 0, say.")
    decisive, idle = (sp.true, sp.false) if kind is sp.Or else (sp.false, sp.true)
    kept = [part for part in dict.fromkeys(parts) if part != idle]
    if decisive in kept or not kept:
        return decisive if kept else idle
    return kept[0] if len(kept) == 1 else kind(*kept, evaluate=False)


def _elementary(name: str, argument: sp.Expr) -> sp.Expr:
    if name == "sqrt":
        return power(argument, sp.Rational(1, 2))
    function, plain = ELEMENTARY[name]
    value = _constant(argument)
    if value is not None:
        _finite(_tried(plain, value))
    if argument.has(sp.log):  # exp(n*log(2*x)) becomes a power
        _exponent(argument)
    return function(argument, evaluate=_small(argument))


def _stepped(name: str, argument: sp.Expr, *half: sp.Expr) -> sp.Expr:
    function, plain = STEPPED[name]
    value = _constant(argument)
    if value is None:
        return function(argument, *half, evaluate=False)
    if argument.is_Number:
        return function(argument, *half)
    return argument * (1 if value >= 0 else -1) if name == "abs" else sp.Rational(plain(value))


def _extreme(name: str, *arguments: sp.Expr) -> sp.Expr:
    values = {item: value for item in arguments if (value := _constant(item)) is not None}
    choose = max if name == "max" else min
    kept = [item for item in arguments if item not in values]
    kept += [choose(values, key=values.__getitem__)] if values else []
    kind = sp.Max if name == "max" else sp.Min
    return kept[0] if len(set(kept)) == 1 else kind(*kept, evaluate=False)


def _where(name: str, *arguments: Any) -> sp.Expr:
    """Take condition, value, condition, value, …, and last the value elsewhere."""
    *pairs, otherwise = arguments
    if len(pairs) % 2 or any(isinstance(item, sp.Expr) for item in pairs[::2]):
        wanted = f"{name}(condition, value, …, value elsewhere)"
        raise Refusal(wanted, f"{len(arguments)} arguments", "Alternate x < 0 and values.")
    if not all(isinstance(item, sp.Expr) for item in (*pairs[1::2], otherwise)):
        raise Refusal("an expression as value", "a comparison", "Correct it.")
    branches = []
    for condition, value in [*zip(pairs[::2], pairs[1::2], strict=True), (sp.true, otherwise)]:
        if condition != sp.false:
            branches.append((value, condition))
        if condition == sp.true:
            break
    return branches[0][0] if len(branches) == 1 else sp.Piecewise(*branches, evaluate=False)


def _diff(name: str, expression: sp.Expr, *variables: sp.Expr) -> sp.Expr:
    counts: list[list[Any]] = []
    for item in variables:
        if isinstance(item, Coordinate):
            counts.append([item, 1])
        elif counts and isinstance(item, sp.Integer) and item > 0 and counts[-1][1] == 1:
            counts[-1][1] = int(min(item, MAX_ORDER + 1))
        else:
            wanted = "coordinates, each with an order if above one"
            raise Refusal(wanted, str(item)[:40], "Write diff(u, x, 2).")
    if sum(order for _, order in counts) > MAX_ORDER:
        raise Refusal(f"an order of at most {MAX_ORDER}", "more", "Lower the order.")
    if expression.atoms(AppliedUndef) or expression.has(sp.Derivative):
        return sp.Derivative(expression, *counts)
    for coordinate, order in counts:
        for _ in range(order):
            if sp.count_ops(expression) > MAX_OPERATIONS // 4:
                raise Refusal("a shorter derivative", "a long one", "Write it out, or split it.")
            expression = sp.diff(expression, coordinate)
    return expression


def sound(expression: sp.Expr) -> sp.Expr:
    """Refuse what is not a finite real expression after SymPy's automatic steps."""
    for node in sp.preorder_traversal(expression):
        if node in (sp.nan, sp.oo, -sp.oo, sp.zoo, sp.I):
            raise Refusal("finite real numbers", str(node), "Correct the expression.")
        if isinstance(node, sp.Number):
            _finite(_tried(float, node))
        if isinstance(node, sp.Function | sp.Subs) and not isinstance(node, _PRINTABLE):
            got = f"{node.func.__name__}, as in the derivative of a step"
            raise Refusal("functions the grammar has words for", got, "Write it out.")
    return expression


CALLS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    **dict.fromkeys((*ELEMENTARY, "sqrt"), (1, 1, _elementary)),
    **{name: (1, 1 + (name == "heaviside"), _stepped) for name in STEPPED},
    **{name: (1, 1, lambda word, item: OPERATORS[word](item)) for name in OPERATORS},
    "max": (2, 8, _extreme),
    "min": (2, 8, _extreme),
    "where": (3, 99, _where),
    "piecewise": (3, 99, _where),
    "diff": (2, 9, _diff),
    "vector": (1, 9, lambda word, *items: vector(*items)),
}


def to_text(expression: Any) -> str:
    """Return the text that `parse` reads back as the same expression.

    Unknowns, coefficients and closures are printed as bare names; decimals with all their digits.

    Raises:
        ProblemError: a part that the grammar has no word for.
    """
    expression = sp.sympify(expression)
    text: str = _Printer().doprint(expression)
    return text.replace("**", "^")


class _Printer(StrPrinter):
    """SymPy's own printer, with the words of the grammar and an error for everything else."""

    def _refuse(self, node: Any) -> str:
        raise ProblemError(
            "an expression that problem files have words for",
            f"{type(node).__name__} in {str(node)[:60]}",
            "Write it with: " + ", ".join(CALLS) + ".",
        )

    def _print(self, expr: Any, **kwargs: Any) -> str:
        known = isinstance(expr, _PRINTABLE) and expr is not sp.nan and expr.is_finite is not False
        if not known and not isinstance(expr, int | str):
            return self._refuse(expr)
        return str(super()._print(expr, **kwargs))

    def _called(self, name: str, items: Any) -> str:
        return f"{name}({', '.join(self._print(item) for item in items)})"

    def _print_Float(self, expr: sp.Float) -> str:
        value = float(expr)
        return repr(value) if math.isfinite(value) else self._refuse(expr)

    def _print_Integer(self, expr: sp.Integer) -> str:
        return str(expr.p) if abs(expr.p) < 10**MAX_DIGITS else self._refuse(expr)

    def _print_Exp1(self, expr: Any) -> str:
        return "E"

    def _print_Function(self, expr: Any) -> str:
        if isinstance(expr, AppliedUndef):
            return str(expr.func)
        if expr.func not in _NAMES:
            return self._refuse(expr)
        plain = expr.func is sp.Heaviside and expr.args[1] == sp.Rational(1, 2)
        return self._called(_NAMES[expr.func], expr.args[: 1 if plain else None])

    def _print_Heaviside(self, expr: Any) -> str:
        return self._print_Function(expr)

    def _print_Abs(self, expr: Any) -> str:
        return self._print_Function(expr)

    def _print_Max(self, expr: Any) -> str:
        return self._called("max", expr.args)

    def _print_Min(self, expr: Any) -> str:
        return self._called("min", expr.args)

    def _print_Derivative(self, expr: Any) -> str:
        variables: list[Any] = []
        for coordinate, order in expr.variable_count:
            variables += [coordinate] if order == 1 else [coordinate, order]
        return self._called("diff", [expr.expr, *variables])

    def _print_Vector(self, expr: Any) -> str:
        return f"[{', '.join(self._print(item) for item in expr.args)}]"

    def _print__Node(self, expr: Any) -> str:
        return self._called(type(expr).__name__.lower(), expr.args)

    def _print_Piecewise(self, expr: Any) -> str:
        *pairs, (otherwise, last) = expr.args
        if last != sp.true:
            return self._refuse(expr)
        items = [item for value, condition in pairs for item in (condition, value)]
        return self._called("where", [*items, otherwise])

    def _print_Relational(self, expr: Any) -> str:
        sign = next(sign for sign, (kind, _) in COMPARISONS.items() if isinstance(expr, kind))
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_And(self, expr: Any) -> str:
        word = " and " if isinstance(expr, sp.And) else " or "
        return "(" + word.join(self._print(item) for item in expr.args) + ")"

    def _print_Or(self, expr: Any) -> str:
        return self._print_And(expr)


_NAMES = {kind: name for name, (kind, _) in (*ELEMENTARY.items(), *STEPPED.items())}
_PRINTABLE = (
    sp.Number,
    type(sp.pi),
    type(sp.E),
    sp.Symbol,
    sp.Add,
    sp.Mul,
    sp.Pow,
    sp.Max,
    sp.Min,
    *_NAMES,
    *(Unknown, Coefficient, Closure),
    sp.Derivative,
    *(Vector, Grad, Div, Laplacian, Curl),
    sp.Piecewise,
    *(kind for kind, _ in COMPARISONS.values()),
    sp.And,
    sp.Or,
)
