"""The discrete equations of a weak form: constant matrices, loads, and what is left nonlinear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import scipy.sparse as sp
import sympy

from residuum._core import Field
from residuum.discretise.elements._assembly import (
    Block,
    Known,
    Term,
    blocks,
    gathered,
    loaded,
    vector,
)
from residuum.discretise.elements._constraints import Constraint, constraints
from residuum.discretise.elements._integrand import RATE, Integrand, Place
from residuum.discretise.elements._offset import Offset
from residuum.discretise.elements._separation import Combination, loads, separated
from residuum.discretise.elements._space import Quadrature, Space
from residuum.problem import Problem, WeakForm
from residuum.problem._pointwise import known_functions


@dataclass
class _Parts:
    """The terms of one kind: linear with constant factors, loads, and the rest."""

    linear: list[Term]
    load: list[Term]
    rest: list[Term]


@final
class System:
    """F(t, u, du/dt) = 0 for the coefficients of a space, conditions not yet applied.

    The vector has one number per degree of freedom, unknown after unknown, then one multiplier per
    constraint (an integral, a point value, a mean that nothing else fixes).

    Args:
        problem: the statement.
        form: its weak form.
        space: the spaces of its unknowns.
        parameters: values of parameters the statement leaves open.
        offset: a known field; the coefficients are then of what is missing from it to a solution.
    """

    def __init__(
        self,
        problem: Problem,
        form: WeakForm,
        space: Space,
        parameters: Mapping[str, float] | None = None,
        offset: Field | None = None,
    ) -> None:
        self.problem, self.form, self.space = problem, form, space
        self.known, self.parameters = known_functions(problem), dict(parameters or {})
        self.offset = None if offset is None else Offset(form, offset)
        self.terms = self._sorted()
        self.constraints: tuple[Constraint, ...] = constraints(problem, form, space)
        self.size = space.size + len(self.constraints)
        self._loads: np.ndarray | None = None
        self._known_fixed: dict[bool, np.ndarray] = {}

    def _sorted(self) -> _Parts:
        parts = _Parts([], [], [])
        sides: dict[str, Quadrature] = {}
        for equation in self.form.equations:
            if equation.test in self.form.rates:
                continue  # it links an unknown with its rate, number by number: see _links
            self._add(parts, equation.test, (equation.source, *equation.flux), self.space.volume)
            for part, value in equation.boundary.items():
                if part not in sides:
                    sides[part] = self.space.side(part)
                self._add(parts, equation.test, (value,), sides[part])
        return parts

    def _add(self, parts: _Parts, test: int, expressions: Sequence[Any], where: Quadrature) -> None:
        for kind, pieces in zip(
            ("linear", "load", "rest"), self._taken_apart(expressions), strict=True
        ):
            if any(item != 0 for item in pieces):
                integrand = Integrand(self.form, pieces, self.known, self.parameters)
                getattr(parts, kind).append(Term(test, integrand, where))

    def _taken_apart(self, expressions: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Split into terms linear with constant factors, terms without unknowns, and the rest."""
        found: list[list[Any]] = [[], [], []]
        for expression in expressions:
            sums: list[Any] = [sympy.Integer(0)] * 3
            for item in sympy.Add.make_args(sympy.expand_mul(sympy.sympify(expression))):
                sums[self._kind(item)] += item
            for k in range(3):
                found[k].append(sums[k])
        return [tuple(row) for row in found]

    def _kind(self, item: Any) -> int:
        one = Integrand(self.form, (item,), self.known, self.parameters)
        if not one.atoms:
            return 1
        return 0 if one.linear and not one.moves(list(one.slopes.values())) else 2

    def renew(self, parameters: Mapping[str, float]) -> None:
        """Take other values of parameters, and of coefficients: what was kept is forgotten."""
        self.parameters.update(parameters)
        for name in ("stiffness", "mass"):
            self.__dict__.pop(name, None)
        self._loads = None
        self.__dict__.pop("_fixed_swings", None)
        self._known_fixed.clear()

    @property
    def linear(self) -> bool:
        """Whether the equations are linear with factors that do not change in time."""
        return not self.terms.rest

    @cached_property
    def stiffness(self) -> sp.csr_matrix:
        """The constant matrix of the unknowns."""
        return self._constant(rate=False)

    @cached_property
    def mass(self) -> sp.csr_matrix:
        """The constant matrix of the rates."""
        return self._constant(rate=True)

    def _constant(self, *, rate: bool) -> sp.csr_matrix:
        zero = np.zeros(self.space.size)
        found: list[Block] = []
        for term in self.terms.linear:
            kept = tuple(self._of_rates(item, term, rate) for item in term.integrand.expressions)
            if any(item != 0 for item in kept):
                part = Integrand(self.form, kept, self.known, self.parameters)
                own = Term(term.test, part, term.where)
                found += blocks(self.space, own, zero, zero, 0.0, 1.0)
        if not rate:
            found += self._borders()
        found += self._links(1.0 if rate else -1.0, rate=rate)
        return gathered(found, self.size)

    def _of_rates(self, expression: Any, term: Term, rate: bool) -> Any:
        def is_rate(item: Any) -> bool:
            atoms = item.atoms(sympy.Derivative)
            return any(term.integrand.atoms.get(a, (0, 0))[1] == RATE for a in atoms)

        items = sympy.Add.make_args(sympy.sympify(expression))
        return sympy.Add(*(item for item in items if is_rate(item) == rate))

    def _links(self, factor: float, *, rate: bool) -> list[Block]:
        """Return the rows du/dt - v = 0 of unknowns with a rate v: exact at every node."""
        found = []
        for k, j in enumerate(self.form.rates):
            own = self.space.master[self.space.offsets[j] + np.arange(self.space.sizes[j])]
            other = len(self.problem.unknowns) + k
            its = self.space.master[self.space.offsets[other] + np.arange(self.space.sizes[other])]
            keep = own == self.space.offsets[j] + np.arange(self.space.sizes[j])
            rows, columns = own[keep], (own if rate else its)[keep]
            found.append((rows, columns, np.full(len(rows), factor)))
        return found

    def _borders(self) -> list[Block]:
        """Return the rows and columns of the constraints."""
        found = []
        for k, item in enumerate(self.constraints):
            own = np.full(self.space.size, self.space.size + k)
            every = np.arange(self.space.size)
            for rows, columns, entries in ((own, every, item.row), (every, own, item.column)):
                keep = entries != 0
                found.append((rows[keep], columns[keep], entries[keep]))
        return found

    def load(self, time: float) -> np.ndarray:
        """Return the part of the equations without unknowns, (size,)."""
        if self._loads is None:
            self._loads = self._summed([t for t in self.terms.load if not self._moving(t)], time)
            if self.offset is not None and self.form.time is None:
                self._loads += self._displaced(time)
            moving = [t for t in self.terms.load if self._moving(t)]
            self._swings = loads(self.space, moving, self.form)
        swings, rest = self._swings
        found = self._loads + self._summed(rest, time)
        found[: self.space.size] += swings.at(time)
        if self.offset is not None and self.form.time is not None:
            found += self._displaced(time)
        for k, item in enumerate(self.constraints):
            found[self.space.size + k] = (
                0.0 if item.mean is not None else -item.asked(time, self.offset)
            )
        return found

    def _displaced(self, time: float) -> np.ndarray:
        """Return what the linear terms make of the offset, (size,)."""
        found = np.zeros(self.size)
        for term in self.terms.linear:
            place = Place(term.where.points, term.where.normals, time)
            values = term.integrand.values(place, self._known(term, time) or {})
            found[: self.space.size] += loaded(self.space, term.test, term.where, values)
        return found

    def _known(self, term: Term, time: float) -> Known:
        """Return the offset at the quadrature points of a term."""
        if self.offset is None:
            return None
        # All that any term asks for at these points, in one pass through the field.
        every = (*self.terms.linear, *self.terms.rest)
        wanted = [
            t for item in every if item.where is term.where for t in item.integrand.atoms.values()
        ]
        return self.offset.trials(term.where, time, wanted)

    def measured(
        self, values: np.ndarray, j: int, places: np.ndarray, time: float, *, rate: bool = False
    ) -> np.ndarray:
        """Return values of an unknown, or of its rate, at places less those of the offset."""
        if self.offset is None:
            return values
        return values - self.offset.at(j, places, time, rate=rate)

    @cached_property
    def steady_load(self) -> bool:
        """Whether the loads do not change in time."""
        if self.offset is not None and self.form.time is not None:
            return False
        return not any(self._moving(t) for t in self.terms.load) and all(
            item.steady for item in self.constraints
        )

    def _moving(self, term: Term) -> bool:
        return term.integrand.moves(term.integrand.expressions)

    def _summed(self, terms: list[Term], time: float) -> np.ndarray:
        found = np.zeros(self.size)
        for term in terms:
            found[: self.space.size] += vector(self.space, term, found, None, time)
        return found

    def residual(
        self, time: float, state: np.ndarray, rate: np.ndarray | None = None, share: float = 1.0
    ) -> np.ndarray:
        """Return F, (size,); ``share`` multiplies the nonlinear terms."""
        found = self.stiffness @ state + self.load(time)
        if rate is not None:
            found += self.mass @ rate
        for term in self.terms.rest if share else []:
            own = vector(self.space, term, state, rate, time, self._known(term, time))
            found[: self.space.size] += share * own
        return found

    def jacobian(
        self,
        time: float,
        state: np.ndarray,
        rate: np.ndarray | None = None,
        shift: float = 0.0,
        share: float = 1.0,
    ) -> sp.csr_matrix:
        """Return dF/du + shift · dF/d(du/dt), (size, size)."""
        found = self.stiffness + shift * self.mass if shift else self.stiffness
        bent = share and self.terms.rest
        return found + share * self.nonlinear(time, state, rate, shift) if bent else found

    def nonlinear(self, time: float, state: Any, rate: Any, shift: float) -> sp.csr_matrix:
        """Return the same of the terms that are not linear with constant factors."""
        found: list[Block] = []
        for term in self.terms.rest:
            found += blocks(self.space, term, state, rate, time, shift, self._known(term, time))
        return gathered(found, self.size)

    @property
    def rated(self) -> bool:
        """Whether rates stand in terms that are not linear with constant factors."""
        return any(RATE in slots for t in self.terms.rest for slots in t.integrand.atoms.values())

    def fixed(self, time: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the degrees of freedom that Dirichlet conditions fix, and their values."""
        return self._dirichlet(time, rate=False)

    def fixed_rate(self, time: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the same degrees of freedom, and the time derivatives of their values."""
        return self._dirichlet(time, rate=True)

    def _dirichlet(self, time: float, *, rate: bool) -> tuple[np.ndarray, np.ndarray]:
        known = self._known_fixed.get(rate)
        if known is None:
            swings = self._fixed_swings[rate]
            if swings is None:
                values = np.zeros(self.size)
                for j, places, numbers, expression in self._essential:
                    wanted = sympy.diff(expression, self.form.time) if rate else expression
                    given = self.at(wanted, places, time)
                    values[numbers] = self.measured(given, j, places, time, rate=rate)
                known = values[self._held]
            else:
                known = swings.at(time)
            if self.steady_fixed:
                self._known_fixed[rate] = known
        if not np.isfinite(known).all():
            raise FloatingPointError("a Dirichlet value is not finite")
        return self._held, known

    @cached_property
    def _fixed_swings(self) -> dict[bool, Combination | None]:
        """The Dirichlet values, and their rates, where they separate."""
        return {rate: self._separated_fixed(rate) for rate in (False, True)}

    def _separated_fixed(self, rate: bool) -> Combination | None:
        found: dict[Any, np.ndarray] = {}
        if self.form.time is None or self.offset is not None:
            return None
        for _, places, numbers, expression in self._essential:
            wanted = sympy.diff(expression, self.form.time) if rate else expression
            parts, (rest,) = separated((wanted,), self.form.time)
            if rest != 0:
                return None
            for values in found.values():
                values[numbers] = 0.0  # the later condition wins
            for factor, (part,) in parts.items():
                own = found.setdefault(factor, np.zeros(self.size))
                own[numbers] = self.at(part, places, 0.0)
        held = {factor: values[self._held] for factor, values in found.items()}
        return Combination(held, self.form.time, len(self._held))

    def at(self, expression: Any, places: np.ndarray, time: float) -> np.ndarray:
        """Return an expression without unknowns at points (n, d) and a time, (n,)."""
        integrand = Integrand(self.form, (sympy.sympify(expression),), self.known, self.parameters)
        place = Place(np.ascontiguousarray(places.T)[:, :, None], None, time)
        (found,) = integrand.values(place, {})
        return np.broadcast_to(np.asarray(found, float).reshape(-1), (len(places),)).copy()

    @cached_property
    def _held(self) -> np.ndarray:
        found = [numbers for _, _, numbers, _ in self._essential]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, int)

    @cached_property
    def _essential(self) -> list[tuple[int, np.ndarray, np.ndarray, Any]]:
        found = []
        for j, part, value in self.form.essential:
            own = self.space.on(j, part)
            numbers = self.space.master[self.space.offsets[j] + own]
            found.append((j, self.space.places(j)[own], numbers, sympy.sympify(value)))
        return found

    @cached_property
    def steady_fixed(self) -> bool:
        """Whether the Dirichlet values do not change in time."""
        if self.offset is not None and self.form.time is not None:
            return False
        return not any(sympy.sympify(v).has(self.form.time) for _, _, v in self.form.essential)

    @cached_property
    def slaves(self) -> np.ndarray:
        """The degrees of freedom that another one stands for."""
        master = self.space.master
        return np.flatnonzero(master != np.arange(self.space.size))

    @cached_property
    def free(self) -> np.ndarray:
        """The numbers that are solved for: neither fixed nor stood for."""
        keep = np.ones(self.size, bool)
        keep[self._held] = False
        keep[self.slaves] = False
        return np.flatnonzero(keep)

    @cached_property
    def components(self) -> np.ndarray:
        """The unknown each number belongs to; constraints come after the last, (size,)."""
        found = np.full(self.size, len(self.form.unknowns))
        for j in range(len(self.form.unknowns)):
            found[self.space.offsets[j] : self.space.offsets[j + 1]] = j
        return found

    def spread(self, state: np.ndarray) -> np.ndarray:
        """Give the degrees of freedom that another one stands for its value."""
        if self.slaves.size:
            state = state.copy()
            state[self.slaves] = state[self.space.master[self.slaves]]
        return state

    def levelled(self, state: np.ndarray, time: float) -> np.ndarray:
        """Add to each pinned multiplier the constant that gives it the mean asked for."""
        for item in self.constraints:
            if item.mean is not None:
                own = self.components[: len(state)] == item.unknown
                missing = item.asked(time, self.offset) - item.mean @ state[: self.space.size]
                state = state + np.where(own, missing / item.mean.sum(), 0.0)
        return state

    def mean(self, j: int) -> np.ndarray:
        """Return ∫ v for every test function v of an unknown, (space.size,)."""
        return loaded(self.space, j, self.space.volume, [1.0])
