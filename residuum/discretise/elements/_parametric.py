"""Discrete equations with open numbers: how they change with parameters and coefficients.

With F(u; m) = 0 for the free numbers and u = g(m) for the fixed ones, this file has dF/dm and
dg/dm, applied to a change of m or transposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import scipy.sparse as sp
import sympy

from residuum.discretise.elements._assembly import Term, loaded, trials
from residuum.discretise.elements._coefficient_values import Tabled
from residuum.discretise.elements._integrand import Integrand, Place
from residuum.discretise.elements._system import System
from residuum.problem import numeric
from residuum.problem._symbols import Coefficient


@final
@dataclass(frozen=True, eq=False)
class _Held:
    """A Dirichlet value: where it holds, and its derivatives by the open numbers."""

    places: np.ndarray
    rows: np.ndarray
    slopes: Mapping[str, Any]


@final
class Parametric:
    """A system whose parameters and coefficients are the numbers m, (size,).

    They are ordered as ``parameters``, then as ``tables``, each raveled.

    Args:
        system: the discrete equations. It is changed whenever numbers are put in.
        parameters: names of open parameters.
        tables: coefficients by name, already among the system's known functions.
    """

    def __init__(
        self, system: System, parameters: Sequence[str], tables: Mapping[str, Tabled]
    ) -> None:
        self.system, self.parameters, self.tables = system, tuple(parameters), dict(tables)
        sizes = [1] * len(self.parameters) + [len(item.numbers) for item in tables.values()]
        ends = np.cumsum((0, *sizes))
        names = (*self.parameters, *tables)
        self.cuts = {n: slice(int(ends[i]), int(ends[i + 1])) for i, n in enumerate(names)}
        self.size = int(ends[-1])
        self.symbols = _symbols(system, self.parameters, self.tables)
        parts = system.terms
        self.terms = [
            (n, term)
            for n in names
            for term in self._by(n, [*parts.linear, *parts.load, *parts.rest])
        ]
        self.held = self._held()
        self.constraints = system.constraints

    def _by(self, name: str, terms: Sequence[Term]) -> list[Term]:
        """Return the derivatives of terms by an open number, those that vanish left out."""
        made = [Term(t.test, t.integrand.by(self.symbols[name]), t.where) for t in terms]
        return [t for t in made if any(item != 0 for item in t.integrand.expressions)]

    def _held(self) -> list[_Held]:
        """Return what the Dirichlet values depend on; of two on one number the later one counts."""
        space, found = self.system.space, []
        winner = np.full(self.system.size, -1)
        ends = 0
        for j, part, value in self.system.form.essential:
            own = space.on(j, part)
            numbers = space.master[space.offsets[j] + own]
            winner[numbers] = ends + np.arange(len(numbers))
            found.append((ends, numbers, space.places(j)[own], sympy.sympify(value)))
            ends += len(numbers)
        made = []
        for start, numbers, places, value in found:
            keep = winner[numbers] == start + np.arange(len(numbers))
            slopes = {n: sympy.diff(value, s) for n, s in self.symbols.items() if value.has(s)}
            if slopes and keep.any():
                made.append(_Held(places[keep], numbers[keep], slopes))
        return made

    def put(self, numbers: np.ndarray) -> None:
        """Put numbers (size,) into the system."""
        for name, table in self.tables.items():
            table.numbers = np.array(numbers[self.cuts[name]], float)
        own = {name: float(numbers[self.cuts[name]][0]) for name in self.parameters}
        self.system.renew(own)
        values = {self.symbols[name]: value for name, value in own.items()}
        self.system.constraints = tuple(
            replace(c, value=sympy.sympify(c.value).xreplace(values)) for c in self.constraints
        )

    def pushed(self, state: np.ndarray, change: np.ndarray) -> np.ndarray:
        """Return dF/dm · change at a state, (size of the system,)."""
        system, space = self.system, self.system.space
        found = np.zeros(system.size)
        for name, term in self.terms:
            own = change[self.cuts[name]]
            factor = own[0]
            if name in self.tables:
                factor = (self._weights(name, term.where.points) @ own).reshape(
                    term.where.weights.shape
                )
            values = [value * factor for value in self._values(term, state)]
            found[: space.size] += loaded(space, term.test, term.where, values)
        for k, slopes in enumerate(self._constraint_slopes()):
            found[space.size + k] = -sum(v * change[self.cuts[n]][0] for n, v in slopes.items())
        return found

    def pulled(self, state: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return (dF/dm)ᵀ · weights at a state, (size,); ``weights`` has a number per equation."""
        space = self.system.space
        found = np.zeros(self.size)
        for name, term in self.terms:
            where, values = term.where, self._values(term, state)
            wanted = {slot: (term.test, slot) for slot in range(len(values))}
            tests = trials(space, where, wanted, weights, None)
            density = np.zeros(where.weights.shape)
            for slot, value in enumerate(values):
                density += where.weights * value * tests[term.test, slot]
            own = density.sum()
            if name in self.tables:
                own = self._weights(name, where.points).T @ density.ravel()
            found[self.cuts[name]] += own
        for k, slopes in enumerate(self._constraint_slopes()):
            for name, value in slopes.items():
                found[self.cuts[name]] -= value * weights[space.size + k]
        return found

    def fixed_slopes(self) -> sp.csr_matrix:
        """Return dg/dm of the Dirichlet values, (size of the system, size)."""
        found = sp.csr_matrix((self.system.size, self.size))
        for item in self.held:
            spread = sp.csr_matrix(
                (np.ones(len(item.rows)), (item.rows, np.arange(len(item.rows)))),
                shape=(self.system.size, len(item.rows)),
            )
            for name, slope in item.slopes.items():
                values = self.system.at(slope, item.places, 0.0)[:, None]
                own = sp.csr_matrix(values)
                if name in self.tables:
                    own = sp.diags(values[:, 0]) @ self._weights(name, item.places.T)
                own = own.tocoo()
                columns = own.col + self.cuts[name].start
                shape = (len(item.rows), self.size)
                found = found + spread @ sp.csr_matrix((own.data, (own.row, columns)), shape=shape)
        return found

    def _values(self, term: Term, state: np.ndarray) -> list[Any]:
        where, integrand = term.where, term.integrand
        known = trials(self.system.space, where, integrand.atoms, state, None)
        return integrand.values(Place(where.points, where.normals), known)

    def _weights(self, name: str, points: np.ndarray) -> sp.csr_matrix:
        """Return the weights of a coefficient at points (d, …) in the order of the space."""
        axes = self.system.form.space
        columns = [points[axes.index(c)].ravel() for c in self.symbols[name].args]
        return self.tables[name].weights(np.stack(columns))

    def _constraint_slopes(self) -> list[dict[str, float]]:
        """Return the derivatives of the constraints' values by the parameters."""
        found = []
        values = {self.symbols[n]: self.system.parameters[n] for n in self.parameters}
        for item in self.constraints:
            own = {n: sympy.diff(item.value, self.symbols[n]) for n in self.parameters}
            found.append({n: float(numeric([v], values)[0]) for n, v in own.items() if v != 0})
        return found

    def remember(self) -> None:
        """Ask the known functions at all points now, outside any compiled program."""
        places = [(t.integrand, t.where.points) for _, t in self.terms]
        every = (*self.system.terms.linear, *self.system.terms.load, *self.system.terms.rest)
        places += [(t.integrand, t.where.points) for t in every]
        for integrand, points in places:
            for node in _coefficients(integrand):
                axes = self.system.form.space
                columns = [points[axes.index(c)].ravel() for c in node.args]
                self.system.known[str(node.func)](*columns)


def _coefficients(integrand: Integrand) -> list[Any]:
    found = [sympy.sympify(item).atoms(Coefficient) for item in integrand.expressions]
    return sorted(set().union(*found), key=str)


def _symbols(
    system: System, parameters: Sequence[str], tables: Mapping[str, Tabled]
) -> dict[str, Any]:
    found = {p.name: p for p in system.problem.parameters if p.name in parameters}
    found |= {str(a.func): a for a in system.problem.coefficients if str(a.func) in tables}
    return {name: found[name] for name in (*parameters, *tables)}
