"""Which interface conditions to switch on, learned from solve to solve by contextual bandits."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from residuum._core import Key, LinearField, OptionError, Source, double_precision, generator
from residuum.fields import FiniteBasis, constrain, frame_of
from residuum.learning import misfit, solve_dense, system
from residuum.methods._subdomains import Subdomains
from residuum.objectives import Collocation, Interface, Interfaces, Rows
from residuum.problem import Problem, hard_conditions, scaling

WORST = 100.0
"""Estimates above this count as this: how wrong a useless answer is does not matter."""

LENGTHS, COUPLINGS, NOISES = (0.1, 0.3, 1.0), (1.0, 3.0, 10.0, 30.0), (0.03, 0.1, 0.3)


@dataclass
class RewardModel:
    """Gaussian process over (parameters, switches): exp(-|p - p'|²/2ℓ²) · exp(-s·mean|a - a'|).

    ℓ, s and the noise are those of a small grid with the largest marginal likelihood; rewards are
    standardised first.

    Args:
        inputs: parameters in [0, 1] and switches of what was tried.
        rewards: what it brought.
    """

    inputs: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)

    def posterior(self, place: np.ndarray, arms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (k,) and covariance (k, k) of the rewards of arms (k, switches) there."""
        places = np.stack([p for p, _ in self.inputs])
        tried = np.stack([a for _, a in self.inputs])
        rewards = np.array(self.rewards)
        middle, spread = rewards.mean(), max(float(rewards.std()), 1e-6)
        values = (rewards - middle) / spread
        best: tuple[float, Any] = (-np.inf, None)
        for length, coupling, noise in itertools.product(LENGTHS, COUPLINGS, NOISES):
            square = _kernel(places, tried, places, tried, (length, coupling))
            factor = np.linalg.cholesky(square + noise**2 * np.eye(len(values)))
            half = np.linalg.solve(factor, values)
            likelihood = -0.5 * half @ half - np.log(np.diag(factor)).sum()
            if likelihood > best[0]:
                best = (likelihood, (factor, half, (length, coupling)))
        factor, half, scales = best[1]
        here = np.broadcast_to(place, (len(arms), len(place)))
        cross = np.linalg.solve(factor, _kernel(places, tried, here, arms, scales))
        covariance = _kernel(here, arms, here, arms, scales) - cross.T @ cross
        return middle + spread * (cross.T @ half), spread**2 * covariance


def _kernel(
    p: np.ndarray, a: np.ndarray, q: np.ndarray, b: np.ndarray, scales: tuple[float, float]
) -> np.ndarray:
    length, coupling = scales
    distance = ((p[:, None] - q[None]) ** 2).sum(axis=2)
    unlike = np.abs(a[:, None] - b[None]).mean(axis=2)
    found: np.ndarray = np.exp(-0.5 * distance / length**2 - coupling * unlike)
    return found


@dataclass
class InterfaceBandit:
    """Two-armed switches for every interface condition, one bandit per phase of the training.

    A phase is what one choice holds for: one for features that are solved for at once, two where a
    learning rule takes over from another. Reward a choice by an estimate of the error, never by the
    error itself: in use it is not known.

    Args:
        conditions: the conditions that can be switched.
        ranges: lowest and highest value of every parameter of the family, shape (parameters, 2).
        phases: number of bandits.
        explore: deviations above the mean that the upper confidence bound counts; ``None`` draws
            from the posterior instead (Thompson).
        free: first rounds that are drawn at random.
        key: source of randomness.
    """

    conditions: tuple[Interface, ...]
    ranges: np.ndarray
    phases: int = 1
    explore: float | None = 1.0
    free: int = 5
    key: Key = 7
    models: list[RewardModel] = field(init=False)

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "metalic",
            "Meta Learning of Interface Conditions for Multi-Domain Physics-Informed Neural "
            "Networks",
            "S. Li, M. Penwarden, Y. Xu, C. Tillinghast, A. Narayan, R. M. Kirby, S. Zhe",
            2023,
            "arXiv:2210.12669",
            "not met",
        ),
    )

    def __post_init__(self) -> None:
        self.ranges = np.asarray(self.ranges, float).reshape(-1, 2)
        if not self.conditions or self.phases < 1 or self.free < 1:
            got = f"{len(self.conditions)}, {self.phases}, {self.free}"
            raise OptionError("conditions, phases and free rounds of one or more", got, "Correct.")
        if not (self.ranges[:, 1] > self.ranges[:, 0]).all():
            raise OptionError("ranges that increase", str(self.ranges), "Low first.")
        self.models = [RewardModel() for _ in range(self.phases)]
        self._random = generator(self.key, 97)

    @property
    def arms(self) -> np.ndarray:
        """Every way to set the switches, shape (2^conditions, conditions)."""
        return np.array(list(itertools.product((0.0, 1.0), repeat=len(self.conditions))))

    def choose(self, parameters: Sequence[float], phase: int = 0) -> tuple[Interface, ...]:
        """Return the conditions to switch on for a member of the family."""
        model, arms = self.models[phase], self.arms
        if len(model.rewards) < self.free:
            return self._named(arms[self._random.integers(len(arms))])
        mean, covariance = model.posterior(self._place(parameters), arms)
        deviation = np.sqrt(np.maximum(np.diag(covariance), 0))
        if self.explore is not None:
            return self._named(arms[np.argmax(mean + self.explore * deviation)])
        values, vectors = np.linalg.eigh(covariance)
        noise = vectors @ (np.sqrt(np.maximum(values, 0)) * self._random.normal(size=len(arms)))
        return self._named(arms[np.argmax(mean + noise)])

    def learn(
        self,
        parameters: Sequence[float],
        chosen: tuple[Interface, ...],
        estimate: float,
        phase: int = 0,
    ) -> None:
        """Remember what a choice brought: the reward is -log10 of the estimate of the error."""
        bounded = estimate if np.isfinite(estimate) and estimate < WORST else WORST
        switches = np.array([float(item in chosen) for item in self.conditions])
        self.models[phase].inputs.append((self._place(parameters), switches))
        self.models[phase].rewards.append(-float(np.log10(max(bounded, 1e-16))))

    def _place(self, parameters: Sequence[float]) -> np.ndarray:
        low, high = self.ranges.T
        found: np.ndarray = (np.asarray(parameters, float) - low) / (high - low)
        return found

    def _named(self, switches: np.ndarray) -> tuple[Interface, ...]:
        return tuple(c for c, on in zip(self.conditions, switches, strict=True) if on)


