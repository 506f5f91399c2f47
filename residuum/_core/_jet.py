"""Jets: a value and its derivatives in several coordinates, carried together.

A jet holds the Taylor coefficients u_α = ∂^α u / α! of a function at many points, for a set of
multi-indices α that contains every index below one it contains. Products of jets are truncated
products of polynomials, and a function y = f(u) whose derivative is known obeys a recurrence

    α_i y_α = Σ_{β ≤ α} β_i u_β w_{α-β},    where ∂_i y = w ∂_i u,

so values and derivatives of any order, mixed ones included, come out of one forward pass.
(A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 13.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from residuum._core._errors import OptionError

Index: TypeAlias = tuple[int, ...]
"""Order of differentiation by coordinate: (1, 2) is ∂_0 ∂_1²."""

Operand: TypeAlias = "Jet | ArrayLike"


def below(index: Index) -> list[Index]:
    """Return every multi-index that is at most ``index``, smallest total order first."""
    found = itertools.product(*(range(order + 1) for order in index))
    return sorted(found, key=lambda item: (sum(item), item))


def closure(indices: Iterable[Index]) -> tuple[Index, ...]:
    """Return the smallest set with all indices below those given, smallest total order first."""
    found = {item for index in indices for item in below(index)}
    return tuple(sorted(found, key=lambda item: (sum(item), item)))


def factorial(index: Index) -> int:
    """Return α! = Π α_i!."""
    return math.prod(math.factorial(order) for order in index)


def _minus(index: Index, other: Index) -> Index:
    return tuple(a - b for a, b in zip(index, other, strict=True))


def _add(left: Array | None, right: Array | None) -> Array | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right


class Jet(eqx.Module):
    """Taylor coefficients of a function of d coordinates at n points.

    Args:
        parts: coefficient arrays by multi-index, each of shape (n, features) or, where constant
            over the points, (1, features). ``None`` stands for zero.
    """

    parts: dict[Index, Array | None]

    @property
    def indices(self) -> tuple[Index, ...]:
        """The multi-indices carried, smallest total order first."""
        return tuple(sorted(self.parts, key=lambda item: (sum(item), item)))

    @property
    def value(self) -> Array:
        """The function value itself."""
        found = self.parts[self.indices[0]]
        assert found is not None
        return found

    def derivative(self, index: Index) -> Array:
        """Return ∂^α of the function, as an array of the shape of the value.

        Raises:
            OptionError: the index was not carried.
        """
        if index not in self.parts:
            raise OptionError(f"one of the carried {self.indices}", str(index), "Carry it.")
        part = self.parts[index]
        if part is None:
            return jnp.zeros_like(self.value)
        return jnp.broadcast_to(
            part, jnp.broadcast_shapes(part.shape, self.value.shape)
        ) * factorial(index)

    def linear(self, function: Callable[[Array], Array]) -> Jet:
        """Apply a linear function to every coefficient."""
        return Jet({k: None if v is None else function(v) for k, v in self.parts.items()})

    def __getitem__(self, item: object) -> Jet:
        """Select features: ``jet[:, 1:2]``. What is known to vanish then is left out of sums."""
        found = self.linear(lambda part: part[item])
        return Jet({k: None if _vanishes(v) else v for k, v in found.parts.items()})

    def __neg__(self) -> Jet:
        return self.linear(jnp.negative)

    def __add__(self, other: Operand) -> Jet:
        if not isinstance(other, Jet):
            other = constant(other, self.indices)
        return Jet({k: _add(self.parts[k], other.parts[k]) for k in self.indices})

    __radd__ = __add__

    def __sub__(self, other: Operand) -> Jet:
        return self + (-other if isinstance(other, Jet) else -jnp.asarray(other))

    def __rsub__(self, other: Operand) -> Jet:
        return (-self) + other

    def __mul__(self, other: Operand) -> Jet:
        if not isinstance(other, Jet):
            return self.linear(lambda part: part * other)
        return Jet({k: _product(self.parts, other.parts, k) for k in self.indices})

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Jet:
        if not isinstance(other, Jet):
            return self * (1.0 / jnp.asarray(other))
        return self * power(other, -1.0)

    def __rtruediv__(self, other: Operand) -> Jet:
        return power(self, -1.0) * other

    def __pow__(self, exponent: float) -> Jet:
        return power(self, exponent)


def _vanishes(part: Array | np.ndarray | None) -> bool:
    """Whether a coefficient is zero for certain, while a program is traced too."""
    return isinstance(part, np.ndarray) and not part.any()


def _product(
    left: Mapping[Index, Array | None], right: Mapping[Index, Array | None], index: Index
) -> Array | None:
    total = None
    for beta in below(index):
        a, b = left[beta], right[_minus(index, beta)]
        if a is not None and b is not None:
            total = _add(total, a * b)
    return total


def constant(value: ArrayLike, indices: Iterable[Index]) -> Jet:
    """Return the jet of a function whose derivatives all vanish."""
    array = jnp.asarray(value)
    return Jet({k: None if any(k) else array for k in indices})


def coordinates(points: Array, indices: Iterable[Index]) -> Jet:
    """Return the jet of the identity at ``points`` of shape (n, d): a unit row for each ∂_i."""
    # Constants of NumPy are seen through by ``_vanishes``: a column depends on one coordinate.
    unit = np.eye(points.shape[1], dtype=points.dtype)
    parts: dict[Index, Any] = {}
    for index in closure(indices):
        order = sum(index)
        parts[index] = points if order == 0 else unit[index.index(1)][None] if order == 1 else None
    return Jet(parts)


def concatenate(jets: Iterable[Jet]) -> Jet:
    """Join the features of several jets."""
    items = list(jets)
    n = max(item.value.shape[0] for item in items)
    parts: dict[Index, Array | None] = {}
    for index in items[0].indices:
        pieces = [item.parts[index] for item in items]
        if all(piece is None for piece in pieces):
            parts[index] = None
            continue
        rows = n if any(p is not None and p.shape[0] == n for p in pieces) else 1
        full = [
            jnp.zeros((rows, item.value.shape[1]), item.value.dtype)
            if piece is None
            else jnp.broadcast_to(piece, (rows, piece.shape[1]))
            for item, piece in zip(items, pieces, strict=True)
        ]
        parts[index] = jnp.concatenate(full, axis=1)
    return Jet(parts)


class _Series(dict[Index, Array | None]):
    """Coefficients computed on demand and remembered."""

    def __init__(self, rule: Callable[[Index], Array | None]) -> None:
        super().__init__()
        self.rule = rule

    def __missing__(self, index: Index) -> Array | None:
        self[index] = self.rule(index)
        return self[index]


def _integral(inner: Jet, slope: Mapping[Index, Array | None], index: Index) -> Array | None:
    """Return coefficient ``index`` of y, given u = inner and w = slope with ∂y = w ∂u."""
    axis = next(i for i, order in enumerate(index) if order)
    total = None
    for beta in below(index):
        if beta[axis] == 0:
            continue
        u, w = inner.parts[beta], slope[_minus(index, beta)]
        if u is not None and w is not None:
            term = u * w
            total = _add(
                total, term if beta[axis] == index[axis] else term * (beta[axis] / index[axis])
            )
    return total


def _collect(inner: Jet, series: _Series) -> Jet:
    return Jet({index: series[index] for index in inner.indices})


def tanh(inner: Jet) -> Jet:
    """tanh, by y' = (1 - y²) u'."""
    start = jnp.tanh(inner.value)
    y = _Series(lambda k: _integral(inner, w, k) if any(k) else start)

    def slope(k: Index) -> Array | None:
        if not any(k):
            return 1.0 - start * start
        square = _product(y, y, k)
        return None if square is None else -square

    w = _Series(slope)
    return _collect(inner, y)


def sigmoid(inner: Jet) -> Jet:
    """1/(1 + exp(-u))."""
    return (tanh(inner * 0.5) + 1.0) * 0.5


def exp(inner: Jet) -> Jet:
    """exp, by y' = y u'."""
    start = jnp.exp(inner.value)
    y = _Series(lambda k: _integral(inner, y, k) if any(k) else start)
    return _collect(inner, y)


def sin_cos(inner: Jet) -> tuple[Jet, Jet]:
    """Return sin and cos together: s' = c u', c' = -s u'."""
    first, second = jnp.sin(inner.value), jnp.cos(inner.value)
    s = _Series(lambda k: _integral(inner, c, k) if any(k) else first)

    def minus(k: Index) -> Array | None:
        part = _integral(inner, s, k)
        return None if part is None else -part

    c = _Series(lambda k: minus(k) if any(k) else second)
    return _collect(inner, s), _collect(inner, c)


def log(inner: Jet) -> Jet:
    """log, by y' = u'/u."""
    reciprocal = power(inner, -1.0)
    start = jnp.log(inner.value)
    y = _Series(lambda k: _integral(inner, reciprocal.parts, k) if any(k) else start)
    return _collect(inner, y)


def power(inner: Jet, exponent: float) -> Jet:
    """u^r for a constant r: repeated products for small whole r, else by u y' = r y u'."""
    if exponent == int(exponent) and 0 <= exponent <= 16:
        return _whole_power(inner, int(exponent))
    start = inner.value**exponent

    def rule(index: Index) -> Array | None:
        if not any(index):
            return start
        axis = next(i for i, order in enumerate(index) if order)
        total = None
        for beta in below(index)[1:]:
            u, factor = inner.parts[beta], exponent * beta[axis] - (index[axis] - beta[axis])
            other = y[_minus(index, beta)]
            if u is not None and other is not None and factor != 0:
                total = _add(total, u * other * (factor / index[axis]))
        return None if total is None else total / inner.value

    y = _Series(rule)
    return _collect(inner, y)


def _whole_power(inner: Jet, exponent: int) -> Jet:
    if exponent == 0:
        return constant(jnp.ones_like(inner.value), inner.indices)
    half = _whole_power(inner, exponent // 2) if exponent > 1 else inner
    if exponent == 1:
        return inner
    square = half * half
    return square * inner if exponent % 2 else square


def compose(function: Callable[[Array], Array], inner: Jet) -> Jet:
    """Apply any elementwise function, its derivatives found by nested forward differentiation."""
    order = max(sum(index) for index in inner.indices)
    derivatives = [function]
    for _ in range(order):
        derivatives.append(_derivative(derivatives[-1]))
    shift = Jet({**inner.parts, inner.indices[0]: None})
    total = constant(derivatives[order](inner.value) / math.factorial(order), inner.indices)
    for k in range(order - 1, -1, -1):
        total = total * shift + derivatives[k](inner.value) / math.factorial(k)
    return total


def _derivative(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda u: jax.jvp(function, (u,), (jnp.ones_like(u),))[1]


def _along(function: Callable[[Array], Array], direction: Array) -> Callable[[Array], Array]:
    return lambda point: jax.jvp(function, (point,), (direction,))[1]


def _monomial(epsilon: Array, index: Index) -> Array | float:
    """ε^α without powers of zero, whose derivatives at zero are NaN."""
    return math.prod(epsilon[i] ** order for i, order in enumerate(index) if order)


def transport(function: Callable[[Array], Array], inner: Jet) -> Jet:
    """Carry a jet through any function of the features by nested batched ``jvp``.

    This is the default rule of a block: correct for every differentiable function that treats the
    points independently, and slower than a rule that knows the function.
    """
    dimension = len(inner.indices[0])

    def along(epsilon: Array) -> Array:
        total = inner.value
        for index in inner.indices[1:]:
            part = inner.parts[index]
            if part is not None:
                total = total + part * _monomial(epsilon, index)
        return function(total)

    dtype = inner.value.dtype
    unit = jnp.eye(dimension, dtype=dtype)
    chain: dict[Index, Callable[[Array], Array]] = {inner.indices[0]: along}
    parts: dict[Index, Array | None] = {}
    for index in inner.indices:
        if any(index):
            axis = next(i for i, order in enumerate(index) if order)
            lower = chain[_minus(index, tuple(int(i == axis) for i in range(dimension)))]
            chain[index] = _along(lower, unit[axis])
        parts[index] = chain[index](jnp.zeros(dimension, dtype)) / factorial(index)
    return Jet(parts)


def substitute(outer: Jet, shift: Jet) -> Jet:
    """Return the jet of f(a + shift), given the Taylor coefficients of f at a.

    Args:
        outer: f of d coordinates, with every index up to the total order that is wanted.
        shift: d features, one per coordinate of f, whose values are zero.
    """
    powers: dict[Index, Jet] = {}
    zero = (0,) * shift.value.shape[1]
    one = constant(jnp.ones_like(shift.value[:, :1]), shift.indices)
    most = max(sum(index) for index in shift.indices)
    total = constant(jnp.zeros_like(outer.value), shift.indices)
    for alpha in outer.indices:
        part = outer.parts[alpha]
        if sum(alpha) > most:
            continue
        if alpha == zero:
            powers[alpha] = one
        else:
            axis = next(i for i, order in enumerate(alpha) if order)
            lower = _minus(alpha, tuple(int(i == axis) for i in range(len(alpha))))
            powers[alpha] = powers[lower] * shift[:, axis : axis + 1]
        if part is not None:
            total = total + powers[alpha] * part
    return total
