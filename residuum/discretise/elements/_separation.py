"""Expressions as sums of a factor in time and a factor in space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, final

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from residuum.discretise.elements._assembly import Term, vector
from residuum.discretise.elements._space import Space
from residuum.problem import WeakForm, numeric

MOST_FACTORS = 24
"""Factors in time beyond which adding up the parts costs as much as integrating again."""


def separated(
    expressions: Sequence[Any], time: Any
) -> tuple[dict[Any, tuple[Any, ...]], tuple[Any, ...]]:
    """Split expressions into factors in time alone and what they multiply.

    Args:
        expressions: without unknowns; they are split together.
        time: the time coordinate.

    Returns:
        For each factor in time what it multiplies in every expression, and the rest that cannot be
        split: expressions = sum of factor · part + rest.
    """
    found: dict[Any, list[Any]] = {}
    rest: list[Any] = [sp.Integer(0)] * len(expressions)
    for k, expression in enumerate(expressions):
        for item in sp.Add.make_args(_expanded(expression)):
            still, moving = item.as_independent(time, as_Add=False)
            if moving.free_symbols <= {time} and not moving.atoms(AppliedUndef):
                parts = found.setdefault(moving, [sp.Integer(0)] * len(expressions))
                parts[k] += still
            else:
                rest[k] += item
    if len(found) > MOST_FACTORS:
        return {}, tuple(sp.sympify(item) for item in expressions)
    return {factor: tuple(parts) for factor, parts in found.items()}, tuple(rest)


def _expanded(expression: Any) -> Any:
    # No multinomials: a power of a sum may have very many terms.
    return sp.expand(sp.sympify(expression), multinomial=False, power_base=False, log=False)


@final
class Combination:
    """A vector that is a sum of factors in time, each times a constant vector.

    Args:
        parts: vectors (n,) by their factors, expressions in time alone.
        time: the time coordinate.
        size: number of entries n.
    """

    def __init__(self, parts: Mapping[Any, np.ndarray], time: Any, size: int) -> None:
        self._factors, self._time = list(parts), time
        self._vectors = np.stack([np.zeros(size), *parts.values()], axis=1)
        self._last: tuple[float, np.ndarray] | None = None

    def at(self, time: float) -> np.ndarray:
        """Return the vector at a time, (n,), kept for the next call: not to be changed."""
        if self._last is None or self._last[0] != time:
            factors = numeric(self._factors, {self._time: time})
            self._last = (time, self._vectors @ np.array([0.0, *factors], float))
        return self._last[1]


def loads(space: Space, terms: Sequence[Term], form: WeakForm) -> tuple[Combination, list[Term]]:
    """Return the part of loads that separates, integrated once, and the terms that do not."""
    zero, rest = np.zeros(space.size), []
    found: dict[Any, np.ndarray] = {}
    for term in terms:
        parts, other = separated(term.integrand.expressions, form.time)
        for factor, expressions in parts.items():
            own = Term(term.test, replace(term.integrand, expressions=expressions), term.where)
            found[factor] = found.get(factor, zero) + vector(space, own, zero, None, 0.0)
        if any(item != 0 for item in other):
            rest.append(Term(term.test, replace(term.integrand, expressions=other), term.where))
    return Combination(found, form.time, space.size), rest
