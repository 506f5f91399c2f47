"""A continuous flow: the map of an ordinary differential equation, and its log-determinant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks.reversible._invertible import Invertible
from residuum.blocks.reversible._state import State

TRACES = ("exact", "hutchinson")


class ContinuousFlow(Invertible):
    """x(0) to x(1) of dx/dt = f(t, x), with d log |det| / dt = tr(df/dx): (n, d) to (n, d).

    Both ways are integrated with fixed steps of a method of order five: the way back differs from
    the exact inverse by the error of the integration, which the self-test of a stack sees.

    Args:
        field: f(t, x) of a number and (n, d).
        steps: of the integration; good start: 8.
        trace: ``"exact"`` (d products), or ``"hutchinson"``: one product with fixed signs, unbiased
            over them.
        signs: of shape (n, d) or (1, d), +1 or -1, for ``"hutchinson"``.

    Raises:
        OptionError: no step, an unknown trace, or no signs where they are needed.
    """

    field: Callable[[Any, Array], Array]
    steps: int = eqx.field(static=True, default=8)
    trace: Literal["exact", "hutchinson"] = eqx.field(static=True, default="exact")
    signs: np.ndarray | None = None

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "ffjord",
            "FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models",
            "W. Grathwohl, R. T. Q. Chen, J. Bettencourt, I. Sutskever, D. Duvenaud",
            2018,
            "arXiv:1810.01367",
            "verified",
        ),
    )

    def __check_init__(self) -> None:
        lacking = self.trace == "hutchinson" and self.signs is None
        if self.steps < 1 or self.trace not in TRACES or lacking:
            got = f"{self.steps} steps, {self.trace!r}" + (" without signs" if lacking else "")
            raise OptionError(f"a step or more, one of {TRACES}, signs", got, "Correct it.")

    def forward(self, state: State) -> tuple[State, Array]:
        def rate(t: Any, both: tuple[Array, Array], _: Any) -> tuple[Array, Array]:
            return self._with_trace(t, both[0])

        image, volume = self._integrated(rate, (state, jnp.zeros(len(state), state.dtype)), 0.0)
        return image, volume

    def inverse(self, image: State) -> State:
        return self._integrated(lambda t, x, _: self.field(t, x), image, 1.0)

    def _integrated(self, rate: Callable[..., Any], start: Any, at: float) -> Any:
        import diffrax  # it takes long to import

        found = diffrax.diffeqsolve(
            diffrax.ODETerm(rate),
            diffrax.Tsit5(),
            at,
            1.0 - at,
            (1.0 - 2 * at) / self.steps,
            start,
            max_steps=self.steps + 1,
            adjoint=diffrax.RecursiveCheckpointAdjoint(),
        )
        assert found.ys is not None
        return jax.tree.map(lambda leaf: leaf[-1], found.ys)

    def _with_trace(self, t: Any, x: Array) -> tuple[Array, Array]:
        def along(direction: Array) -> tuple[Array, Array]:
            value, slope = jax.jvp(lambda z: self.field(t, z), (x,), (direction,))
            return value, (slope * direction).sum(1)

        if self.trace == "hutchinson":
            assert self.signs is not None
            return along(jnp.broadcast_to(jnp.asarray(self.signs, x.dtype), x.shape))
        units = jnp.eye(x.shape[1], dtype=x.dtype)
        values, parts = jax.vmap(lambda unit: along(jnp.broadcast_to(unit, x.shape)))(units)
        return values[0], parts.sum(0)
