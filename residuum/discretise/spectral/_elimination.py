"""Mode by mode linear algebra: what has no time derivative is solved for, the rest becomes y' = By.

With the highest time derivatives and the unknowns without any in one vector z, the equations read
M(k) z + A(k) y + Σ H_p(k) f_p = 0. A constraint that holds no entry of z is differentiated in time
first. Where M(k) is singular (the mean of a pressure) the smallest solution is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy as sp

from residuum._core import Index
from residuum.discretise.spectral._terms import Split, Term, number, waves

Factors = Callable[[Index], Any]
"""Multi-index in space to (ik)^index, an array over the modes."""
SINGULAR = 1e-11
"""Singular values below this, of a matrix with rows and columns of size one, count as zero."""
ROUNDING = 1e-12
"""Sums below this share of their largest terms count as zero."""


@final
@dataclass(frozen=True)
class Layout:
    """Which number of the state belongs to what.

    Args:
        orders: order in time of every unknown.
        terms: linear terms; those of constraints differentiated in time.
        constraints: equations that were differentiated, and how often.
    """

    orders: tuple[int, ...]
    terms: tuple[Term, ...]
    constraints: Mapping[int, int]

    @property
    def entries(self) -> list[tuple[int, int]]:
        """Unknown and time derivative of each entry of the state."""
        return [(j, k) for j, order in enumerate(self.orders) for k in range(order)]

    @property
    def algebraic(self) -> list[int]:
        """The unknowns without time derivative."""
        return [j for j, order in enumerate(self.orders) if order == 0]


def layout(parts: Split) -> Layout | str:
    """Return how the equations are solved for, or why they cannot be, as a phrase."""
    orders, terms = parts.orders, list(parts.terms)
    constraints: dict[int, int] = {}
    for i in range(len(orders)):
        for _ in range(max(orders, default=0)):
            mine = [t for t in terms if t.equation == i]
            if any(t.time == orders[t.unknown] for t in mine):
                break
            bodies = [p.body for p in parts.pieces if p.equation == i]
            if any(b.slots or parts.problem.time in b.expression.free_symbols for b in bodies):
                return f"equation {i + 1}, a nonlinear or changing constraint"
            terms = [t._replace(time=t.time + 1) if t.equation == i else t for t in terms]
            constraints[i] = constraints.get(i, 0) + 1
    found = Layout(orders, tuple(terms), constraints)
    matrix = np.zeros((len(orders), len(orders)), complex)
    for t in found.terms:
        if t.time == orders[t.unknown]:
            matrix[t.equation, t.unknown] += number(t.factor, parts.nominal) * waves(t.space)
    if np.linalg.matrix_rank(matrix / np.maximum(np.abs(matrix).max(1, keepdims=True), 1e-300)) < (
        len(orders)
    ):
        return "equations that do not determine every unknown"
    return found


@final
@dataclass(frozen=True)
class Elimination:
    """z = -M⁺(A y + H f), mode by mode.

    Args:
        state: -M⁺A, (m, entries of y, …).
        gain: -M⁺H, (m, pieces, …).
        matrix: M, (m, m, …), its rows scaled to size one.
        rows: A, (m, entries, …), scaled alike.
        load: H, (m, pieces, …), scaled alike.
    """

    state: Any
    gain: Any
    matrix: Any
    rows: Any
    load: Any


def eliminate(
    parts: Split, form: Layout, factors: Factors, *, values: Mapping[Any, Any], xp: Any = np
) -> Elimination:
    """Return the elimination at every mode.

    Args:
        parts: the equations taken apart.
        form: their layout.
        factors: derivatives in modes.
        values: numbers of the parameters left open; traced ones ask for ``xp = jax.numpy``.
        xp: NumPy, or its likeness in JAX.
    """
    m, entries = len(form.orders), form.entries
    shape = np.shape(factors((0,) * len(parts.problem.space)))
    zero = np.zeros(shape, complex)

    def table(columns: int) -> list[list[Any]]:
        return [[zero] * columns for _ in range(m)]

    matrix, rows, load = table(m), table(len(entries)), table(len(parts.pieces))
    for t in form.terms:
        value = number(t.factor, values) * factors(t.space)
        if t.time == form.orders[t.unknown]:
            matrix[t.equation][t.unknown] = matrix[t.equation][t.unknown] + value
        else:
            s = entries.index((t.unknown, t.time))
            rows[t.equation][s] = rows[t.equation][s] + value
    for p, piece in enumerate(parts.pieces):
        if piece.equation not in form.constraints:
            total = sum((number(f, values) * factors(k) for k, f in piece.operator), zero)
            load[piece.equation][p] = total
    # Modes first, as the linear algebra wants it.
    tops = (t for t in form.terms if t.time == form.orders[t.unknown])
    fixed = all(not sp.sympify(t.factor).free_symbols for t in tops)
    own = np if fixed else xp  # what no parameter touches stays out of the trace
    big = _first(matrix, m, shape, own)
    small, force = (_first(item, m, shape, xp) for item in (rows, load))
    scale, columns = _scales(big, own)
    big, small, force = (scale[..., :, None] * item for item in (big, small, force))
    solve = columns[..., :, None] * _inverse(big * columns[..., None, :], own)
    parted = (_product(solve, small, xp), _product(solve, force, xp), big, small, force)
    return Elimination(*(_last(item, xp) for item in parted))


def _product(solve: Any, right: Any, xp: Any) -> Any:
    """Return -solve·right; what is only rounding becomes zero, so that nobody multiplies by it."""
    found = -(solve @ right)
    if xp is not np:
        return found
    return np.where(np.abs(found) > ROUNDING * (np.abs(solve) @ np.abs(right)), found, 0.0)


def _first(table: Sequence[Sequence[Any]], m: int, shape: tuple[int, ...], xp: Any) -> Any:
    """Return a table of arrays over the modes as (…, m, columns)."""
    if not table or not table[0]:
        return np.zeros((*shape, m, 0), complex)
    whole = xp.stack([xp.stack([xp.broadcast_to(v, shape) for v in row]) for row in table])
    return xp.moveaxis(whole, (0, 1), (-2, -1))


def _last(whole: Any, xp: Any) -> Any:
    return xp.moveaxis(whole, (-2, -1), (0, 1))


def _scales(matrix: Any, xp: Any) -> tuple[Any, Any]:
    """Return factors of rows and columns that bring their largest entries to one."""
    size = xp.abs(matrix)
    rows = size.max(axis=-1)
    rows = 1.0 / xp.where(rows > 0, rows, 1.0)
    columns = (size * rows[..., :, None]).max(axis=-2)
    return rows, 1.0 / xp.where(columns > 0, columns, 1.0)


def _inverse(matrix: Any, xp: Any) -> Any:
    """Return the pseudo-inverse at every mode; plain division where that is all it takes."""
    m = matrix.shape[-1]
    if m == 1:
        return xp.where(matrix != 0, 1.0 / xp.where(matrix != 0, matrix, 1.0), 0.0)
    if xp is np:
        off = np.abs(matrix).reshape(-1, m, m).max(axis=0)
        if not (off - np.diag(np.diag(off))).any():
            found = np.zeros_like(matrix)
            for j in range(m):
                line = matrix[..., j, j]
                found[..., j, j] = np.where(line != 0, 1.0 / np.where(line != 0, line, 1.0), 0.0)
            return found
    whole = xp.linalg.pinv(matrix, rtol=SINGULAR)
    if xp is np:
        top = np.abs(whole).max(axis=(-2, -1), keepdims=True)
        whole = np.where(np.abs(whole) > 1e-14 * top, whole, 0.0)
    return whole
