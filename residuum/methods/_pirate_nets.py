"""The recipe of deep gated residual networks: a solved start, then training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from residuum._core import Answer, Method, Source, Task
from residuum.fields import PirateNet
from residuum.learning import GaussNewton, HeadGaussNewton, InTurn, LearningRule
from residuum.methods._pinn import PINN
from residuum.objectives import Balance, ResidualAdaptive
from residuum.problem import Problem


@dataclass(frozen=True)
class PirateNets(Method):
    """Gated residual blocks that start as the identity, solved first, then trained.

    The last layer is found by least squares on the linearised equation, starting from the initial
    data carried through time, and kept only if the residual at fresh points fell; then the rule.

    Args:
        field: the network; two blocks of width 16 if left out, which Gauss–Newton can train. The
            paper's has three of 256.
        rule: how all weights learn after the start; Gauss–Newton if left out. The paper's is
            ``Adam(300_000, rate=1e-3, warmup=5000, every=1000)``, which needs a large budget.
        count: collocation points at a time.
        balance: weights between the parts of the loss; the paper uses ``KernelTrace()``.
    """

    field: PirateNet | None = None
    rule: LearningRule | None = None
    count: int = 2500
    balance: Balance | None = None

    name: ClassVar[str] = "pirate_nets"
    sources: ClassVar[tuple[Source, ...]] = PirateNet.sources

    def method(self) -> PINN:
        """Return the network with its rules, for changes."""
        rule = InTurn((HeadGaussNewton(5), self.rule or GaussNewton()))
        points = ResidualAdaptive(self.count, 8 * self.count)
        return PINN(self.field or PirateNet(16, 2, 8), rule, points, balance=self.balance)

    def refuse(self, problem: Problem) -> str | None:
        return self.method().refuse(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        return self.method().run(problem, task)
