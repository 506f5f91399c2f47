"""Expressions on NumPy arrays: nothing is compiled, so that every grid may have its own shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from residuum._core._errors import ProblemError

FUNCTIONS: dict[Any, Callable[..., Any]] = {
    sp.sin: np.sin,
    sp.cos: np.cos,
    sp.tan: np.tan,
    sp.asin: np.arcsin,
    sp.acos: np.arccos,
    sp.atan: np.arctan,
    sp.sinh: np.sinh,
    sp.cosh: np.cosh,
    sp.tanh: np.tanh,
    sp.exp: np.exp,
    sp.log: np.log,
    sp.Abs: np.abs,
    sp.sign: np.sign,
    sp.Heaviside: lambda u, half=0.5: np.heaviside(u, half),
    sp.floor: np.floor,
    # What differentiating a jump leaves behind is a measure, and quadrature points miss it.
    sp.DiracDelta: lambda u, *_: np.zeros_like(np.asarray(u, float)),
}
COMPARE: dict[Any, Callable[..., Any]] = {
    sp.StrictLessThan: np.less,
    sp.LessThan: np.less_equal,
    sp.StrictGreaterThan: np.greater,
    sp.GreaterThan: np.greater_equal,
    sp.Equality: np.equal,
    sp.Unequality: np.not_equal,
}
MOST_POWER = 16


def numeric(expressions: Sequence[Any], values: Mapping[Any, Any]) -> list[Any]:
    """Return the values of expressions in plain derivatives, common parts computed once.

    Args:
        expressions: SymPy expressions.
        values: arrays or floats by atom: coordinates, parameters, unknowns, derivatives.

    Returns:
        For each a float, or an array of the shape the values broadcast to.

    Raises:
        ProblemError: an atom has no value, or a function is unknown.
    """
    memory: dict[Any, Any] = {}

    def visit(node: Any) -> Any:
        if node not in memory:
            memory[node] = _node(node, values, visit)
        return memory[node]

    with np.errstate(all="ignore"):
        return [visit(item) for item in expressions]


def _node(node: Any, values: Mapping[Any, Any], visit: Callable[[Any], Any]) -> Any:
    if node in values:
        return values[node]
    if node.is_number and not node.has(sp.core.function.AppliedUndef):
        return _number(node)
    if isinstance(node, sp.Add):
        return _fold(np.add, [visit(item) for item in node.args])
    if isinstance(node, sp.Mul):
        return _fold(np.multiply, [visit(item) for item in node.args])
    if isinstance(node, sp.Pow):
        return _power(visit(node.base), node.exp, visit)
    if isinstance(node, sp.Piecewise):
        return _piecewise(node, visit)
    if isinstance(node, sp.Max | sp.Min):
        join = np.maximum if isinstance(node, sp.Max) else np.minimum
        return _fold(join, [visit(item) for item in node.args])
    if node.func in (sp.erf, sp.erfc):
        from scipy import special  # it takes a while to import

        return getattr(special, node.func.__name__)(visit(node.args[0]))
    if node.func in FUNCTIONS:
        return FUNCTIONS[node.func](*(visit(item) for item in node.args))
    raise ProblemError(
        f"a value for every part of {node}",
        f"none for {node} ({type(node).__name__})",
        "Give the coefficient or parameter a value, or write the function with known ones.",
    )


@lru_cache(maxsize=4096)
def _number(node: Any) -> float:
    value = complex(node.evalf())
    if abs(value.imag) > 0 or not np.isfinite(value.real):
        raise ProblemError("real finite numbers", str(node), "Correct the expression.")
    return value.real


def _fold(join: Callable[..., Any], parts: list[Any]) -> Any:
    # Plain numbers first: the large arrays are gone through as few times as possible.
    parts = sorted(parts, key=np.ndim)
    total = parts[0]
    for part in parts[1:]:
        total = join(total, part)
    return total


def _power(base: Any, exponent: Any, visit: Callable[[Any], Any]) -> Any:
    if exponent == sp.Rational(1, 2):
        return np.sqrt(base)
    if exponent.is_Integer and 0 < abs(int(exponent)) <= MOST_POWER:
        # NumPy raises to whole powers by way of logarithms, which is slower by far.
        found = _whole_power(base, abs(int(exponent)))
        return found if exponent > 0 else 1.0 / np.asarray(found)
    return np.power(base, visit(exponent))


def _whole_power(base: Any, n: int) -> Any:
    if n == 1:
        return base
    half = _whole_power(base, n // 2)
    return half * half * base if n % 2 else half * half


def _piecewise(node: Any, visit: Callable[[Any], Any]) -> Any:
    total: Any = float("nan")
    for value, condition in reversed(node.args):
        chosen = visit(value)
        total = (
            chosen if condition == sp.true else np.where(_relation(condition, visit), chosen, total)
        )
    return total


def _relation(condition: Any, visit: Callable[[Any], Any]) -> Any:
    if isinstance(condition, sp.And | sp.Or):
        join = np.logical_and if isinstance(condition, sp.And) else np.logical_or
        return _fold(join, [_relation(item, visit) for item in condition.args])
    if isinstance(condition, sp.Not):
        return np.logical_not(_relation(condition.args[0], visit))
    return COMPARE[type(condition)](visit(condition.lhs), visit(condition.rhs))
