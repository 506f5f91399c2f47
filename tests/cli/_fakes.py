"""Methods that know the answer, miss it, refuse, fail or take long; and a command line with them.

``python tests/cli/_fakes.py solve …`` is ``residuum solve …`` with these methods alone.
"""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Literal

import sympy as sp

from residuum._core import Answer, Certificate, Method, Result, Source, Task
from residuum.fields import Architecture, RandomTanh
from residuum.methods import PINN, RandomFeatures
from residuum.problem import ExpressionField, Problem

PAPER = Source("fake-paper", "On Fakes", "A. Author", 1999, "doi:10.0/fake", "verified")


def released(problem: Problem, shift: float = 0.0) -> ExpressionField:
    """The damped oscillator of the catalogue, moved by a number; zero for other problems."""
    first, *_ = problem.coordinates
    if problem.name != "damped_oscillator":
        return ExpressionField((sp.Float(shift),) * len(problem.unknowns), problem.coordinates)
    w = sp.sqrt(396)
    answer = sp.exp(-2 * first) * (sp.cos(w * first) + 2 / w * sp.sin(w * first)) + shift
    return ExpressionField((answer,), problem.coordinates)


@dataclass(frozen=True)
class Inner:
    """An object that is an option."""

    count: int = 5


@dataclass(frozen=True)
class Exact(Method):
    """Knows the answer.

    More about it.
    """

    field: Architecture | None = None
    inner: Inner | None = None
    steps: int = 3
    size: float | None = 1.0
    pair: tuple[float, ...] = (1.0, 2.0)
    bold: bool = False
    mode: Literal["plain", "fancy"] = "plain"

    name: ClassVar[str] = "exact"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (PAPER,)

    def refuse(self, problem: Problem) -> str | None:
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        with task.monitor.phase("solve"):
            field = released(problem)
        task.monitor.record.unknowns = 12
        task.monitor.record.notes.append("a note with [brackets]")
        certificate = Certificate("estimate", 1e-9, 2e-9, "L2", ("exactness",))
        return Answer(field, Result.SUCCESSFUL, certificate, {"D": 0.25})


@dataclass(frozen=True)
class Rough(Method):
    """Misses the answer by a hundredth."""

    name: ClassVar[str] = "rough"

    def refuse(self, problem: Problem) -> str | None:
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        return Answer(released(problem, 0.01), Result.STAGNATED)


@dataclass(frozen=True)
class Shy(Method):
    """Refuses every problem."""

    name: ClassVar[str] = "shy"

    def refuse(self, problem: Problem) -> str | None:
        return "it is shy"

    def run(self, problem: Problem, task: Task) -> Answer:
        raise AssertionError


@dataclass(frozen=True)
class Broken(Method):
    """Fails."""

    name: ClassVar[str] = "broken"

    def refuse(self, problem: Problem) -> str | None:
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        raise RuntimeError("something [odd] broke")


@dataclass(frozen=True)
class Slow(Method):
    """Takes a minute unless interrupted; a file tells when it begins."""

    name: ClassVar[str] = "slow"

    def refuse(self, problem: Problem) -> str | None:
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        Path("begun").touch()
        try:
            for step in range(600):
                if task.monitor.spent:
                    return Answer(released(problem), Result.OUT_OF_BUDGET)
                task.monitor.update(step / 600, "slowly")
                time.sleep(0.1)
        except KeyboardInterrupt:
            return Answer(released(problem), Result.INTERRUPTED)
        return Answer(released(problem), Result.SUCCESSFUL)


METHODS: dict[str, type[Any]] = {k.name: k for k in (Exact, Rough, Shy, Broken, Slow)}
REAL = {kind.__name__: kind for kind in (PINN, RandomFeatures)}


def choose(problem: Problem) -> tuple[Method, str]:
    """The exact one."""
    return Exact(field=RandomTanh(20)), "it knows the answer"


def fitting(problem: Problem) -> list[Method]:
    """Those that end by themselves."""
    return [Rough(), Exact()]


def fake_methods() -> ModuleType:
    """A module in the place of ``residuum.methods``."""
    module = ModuleType("residuum.methods")
    vars(module).update(REAL, METHODS=METHODS, choose=choose, fitting=fitting)
    return module


if __name__ == "__main__":
    # Where tests run in the background, Ctrl-C is ignored by them and by what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from residuum.cli import main

    sys.modules["residuum.methods"] = fake_methods()
    main()
