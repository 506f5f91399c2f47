"""A block whose answer is an equilibrium: the zero in u of a force F(θ, u, x)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Source
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._root import Newton, Root, RootFinder, solved
from residuum.blocks._stage import DIFFERENTIABLE, Capability


class Force(eqx.Module):
    """F(θ, u, x), whose zero in u is looked for. JAX arrays in it are trained.

    Learning rules with complex nudges evaluate it at complex u: write it with functions that are
    analytic (sums, products, tanh, exp), not with absolute values or comparisons.
    ``banded`` says that the Jacobian by u is tridiagonal, which makes solves cheap.
    """

    banded: ClassVar[bool] = False

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int]:
        """Numbers in x, and numbers in u."""

    @abstractmethod
    def __call__(self, u: Array, x: Array) -> Array:
        """Return F of one state of shape (units,) and one input of shape (inputs,)."""


@final
class FixedPoint(Block):
    """u with 0 = F(θ, u, x), for every row of x on its own.

    Gradients are implicit: one linear solve with the transposed Jacobian at the zero, whatever
    the search took; nothing of the search is stored. Where there is no zero within reach, a call
    raises (also from compiled code) and ``solve`` says so; numbers that are no zero never leave.

    Args:
        force: F.
        finder: how the zero is looked for, from u = 0.

    Raises:
        RuntimeError: at a call, where the search fails for a row.

    Good start: ``Newton()``, and ``Newton(1e-10)`` in double precision.

    Source: S. Bai, J. Z. Kolter, V. Koltun, arXiv:1909.01377.
    """

    force: Force
    finder: RootFinder = Newton()

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "deep-equilibrium",
            "Deep Equilibrium Models",
            "S. Bai, J. Z. Kolter, V. Koltun",
            2019,
            "arXiv:1909.01377",
            "verified",
        ),
    )

    @property
    def signature(self) -> Signature:
        return Signature(*self.force.sizes)

    @property
    def capabilities(self) -> frozenset[Capability]:
        return DIFFERENTIABLE | {Capability.SOLVE}

    def __call__(self, x: Array) -> Array:
        found, _, sound = jax.vmap(self._differentiable)(x)
        return eqx.error_if(
            found,
            ~sound.all(),
            "wanted: a fixed point; got: a search that diverged or ran out of steps. "
            "Look at FixedPoint.solve(x), take more steps, or a force that pulls harder.",
        )

    def _differentiable(self, x: Array) -> tuple[Array, Array, Array]:
        banded = self.force.banded

        def equation(u: Array) -> Array:
            return self.force(u, x)

        def search(function: Callable[[Array], Array], start: Array) -> tuple[Array, Array]:
            root = self.finder.find(function, start, banded=banded)
            return root.value, jnp.stack([root.residual, root.sound.astype(root.residual.dtype)])

        def tangent(product: Callable[[Array], Array], right: Array) -> Array:
            return solved(product, right, banded=banded)

        found, report = jax.lax.custom_root(equation, self._start(x), search, tangent, has_aux=True)
        return found, report[0], report[1] > 0

    def _start(self, x: Array) -> Array:
        return jnp.zeros(self.force.sizes[1], x.dtype)

    def residual(self, u: Array, x: Array) -> Array:
        """Return F of states (n, units) and inputs (n, inputs)."""
        return jax.vmap(self.force)(u, x)

    def solve(self, x: Array, push: Array | None = None, start: Array | None = None) -> Root:
        """Solve 0 = F(θ, u, x) + push and report; not to be differentiated.

        Args:
            x: shape (n, inputs).
            push: shape (n, units), real or complex; none if left out.
            start: shape (n, units); zeros if left out.

        Returns:
            A root whose parts have a leading axis n.
        """
        frozen = jax.lax.stop_gradient((self, x))
        begin = jax.vmap(self._start)(x) if start is None else jax.lax.stop_gradient(start)
        extra = jnp.zeros_like(begin) if push is None else jax.lax.stop_gradient(push)
        begin = begin.astype(jnp.result_type(begin, extra))

        def one(x: Array, extra: Array, begin: Array) -> Root:
            block, banded = frozen[0], self.force.banded
            return block.finder.find(lambda u: block.force(u, x) + extra, begin, banded=banded)

        return jax.vmap(one)(frozen[1], extra, begin)
