"""Hard constraints by experts: a learned basis, weights solved for in every part of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import (
    Answer,
    Certificate,
    Key,
    LinearField,
    Method,
    Result,
    Source,
    Task,
    generator,
)
from residuum.blocks import Chain, Dense, Patches
from residuum.fields import (
    MLP,
    Architecture,
    Constrained,
    FeatureField,
    Frame,
    constrain,
    frame_of,
)
from residuum.fields._architecture import whole
from residuum.learning import LearningRule, QuasiNewton, Trainable
from residuum.methods._subdomains import Subdomains
from residuum.objectives import Collocation, ExpertRows, Rows, expert_rows, inferred
from residuum.problem import HardConditions, Problem, Scaling, hard_conditions, scaling

SETTLED = 1e-3
"""Residual at fresh points, against the size of the terms, above which nothing was solved."""


@dataclass(frozen=True)
class HardExperts(Method):
    """A network gives basis functions; in each part an expert solves for their weights.

    The weights minimise the residual of the equations, by Levenberg–Marquardt at points of the
    part; the network is trained on the residual they leave at other points, with gradients through
    the solve by the implicit function theorem. Experts know nothing of each other and are solved
    side by side; all of them get the conditions of the whole problem.

    Args:
        field: recipe of the network; its last hidden layer is the basis. Two layers of 16 if left
            out.
        split: number of experts by coordinate; two along the first axis in space if left out.
        rule: how the basis learns; 1,000 quasi-Newton steps if left out.
        points: points per expert, for the solve and for the judgement each.
        weight: weight of conditions that are not met exactly.
        ridge: see ``implicit_least_squares``.

    It breaks where parts away from the boundary do not determine the solution by themselves: pure
    diffusion leaves the experts inside free. The pieces may jump where they meet.
    """

    field: Architecture | None = None
    split: Mapping[str, int] | None = None
    rule: LearningRule | None = None
    points: int = 100
    weight: float = 10.0
    ridge: float = 1e-10

    name: ClassVar[str] = "hard_experts"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "pi-hc-moe",
            "Scaling physics-informed hard constraints with mixture-of-experts",
            "N. Chalapathi, Y. Du, A. S. Krishnapriyan",
            2024,
            "arXiv:2402.13412",
            "not met",
        ),
    )

    def __post_init__(self) -> None:
        whole(self, points=self.points)
        for count in (self.split or {}).values():
            whole(self, split=count)

    def refuse(self, problem: Problem) -> str | None:
        if problem.inferred:
            return "the problem has unknown parameters, and experts solve for fields alone"
        return Subdomains(split=self.split).refuse(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        record = task.monitor.record
        sizes, hard = scaling(problem), hard_conditions(problem)
        record.notes.append(hard.note())
        frame, split = frame_of(problem, sizes), self._split(problem)
        built = (self.field or MLP(16, 2)).build(frame, task.key)
        # The head is what experts solve for: constants are not trained.
        hollow = built.with_head(np.zeros(built.head.shape))  # type: ignore[arg-type]
        start: LinearField = constrain(hollow, problem, hard, sizes)
        draw = _Draw(self, problem, sizes, hard, split, task.key)
        rule = self.rule or QuasiNewton(iterations=1000, every=100)
        outcome = rule.train((start, inferred(problem)), draw(None, 0)[0], task.monitor, draw)
        trained = outcome.trained[0]
        assert isinstance(trained, Constrained)
        rows = draw.rows(-1)
        with task.monitor.phase("solve"):
            heads = rows.weights(trained)
            held = float(jnp.linalg.norm(_judged(rows, trained)))
        record.notes.append(f"{len(heads)} experts; training stopped: {outcome.reason}")
        record.notes.append(f"residual at fresh points: {held:.1e} of the size of the terms")
        record.history.update({"loss": outcome.losses, "residual at fresh points": outcome.held})
        record.unknowns = int(heads.size)
        result = outcome.result
        if result is Result.SUCCESSFUL and not held <= SETTLED:
            result = Result.STAGNATED
        return Answer(_pieces(trained, heads, frame, split), result, Certificate())

    def _split(self, problem: Problem) -> tuple[int, ...]:
        first = (problem.space or problem.coordinates)[0].name
        given = {first: 2} if self.split is None else self.split
        return tuple(int(given.get(c.name, 1)) for c in problem.coordinates)


class _Draw:
    """Rows that judge the experts at fresh points in every round."""

    def __init__(
        self,
        method: HardExperts,
        problem: Problem,
        sizes: Scaling,
        hard: HardConditions,
        split: tuple[int, ...],
        key: Key,
    ) -> None:
        self.method, self.sizes, self.split, self.key = method, sizes, split, key
        design = Collocation(1, 100, weight=method.weight)
        (self.equations,), around = design.build(problem, sizes, hard, key)
        self.around = tuple(around)
        self.inner = self._points(0)

    def _points(self, *path: int) -> Array:
        """Return points of every expert, shape (experts, points, d)."""
        places = np.stack([g.ravel() for g in np.indices(self.split)], axis=1)
        draw = generator(self.key, 103, *path)
        unit = draw.uniform(size=(len(places), self.method.points, len(self.split)))
        z = -1 + 2 * (places[:, None] + unit) / np.array(self.split)
        return jnp.asarray(self.sizes.centre + self.sizes.half_width * z)

    def rows(self, turn: int) -> ExpertRows:
        """Return rows at the points of a round."""
        judged = self._points(turn + 2)
        return expert_rows(self.equations, judged, self.inner, self.around, self.method.ridge)

    def __call__(self, trained: Trainable | None, turn: int) -> tuple[list[Rows], float]:
        rows = self.rows(turn)
        if trained is None:
            return [rows], float("inf")
        field = trained[0]
        assert isinstance(field, LinearField)
        return [rows], float(jnp.linalg.norm(_judged(rows, field)))


@eqx.filter_jit
def _judged(rows: ExpertRows, field: LinearField) -> Array:
    return rows.residual(field)


def _pieces(
    trained: Constrained, heads: Array, frame: Frame, split: tuple[int, ...]
) -> LinearField:
    """Return one field of patches: the same basis in all, with the weights of each expert."""
    inner = trained.field
    assert isinstance(inner, FeatureField) and isinstance(inner.trunk, Chain)
    first, trunk = inner.trunk.blocks
    places = np.stack([g.ravel() for g in np.indices(split)], axis=1)
    parts = []
    for place in places:
        centre = -1 + (2 * place + 1) / np.array(split)
        back = Dense(np.diag(1 / np.array(split)), centre)
        parts.append(Chain((back, trunk)))
    cut = tuple(axis for axis in frame.periodic if split[axis] > 1)
    patches = Patches(tuple(parts), split, 0.0, cut)
    head = jnp.concatenate([*heads, jnp.zeros((1, heads.shape[2]))])
    field = FeatureField(Chain((first, patches)), head)
    return Constrained(field, trained.lift, trained.distance, trained.sizes)
