"""The statement solved by polynomials at collocation points, its numbers left open.

With r(c; p) = 0 for the coefficients c of the field and the numbers p, the derivative of the solved
equation is dc/dp = -(dr/dc)⁺ dr/dp: the factors of the last Newton step give it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import Key, LinearField, SolveFailed, one_blas_thread
from residuum.fields import TensorChebyshev, constrain, frame_of
from residuum.geometry import Box, Extrusion
from residuum.inverse._expanded import Expanded
from residuum.inverse._factors import Factors
from residuum.inverse._forward import Foretold, Forward
from residuum.inverse._readings import Readings
from residuum.objectives import Collocation
from residuum.problem import Problem, hard_conditions, scaling
from residuum.problem._places import interior_points

PLACES, EDGE = 200, 120
"""Places where the spread of the field is asked for, and points of a condition met by weight."""
OVER = 1.5
"""Collocation points per polynomial on an axis."""
TURNS = 16
"""Newton steps with a fixed matrix: each leaves a share of the error like the change of the matrix,
which is a few hundredths within the posterior."""
STEPS, SMALL, SETTLED = 25, 1e-7, 1e-4
"""Most Newton steps, the relative change of the field at which they end, and the one that a field
must have come to where no step lowers the residual."""


@final
class Collocated(Forward):
    """The statement on tensor products of Chebyshev polynomials (Fourier pairs where periodic).

    Args:
        problem: the statement; its observations take no part.
        data: where readings are foretold.
        names: the open numbers.
        degree: of the polynomials along every axis; of the total degree beyond two axes.
        start: a field to start Newton's method from.
    """

    def __init__(
        self,
        problem: Problem,
        data: Readings,
        names: tuple[str, ...],
        *,
        degree: int,
        start: Any = None,
        key: Key = 7,
    ) -> None:
        self.names, self.linear = names, problem.traits.linear
        sizes, hard = scaling(problem), hard_conditions(problem)
        frame = frame_of(problem, sizes)
        recipe = TensorChebyshev(degree, degree if frame.dimension > 2 else None)
        self.field: LinearField = constrain(recipe.build(frame, key), problem, hard, sizes)
        design = Collocation(1, EDGE)
        inside = _inside(problem, frame.periodic, degree, key)
        rows = [design.equations(problem, sizes, inside)]
        rows += [design.condition(problem, sizes, item, key) for item in hard.weighted]
        self.rows = [Expanded(item, self.field) for item in rows]
        self.head = np.zeros(self.field.head.shape)
        places = interior_points(problem, PLACES, 37)
        m = frame.outputs
        self.read = self._matrix(data.points, data.component)
        self.spread = self._matrix(np.repeat(places, m, axis=0), np.tile(np.arange(m), PLACES))
        if start is not None:
            self._take(start, inside)

    def __call__(self, numbers: np.ndarray) -> Foretold | None:
        """Solve by Newton's method from the coefficients of the last call that worked."""
        values = dict(zip(self.names, numbers.tolist(), strict=True))
        with one_blas_thread():
            found = self._solved(self.head, values)
        if found is None:
            return None
        self.head, rest = found
        return Foretold(
            self._at(self.read, self.head),
            self.read[0] @ rest,
            self.field.with_head(jnp.asarray(self.head)),
            self.spread[0] @ rest,
            self._at(self.spread, self.head),
            float(np.linalg.norm(self.rows[0].linearised(self.head, values, whole=False)[0])),
        )

    def _solved(
        self, head: np.ndarray, values: dict[str, float]
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the coefficients and their derivatives by the numbers, (coefficients, p)."""
        for _ in range(1 if self.linear else STEPS):
            residual, matrix, _ = self._system(head, values)
            factors = Factors.of(matrix) if np.isfinite(matrix).all() else None
            if factors is None or not np.isfinite(residual).all():
                return None
            change = factors.solve(-residual).reshape(head.shape)
            length = 1.0 if self.linear else self._length(head, change, values)
            head = head + length * change
            moved = np.linalg.norm(self.spread[0] @ change.ravel())
            size = moved / max(float(np.linalg.norm(self._at(self.spread, head))), 1e-300)
            if self.linear or size < SMALL or length == 0.0:
                # The slopes by the numbers are those at the solution, not where the step began.
                by = self._system(head, values)[2]
                good = np.isfinite(by).all() and (self.linear or size < SETTLED)
                return (head, factors.solve(-by)) if good else None
        return None

    def _system(
        self, head: np.ndarray, values: dict[str, float]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return residual, matrix and derivatives by the numbers of all rows."""
        parts = [item.linearised(head, values) for item in self.rows]
        columns = [np.concatenate([np.asarray(part[i]) for part in parts]) for i in range(3)]
        return columns[0], columns[1], columns[2]

    def _length(self, head: np.ndarray, change: np.ndarray, values: dict[str, float]) -> float:
        """Return the longest of 1, ½, ¼, … that does not raise the residual, or zero."""
        size, length = self._size(head, values), 1.0
        while length > 1e-3:
            # Rounding alone may raise what is zero.
            if self._size(head + length * change, values) <= max(size * (1 + 1e-9), 1e-11):
                return length
            length /= 2
        return 0.0

    def _size(self, head: np.ndarray, values: dict[str, float]) -> float:
        parts = [item.linearised(head, values, whole=False)[0] for item in self.rows]
        size = float(np.sqrt(sum(float(part @ part) for part in parts)))
        return size if np.isfinite(size) else np.inf

    def near(self, numbers: np.ndarray) -> Callable[[Any], Any]:
        """Return readings (n,) as a function of numbers (p,) near these that JAX traces.

        It solves by Newton's method with the matrix at these numbers, so that a step is a product.

        Raises:
            SolveFailed: the statement could not be solved at these numbers.
        """
        values = dict(zip(self.names, numbers.tolist(), strict=True))
        matrix = None if self(numbers) is None else self._system(self.head, values)[1]
        factors = None if matrix is None else Factors.of(matrix)
        if matrix is None or factors is None:
            raise SolveFailed("a solution at the estimate", "none", "Raise the degree.")
        back = jnp.asarray(factors.solve(np.eye(len(matrix))))
        read, offset, start = *self.read, jnp.asarray(self.head)

        def readings_at(place: Any) -> Any:
            given = {name: place[i] for i, name in enumerate(self.names)}

            def turn(head: Any, _: Any) -> tuple[Any, None]:
                left = jnp.concatenate([item.traced(head, given) for item in self.rows])
                return head - (back @ left).reshape(head.shape), None

            head, _ = jax.lax.scan(turn, start, None, length=TURNS)
            return read @ head.ravel() + offset

        return readings_at

    def _matrix(self, points: np.ndarray, component: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return A and b of readings A·c + b of the coefficients c, shape (n, K·m) and (n,)."""
        k, m = self.field.head.shape
        matrix, offset = np.zeros((len(points), k, m)), np.zeros(len(points))
        zero = (0,) * points.shape[1]
        for j in range(m):
            mine = component == j
            if not mine.any():
                continue
            at = jnp.asarray(points[mine])
            matrix[mine, :, j] = self.field.features(at, [zero], j).derivative(zero)
            offset[mine] = np.asarray(self.field.offset(at, [zero], j).derivative(zero))[:, 0]
        return matrix.reshape(len(points), -1), offset

    def _at(self, reading: tuple[np.ndarray, np.ndarray], head: np.ndarray) -> np.ndarray:
        found: np.ndarray = reading[0] @ head.ravel() + reading[1]
        return found

    def _take(self, start: Any, inside: np.ndarray) -> None:
        """Fit the coefficients to another field."""
        m = self.field.head.shape[1]
        matrix, offset = self._matrix(
            np.repeat(inside, m, axis=0), np.tile(np.arange(m), len(inside))
        )
        wanted = np.asarray(start(jnp.asarray(inside))).ravel()
        factors = Factors.of(matrix) if np.isfinite(wanted).all() else None
        if factors is not None:
            self.head = factors.solve(wanted - offset).reshape(self.head.shape)


def _inside(problem: Problem, periodic: tuple[int, ...], degree: int, key: Key) -> np.ndarray:
    """Return collocation points: Gauss points of a box of one or two axes, else spread evenly."""
    domain = problem.domain
    d = len(problem.coordinates)
    plain = isinstance(domain, Box) or (
        isinstance(domain, Extrusion) and isinstance(domain.shape, Box)
    )
    if not plain or d > 2:
        count = int(2 * np.prod([1 + degree / (i + 1) for i in range(d)]))
        if d <= 2:
            count = 3 * (degree + 1) ** d
        return interior_points(problem, max(count, 200), key)
    bounds = dict(zip(domain.axes, np.asarray(domain.bounds, float), strict=True))
    count, axes = int(np.ceil(OVER * (degree + 1))), []
    for i, c in enumerate(problem.coordinates):
        low, high = bounds[c.name]
        share = (np.arange(2 * count if i in periodic else count) + 0.5) / count
        even = share / 2 if i in periodic else (1 - np.cos(np.pi * share)) / 2
        axes.append(low + (high - low) * even)
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
