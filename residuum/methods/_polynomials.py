"""Least squares on polynomials of a total degree: smooth solutions in many dimensions, and fields
that are to be inferred."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from residuum._core import (
    Answer,
    Certificate,
    LinearField,
    Method,
    Monitor,
    OptionError,
    Result,
    Source,
    Task,
)
from residuum.blocks import ChebyshevProducts
from residuum.fields import OwnCoordinates, TensorChebyshev, constrain, frame_of
from residuum.learning import HeadGaussNewton, least_squares, misfit, system
from residuum.methods._kept_aside import as_good, misfits, noisy, parted
from residuum.objectives import Collocation, Rows, inferred
from residuum.problem import HardConditions, Problem, Scaling, hard_conditions, scaling
from residuum.problem._places import interior_points

CHUNK = 1024
"""Points per block of rows: the jets of all features at all points would not fit."""
MOST = 1800
"""Most unknowns: the dense solve takes a cube of them."""
STRENGTHS = (1.0, 10.0, 100.0)
"""Weights of the equations beside noisy observations, each solved from the one before.

The equations hold and the observations only nearly do, so that more is better; but from nothing the
strongest leads astray."""
SETTLED = 1e-3
"""Residual at other points, against the size of the terms, above which nothing was solved."""


@final
@dataclass
class _Fit:
    """A field, the rows it was fitted to, its residual at other points, its misfits of what was
    kept aside, and its values where degrees are compared."""

    degree: int
    field: LinearField
    rows: list[Rows]
    held: float
    aside: np.ndarray
    values: np.ndarray

    @property
    def data(self) -> float:
        """Misfit of the observations that were kept aside, in units of their noise."""
        return float(np.sqrt((self.aside**2).mean())) if self.aside.size else 0.0

    def __str__(self) -> str:
        return f"total degree {self.degree}"


@final
@dataclass(frozen=True)
class Polynomials(Method):
    """Least squares on Chebyshev polynomials of a total degree, raised until two degrees agree.

    The equations at points, the conditions that are not met exactly, and the observations are
    solved all at once, by one linear solve or by Gauss–Newton. So an unknown function inside the
    equation, such as a conductivity, is one more polynomial, of its own coordinates alone. Where
    there are observations, every fifth is kept aside. Of the degrees that foretell those as well as
    any does, the one with the smallest residual is taken: others do not resolve the equation, or
    follow the noise. The estimate of the error has two parts: the difference from the next lower
    degree, and that of fits to two halves of the observations.

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
    # Nothing is trained, as in the floor; but degrees are raised until two agree and that is its
    # certificate, so that others are judged by it, as by the classical methods.
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
        if _count(problem, self.degrees[0]) > MOST:
            return f"more than {MOST} polynomials of total degree {self.degrees[0]}"
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        frame = scaling(problem), hard_conditions(problem, True)
        task.monitor.record.notes.append(frame[1].note())
        tol, fits = (1e-6 if task.tol is None else task.tol), list[_Fit]()
        result = Result.STAGNATED
        for k, degree in enumerate(self.degrees):
            if _count(problem, degree) > MOST:
                break
            task.monitor.update(k / len(self.degrees), f"total degree {degree}")
            try:
                with task.monitor.phase("solve"):
                    fits.append(self._fit(problem, degree, frame, task))
            except (KeyboardInterrupt, FloatingPointError, MemoryError) as stop:
                if not fits:
                    raise
                interrupted = isinstance(stop, KeyboardInterrupt)
                result = Result.INTERRUPTED if interrupted else Result.STAGNATED
                break
            best = _best(fits)
            agreed = len(fits) > 1 and max(_gaps(*fits[-2:])) <= tol
            if fits[best].held <= SETTLED and (agreed or best < len(fits) - 2):
                result = Result.SUCCESSFUL
                break
            if task.monitor.spent:
                result = Result.OUT_OF_BUDGET
                break
        return self._answer(problem, fits, result, task.monitor)

    def _answer(
        self, problem: Problem, fits: list[_Fit], result: Result, monitor: Monitor
    ) -> Answer:
        at, record = _best(fits), monitor.record
        best, gaps = fits[at], [_gaps(a, b) for a, b in pairwise(fits)]
        record.unknowns = _count(problem, best.degree)
        record.history["agreement"] = [float(gap.max()) for gap in gaps]
        record.history["residual at other points"] = [fit.held for fit in fits]
        if problem.observations:
            record.history["misfit of observations kept aside"] = [fit.data for fit in fits]
            record.notes.append(
                f"total degree {best.degree}: of those that foretell the observations kept aside "
                "as well as any, the one with the smallest residual"
            )
            # Where data decide the degree, running out of degrees is no failure.
            result = Result.SUCCESSFUL if result is Result.STAGNATED else result
        if result is Result.SUCCESSFUL and best.held > SETTLED:
            result = Result.STAGNATED
        certificate = Certificate()
        # The neighbour that is no better says how much the choice of the degree decides.
        other = at - 1 if at else at + 1
        if gaps and 0 <= other < len(fits):
            spread, why = self._spread(problem, best, monitor)
            relative = float(np.hypot(gaps[min(at, other)], spread).max())
            certificate = Certificate(
                "estimate",
                relative * _norm(problem, best.values),
                relative,
                "L2",
                (
                    f"agreement of two levels: {fits[other]}; {best}",
                    f"residual at other points {best.held:.0e} of the size of the terms",
                    *why,
                ),
            )
        return Answer(best.field, result, certificate)

    def _fit(
        self, problem: Problem, degree: int, frame: tuple[Scaling, HardConditions], task: Task
    ) -> _Fit:
        sizes, hard = frame
        field = _field(problem, degree, sizes, hard, task)
        wanted = int(self.points * _count(problem, degree) / len(problem.residuals))
        count = _even(max(wanted, 200))
        design = Collocation(count, _even(max(200, count // 3)), weight=self.weight)
        known, aside = parted(problem)
        around = [design.condition(problem, sizes, c, task.key) for c in hard.weighted]
        around += [design.observation(problem, sizes, item) for item in known]
        inside = interior_points(problem, count, task.key)
        inner = _blocks(design.equations(problem, sizes, inside))
        outer = [piece for item in around for piece in _blocks(item)]
        # Other points, as many as in a block: the program for them is there.
        other = interior_points(problem, inner[0].points.shape[0], 71)
        judges = design.equations(problem, sizes, other)
        strengths, found = STRENGTHS if noisy(problem) else STRENGTHS[:1], list[_Fit]()
        for strength in strengths:
            rows = [*(_weighted(item, strength) for item in inner), *outer]
            field = _solved(problem, field, rows, task.monitor, strength < strengths[-1])
            held = _residual(problem, field, judges)
            missed = misfits(problem, field, aside)
            found.append(_Fit(degree, field, rows, held, missed, _values(problem, field)))
            if task.monitor.spent:
                break
        return found[_best(found)]

    def _spread(
        self, problem: Problem, best: _Fit, monitor: Monitor
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return what the noise does to each unknown, by fits to two halves of the observations.

        Fits to halves are off by √2 of what one to all is, and independently of each other: half
        their difference is the size of the error of that one.
        """
        nothing = np.zeros(len(problem.unknowns))
        if monitor.spent or not noisy(problem):
            note = "what the noise of the observations does is not in it"
            return nothing, (note,) if noisy(problem) else ()
        sides = []
        with monitor.phase("certify"):
            for side in (0, 1):
                rows = [_half(item, side) for item in best.rows]
                sides.append(_values(problem, _solved(problem, best.field, rows, monitor, False)))
        size = np.maximum(np.linalg.norm(best.values, axis=0), 1e-300)
        found: np.ndarray = np.linalg.norm(sides[0] - sides[1], axis=0) / 2 / size
        return found, (f"noise: fits to two halves of the observations, {found.max():.1e}",)


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


def _even(count: int) -> int:
    """Return a count of points, a little more, that blocks of one size make up."""
    pieces = -(-count // CHUNK)
    return pieces * -(-count // pieces)


def _solved(
    problem: Problem, field: LinearField, rows: list[Rows], monitor: Monitor, rough: bool
) -> LinearField:
    """Return the field fitted to rows; ``rough``: it need not settle."""
    if problem.traits.linear:
        return least_squares(field, rows, memory_mb=monitor.budget.memory_mb).field
    rule = HeadGaussNewton(30, 1e-3 if rough else 1e-7)
    found = rule.train((field, inferred(problem)), rows, monitor).trained[0]
    assert isinstance(found, LinearField)
    return found


def _residual(problem: Problem, field: LinearField, rows: Rows) -> float:
    """Return the size of rows, by the program that the solve has compiled already."""
    if problem.traits.linear:
        return float(np.linalg.norm(system(field, [rows])[0]))
    return misfit(field, [rows])


def _weighted(rows: Rows, weight: Any) -> Rows:
    return eqx.tree_at(lambda r: r.factor, rows, rows.factor * weight)


def _half(rows: Rows, side: int) -> Rows:
    """Return rows of observations with half of them left out, others as they are."""
    if rows.target is None:
        return rows
    mine = np.random.default_rng(83).permutation(rows.points.shape[0]) % 2 == side
    return _weighted(rows, jnp.asarray(mine * math.sqrt(2.0)))


def _best(fits: list[_Fit]) -> int:
    """Return the place of the fit to be taken: the last, if there are no observations.

    Else, of those that foretell what was kept aside as well as the best one, the one with the
    smallest residual.
    """
    if not fits[0].aside.size:
        return len(fits) - 1
    good = as_good([fit.aside for fit in fits])
    return min(good, key=lambda k: fits[k].held)


def _values(problem: Problem, field: Any) -> np.ndarray:
    return np.asarray(field(jnp.asarray(interior_points(problem, 2000, 79))))


def _gaps(a: _Fit, b: _Fit) -> np.ndarray:
    """Return the relative L2 difference of each unknown."""
    size = np.maximum(np.linalg.norm(b.values, axis=0), 1e-300)
    found: np.ndarray = np.linalg.norm(a.values - b.values, axis=0) / size
    return found


def _norm(problem: Problem, values: np.ndarray) -> float:
    """Return the L2 norm of all unknowns together over the domain."""
    return math.sqrt(float((values**2).sum(axis=1).mean()) * float(problem.domain.measure()))
