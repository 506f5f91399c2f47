"""A classical solve on a coarse grid, interpolated: the floor of every surrogate."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from residuum._core import Answer, Certificate, Method, OptionError, Result, Task
from residuum.methods._choose import fitting
from residuum.methods._finite_element import FiniteElement
from residuum.methods._finite_volume import FiniteVolume
from residuum.methods._spectral import Spectral
from residuum.problem import Problem


@final
@dataclass(frozen=True)
class CoarseSolve(Method):
    """The classical method that suits the problem, once, on few nodes.

    It answers in the time that a surrogate has, and what lies between its nodes is interpolated by
    its own basis. A surrogate that is no better at equal time has learned nothing that pays.

    Args:
        nodes: along the longest side of the domain.

    It breaks where nothing is resolved by so few nodes; the result says so where the method does.

    Raises:
        OptionError: fewer than eight nodes.
    """

    nodes: int = 16

    name: ClassVar[str] = "coarse_solve"
    family: ClassVar[str] = "floor"

    def __post_init__(self) -> None:
        if self.nodes < 8:
            raise OptionError("eight nodes or more", repr(self.nodes), "16 is usual.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why no method here can be made coarse, or ``None``."""
        return None if self._coarse(problem) is not None else "no method on a grid suits it"

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve once; see ``Method.run``."""
        method = self._coarse(problem)
        assert method is not None
        found = method.run(problem, dataclasses.replace(task, tol=None))
        task.monitor.record.notes.append(f"coarse: {method}")
        reasons = ("one coarse solve says nothing of its own error",)
        result = found.result
        if result in (Result.TOLERANCE_NOT_REACHED, Result.TOLERANCE_NOT_VERIFIED):
            result = Result.SUCCESSFUL
        return Answer(found.field, result, Certificate(assumptions=reasons))

    def _coarse(self, problem: Problem) -> Method | None:
        if problem.shape is None:
            return None
        side = float(np.ptp(problem.shape.bounds, axis=1).max())
        kinds: dict[str, Method] = {
            "finite_element": FiniteElement(size=side / self.nodes, levels=1, adapt=False),
            "spectral": Spectral(modes=self.nodes, largest=self.nodes, adapt=False),
            "finite_volume": FiniteVolume(cells=self.nodes, largest=self.nodes),
        }
        named = (kinds.get(method.name) for method in fitting(problem))
        return next((made for made in named if made is not None), None)
