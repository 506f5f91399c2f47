"""Fixed features in space, their weights polynomials in time over every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import DataError, Field, Index, Jet, closure
from residuum._core import _jet as jets
from residuum.blocks import Block
from residuum.problem import ExpressionField


@final
class FeatureSteps(Field):
    """size · distance(x) · Σ_k w_k(t) φ_k(x), and the constant among the φ.

    Args:
        trunk: block from the coordinates of space to features.
        distance: vanishes where values are enforced; of time and space, the same at all times.
        weights: (m, steps · degree + 1, features + 1): evenly spaced within a step, ends shared.
        knots: ends of the steps, increasing, (steps + 1,). Beyond them the last weights are held.
        sizes: magnitude of each unknown, in its unit, (m,).
        degree: of the polynomials in time, at least one.

    Raises:
        DataError: the arrays do not fit together.
    """

    trunk: Block
    distance: ExpressionField
    weights: Array
    knots: np.ndarray
    sizes: np.ndarray
    degree: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        states = (len(self.knots) - 1) * self.degree + 1
        fits = self.degree >= 1 and len(self.knots) > 1 and self.weights.ndim == 3
        if not fits or self.weights.shape[:2] != (len(self.sizes), states):
            got = f"weights {self.weights.shape}, {len(self.knots)} knots, degree {self.degree}"
            raise DataError("weights of steps that fit together", got, "Correct them.")

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        features = self.trunk.jet(jets.coordinates(points[:, 1:], [i[1:] for i in wanted]))
        one = jets.constant(jnp.ones((len(points), 1), points.dtype), features.indices)
        features = jets.concatenate([features, one])
        place, clock = self._clock(points[:, 0], max(index[0] for index in wanted))
        columns = []
        for j, size in enumerate(self.sizes):
            near = self.weights[j][place]
            # One set of weights per point and order in time.
            mixed = [jnp.einsum("nk,nkf->nf", row, near) for row in clock]
            parts: dict[Index, Array | None] = {}
            for index in wanted:
                part = features.parts[index[1:]]
                found = None if part is None else (part * mixed[index[0]]).sum(1, keepdims=True)
                parts[index] = found
            distance = self.distance.component(points, wanted, j)
            columns.append(Jet(parts) * distance * size)
        return jets.concatenate(columns)

    def _clock(self, times: Array, order: int) -> tuple[Array, list[Array]]:
        """Return the states a time lies between, (n, degree + 1), and their weights by order."""
        knots = jnp.asarray(self.knots)
        step = jnp.clip(jnp.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
        length = knots[step + 1] - knots[step]
        share = (times - knots[step]) / length
        inside = (share >= 0.0) & (share <= 1.0)
        share = jnp.clip(share, 0.0, 1.0)
        # Monomials of the share from values at even places.
        even = np.linspace(0, 1, self.degree + 1)
        change = np.linalg.inv(np.vander(even, increasing=True))
        found = []
        for k in range(order + 1):
            powers = [
                jnp.zeros_like(share) if p < k else _choose(p, k) * share ** (p - k) / length**k
                for p in range(self.degree + 1)
            ]
            rows = jnp.stack(powers, axis=1) @ change
            found.append(jnp.where(inside[:, None], rows, 0.0) if k else rows)
        return step[:, None] * self.degree + jnp.arange(self.degree + 1), found

    def finite(self) -> bool:
        """Whether all weights are finite."""
        return bool(np.isfinite(np.asarray(self.weights)).all())


def _choose(p: int, k: int) -> float:
    """Return p over k: the factor of a Taylor coefficient of a power."""
    found = 1.0
    for i in range(k):
        found *= (p - i) / (i + 1)
    return found
