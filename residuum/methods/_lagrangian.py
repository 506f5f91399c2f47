"""Lagrangian networks: characteristics, and the state on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from residuum._core import (
    Answer,
    Certificate,
    Field,
    Method,
    OptionError,
    Result,
    Task,
)
from residuum.discretise.spectral import GridField
from residuum.fields import Branches, Gaussians, TimeProducts, Transported
from residuum.fields._transported import jacobian
from residuum.methods._labels import Labelled, labelled, transport
from residuum.methods._random_features import RandomFeatures
from residuum.methods._slab import ended, frozen
from residuum.methods._time_slabs import TimeSlabs
from residuum.problem import Problem, hard_conditions, restarted


def _features() -> Method:
    return RandomFeatures(TimeProducts(Gaussians(96, scale=1.4), 5), scales=(1.0,))


@final
@dataclass(frozen=True)
class Lagrangian(Method):
    """Solve along characteristics: x = X + d(t, X), the displacement d and the state U(t, X) in
    branches of their own.

        ∂d/∂t = a(U, t, X + d),    ∂U/∂t = ν (1/J) ∂/∂X ((1/J) ∂U/∂X) + …,    J = 1 + ∂d/∂X

    The transport speed a is read off the statement. Both equations form a problem of their own, at
    labels, which the inner method solves; d is periodic, so that the map has no seam. The answer is
    U at the label of a place, with exact derivatives. Where J falls below ``smallest``, or where
    the residual in space is too large, the stretch of time is cut and begun again with new labels.

    Args:
        method: solves for displacement and state; features and least squares if left out.
            ``PINN(field=Branches(MLP(20, 2)))`` gives each a network of its own.
        smallest: least J, the share to which the distance of neighbouring labels may shrink.
        accuracy: sum of the residuals of all stretches that is aimed at.
        shortest: least stretch of time, as a share of the interval.

    Good starting values: the defaults. For one scalar equation of first order in time on periodic
    axes, in one or two dimensions. It breaks at shocks without viscosity, where labels cross.
    """

    method: Method = field(default_factory=_features)
    smallest: float = 0.3
    accuracy: float = 1e-4
    shortest: float = 1 / 128

    name: ClassVar[str] = "lagrangian"
    sources: ClassVar[tuple[Any, ...]] = Branches.sources

    def __post_init__(self) -> None:
        if not isinstance(self.method, Method):
            raise OptionError("a method for the labels", repr(self.method), "Give one.")
        if not 0 < self.smallest < 1:
            raise OptionError("a least J between 0 and 1", repr(self.smallest), "Correct it.")

    def refuse(self, problem: Problem) -> str | None:
        found = transport(problem)
        if isinstance(found, str):
            return found
        if len(problem.space) > 2:
            return "labels are followed in one or two dimensions"
        slabs = TimeSlabs(_Stretch(self.method, self.smallest)).refuse(problem)
        return slabs or self.method.refuse(labelled(problem, found).problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        inner = _Stretch(self.method, self.smallest)
        slabs = TimeSlabs(inner, accuracy=self.accuracy, shortest=self.shortest, longest=1.0)
        return slabs.run(problem, task)


@dataclass(frozen=True)
class _Stretch(Method):
    """One stretch of time with one set of labels."""

    method: Method
    smallest: float

    name: ClassVar[str] = "lagrangian_stretch"

    def refuse(self, problem: Problem) -> str | None:
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        found = transport(problem)
        assert not isinstance(found, str)
        labels = labelled(problem, found)
        answer = self.method.run(_begun(problem, labels), task)
        low, high = _bounds(labels, answer.field)
        moved = Transported(answer.field, labels.state, labels.shifts, low, high)
        least = _least(problem, moved)
        task.monitor.record.history.setdefault("least J", []).append(least)
        # Crossed labels have no answer in space; the stretch has to be cut.
        result = answer.result if least > self.smallest else Result.DIVERGED
        return Answer(moved, result, Certificate())


def _begun(problem: Problem, labels: Labelled) -> Problem:
    """Return the problem at labels, begun from the field that the problem in space begins from."""
    begun, interval = hard_conditions(problem).start, problem.interval
    if begun is None or interval is None:
        return labels.problem
    state = ended(problem, begun.field, *interval)
    assert isinstance(state, GridField)
    shape = (*state.values.shape[:-1], len(labels.problem.unknowns))
    values = np.zeros(shape)
    values[..., labels.state] = state.values[..., 0]
    field = frozen(GridField(jnp.asarray(values), state.knots, state.stages, state.axes))
    return restarted(labels.problem, field, interval)


@eqx.filter_jit
def _values(field: Field, points: Any) -> Any:
    return field(points)


@eqx.filter_jit
def _jacobians(field: Transported, points: Any) -> Any:
    return jacobian(field, points)


def _samples(problem: Problem) -> Any:
    """Return times and labels on a dense grid, shape (n, d)."""
    counts = {1: 513, 2: 65}[len(problem.space)]
    assert problem.interval is not None and problem.shape is not None
    rows = [np.linspace(*problem.interval, 17)]
    for c in problem.space:
        low, high = problem.shape.bounds[problem.shape.axes.index(c.name)]
        rows.append(np.linspace(low, high, counts))
    grids = np.meshgrid(*rows, indexing="ij")
    return jnp.asarray(np.column_stack([g.ravel() for g in grids]))


def _bounds(labels: Labelled, field: Field) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds of the displacements, with room for what lies between the samples."""
    found = np.asarray(_values(field, _samples(labels.problem)))[:, labels.shifts]
    assert labels.problem.shape is not None
    room = 0.05 * np.ptp(found, axis=0) + 1e-3 * np.ptp(labels.problem.shape.bounds)
    return found.min(axis=0) - room, found.max(axis=0) + room


def _least(problem: Problem, field: Transported) -> float:
    found = float(np.min(np.asarray(_jacobians(field, _samples(problem)))))
    return found if np.isfinite(found) else -np.inf
