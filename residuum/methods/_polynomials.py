"""Least squares on polynomials of a total degree: smooth solutions in many dimensions, and fields
that are to be inferred."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import (
    Answer,
    Certificate,
    Index,
    Jet,
    LinearField,
    Method,
    Monitor,
    OptionError,
    Result,
    Source,
    Task,
)
from residuum.blocks import ChebyshevProducts
from residuum.fields import FeatureField, TensorChebyshev, constrain, frame_of
from residuum.learning import HeadGaussNewton, least_squares, misfit
from residuum.objectives import Collocation, Rows, inferred
from residuum.problem import HardConditions, Observation, Problem, Scaling, hard_conditions, scaling
from residuum.problem._places import interior_points

CHUNK = 1024
"""Points per block of rows: the jets of all features at all points would not fit."""
MOST = 1800
"""Most unknowns: the dense solve takes a cube of them."""
KEPT = 5
"""One observation in so many is kept aside to see when more degrees only follow the noise."""
SETTLED = 1e-3
"""Residual at other points, against the size of the terms, above which nothing was solved."""


@final
class OwnCoordinates(LinearField):
    """A field whose components each use the features of their own coordinates alone.

    Args:
        field: the field of all features.
        own: which features a component may use, (features + 1, m), ones and zeros.
    """

    field: FeatureField
    own: Array

    @property
    def head(self) -> Array:
        return self.field.head

    def with_head(self, head: Array) -> OwnCoordinates:
        return eqx.tree_at(lambda f: f.field, self, self.field.with_head(head * self.own))

    def features(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        found = self.field.features(points, indices, component)
        mine = self.own[:, component]
        return found.linear(lambda part: part * mine)

    def offset(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        return self.field.offset(points, indices, component)

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        return self.field.jet(points, indices)


@final
@dataclass
class _Fit:
    degree: int
    field: LinearField
    held: float
    data: float

    def __str__(self) -> str:
        return f"total degree {self.degree} with {self.field.head.size} numbers"


@final
@dataclass(frozen=True)
class Polynomials(Method):
    """Least squares on Chebyshev polynomials of a total degree, raised until two degrees agree.

    The equations at points, the conditions that are not met exactly, and the observations are
    solved all at once, by one linear solve or by Gauss–Newton. So an unknown function inside the
    equation, such as a conductivity, is one more polynomial, of its own coordinates alone. Where
    there are observations, every fifth is kept aside, and the degree that foretells those best is
    taken: higher ones follow the noise.

    Args:
        degrees: total degrees to try, rising.
        points: points per number to be found.
        weight: weight of conditions that are not met exactly, and of observations without noise.

    Raises:
        OptionError: an option is out of range.

    Good starting values: the defaults, for smooth solutions. It breaks for layers and corners, and
    where the number of polynomials grows beyond 1800: degree 8 of six coordinates.
    """

    degrees: tuple[int, ...] = (2, 4, 6, 7, 8, 10, 12, 14, 16)
    points: float = 2.0
    weight: float = 10.0

    name: ClassVar[str] = "polynomials"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = TensorChebyshev.sources

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in pairwise(self.degrees))
        if not self.degrees or self.degrees[0] < 1 or not rising:
            raise OptionError("rising degrees", repr(self.degrees), "Write degrees=(2, 4, 6), say.")
        if not self.points >= 1 or not self.weight > 0:
            raise OptionError("points of 1 or more, a weight above 0", repr(self), "Correct them.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        if problem.inferred or problem.closures:
            return "the problem has unknown numbers or closures, and it only solves for fields"
        if problem.shape is None:
            return "the problem has no space, where integration in time is better"
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        sizes, hard = scaling(problem), hard_conditions(problem, True)
        task.monitor.record.notes.append(hard.note())
        tol, fits = (1e-6 if task.tol is None else task.tol), list[_Fit]()
        result, gaps = Result.STAGNATED, list[float]()
        for k, degree in enumerate(self.degrees):
            if _count(problem, degree) > MOST:
                break
            task.monitor.update(k / len(self.degrees), f"total degree {degree}")
            try:
                with task.monitor.phase("solve"):
                    fits.append(self._fit(problem, degree, (sizes, hard), task))
            except KeyboardInterrupt:
                if not fits:
                    raise
                result = Result.INTERRUPTED
                break
            if len(fits) > 1:
                gaps.append(_gap(problem, fits[-1].field, fits[-2].field))
            if len(fits) > 2 and _worse(fits):
                result = Result.SUCCESSFUL
                break
            if gaps and gaps[-1] <= tol and fits[-1].held <= SETTLED:
                result = Result.SUCCESSFUL
                break
            if task.monitor.spent:
                result = Result.OUT_OF_BUDGET
                break
        return self._answer(problem, fits, gaps, result, task.monitor)

    def _answer(
        self,
        problem: Problem,
        fits: list[_Fit],
        gaps: list[float],
        result: Result,
        monitor: Monitor,
    ) -> Answer:
        at = len(fits) - 1
        if problem.observations:
            at = int(np.argmin([fit.data for fit in fits]))
        best, record = fits[at], monitor.record
        record.unknowns = best.field.head.size
        record.history["agreement"] = gaps
        record.history["residual at other points"] = [fit.held for fit in fits]
        if problem.observations:
            record.history["misfit of observations kept aside"] = [fit.data for fit in fits]
            record.notes.append(
                f"total degree {best.degree} foretells the observations kept aside best"
            )
        if result is Result.SUCCESSFUL and best.held > SETTLED:
            result = Result.STAGNATED
        certificate = Certificate()
        # The neighbour that is no better says how much the choice of the degree decides.
        other = at - 1 if at else at + 1
        if gaps and 0 <= other < len(fits):
            relative = gaps[min(at, other)]
            noisy = ("what the noise of the observations does is not in it",)
            certificate = Certificate(
                "estimate",
                relative * _norm(problem, best.field),
                relative,
                "L2",
                (
                    f"agreement of two levels: {fits[other]}; {best}",
                    f"residual at other points {best.held:.0e} of the size of the terms",
                    *(noisy if problem.observations else ()),
                ),
            )
        return Answer(best.field, result, certificate)

    def _fit(
        self, problem: Problem, degree: int, frame: tuple[Scaling, HardConditions], task: Task
    ) -> _Fit:
        sizes, hard = frame
        field = _field(problem, degree, sizes, hard, task)
        count = max(int(self.points * field.head.size / len(problem.residuals)), 200)
        design = Collocation(count, max(200, count // 3), weight=self.weight)
        inside = interior_points(problem, count, task.key)
        known, aside = _parted(problem)
        around = [design.condition(problem, sizes, c, task.key) for c in hard.weighted]
        around += [design.observation(problem, sizes, item) for item in known]
        whole = [design.equations(problem, sizes, inside), *around]
        rows = [piece for item in whole for piece in _blocks(item)]
        if problem.traits.linear:
            field = least_squares(field, rows, memory_mb=task.monitor.budget.memory_mb).field
        else:
            outcome = HeadGaussNewton(30, 1e-5).train(
                (field, inferred(problem)), rows, task.monitor
            )
            found = outcome.trained[0]
            assert isinstance(found, LinearField)
            field = found
        other = interior_points(problem, 500, 71)
        held = misfit(field, [design.equations(problem, sizes, other)])
        kept = [design.observation(problem, sizes, item) for item in aside]
        return _Fit(degree, field, held, misfit(field, kept) if kept else 0.0)


def _count(problem: Problem, degree: int) -> int:
    """Return the number of unknowns of a total degree."""
    return sum(math.comb(len(u.args) + degree, degree) for u in problem.unknowns)


def _field(
    problem: Problem, degree: int, sizes: Scaling, hard: HardConditions, task: Task
) -> LinearField:
    recipe, frame = TensorChebyshev(degree, total=degree), frame_of(problem, sizes)
    built, products = recipe.build(frame, task.key), recipe.trunk(frame, task.key)
    assert isinstance(products, ChebyshevProducts)
    powers = np.concatenate([products.powers, np.zeros((1, len(problem.coordinates)), int)])
    others = [
        [i for i, c in enumerate(problem.coordinates) if c not in u.args] for u in problem.unknowns
    ]
    own = np.stack([(powers[:, rest] == 0).all(axis=1) for rest in others], axis=1)
    # The constant is among the polynomials: the last layer's own is one too many.
    own[-1] = False
    return constrain(OwnCoordinates(built, jnp.asarray(own, float)), problem, hard, sizes)


def _blocks(rows: Rows) -> list[Rows]:
    """Return rows in blocks of points."""
    n = rows.points.shape[0]
    if rows.groups or n <= CHUNK:
        return [rows]
    factor = jnp.broadcast_to(rows.factor, (len(rows.at), n))
    pieces = -(-n // CHUNK)
    places = np.array_split(np.arange(n), pieces)
    return [
        Rows(
            rows.name,
            rows.at,
            rows.points[at],
            factor[:, at],
            None if rows.normals is None else rows.normals[at],
            None if rows.target is None else rows.target[at],
        )
        for at in places
    ]


def _parted(problem: Problem) -> tuple[list[Observation], list[Observation]]:
    """Return the observations without every fifth value, and those alone."""
    known: list[Observation] = []
    aside: list[Observation] = []
    for item in problem.observations:
        kept = np.random.default_rng(73).permutation(len(item.values)) % KEPT == 0
        for found, mine in ((known, ~kept), (aside, kept)):
            found.append(
                Observation(item.unknown, item.points[mine], item.values[mine], item.noise)
            )
    return known, aside


def _worse(fits: list[_Fit]) -> bool:
    """Whether the last two degrees foretell what was kept aside no better than the one before."""
    return fits[-1].data >= fits[-3].data > 0 and fits[-2].data >= fits[-3].data


def _values(problem: Problem, field: Any) -> np.ndarray:
    return np.asarray(field(jnp.asarray(interior_points(problem, 2000, 79))))


def _gap(problem: Problem, fine: Any, coarse: Any) -> float:
    """Return the relative L2 difference, of the unknown that differs most."""
    a, b = _values(problem, fine), _values(problem, coarse)
    size = np.maximum(np.linalg.norm(a, axis=0), 1e-300)
    return float((np.linalg.norm(a - b, axis=0) / size).max())


def _norm(problem: Problem, field: Any) -> float:
    """Return the L2 norm of all unknowns together over the domain."""
    mean = float((_values(problem, field) ** 2).sum(axis=1).mean())
    return math.sqrt(mean * float(problem.domain.measure()))
