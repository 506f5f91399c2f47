"""Zeros of a function of one vector, real or complex: Newton's steps and plain relaxation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError

LEAST = 2.0**-12
"""Shortest share of Newton's step that is tried."""


class Root(NamedTuple):
    """Where a search ended.

    Args:
        value: shape (units,), finite even where the search failed: then the start.
        residual: root mean square of the function there.
        steps: steps taken.
        sound: whether it is a zero to the tolerance.
    """

    value: Array
    residual: Array
    steps: Array
    sound: Array


class RootFinder(eqx.Module):
    """How F(u) = 0 is solved.

    Args:
        tolerance: root mean square of F at the zero by that at the start. What rounding allows is
            enough: a last step of a few units in the last place counts as converged.
        most: steps after which the search is given up.
    """

    tolerance: eqx.AbstractVar[float]
    most: eqx.AbstractVar[int]

    def __check_init__(self) -> None:
        if not self.tolerance > 0 or self.most < 1:
            got = f"tolerance {self.tolerance}, {self.most} steps"
            raise OptionError("a positive tolerance and a step or more", got, "Correct them.")

    @abstractmethod
    def step(self, function: Callable[[Array], Array], u: Array, banded: bool) -> Array:
        """Return the step that is proposed at u."""

    def find(
        self, function: Callable[[Array], Array], start: Array, *, banded: bool = False
    ) -> Root:
        """Search for a zero from a start; the step is halved where it does not lower |F|.

        Args:
            function: F, from shape (units,) to (units,); holomorphic where the start is complex.
            start: shape (units,).
            banded: whether the Jacobian is tridiagonal.
        """
        first = _size(function(start))
        enough = self.tolerance * first
        eps = float(jnp.finfo(start.dtype).eps)

        def going(carry: tuple[Any, ...]) -> Array:
            _, size, _, count, small = carry
            return (count < self.most) & (size > enough) & ~small & jnp.isfinite(size)

        def move(carry: tuple[Any, ...]) -> tuple[Any, ...]:
            u, size, share, count, _ = carry
            whole = self.step(function, u, banded)
            step = share * whole
            size_new = _size(function(u + step))
            small = _largest(whole) <= 64 * eps * _largest(u)
            good = (size_new < size) | small | (share <= LEAST)
            u = jnp.where(good, u + step, u)
            share = jnp.where(good, jnp.minimum(1.0, 2 * share), 0.5 * share)
            return u, jnp.where(good, size_new, size), share, count + 1, small

        begin = (start, first, jnp.ones((), first.dtype), 0, jnp.asarray(False))
        u, size, _, count, small = jax.lax.while_loop(going, move, begin)
        finite = jnp.isfinite(size) & jnp.isfinite(u).all()
        sound = finite & ((size <= enough) | small)
        return Root(jnp.where(finite, u, start), size, jnp.asarray(count), sound)


@final
class Newton(RootFinder):
    """Newton's steps. Good start: the defaults; a tolerance of 1e-10 in double precision."""

    tolerance: float = 1e-6
    most: int = 60

    def step(self, function: Callable[[Array], Array], u: Array, banded: bool) -> Array:
        value, product = jax.linearize(function, u)
        return solved(product, -value, banded=banded)


@final
class Relaxation(RootFinder):
    """u ← u + rate · F(u): what an analogue system does by itself, with no Jacobian.

    It breaks (and says so) where F does not pull towards its zero, or the rate is above twice
    the inverse of its stiffest direction.

    Args:
        tolerance: as of every search.
        most: as of every search.
        rate: of a step.
    """

    tolerance: float = 1e-6
    most: int = 2000
    rate: float = 0.5

    def step(self, function: Callable[[Array], Array], u: Array, banded: bool) -> Array:
        return self.rate * function(u)


def solved(product: Callable[[Array], Array], right: Array, *, banded: bool) -> Array:
    """Solve A z = right for a linear map given by its products; banded: A is tridiagonal."""
    import lineax  # takes a while to import

    n = right.shape[0]
    if not banded or n < 3:
        matrix = jax.vmap(product)(jnp.eye(n, dtype=right.dtype)).T
        operator: Any = lineax.MatrixLinearOperator(matrix)
    else:
        # Three products tell the three diagonals: columns three apart never meet in a row.
        nodes = jnp.arange(n)
        probes = (nodes[None, :] % 3 == jnp.arange(3)[:, None]).astype(right.dtype)
        answers = jax.vmap(product)(probes)
        lower, main, upper = (answers[(nodes + shift) % 3, nodes] for shift in (-1, 0, 1))
        operator = lineax.TridiagonalLinearOperator(main, lower[1:], upper[:-1])
    found: Array = lineax.linear_solve(operator, right, throw=False).value
    return found


def _size(values: Array) -> Array:
    return jnp.sqrt(jnp.mean(jnp.abs(values) ** 2))


def _largest(values: Array) -> Array:
    return jnp.max(jnp.abs(values))
