"""The recipe of deep gated residual networks: good start, balanced loss, first-order training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from residuum._core import Answer, Method, Source, Task
from residuum.fields import PirateNet
from residuum.learning import LBFGS, Adam, HeadGaussNewton, InTurn
from residuum.methods._pinn import PINN
from residuum.objectives import ResidualAdaptive
from residuum.problem import Problem


@dataclass(frozen=True)
class PirateNets(Method):
    """Gated residual blocks that start as the identity, solved first, then trained.

    The last layer is found by least squares on the linearised equation, starting from the initial
    data carried through time, and kept only if the residual at fresh points fell. Adam with warm-up
    and decay follows for three quarters of the time, then quasi-Newton steps.

    Args:
        field: the network; three blocks of width 64 if left out.
        steps: most steps of Adam.
        count: collocation points at a time.

    Good starting values: the defaults. It breaks on a small budget: Adam needs thousands of steps.
    """

    field: PirateNet | None = None
    steps: int = 20_000
    count: int = 1024

    name: ClassVar[str] = "pirate_nets"
    sources: ClassVar[tuple[Source, ...]] = PirateNet.sources

    def method(self) -> PINN:
        """Return the network with its rules, for changes."""
        adam = Adam(self.steps, rate=1e-3, decay=0.9, every=200, warmup=min(500, self.steps // 10))
        rule = InTurn((HeadGaussNewton(5), adam, LBFGS(every=500)), (1.0, 0.75, 1.0))
        points = ResidualAdaptive(self.count, 8 * self.count)
        return PINN(self.field or PirateNet(), rule, points)

    def refuse(self, problem: Problem) -> str | None:
        return self.method().refuse(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        return self.method().run(problem, task)