class InterfaceTrial:
    """A family with free parameters on subdomains of features, one solve for every choice.

    Points, features and programs are made once; a solve is one linear least-squares problem.

    Args:
        problem: a linear statement whose parameters have bounds and no value.
        method: subdomains of features without overlap; its ``interface`` is not used.
        points: collocation points.
        key: source of randomness.
    """

    def __init__(
        self, problem: Problem, method: Subdomains, *, points: int = 400, key: Key = 7
    ) -> None:
        if method.overlap != 0 or not problem.traits.linear:
            got = f"overlap {method.overlap:g}, linear: {problem.traits.linear}"
            raise OptionError("a linear problem on pieces without overlap", got, "Change them.")
        self.problem, self.method = problem, method
        with double_precision():
            self._prepare(points, key)

    def _prepare(self, points: int, key: Key) -> None:
        problem, method = self.problem, self.method
        sizes, hard = scaling(problem), hard_conditions(problem, method.hard)
        frame, split = frame_of(problem, sizes), method.split_of(problem)
        recipe = FiniteBasis(method.field_of(problem), split, 0.0)
        self.field: LinearField = constrain(recipe.build(frame, key), problem, hard, sizes)
        design = Collocation(points, max(100, points // 4), weight=method.weight)
        fresh = generator(key, 101).integers(1 << 31)

        def coupling(conditions: tuple[Interface, ...] | None, at: Key) -> list[Rows]:
            rule = Interfaces(split, conditions, weight=method.weight)
            return [*rule.rows(problem, sizes, frame.periodic, at)]

        inside, around = design.build(problem, sizes, hard, key)
        self.always: list[Rows] = [*inside, *around]
        each = {item: coupling((item,), key) for item in Interface}
        self.switched = {item: rows for item, rows in each.items() if rows}
        kept, kept_around = design.build(problem, sizes, hard, int(fresh))
        # Pieces that do not meet can each satisfy the equations: what the order of the equations
        # asks for on edges is part of the residual, whether it was switched on or not.
        self.kept: list[Rows] = [*kept, *kept_around, *coupling(None, int(fresh))]
        self._systems: tuple[Any, dict[Any, tuple[np.ndarray, np.ndarray]]] = (None, {})

    @property
    def conditions(self) -> tuple[Interface, ...]:
        """The conditions that say anything on this problem."""
        return tuple(self.switched)

    def solve(
        self, values: Mapping[str, float], chosen: tuple[Interface, ...]
    ) -> tuple[LinearField, float]:
        """Return the field for parameters and a choice, and its residual at points kept aside."""
        with double_precision():
            parts = [self._system(values, None), *(self._system(values, c) for c in chosen)]
            residual = np.concatenate([r for r, _ in parts])
            step, _ = solve_dense(np.concatenate([a for _, a in parts]), -residual)
            shape = self.field.head.shape
            found = self.field.with_head(self.field.head + jnp.asarray(step.reshape(shape)))
            return found, misfit(found, self.kept, self._arrays(values))

    def _system(self, values: Mapping[str, float], item: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return residual and matrix of one condition, or of what always holds."""
        if self._systems[0] != dict(values):
            self._systems = (dict(values), {})
        known = self._systems[1]
        if item not in known:
            rows = self.always if item is None else self.switched[item]
            known[item] = system(self.field, rows, self._arrays(values))
        return known[item]

    def _arrays(self, values: Mapping[str, float]) -> dict[str, Any]:
        return {name: jnp.asarray(value, float) for name, value in values.items()}
