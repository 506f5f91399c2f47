"""What every cause is measured from: residuals, terms and misfits of one answer, computed once."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import Field, LinearField, ResiduumError, Result
from residuum.discretise import ElementField, VolumeField
from residuum.geometry import Uniform
from residuum.methods import PINN, RandomFeatures, fitting
from residuum.objectives import Collocation, Rows, inferred
from residuum.problem import Condition, Scaling, Solution, pointwise, scaling
from residuum.problem._places import interior_points

CHUNK = 1024
"""Points evaluated at once: one shape, so one compilation."""
FRESH, AROUND = 1024, 128
"""Points inside, and on each condition."""
LARGE = 1e-2
"""Residual against the size of its terms, and misfit of a condition against the size of its
unknown, from which on an answer without a certificate counts as poor."""
SETTLED = 1e-3
"""Residual and misfit up to which a solve that was stopped counts as finished all the same."""
COARSE = 5e-2
"""Certified relative error from which on an answer counts as poor."""
CONTRADICTS = 0.5
"""Residual against the size of its terms that no certified answer of a smooth field should have."""
VALUES = ("initial", "dirichlet", "point_value")
"""Conditions on values, which a field without derivatives can be asked for."""


@eqx.filter_jit
def _derivatives(field: Field, points: Any, indices: tuple[tuple[int, ...], ...]) -> Any:
    jet = field.jet(points, indices)
    return [jet.derivative(index) for index in indices]


@final
@dataclass(frozen=True, eq=False)
class Terms:
    """The equations at points, term by term. Points where something is not finite are left out.

    Args:
        points: shape (n, d).
        parts: for each equation its additive terms, (terms, n).
        values: the unknowns, (n, m).
    """

    points: np.ndarray
    parts: tuple[np.ndarray, ...]
    values: np.ndarray

    @cached_property
    def residual(self) -> np.ndarray:
        """The residual of each equation, (equations, n)."""
        return np.stack([part.sum(axis=0) for part in self.parts])

    @cached_property
    def sizes(self) -> np.ndarray:
        """Root mean square of the largest term of each equation, (equations,)."""
        return np.array([rms(np.abs(part).max(axis=0)) for part in self.parts])

    @property
    def relative(self) -> float:
        """The residual against the size of its terms, the worst equation counting."""
        gaps = np.array([rms(row) for row in self.residual])
        return float(np.max(gaps / np.maximum(self.sizes, 1e-300), initial=0.0))

    @property
    def profile(self) -> np.ndarray:
        """The residual at each point against the size of the terms over all points, (n,)."""
        scaled = self.residual / np.maximum(self.sizes, 1e-300)[:, None]
        return np.asarray(np.sqrt((scaled**2).sum(axis=0)))


def rms(values: np.ndarray) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(np.square(values)))) if np.size(values) else 0.0


@final
class Evidence:
    """One answer, and what can be measured of it. Use it in float64 scope.

    Args:
        solution: the answer.
        seconds: wall time after which no new measurement should be started.
    """

    def __init__(self, solution: Solution, seconds: float = np.inf) -> None:
        self.solution, self.problem, self.field = solution, solution.problem, solution.field
        self.record, self.certificate = solution.record, solution.certificate
        self.end = time.perf_counter() + seconds

    @property
    def spent(self) -> bool:
        """Whether the time is spent."""
        return time.perf_counter() > self.end

    @property
    def smooth(self) -> bool:
        """Whether the field has the derivatives that the strong form asks for."""
        return not isinstance(self.field, ElementField | VolumeField)

    @property
    def certified(self) -> bool:
        """Whether a certificate says that the answer is good."""
        return self.certificate.kind != "none" and self.certificate.relative <= COARSE

    @cached_property
    def sizes(self) -> Scaling:
        """The automatic scaling of the problem."""
        return scaling(self.problem)

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The inferred numbers, at their starting values where the answer has none."""
        return dict(inferred(self.problem, self.solution.parameters).values())

    @cached_property
    def terms(self) -> Terms:
        """The equations at fresh points."""
        return self.terms_at(interior_points(self.problem, FRESH, 7919, Uniform()))

    @cached_property
    def _expressions(self) -> list[list[Any]]:
        found = []
        for residual in self.problem.residuals:
            terms = sp.Add.make_args(residual)
            terms = terms if len(terms) > 1 else sp.Add.make_args(sp.expand(residual))
            found.append([pointwise(self.problem, term) for term in terms])
        return found

    def terms_at(self, points: np.ndarray, field: Field | None = None) -> Terms:
        """Return the equations at points (n, d), of another field of the same kind if given."""
        slots = {s: None for row in self._expressions for at in row for s in at.slots}
        zero = (0,) * len(self.problem.coordinates)
        indices = tuple(dict.fromkeys([zero, *(index for _, index in slots)]))
        table = self._evaluated(field or self.field, points, indices)
        values = {(j, k): jnp.asarray(table[k][:, j]) for j, k in slots}
        x, known = jnp.asarray(points), self.parameters
        parts = [
            np.stack([np.asarray(at(x, values, parameters=known)) for at in row])
            for row in self._expressions
        ]
        finite = np.isfinite(np.concatenate(parts)).all(axis=0) & np.isfinite(table[zero]).all(1)
        return Terms(points[finite], tuple(p[:, finite] for p in parts), table[zero][finite])

    def _evaluated(
        self, field: Field, points: np.ndarray, indices: tuple[tuple[int, ...], ...]
    ) -> dict[tuple[int, ...], np.ndarray]:
        pieces = []
        for start in range(0, len(points), CHUNK):
            part = points[start : start + CHUNK]
            fill = np.repeat(part[-1:], CHUNK - len(part), axis=0)
            found = _derivatives(field, jnp.asarray(np.concatenate([part, fill])), indices)
            pieces.append([np.asarray(item)[: len(part)] for item in found])
        joined = [np.concatenate(item) for item in zip(*pieces, strict=True)]
        return dict(zip(indices, joined, strict=True))

    @cached_property
    def rows(self) -> list[tuple[Condition, Rows]]:
        """The rows of every condition that can be asked for at points, with weight one."""
        design = Collocation(1, AROUND, weight=1.0)
        asked = [c for c in self.problem.conditions if c.kind not in ("periodic", "integral")]
        if not self.smooth:
            asked = [c for c in asked if c.kind in VALUES]
        return [(c, design.condition(self.problem, self.sizes, c, 7907)) for c in asked]

    @cached_property
    def misfits(self) -> list[tuple[Condition, float]]:
        """Root-mean-square misfit of each condition against the typical size, largest first."""
        found = []
        for condition, rows in self.rows:
            try:
                values = np.asarray(rows.residual(self.field, self.parameters))
            except (ResiduumError, ValueError, TypeError):
                continue
            kept = values[np.isfinite(values)] * np.sqrt(len(values))
            found.append((condition, rms(kept)))
        return sorted(found, key=lambda item: -item[1])

    @property
    def residual(self) -> float:
        """The residual at fresh points against the size of its terms; zero if it cannot be told."""
        return self.terms.relative if self.smooth else 0.0

    @property
    def misfit(self) -> float:
        """The largest misfit of a condition whose jump is not meant."""
        return max((size for c, size in self.misfits if not c.jump), default=0.0)

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why the answer counts as poor."""
        found, result = [], self.solution.result
        large = self.residual > LARGE or self.misfit > LARGE
        # A solve that was stopped is judged by where it stood.
        stopped = result in (Result.OUT_OF_BUDGET, Result.INTERRUPTED)
        settled = self.smooth and max(self.residual, self.misfit) <= SETTLED
        fine = (result is Result.TOLERANCE_NOT_VERIFIED and not large) or (stopped and settled)
        if not result.ok and not fine:
            found.append(f"{result.code}: {result.value}")
        if self.certificate.kind != "none" and not self.certificate.relative <= COARSE:
            found.append(f"its certificate says {self.certificate.relative:.1e} relative")
        if not self.certified and self.residual > LARGE:
            found.append(f"the residual is {self.residual:.1e} of its terms at fresh points")
        if not self.certified and self.misfit > LARGE:
            found.append(f"a condition is missed by {self.misfit:.1e} of the size of its unknown")
        if self.certified and self.residual > CONTRADICTS:
            found.append(f"certified, yet the residual is {self.residual:.1e} of its terms")
        return tuple(found)

    def option(self, name: str) -> float | None:
        """Return a number that the record's method was given, its default, or ``None``."""
        found = re.search(rf"\b{name}=([0-9][0-9.eE+-]*)", self.record.method)
        kind = self.record.method.partition("(")[0]
        default = getattr({"PINN": PINN, "RandomFeatures": RandomFeatures}.get(kind), name, None)
        return float(found[1]) if found else default

    @property
    def learned(self) -> bool:
        """Whether the answer is a network or another field with weights to train."""
        return isinstance(self.field, LinearField)

    @property
    def features(self) -> bool:
        """Whether the answer came from random features."""
        return self.record.method.startswith("RandomFeatures")

    @cached_property
    def alternatives(self) -> str:
        """Classical methods that fit the problem, as they are called, or none in words."""
        try:
            fit = [m for m in fitting(self.problem) if m.family == "classical"]
        except ResiduumError:
            fit = []
        # Polynomials fit almost everything; they are worth naming where they come first.
        found = [type(m).__name__ for i, m in enumerate(fit) if i == 0 or m.name != "polynomials"]
        return " or ".join(f"{name}()" for name in found) or "no classical method here fits"


def dimensionless(evidence: Evidence, points: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Return points (n, d) with every coordinate between -1 and 1."""
    sizes = evidence.sizes
    return np.asarray((np.asarray(points, float) - sizes.centre) / sizes.half_width)
