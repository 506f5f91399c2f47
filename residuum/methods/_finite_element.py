"""Finite elements on meshes of any shape, refined until two levels agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, final

import numpy as np

from residuum._core import (
    Answer,
    Certificate,
    DomainError,
    Method,
    OptionError,
    Result,
    Source,
    Task,
)
from residuum.discretise.elements import (
    Level,
    Levels,
    Steps,
    element_gap,
    grown,
    refuse_elements,
)
from residuum.discretise.spectral import Gap
from residuum.discretise.time import ImplicitScheme
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import Problem, WeakForm, weak_form

LEVELS = 24
GROWTH = 2.5
"""Unknowns of a level over those of the level it is compared with, at least."""
STEP_GROWTH = 1.6
"""Cells of a steady level over those of the last: solving in between shows where to refine next."""
FIRST = {1: 1 / 32, 2: 1 / 10, 3: 1 / 6}
"""First mesh size over the longest side of the domain, by dimension."""
LARGEST = 400_000
IN_TIME = 0.25
"""Share of the tolerance that the error of the steps in time may take."""

ZIENKIEWICZ = Source(
    "fem",
    "The Finite Element Method: Its Basis and Fundamentals",
    "O. C. Zienkiewicz, R. L. Taylor, J. Z. Zhu",
    2013,
    "doi:10.1016/C2009-0-24909-9",
    "verified",
)
SKFEM = Source(
    "scikit-fem",
    "scikit-fem: A Python package for finite element assembly",
    "T. Gustafsson, G. D. McBain",
    2020,
    "doi:10.21105/joss.02369",
    "verified",
)
TAYLOR_HOOD = Source(
    "taylor-hood",
    "A numerical solution of the Navier-Stokes equations using the finite element technique",
    "C. Taylor, P. Hood",
    1973,
    "doi:10.1016/0045-7930(73)90027-3",
    "verified",
)


@final
@dataclass(frozen=True)
class FiniteElement(Method):
    """Galerkin finite elements: any shape that can be meshed, steady or evolving, linear or not.

    The weak form is derived from the statement. Lagrange elements; a pressure-like unknown gets one
    order less (Taylor–Hood). Nonlinear problems by Newton's method with continuation, time by a
    stiffly accurate Runge–Kutta method of order four with controlled steps. Meshes are refined,
    where the flux jumps most, until two levels agree to the tolerance, by default 1e-4. Steps in
    time are judged apart, by two tolerances on one mesh; the certificate is the sum of both parts.

    Args:
        order: polynomial order, 1 to 3 (2 in three dimensions); the highest there is by default.
        size: size of the first mesh, in the unit of the coordinates.
        levels: most meshes tried; 1 solves once and certifies nothing.
        largest: most unknowns, 400,000 by default.
        adapt: whether to refine only where it pays.
        mesh: the mesh to start from, instead of one made for the domain.
        scheme: the time scheme, such as ``residuum.discretise.time.BDF()``.

    Breaks for pure transport (no diffusion) and layers thinner than the finest mesh; there the
    certificate stays above the tolerance.
    """

    order: int | None = None
    size: float | None = None
    levels: int = LEVELS
    largest: int = LARGEST
    adapt: bool = True
    mesh: Mesh | None = None
    scheme: ImplicitScheme | None = None

    name: ClassVar[str] = "finite_element"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (ZIENKIEWICZ, SKFEM, TAYLOR_HOOD)

    def __post_init__(self) -> None:
        if self.order not in (None, 1, 2, 3):
            raise OptionError("an order among 1, 2, 3", repr(self.order), "Leave it out.")
        if self.size is not None and not self.size > 0:
            raise OptionError("a mesh size above zero", repr(self.size), "Leave it out.")
        for option in ("levels", "largest"):
            value = getattr(self, option)
            if not isinstance(value, int) or value < 1:
                raise OptionError(f"{option} of one or more", repr(value), "Leave it out.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        return refuse_elements(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        run = _Run(self, problem, task, weak_form(problem))
        try:
            return run.refined()
        except KeyboardInterrupt:
            if run.best is None:
                raise
            return run.answer(Result.INTERRUPTED)


@final
@dataclass
class _Run:
    """One solve: the levels so far."""

    options: FiniteElement
    problem: Problem
    task: Task
    form: WeakForm
    best: Level | None = None
    other: Level | None = None
    distance: Gap | None = None
    history: list[float] = field(default_factory=list)
    against: str = ""

    @property
    def tol(self) -> float:
        """The relative tolerance."""
        return 1e-4 if self.task.tol is None else self.task.tol

    def refined(self) -> Answer:
        """Refine until two levels agree."""
        mesh, monitor = self._first_mesh(), self.task.monitor
        record = monitor.record
        for number in range(self.options.levels):
            found = self._solved(mesh, number)
            if not found.result.ok:
                record.notes += found.notes
                if self.best is None:
                    self.best = found
                return self.answer(found.result)
            self._take(found)
            if self._agreed():
                return self.answer(Result.SUCCESSFUL)
            if number + 1 == self.options.levels:
                break
            if monitor.spent:
                return self.answer(Result.OUT_OF_BUDGET)
            with monitor.phase("mesh"):
                growth = STEP_GROWTH if self.problem.time is None else GROWTH
                finer = grown(mesh, found.indicator, growth)
            if len(finer.cells) / len(mesh.cells) * found.unknowns > self.options.largest:
                record.notes.append(f"more than {self.options.largest} unknowns are needed")
                return self.answer(Result.STAGNATED)
            mesh = finer
        done = Result.SUCCESSFUL if self.options.levels == 1 else Result.STAGNATED
        return self.answer(done)

    def _first_mesh(self) -> Mesh:
        if self.options.mesh is not None:
            if self.options.mesh.axes != tuple(c.name for c in self.problem.space):
                names = ", ".join(c.name for c in self.problem.space)
                raise DomainError(f"a mesh along {names}", str(self.options.mesh.axes), "Rename.")
            return self.options.mesh
        shape = self.problem.shape
        assert shape is not None
        own = getattr(shape, "mesh", None)
        if own is not None:
            return own
        longest = float(np.ptp(shape.bounds, axis=1).max())
        with self.task.monitor.phase("mesh"):
            return mesh_of(shape, self.options.size or FIRST[shape.dimension] * longest)

    def _solved(self, mesh: Mesh, number: int) -> Level:
        if self.problem.time is None or self.options.levels == 1:
            return self.levels.solve(mesh, self.best, tol=self.tol, number=number)
        return self.steps.solve(mesh, self.best, number)

    @cached_property
    def levels(self) -> Levels:
        """What solves on a mesh."""
        return Levels(
            self.problem,
            self.form,
            self.options.order,
            self.options.scheme,
            self.options.adapt and self.options.levels > 1,
            self.task.monitor,
            None if self.task.start is None else self.task.start.field,
        )

    @cached_property
    def steps(self) -> Steps:
        """What judges the steps in time."""
        return Steps(self.levels, IN_TIME * self.tol, self.tol, self._unbounded)

    def _take(self, found: Level) -> None:
        """Take a level in; compare it with the last one that is coarse enough."""
        if self.best is None:
            self.best = self.other = found
            return
        assert self.other is not None
        self.best = found
        if found.unknowns < GROWTH * self.other.unknowns and found.mesh.dimension > 1:
            return
        with self.task.monitor.phase("compare"):
            distance = element_gap(
                found.space, found.field, self.other.field, without=self._unbounded
            )
        self.history.append(distance.relative)
        if self.steps.gap is not None:
            distance = Gap(*(a + b for a, b in zip(distance, self.steps.gap, strict=True)))
        self.distance = distance
        self.against, self.other = str(self.other), found
        self.task.monitor.record.history.setdefault("agreement", []).append(distance.relative)

    @property
    def _unbounded(self) -> tuple[int, ...]:
        """The multipliers, where boundary values jump: a pressure then has no L2 norm at all."""
        jumps = any(c.kind == "dirichlet" and c.jump for c in self.problem.conditions)
        return self.form.multipliers if jumps else ()

    def _agreed(self) -> bool:
        """Whether the last two levels agree, and did not do so by chance."""
        if len(self.history) < 2 or self.best is not self.other:
            return False
        falling = self.history[-1] < self.history[-2] or self.history[-2] < 1e-9
        assert self.distance is not None
        return bool(self.distance.relative <= self.tol and falling)

    def answer(self, result: Result) -> Answer:
        """Hand back the best level with what is known of its error."""
        assert self.best is not None
        if result.ok and self.best.misfit > max(self.tol, 1e-6):
            result = Result.STAGNATED  # the levels agree on what the statement does not say
        record = self.task.monitor.record
        record.unknowns = self.best.unknowns
        record.notes += [f"linear solves: {self.best.path}"] if self.best.path else []
        record.notes += [note for note in self.best.notes if note not in record.notes]
        certificate = Certificate(assumptions=(f"{result.value}; no two levels to compare",))
        if self.distance is not None:
            certificate = self.distance.certificate(
                f"agreement of two levels: {self.against}; {self.other}",
                *([] if self.steps.gap is None else [str(self.steps)]),
                "asymptotic convergence",
                *(
                    f"{self.problem.unknowns[j].func} left out: where boundary values jump its"
                    " square has no integral"
                    for j in self._unbounded
                ),
            )
        return Answer(self.best.field, result, certificate)
