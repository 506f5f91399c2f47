"""Defect correction: solve for the error on elements, whatever gave the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Protocol, TypeVar, final

import numpy as np

from residuum._core import (
    Certificate,
    Field,
    Monitor,
    OptionError,
    ResiduumError,
    Result,
    Source,
    in_double_precision,
)
from residuum.certify._certifier import Certifier
from residuum.discretise.elements import Defect, Defects, grown, refuse_elements, sizes
from residuum.fields import SumField
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import Problem, Solution, weak_form
from residuum.problem._places import interior_points

FIRST = {1: 1 / 32, 2: 1 / 10, 3: 1 / 6}
"""First mesh size over the longest side of the domain, by dimension."""
GROWTH = 2.5
"""Cells of a mesh over those of the last, at least."""
CLOSE, LOOSE = 0.1, 0.3
"""Difference of two meshes over the error at which one comparison will do, and two in a row."""
ROUNDING = 1e-9
"""Relative error below which rounding in the residual may hide that two meshes agree."""
PERIODIC = 0.1
"""Largest jump across periodic sides over the error found: the correction cannot mend it."""

STETTER = Source(
    "defect-correction",
    "The defect correction principle and discretization methods",
    "H. J. Stetter",
    1978,
    "doi:10.1007/BF01432879",
    "verified",
)


class OnMesh(Protocol):
    """What a solve on one mesh has to tell for meshes to be refined."""

    result: Result
    indicator: np.ndarray | None

    @property
    def unknowns(self) -> int:
        """Number of unknowns."""


T = TypeVar("T", bound=OnMesh)


class OnMeshes(Protocol[T]):
    """What solves on any mesh, such as ``Defects``."""

    def solve(self, mesh: Mesh, last: T | None = None, *, number: int = 0) -> T:
        """Solve on a mesh; see ``Defects.solve``."""


@final
@dataclass(frozen=True, eq=False)
class Correction:
    """What defect correction finds.

    Args:
        solution: the answer and its error added up; its certificate says how well the error is
            known.
        error: the error as a field: what the answer lacks.
        certificate: of the answer that was given.
        unknowns: numbers that were solved for.
    """

    solution: Solution | None
    error: Field | None
    certificate: Certificate
    unknowns: int = 0


@final
@dataclass(frozen=True)
class DefectCorrection(Certifier):
    """The error as the solution of the statement's own weak form around the answer.

    With an answer v, elements solve R(v + e; φ) = 0 for e: linear or not, steady or evolving,
    systems with a pressure. The mesh has to resolve e alone, so a coarse one goes far where v is
    good. Meshes are refined until two of them agree to 10 % of e, or twice to 30 %; the estimate is
    |e| + |e - e'|. Where they do not, nothing is said.

    Args:
        order: polynomial order of the elements; the highest there is by default.
        size: size of the first mesh, in the unit of the coordinates.
        levels: most meshes tried.
        largest: most unknowns.

    It breaks where the error is much finer than the answer: then it says so and gives no number. A
    nonlinear problem with several solutions is judged by the one nearest to the answer.
    """

    order: int | None = None
    size: float | None = None
    levels: int = 8
    largest: int = 60_000

    name: ClassVar[str] = "defect correction"
    kind: ClassVar[str] = "estimate"
    norms: ClassVar[tuple[str, ...]] = ("L2", "energy", "max")
    sources: ClassVar[tuple[Source, ...]] = (STETTER,)

    def __post_init__(self) -> None:
        if self.order not in (None, 1, 2, 3):
            raise OptionError("an order among 1, 2, 3", repr(self.order), "Leave it out.")
        if self.size is not None and not self.size > 0:
            raise OptionError("a mesh size above zero", repr(self.size), "Leave it out.")
        if self.levels < 2 or self.largest < 1:
            got = f"{self.levels} levels, {self.largest} unknowns"
            raise OptionError("two levels or more, and some unknowns", got, "Leave them out.")

    def refuse(self, solution: Solution, norm: str) -> str | None:
        """Return why nothing can be said; see ``Certifier.refuse``."""
        problem = solution.problem
        reason = refuse_elements(problem)
        if reason is None and norm == "energy" and not _has_energy(problem):
            return "the energy norm is that of steady, coercive, symmetric problems"
        return reason

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """Return the certificate; see ``Certifier.certify``."""
        return self._corrected(solution, norm, monitor).certificate

    @in_double_precision
    def correct(
        self,
        solution: Solution,
        *,
        norm: str = "L2",
        tol: float | None = None,
        monitor: Monitor | None = None,
    ) -> Correction:
        """Return the corrected answer, the error as a field, and the certificates of both.

        Args:
            solution: any solution; its field is only read.
            norm: ``"L2"``, ``"energy"`` or ``"max"``.
            tol: meshes are refined on until the answer, or the corrected answer, is known to be
                right to this relative error, as far as ``levels`` and ``largest`` allow.
            monitor: clock and budget.

        Raises:
            OptionError: another norm.
        """
        if norm not in self.norms:
            raise OptionError(f"a norm among {', '.join(self.norms)}", repr(norm), "Correct it.")
        reason = self.refuse(solution, norm)
        if reason:
            return Correction(None, None, self._none(norm, reason))
        return self._corrected(solution, norm, monitor or Monitor(), tol)

    def _corrected(
        self, solution: Solution, norm: str, monitor: Monitor, tol: float | None = None
    ) -> Correction:
        by = partial(self.defects, solution, monitor)
        found = self.search(solution, partial(figures_of, norm=norm), monitor, by=by, tol=tol)
        if isinstance(found, str):
            return Correction(None, None, self._none(norm, found))
        fine, coarse, figures = found
        texts = (
            f"two meshes agree on the error: {coarse}; {fine}",
            "the error is resolved, and no part of it is finer than both meshes",
        )
        own = self._certificate(norm, figures.own, texts)
        rest = self._certificate(norm, figures.rest, texts)
        field = SumField((solution.field, fine.field))
        made = Solution(
            solution.problem, field, Result.SUCCESSFUL, certificate=rest, record=solution.record
        )
        return Correction(made, fine.field, own, fine.unknowns)

    def search(
        self,
        solution: Solution,
        measure: Callable[[T, T], Figures],
        monitor: Monitor,
        *,
        by: Callable[[], OnMeshes[T]],
        tol: float | None = None,
    ) -> tuple[T, T, Figures] | str:
        """Refine until two meshes agree; return them with the figures, or why they do not.

        Args:
            solution: the answer.
            measure: what the finer and the coarser mesh tell.
            monitor: clock and budget.
            by: makes what is solved on every mesh, such as ``defects`` of the solution.
            tol: relative error to go on to, see ``correct``.
        """
        try:
            return self._refined(solution, measure, monitor, by(), tol)
        except FloatingPointError as error:
            return str(error)
        except ResiduumError as error:
            return f"no mesh or no system: {error}"

    def looks(self, solution: Solution, monitor: Monitor) -> Iterator[tuple[Solution, float]]:
        """Yield the answer corrected on each mesh alone, and its relative error as seen there.

        Nothing is proved by a mesh alone, and no certificate is given: it tells what to do next.
        It ends where nothing is seen. Use it in float64 scope.
        """
        if self.refuse(solution, "L2") is not None:
            return
        last: Defect | None = None
        try:
            by, mesh = self.defects(solution, monitor), first_mesh(solution.problem, self.size)
            for number in range(self.levels):
                seen = by.solve(mesh, last, number=number)
                error = figures_of(seen, seen, "L2").own[1]
                if not seen.result.ok or not math.isfinite(error):
                    return
                field = SumField((solution.field, seen.field))
                yield Solution(solution.problem, field, Result.SUCCESSFUL), error
                last, mesh = seen, grown(mesh, seen.indicator, GROWTH)
        except (FloatingPointError, ResiduumError):
            return

    def defects(self, solution: Solution, monitor: Monitor) -> Defects:
        """Return what solves for the error on meshes."""
        problem, field = solution.problem, solution.field
        return Defects(problem, weak_form(problem), field, order=self.order, monitor=monitor)

    def _refined(
        self,
        solution: Solution,
        measure: Callable[[T, T], Figures],
        monitor: Monitor,
        by: OnMeshes[T],
        tol: float | None,
    ) -> tuple[T, T, Figures] | str:
        mesh = first_mesh(solution.problem, self.size)
        last: T | None = None
        best: tuple[T, T, Figures] | None = None
        history: list[float] = []
        why = "no two meshes were solved"
        for number in range(self.levels):
            found = by.solve(mesh, last, number=number)
            if not found.result.ok:
                return best or f"the error could not be solved for: {found.result.value}"
            if last is not None:
                figures = measure(found, last)
                history.append(figures.ratio)
                why = f"two meshes differ by {figures.ratio:.0%} of the error they find"
                if not math.isfinite(figures.own[0]):
                    return best or "the error found is not finite"
                if agreed(history) or figures.own[1] < ROUNDING:
                    jump = _periodic_jump(solution)
                    if jump > PERIODIC * figures.own[1]:
                        return f"the answer jumps by {jump:.1e} across periodic sides"
                    best = found, last, figures
                    if tol is None or min(figures.own[1], figures.rest[1]) <= tol:
                        return best
            if monitor.spent:
                return best or f"out of budget; {why}"
            last = found
            finer = grown(mesh, found.indicator, GROWTH)
            if len(finer.cells) / len(mesh.cells) * found.unknowns > self.largest:
                return best or f"more than {self.largest} unknowns are needed; {why}"
            mesh = finer
        return best or f"{self.levels} meshes did not agree; {why}"

    def _certificate(
        self, norm: str, value: tuple[float, float], texts: tuple[str, ...]
    ) -> Certificate:
        return Certificate(self.kind, value[0], value[1], norm, texts, by=self.name)

    def _none(self, norm: str, reason: str) -> Certificate:
        return Certificate(norm=norm, assumptions=(reason,), by=self.name)


@final
@dataclass(frozen=True)
class Figures:
    """Absolute and relative errors, of the answer and of the corrected answer.

    Args:
        own: of the answer.
        rest: of the answer with its error added.
        ratio: difference of two meshes over the error they find.
    """

    own: tuple[float, float]
    rest: tuple[float, float]
    ratio: float


def agreed(history: list[float]) -> bool:
    """Whether the last meshes agree, and did not do so by chance."""
    return history[-1] <= CLOSE or (len(history) > 1 and max(history[-2:]) <= LOOSE)


def first_mesh(problem: Problem, size: float | None) -> Mesh:
    """Return the mesh to start from: the domain's own, or one of about a size."""
    shape = problem.shape
    assert shape is not None
    own = getattr(shape, "mesh", None)
    if own is not None:
        return own
    return mesh_of(
        shape, size or FIRST[shape.dimension] * float(np.ptp(shape.bounds, axis=1).max())
    )


