"""Evaluate a SymPy expression on arrays or on jets; nothing is ever turned into text or code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
import sympy as sp

from residuum._core import _jet as jets
from residuum._core._errors import ProblemError
from residuum._core._jet import Jet

ARRAY_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    sp.sin: jnp.sin,
    sp.cos: jnp.cos,
    sp.tan: jnp.tan,
    sp.asin: jnp.arcsin,
    sp.acos: jnp.arccos,
    sp.atan: jnp.arctan,
    sp.sinh: jnp.sinh,
    sp.cosh: jnp.cosh,
    sp.tanh: jnp.tanh,
    sp.exp: jnp.exp,
    sp.log: jnp.log,
    sp.erf: jsp.erf,
    sp.erfc: jsp.erfc,
    sp.Abs: jnp.abs,
    sp.sign: jnp.sign,
    sp.Heaviside: lambda u, half=0.5: jnp.heaviside(u, half),
    sp.floor: jnp.floor,
}

JET_FUNCTIONS: dict[Any, Callable[[Jet], Jet]] = {
    sp.sin: lambda u: jets.sin_cos(u)[0],
    sp.cos: lambda u: jets.sin_cos(u)[1],
    sp.tanh: jets.tanh,
    sp.exp: jets.exp,
    sp.log: jets.log,
}


def evaluate(expression: sp.Basic, values: Mapping[Any, Any]) -> Any:
    """Return the value of an expression.

    Args:
        expression: a SymPy expression in plain derivatives (no grad or div nodes).
        values: arrays, floats or jets by atom: coordinates, parameters, unknowns, derivatives.

    Returns:
        A float, an array broadcast from the values, or a jet where a jet came in.

    Raises:
        ProblemError: an atom has no value, or a function is unknown.
    """
    memory: dict[Any, Any] = {}

    def visit(node: Any) -> Any:
        if node not in memory:
            memory[node] = _node(node, values, visit)
        return memory[node]

    return visit(expression)


def _node(node: Any, values: Mapping[Any, Any], visit: Callable[[Any], Any]) -> Any:
    if node in values:
        return values[node]
    if node.is_number and not node.has(sp.core.function.AppliedUndef):
        return _number(node)
    if isinstance(node, sp.Add):
        return _sum([visit(item) for item in node.args])
    if isinstance(node, sp.Mul):
        return _times([visit(item) for item in node.args])
    if isinstance(node, sp.Pow):
        return _power(visit(node.base), node.exp, visit)
    if isinstance(node, sp.Piecewise):
        return _piecewise(node, visit)
    if isinstance(node, sp.Max | sp.Min):
        return _extreme(node, visit)
    if node.func in ARRAY_FUNCTIONS:
        return _apply(node.func, [visit(item) for item in node.args])
    raise ProblemError(
        f"a value for every part of {node}",
        f"none for {node} ({type(node).__name__})",
        "Give the coefficient or parameter a value, or write the function with known ones.",
    )


def _number(node: Any) -> float:
    value = complex(node.evalf())
    if abs(value.imag) > 0 or not np.isfinite(value.real):
        raise ProblemError("real finite numbers", str(node), "Correct the expression.")
    return value.real


def _sum(parts: list[Any]) -> Any:
    # Jets last, so that an array on the left never tries to add a jet elementwise.
    parts = sorted(parts, key=lambda item: isinstance(item, Jet), reverse=True)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _times(parts: list[Any]) -> Any:
    parts = sorted(parts, key=lambda item: isinstance(item, Jet), reverse=True)
    total = parts[0]
    for part in parts[1:]:
        total = total * part
    return total


def _power(base: Any, exponent: Any, visit: Callable[[Any], Any]) -> Any:
    if exponent.is_number:
        number = _number(exponent)
        if isinstance(base, Jet):
            return jets.power(base, number)
        if exponent == sp.Rational(1, 2):
            return jnp.sqrt(base)
        if exponent.is_Integer and abs(int(exponent)) <= 16:
            return jax.lax.integer_pow(jnp.asarray(base), int(exponent))
        return jnp.power(base, number)
    return _apply(sp.exp, [_times([visit(exponent), _apply(sp.log, [base])])])


def _apply(function: Any, arguments: list[Any]) -> Any:
    first = arguments[0]
    if not isinstance(first, Jet):
        return ARRAY_FUNCTIONS[function](*(_floating(item) for item in arguments))
    if function in JET_FUNCTIONS:
        return JET_FUNCTIONS[function](first)
    return jets.compose(ARRAY_FUNCTIONS[function], first)


def _floating(item: Any) -> Any:
    """Return floats as they are: a cast to the longest would lengthen all that they meet."""
    known = getattr(item, "dtype", None)
    if known is None:
        return float(item)
    return item if jnp.issubdtype(known, jnp.inexact) else jnp.asarray(item, float)


def _extreme(node: Any, visit: Callable[[Any], Any]) -> Any:
    parts = [visit(item) for item in node.args]
    total = parts[0]
    for part in parts[1:]:
        first = (
            _plain(total) >= _plain(part)
            if isinstance(node, sp.Max)
            else _plain(total) <= _plain(part)
        )
        total = _choose(first, total, part)
    return total


def _piecewise(node: Any, visit: Callable[[Any], Any]) -> Any:
    total: Any = float("nan")
    for value, condition in reversed(node.args):
        chosen = visit(value)
        total = (
            chosen if condition == sp.true else _choose(_relation(condition, visit), chosen, total)
        )
    return total


def _relation(condition: Any, visit: Callable[[Any], Any]) -> Any:
    if isinstance(condition, sp.And | sp.Or):
        parts = [_relation(item, visit) for item in condition.args]
        join = jnp.logical_and if isinstance(condition, sp.And) else jnp.logical_or
        total = parts[0]
        for part in parts[1:]:
            total = join(total, part)
        return total
    if isinstance(condition, sp.Not):
        return jnp.logical_not(_relation(condition.args[0], visit))
    left, right = _plain(visit(condition.lhs)), _plain(visit(condition.rhs))
    compare = {
        sp.StrictLessThan: jnp.less,
        sp.LessThan: jnp.less_equal,
        sp.StrictGreaterThan: jnp.greater,
        sp.GreaterThan: jnp.greater_equal,
        sp.Equality: jnp.equal,
        sp.Unequality: jnp.not_equal,
    }
    return compare[type(condition)](left, right)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Jet) else jnp.asarray(value)


def _choose(mask: Any, yes: Any, no: Any) -> Any:
    if not isinstance(yes, Jet) and not isinstance(no, Jet):
        return jnp.where(mask, yes, no)
    model = yes if isinstance(yes, Jet) else no
    pair = [v if isinstance(v, Jet) else jets.constant(v, model.indices) for v in (yes, no)]
    parts: dict[jets.Index, Any] = {}
    for index in model.indices:
        a, b = (pair[0].parts[index], pair[1].parts[index])
        zero = jnp.zeros_like(model.value)
        parts[index] = jnp.where(mask, zero if a is None else a, zero if b is None else b)
    return Jet(parts)
