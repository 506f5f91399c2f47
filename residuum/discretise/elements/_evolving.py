"""Evolving problems: the free numbers of a system as an implicit system in time."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any, final

import numpy as np

from residuum._core import Result
from residuum.discretise.elements._elimination import ComplexFactors, Eliminated, linked
from residuum.discretise.elements._integrand import RATE
from residuum.discretise.elements._steady import restricted
from residuum.discretise.elements._structure import largest_direct, structure
from residuum.discretise.elements._system import System
from residuum.discretise.linear import Structure, prepare
from residuum.discretise.time import ESDIRK4, Evolution, RadauIIA, evolve

LINEAR_TOL, NEWTON_TOL = 1e-12, 1e-8
"""Relative residual of the linear solves inside a step: far below any error of stepping, and what
is enough for Newton's method, which looks at the residual itself."""
UNCOUNTED = 1e30
"""Size of what no error is measured by."""


@final
class Moving:
    """A system restricted to its free numbers, Dirichlet values and their rates put in.

    It is a ``Semidiscrete`` for ``residuum.discretise.time.evolve``.
    """

    def __init__(self, system: System, start: np.ndarray) -> None:
        self.system = system
        self.size = int(system.free.size)
        self.linear = system.linear
        self.autonomous_jacobian = system.linear
        components = system.components[system.free]
        self.groups = components
        self.differential = np.isin(components, sorted(_with_rates(system)))
        self.weights = self._weights(start)
        self._structure: Structure | None = None
        self.path = ""
        if self.linear:
            self._stiff, self._mass = (
                restricted(m, system.free) for m in (system.stiffness, system.mass)
            )
        self._pushed: tuple[float, np.ndarray] | None = None

    def _weights(self, start: np.ndarray) -> np.ndarray:
        interval = self.system.problem.interval
        assert interval is not None
        every = start.copy()
        numbers, values = self.system.fixed(interval[0])
        every[numbers] = values
        found = np.ones(self.size)
        for j in np.unique(self.groups):
            own = np.abs(every[self.system.components == j])
            size = float(own.max(initial=0.0))
            # A start of zero has no size: what the first rates reach in the whole time stands in.
            found[self.groups == j] = size if size > 0 else self.reach(every, int(j))
        # Nobody asks for the rates of waves: they count by what they do to the waves.
        rates = self.groups >= len(self.system.problem.unknowns)
        found[rates & (self.groups < len(self.system.form.unknowns))] = UNCOUNTED
        return found

    def reach(self, state: np.ndarray, j: int) -> float:
        """Return how far the first rates would take an unknown in the whole time."""
        system, interval = self.system, self.system.problem.interval
        assert interval is not None
        push = np.abs(system.residual(interval[0], state, np.zeros(system.size)))
        rows = system.components == j
        if j >= len(system.form.unknowns) or not push[rows].any():
            return 1.0
        mass = np.abs(system.mean(j)).sum() if rows.any() else 1.0
        return float(push[rows].sum() / mass * (interval[1] - interval[0])) or 1.0

    def full(self, t: float, part: np.ndarray) -> np.ndarray:
        """Return the whole state (size of the system,) of the free numbers at a time."""
        state = np.zeros(self.system.size)
        numbers, values = self.system.fixed(t)
        state[numbers], state[self.system.free] = values, part
        return self.system.spread(state)

    def full_rate(self, t: float, part: np.ndarray) -> np.ndarray:
        """Return the whole rate of the free numbers' rate at a time."""
        rate = np.zeros(self.system.size)
        numbers, values = self.system.fixed_rate(t)
        rate[numbers], rate[self.system.free] = values, part
        return self.system.spread(rate)

    def residual(self, t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Return F on the free rows."""
        if self.linear:
            found: np.ndarray = self._stiff @ u + self._mass @ rate + self.push(t)
            return found
        return self.system.residual(t, self.full(t, u), self.full_rate(t, rate))[self.system.free]

    def push(self, t: float) -> np.ndarray:
        """Return what loads and Dirichlet values add at a time, kept for the next call."""
        if self._pushed is None or self._pushed[0] != t:
            zero = np.zeros(self.size)
            every = self.system.residual(t, self.full(t, zero), self.full_rate(t, zero))
            self._pushed = (t, every[self.system.free])
        return self._pushed[1]

    def jacobian(self, t: float, u: np.ndarray, rate: np.ndarray, shift: Any) -> Any:
        """Return ∂F/∂u + shift ∂F/∂rate on the free rows and columns."""
        if self.linear:
            return self._stiff + shift * self._mass if shift else self._stiff
        matrix = self.system.jacobian(t, self.full(t, u), self.full_rate(t, rate), shift)
        return restricted(matrix, self.system.free)

    def nonlinear(self, t: float, u: np.ndarray, rate: np.ndarray, shift: float) -> Any:
        """Return the same of the terms that are not linear with constant factors."""
        matrix = self.system.nonlinear(t, self.full(t, u), self.full_rate(t, rate), shift)
        return restricted(matrix, self.system.free)

    @property
    def rated(self) -> bool:
        """Whether rates stand in those terms."""
        return self.system.rated

    def solver(self, matrix: Any) -> Any:
        """Return the solver of a matrix of this system; links of rates are eliminated."""
        links = self._links()
        if links is None or not linked(matrix, *links):
            return self._prepared(matrix, None)
        return Eliminated(matrix, *links, solver=self._prepared)

    def _links(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return where the unknowns with a rate are, and their rates, among the free numbers."""
        system, space = self.system, self.system.space
        place = np.full(system.size, -1)
        place[system.free] = np.arange(self.size)
        first = len(system.problem.unknowns)
        pairs = [
            (
                place[space.offsets[a] : space.offsets[a + 1]],
                place[space.offsets[b] : space.offsets[b + 1]],
            )
            for b, a in enumerate(system.form.rates, start=first)
        ]
        if not pairs:
            return None
        own, rates = (np.concatenate(part) for part in zip(*pairs, strict=True))
        keep = own >= 0
        return (own[keep], rates[keep]) if (rates[keep] >= 0).all() else None

    def _prepared(self, matrix: Any, kept: np.ndarray | None) -> Any:
        """Return the solver of a matrix of all free numbers, or of those kept."""
        if np.iscomplexobj(matrix):
            return ComplexFactors(matrix)
        if kept is not None:
            numbers = self.system.free[kept]
            known = structure(self.system, matrix, numbers=numbers)
        else:
            if self._structure is None:
                self._structure = structure(self.system, matrix)
            known = self._structure
        limit = largest_direct(self.system, evolving=True)
        tol = LINEAR_TOL if self.linear else NEWTON_TOL
        made = prepare(matrix, known, tol=tol, largest_direct=limit)
        self.path = made.path
        return _Values(made)


@final
class _Values:
    """A linear solver that hands back numbers alone; a failed solve gives NaN, a failed step."""

    def __init__(self, solver: Any) -> None:
        self._solver = solver

    def solve(self, right: np.ndarray) -> np.ndarray:
        found = self._solver.solve(right)
        if not found.result.ok and found.residual > 1e-6:
            return np.full_like(right, np.nan)
        return np.asarray(found.values)


def _with_rates(system: System) -> set[int]:
    """Return the unknowns whose time derivative occurs."""
    found = set(system.form.rates)
    for terms in (system.terms.linear, system.terms.rest):
        for term in terms:
            found |= {j for j, slot in term.integrand.atoms.values() if slot == RATE}
    return found


def initial_state(system: System) -> np.ndarray:
    """Return the initial values at the degrees of freedom, zero where none are given, (size,)."""
    problem, form, space = system.problem, system.form, system.space
    state = np.zeros(system.size)
    m = len(problem.unknowns)
    begin = (problem.interval or (0.0, 0.0))[0]
    for j, _ in enumerate(form.unknowns):
        unknown = problem.unknowns[j if j < m else form.rates[j - m]]
        kind = "initial" if j < m else "initial_rate"
        given = [c for c in problem.conditions if c.kind == kind and c.unknown == unknown]
        if given:
            places = space.places(j)
            values = system.at(problem.fill(given[0].value), places, begin)
            values = system.measured(values, j, places, begin)
            state[space.offsets[j] : space.offsets[j + 1]] = values
    return system.spread(state)


@final
class Marched:
    """An evolution of a finite-element system.

    Args:
        knots: ends of the steps, (k,); at least two.
        states: (steps · degree + 1, size of the space), evenly spaced within every step.
        result: how it ended.
        counts: steps, rejected steps, factorisations.
        path: the linear solver's path.
    """

    def __init__(self, moving: Moving, evolution: Evolution) -> None:
        system = moving.system
        interval = system.problem.interval
        assert interval is not None
        knots, times, parts = even_states(evolution, interval)
        self.knots, self.states = knots, np.empty((len(times), system.space.size))
        for row, t, u in zip(self.states, times, parts, strict=True):
            row[:] = system.levelled(moving.full(t, u), t)[: len(row)]
        self.result: Result = evolution.result
        self.counts = dict(evolution.counts)
        self.path = moving.path


def even_states(
    evolution: Evolution, interval: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, Iterator[np.ndarray]]:
    """Return the ends of the steps, times spaced evenly within every step, and the states there.

    The states come one by one, and the pieces of the evolution are used up. Where not one step was
    taken, the start is held over the whole interval.
    """
    knots = np.asarray(evolution.times, float)
    if len(knots) < 2:
        knots = np.array(interval)
        return knots, knots, iter([evolution.states[0]] * 2)
    degree = max(max(len(piece) - 1 for piece in evolution.pieces), 1)
    shares = np.arange(degree) / degree
    times = (knots[:-1, None] + np.diff(knots)[:, None] * shares).ravel()
    return knots, np.append(times, knots[-1]), _parts(evolution, shares)


def _parts(evolution: Evolution, shares: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the states at shares of every step, and the last one; the pieces are used up."""
    last = evolution.states[-1]
    for k, piece in enumerate(evolution.pieces):
        yield from np.vander(shares, len(piece), increasing=True) @ piece
        evolution.pieces[k] = np.zeros((0, 0))  # a view would keep the piece
    yield last


def _swings(system: System) -> bool:
    """Whether a system is one of linear waves whose factors, complex ones too, stay affordable."""
    limit = largest_direct(system, evolving=True)
    small = limit is not None and system.free.size <= limit
    plain = not system.form.multipliers and not system.constraints
    return bool(system.form.rates) and system.linear and plain and small


def march(
    system: System,
    *,
    tol: float,
    scheme: Any = None,
    watch: Callable[[float], bool] | None = None,
    longest: float = math.inf,
) -> Marched:
    """Integrate a finite-element system over the problem's interval.

    Linear waves go by Radau steps unless another scheme is given, all else by ``ESDIRK4``; no step
    is longer than ``longest``.
    """
    scheme = scheme or (RadauIIA() if _swings(system) else ESDIRK4())
    scheme = dataclasses.replace(scheme, longest=min(scheme.longest, longest))
    interval = system.problem.interval
    assert interval is not None
    start = initial_state(system)
    moving = Moving(system, start)
    evolution = evolve(
        moving,
        interval,
        start[system.free],
        tol=tol,
        scheme=scheme,
        watch=watch,
    )
    return Marched(moving, evolution)
