"""Gauss–Newton without the Jacobian: conjugate gradients on products with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source, generator
from residuum.learning._model import Model
from residuum.learning._rounds import RoundRule, State, easing
from residuum.learning._rule import Flat, Trainable, flatten

TRIES = 8


@eqx.filter_jit
def _solve(
    model: Model, vector: Array, slope: Array, damping: Array, basis: tuple[Array, Array], stop: Any
) -> tuple[Array, Array, int]:
    """Solve (JᵀJ + λI) δ = -g by preconditioned conjugate gradients.

    Returns:
        The step, |Jδ|², and the number of iterations.
    """
    product = model.product(vector)
    columns, values = basis
    share, most = stop
    floor = values[-1]

    def eased(part: Array) -> Array:
        inside = columns.T @ part
        scaled = (floor + damping) / (values + damping)
        return part + columns @ ((scaled - 1) * inside)

    def step(carry: tuple[Any, ...]) -> tuple[Any, ...]:
        count, found, left, ahead, size = carry
        turned = product(ahead) + damping * ahead
        length = size / (ahead @ turned)
        found, left = found + length * ahead, left - length * turned
        eased_left = eased(left)
        new = left @ eased_left
        return count + 1, found, left, eased_left + (new / size) * ahead, new

    def going(carry: tuple[Any, ...]) -> Array:
        return (carry[0] < most) & (carry[4] > share**2 * first) & (carry[4] > 0)

    ahead = eased(-slope)
    first = -slope @ ahead
    start = (0, jnp.zeros_like(slope), -slope, ahead, first)
    count, found, left, _, _ = jax.lax.while_loop(going, step, start)
    # (JᵀJ + λI) δ = -g - left, so that |Jδ|² needs no further product.
    return found, found @ (-slope - left) - damping * (found @ found), count


@eqx.filter_jit
def _sketch(model: Model, vector: Array, directions: Array) -> Array:
    """Return JᵀJ times the rows of an array (k, p), one at a time."""
    return jax.lax.map(model.product(vector), directions)


def nystroem(model: Model, vector: np.ndarray, rank: int, key: int) -> tuple[Array, Array]:
    """Return leading eigenvectors (p, k) and eigenvalues of JᵀJ from k random products."""
    import scipy.linalg  # SciPy's linear algebra takes a while to import

    draw = generator(key, 31).normal(size=(vector.size, min(rank, vector.size)))
    test = np.linalg.qr(draw)[0]
    seen = np.asarray(_sketch(model, jnp.asarray(vector), jnp.asarray(test.T))).T
    # A shift of the size of rounding keeps the factor definite.
    shift = 1e-14 * np.sqrt(vector.size) * float(np.linalg.norm(seen))
    seen = seen + shift * test
    core = test.T @ seen
    factor = scipy.linalg.cholesky((core + core.T) / 2 + 1e-300 * np.eye(len(core)), lower=True)
    half = scipy.linalg.solve_triangular(factor, seen.T, lower=True).T
    columns, sizes, _ = np.linalg.svd(half, full_matrices=False)
    return jnp.asarray(columns), jnp.asarray(np.maximum(sizes**2 - shift, 0.0))


@dataclass(frozen=True)
class MatrixFreeGaussNewton(RoundRule):
    """Damped Gauss–Newton steps, (JᵀJ + λI) δ = -Jᵀr solved by truncated conjugate gradients.

    Products with JᵀJ are one forward and one reverse derivative, in chunks of points, so that
    memory grows with the weights and with the chunk, never with their product. A randomised
    Nyström approximation U Λ Uᵀ of JᵀJ, made where the iterations have become many, preconditions
    them by I + U ((Λₖ + λ)(Λ + λ)⁻¹ - I) Uᵀ. λ follows the gain ratio: what the step gained of what
    the linear model had promised; a step that gains nothing is halved.

    Args:
        iterations: most iterations.
        damping: first λ, for rows of size one. Good starting value: 1.
        every: iterations between fresh points, and at least between two preconditioners.
        rank: random products of the preconditioner; 0 for none.
        inner: most inner iterations.
        accuracy: fall of the inner residual at which to stop.
        smallest: least λ.
        enough: residual at fresh points, against the size of the terms, at which to stop.

    An iteration costs up to ``inner`` products, each some three gradients. Below some 4,000 weights
    ``GaussNewton`` is faster, since its one factorisation costs less.
    """

    iterations: int = 2000
    damping: float = 1.0
    every: int = 10
    rank: int = 50
    inner: int = 100
    accuracy: float = 0.1
    smallest: float = 1e-13
    enough: float = 1e-8

    name: ClassVar[str] = "matrix_free_gauss_newton"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "nystroem-preconditioner",
            "Randomized Nyström Preconditioning",
            "Z. Frangella, J. A. Tropp, M. Udell",
            2023,
            "doi:10.1137/21M1466244",
            "verified",
        ),
        Source(
            "truncated-newton",
            "Inexact Newton Methods",
            "R. S. Dembo, S. C. Eisenstat, T. Steihaug",
            1982,
            "doi:10.1137/0719025",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if min(self.iterations, self.every, self.inner) < 1 or self.rank < 0:
            wanted = "iterations, every and inner of at least 1, rank of 0 or more"
            raise OptionError(wanted, repr(self), "Correct them.")
        if not (self.damping > 0 and 0 < self.accuracy < 1):
            raise OptionError("damping > 0, 0 < accuracy < 1", repr(self), "Correct them.")

    def needed(self, count: int, size: int) -> float:
        return 8e-6 * size * (4 * self.rank + 10)

    def begin(self, start: Trainable) -> tuple[Flat, State]:
        flat = flatten(start)
        return flat, State(np.asarray(flat.vector), self.damping)

    def prepare(self, model: Model, state: State) -> None:
        vector = jnp.asarray(state.vector)
        _, slope = model.slope(vector)
        basis = self._basis(model, state)
        _solve(model, vector, slope, jnp.asarray(1.0), basis, (jnp.asarray(0.5), jnp.asarray(1)))
        model.value(vector)

    def step(self, model: Model, state: State) -> bool:
        vector = jnp.asarray(state.vector)
        loss, slope = model.slope(vector)
        state.losses.append(float(loss))
        if not np.isfinite(state.losses[-1]):
            return False
        basis = self._basis(model, state)
        stop = (jnp.asarray(self.accuracy), jnp.asarray(self.inner))
        step, bent, count = _solve(model, vector, slope, jnp.asarray(state.damping), basis, stop)
        state.memory["inner"] = np.asarray(count)
        # Along the step the linear model promises ½|r|² - ½|r + aJδ|² = -a gᵀδ - ½a²|Jδ|².
        fall, bend = -float(slope @ step), 0.5 * float(bent)
        for attempt in range(TRIES):
            length = 0.5**attempt
            value = np.asarray(model.value(vector + length * step))
            promised = length * fall - length**2 * bend
            gain = (state.losses[-1] - 0.5 * float(value @ value)) / promised
            if np.isfinite(gain) and promised > 0 and gain > 1e-3:
                state.vector = np.asarray(vector + length * step)
                # A shortened step says that the damping was too small for the linear model.
                change = easing(gain) if attempt == 0 else 2.0**attempt
                state.damping = max(state.damping * change, self.smallest)
                return True
        state.damping *= 4.0**TRIES
        return False

    def _basis(self, model: Model, state: State) -> tuple[Array, Array]:
        """Return the preconditioner; it is made anew where the last solve took many iterations.

        An old one stays valid for other points and weights, if less and less helpful.
        """
        size, memory = state.vector.size, state.memory
        rank = max(min(self.rank, size), 1)
        memory.setdefault("columns", np.zeros((size, rank)))
        memory.setdefault("values", np.zeros(rank))
        slow = int(memory.get("inner", 0)) >= max(self.inner // 2, 1)
        old = state.iteration - int(memory.get("made", -self.every)) >= self.every
        if self.rank and slow and old:
            columns, values = nystroem(model, state.vector, self.rank, 1009 + state.iteration)
            memory |= {"columns": np.asarray(columns), "values": np.asarray(values)}
            memory["made"] = np.asarray(state.iteration)
        return jnp.asarray(memory["columns"]), jnp.asarray(memory["values"])
