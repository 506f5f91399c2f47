"""Domain decomposition: one small field per subdomain, blended or coupled at interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from residuum._core import Answer, Key, Method, OptionError, Source, Task
from residuum.fields import Architecture, FiniteBasis, Frame, Gaussians, RandomTanh
from residuum.geometry import Box
from residuum.learning import LearningRule, flatten
from residuum.methods._pinn import PINN
from residuum.methods._random_features import SCALES, RandomFeatures
from residuum.objectives import Coupled, Inferred, Interface, Interfaces
from residuum.problem import Problem


@dataclass(frozen=True)
class Subdomains(Method):
    """The box is cut, every subdomain has a field of its own, all are solved for at once.

    With an overlap, smooth windows that add up to one blend the fields, and derivatives of the
    blend are exact. Without, rows on the interfaces couple the pieces. Features take one linear
    least-squares solve over all heads (Gauss–Newton where the equation is not linear), networks a
    learning rule.

    Args:
        field: recipe of the field of one subdomain. If left out, 32 Gaussians on one axis, 49 on
            two, 80 random features on more.
        split: number of subdomains by coordinate; four along every axis if left out.
        overlap: width of the overlap of neighbours as a share of a subdomain, 0 to 1.
        interface: what couples pieces without overlap; what the order of the equations asks for if
            left out.
        rule: how networks learn; as in ``PINN`` if left out.
        weight: weight of interfaces and of conditions that are not met exactly.
        hard: whether conditions are built into the fields where they can be.

    Good starting values: overlap 0.9, a subdomain for every one or two waves of the solution.
    It breaks where unknowns of all subdomains together no longer fit one dense solve (some 4,000),
    and brings nothing where one field is enough.
    """

    field: Architecture | None = None
    split: Mapping[str, int] | None = None
    overlap: float = 0.9
    interface: tuple[Interface, ...] | None = None
    rule: LearningRule | None = None
    weight: float = 100.0
    hard: bool = True

    name: ClassVar[str] = "subdomains"
    sources: ClassVar[tuple[Source, ...]] = FiniteBasis.sources + Interfaces.sources

    def __post_init__(self) -> None:
        FiniteBasis(split=tuple((self.split or {"x": 1}).values()), overlap=self.overlap)
        if self.interface is not None and self.overlap > 0:
            got = f"an overlap of {self.overlap:g}"
            raise OptionError("overlap=0 with interface conditions", got, "Leave one of them out.")
        Interfaces((1,), self.interface, weight=self.weight)

    def refuse(self, problem: Problem) -> str | None:
        if problem.space and not isinstance(problem.shape, Box):
            return "the domain is no box, and only boxes are cut"
        names = [c.name for c in problem.coordinates]
        extra = [name for name in self.split or () if name not in names]
        if extra:
            return f"it has no coordinate {', '.join(extra)} to split along"
        return PINN().refuse(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        split = self.split_of(problem)
        inner = self.field_of(problem)
        cut = " × ".join(str(count) for count in split)
        task.monitor.record.notes.append(f"{cut} subdomains, {self._joint(problem)}")
        return self._method(problem, inner, split, task.key).run(problem, task)

    def _method(
        self, problem: Problem, inner: Architecture, split: tuple[int, ...], key: Key
    ) -> Method:
        recipe, coupling = FiniteBasis(inner, split, self.overlap), None
        if self.overlap == 0:
            coupling = Interfaces(split, self.interface, weight=self.weight)
        fixed = not _is_trained(inner, len(split), key)
        if fixed and not problem.inferred and self.rule is None:
            scales = SCALES if hasattr(inner, "scale") else (1.0,)
            return RandomFeatures(
                recipe, scales=scales, weight=self.weight, hard=self.hard, coupling=coupling
            )
        objective = None if coupling is None else Coupled(coupling)
        return PINN(recipe, self.rule, weight=self.weight, hard=self.hard, objective=objective)

    def _joint(self, problem: Problem) -> str:
        if self.overlap > 0:
            return f"blended over {self.overlap:g} of a subdomain"
        if self.interface is None:
            return "coupled by what the order of the equations asks for"
        return "coupled by " + ", ".join(item.name.lower() for item in self.interface)

    def split_of(self, problem: Problem) -> tuple[int, ...]:
        """Return the number of subdomains along every coordinate."""
        given = self.split or {c.name: 4 for c in problem.coordinates}
        return tuple(int(given.get(c.name, 1)) for c in problem.coordinates)

    def field_of(self, problem: Problem) -> Architecture:
        """Return the recipe of the field of one subdomain."""
        if self.field is not None:
            return self.field
        axes = len(problem.coordinates)
        return Gaussians(32 if axes == 1 else 49) if axes <= 2 else RandomTanh(80)


def _is_trained(recipe: Architecture, dimension: int, key: Key) -> bool:
    """Whether anything but the last layer of a field is trained."""
    unit = np.ones(dimension)
    field = recipe.build(Frame(0 * unit, unit, (), 1), key)
    nothing = Inferred({}, (), ())
    return bool(flatten((field, nothing)).vector.size > field.head.size)