def figures_of(fine: Defect, coarse: Defect, norm: str) -> Figures:
    """Return the errors that two meshes tell of, in a norm.

    The relative figures are those of the worst unknown, each divided by its own norm.
    """
    if norm == "energy":
        return _energies(fine, coarse)
    found = sizes(fine, coarse)[norm]
    join = np.linalg.norm if norm == "L2" else np.max
    error, gap = float(join(found.error)), float(join(found.gap))
    wrong, apart = found.relative(found.error), found.relative(found.gap)
    own = (error + gap, float((wrong + apart).max()))
    ratios = (gap / max(error, 1e-300), float(apart.max()) / max(float(wrong.max()), 1e-300))
    ratio = 0.0 if error == gap == 0 else max(ratios)
    return Figures(own, (gap, float(apart.max())), ratio)


def _energies(fine: Defect, coarse: Defect) -> Figures:
    system = fine.system
    matrix, n = system.stiffness, system.space.size
    assert system.offset is not None
    other = fine.carried(coarse)
    whole = fine.state.copy()
    for j in range(system.offset.count):
        cut = slice(system.space.offsets[j], system.space.offsets[j + 1])
        whole[cut] += system.offset.at(j, system.space.places(j), 0.0)

    def energy(state: np.ndarray) -> float:
        own = np.where(np.arange(len(state)) < n, state, 0.0)
        return math.sqrt(max(float(own @ (matrix @ own)), 0.0))

    error, gap, value = (energy(s) for s in (fine.state, fine.state - other, whole))
    least = max(value, 1e-300)
    own, rest = error + gap, gap
    return Figures((own, own / least), (rest, rest / least), gap / max(error, 1e-300))


def _has_energy(problem: Problem) -> bool:
    traits = problem.traits
    return not traits.evolving and bool(traits.linear and traits.symmetric and traits.coercive)


def _periodic_jump(solution: Solution) -> float:
    """Return the largest relative jump of the answer across periodic sides."""
    problem = solution.problem
    shape, largest = problem.shape, 0.0
    assert shape is not None
    for j, u in enumerate(problem.unknowns):
        for axis in problem.periodic_axes(u):
            points = interior_points(problem, 256, 31)
            k = [c.name for c in problem.coordinates].index(axis)
            low, high = shape.bounds[shape.axes.index(axis)]
            ends = []
            for end in (low, high):
                points[:, k] = end
                ends.append(solution.at(points)[:, j])
            size = float(np.abs(ends[0]).max(initial=0.0)) + 1e-300
            largest = max(largest, float(np.abs(ends[0] - ends[1]).max()) / size)
    return largest
