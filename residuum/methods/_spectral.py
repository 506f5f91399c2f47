"""One spectral method: Fourier modes where every axis is periodic, Chebyshev nodes otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from residuum._core import Answer, Method, Source, Task
from residuum.discretise.spectral import Mirror, mirror
from residuum.discretise.time import Additive
from residuum.methods._chebyshev import Chebyshev
from residuum.methods._fourier import STEPPER, Fourier
from residuum.problem import Problem


@final
@dataclass(frozen=True)
class Spectral(Method):
    """Spectral method on boxes: converges faster than any power for smooth solutions.

    Takes ``Fourier`` where every space axis is periodic, or has walls that are mirrors in two
    dimensions or more, and ``Chebyshev`` otherwise; a periodic problem that Fourier modes cannot
    take (a nonlinear constraint, say) goes to Chebyshev nodes too, if they can.

    Args:
        modes: modes or nodes per axis to start from; by default what each engine takes.
        steps: time steps to start from, for Fourier; 256 by default.
        largest: most modes per axis for Fourier, most unknowns of dense systems for Chebyshev.
        adapt: whether Chebyshev nodes may crowd into a layer.
        stepper: time scheme for Fourier, ``ETDRK4()`` or ``IMEX()``.

    Raises:
        OptionError: an option is out of range.

    Breaks where the solution is not smooth, and on domains that are not boxes.
    """

    modes: int | None = None
    steps: int | None = None
    largest: int | None = None
    adapt: bool = True
    stepper: Additive = STEPPER

    name: ClassVar[str] = "spectral"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (*Fourier.sources, *Chebyshev.sources)

    def __post_init__(self) -> None:
        # The engines check the options.
        assert self.fourier and self.chebyshev

    @property
    def fourier(self) -> Fourier:
        """The engine for periodic boxes."""
        return Fourier(self.modes, self.steps, self.largest, self.stepper)

    @property
    def chebyshev(self) -> Chebyshev:
        """The engine for all other boxes."""
        if self.largest is None:
            return Chebyshev(self.modes, adapt=self.adapt)
        return Chebyshev(self.modes, self.largest, self.adapt)

    def engine(self, problem: Problem) -> Method | str:
        """Return the engine for a problem, or the reason of the nearer one why there is none."""
        periodic = _periodic(problem) or self.reflects(problem)
        order = (self.fourier, self.chebyshev) if periodic else (self.chebyshev,)
        reasons = [engine.refuse(problem) for engine in order]
        for engine, reason in zip(order, reasons, strict=True):
            if reason is None:
                return engine
        return str(reasons[0])

    def reflects(self, problem: Problem) -> bool:
        """Whether it takes Fourier modes between walls; in one dimension nodes need fewer."""
        return len(problem.space) > 1 and isinstance(mirror(problem), Mirror)

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        found = self.engine(problem)
        return found if isinstance(found, str) else None

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        found = self.engine(problem)
        assert isinstance(found, Method)
        task.monitor.record.notes.append(f"engine: {found.name}")
        return found.run(problem, task)


def _periodic(problem: Problem) -> bool:
    names = {c.name for c in problem.space}
    return bool(names) and all(names <= set(problem.periodic_axes(u)) for u in problem.unknowns)
