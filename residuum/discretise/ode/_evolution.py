"""A problem in time alone as x' = f(t, x, h) with 0 = g(t, x, h): states and hidden unknowns.

Equations of higher order become chains of first order. Unknowns without a time derivative are
hidden: they follow from the state by solving g for them. So do the combinations that a singular
constant mass matrix leaves without a rate: a pivoted QR factorisation of the factors of the
highest derivatives separates equations with rates from those without. (E. Hairer, G. Wanner,
Solving Ordinary Differential Equations II, 2nd ed., Springer 1996, VI.1.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum.discretise.ode._root import root
from residuum.discretise.spectral import leading, time_orders
from residuum.problem import Pointwise, Problem, pointwise, scaling
from residuum.problem._symbols import Parameter

RANK = 1e-12
"""Singular values below this share of the largest count as zero."""

Values = Mapping[str, Any]
"""Numbers left open in the statement, by name."""


@final
class Evolution:
    """A problem without space axes as rates and constraints.

    The levels of the statement are its unknowns and their time derivatives below the highest,
    unknown by unknown. They are ``place @ y``, where y holds the state x and the hidden h.

    Args:
        problem: linear in its highest time derivatives.
        free: names of parameters that stay open and are handed in with every evaluation.

    Attributes:
        rows: unknown and order of every level.
        states, hiddens: number of entries of x and of h.
        place: levels from y, (levels, states + hiddens).
        lift: states from levels, (states, levels).
        sizes: typical size of the entries of y in the units of the problem, (states + hiddens,).
        constrained: for every constraint the weights of the equations in it, (hiddens, equations).
    """

    def __init__(self, problem: Problem, free: Sequence[str] = ()) -> None:
        assert problem.interval is not None
        self.problem, self.free, self.interval = problem, tuple(free), problem.interval
        self.orders = time_orders(problem)
        self.rows = [(j, k) for j, o in enumerate(self.orders) for k in range(max(o, 1))]
        self.moving = [j for j, o in enumerate(self.orders) if o]
        self.rest, self.factors = self._split()
        magnitudes, length = scaling(problem).magnitudes, self.length
        self.level_sizes = np.array([magnitudes[j] / length**k for j, k in self.rows])
        self.top_sizes = np.array([magnitudes[j] / length ** self.orders[j] for j in self.moving])
        if self._constant() is not None:
            self._separate()
        else:
            self._join()

    @property
    def length(self) -> float:
        """Length of the interval of time."""
        return self.interval[1] - self.interval[0]

    @property
    def unknowns(self) -> np.ndarray:
        """Values of the unknowns from y, (m, states + hiddens)."""
        first = [self.rows.index((j, 0)) for j in range(len(self.orders))]
        found: np.ndarray = self.place[first]
        return found

    @property
    def defaults(self) -> dict[str, float]:
        """The statement's own values of the free parameters; the middle of bounds without one."""
        found = {p.name: p for p in self.problem.parameters if p.name in self.free}
        middle = {n: sum(p.bounds or (1.0, 1.0)) / 2 for n, p in found.items()}
        given = self.problem.given
        return {
            n: float(given.get(n, middle[n] if p.value is None else p.value))
            for n, p in found.items()
        }

    def rate(self, time: Array, state: Array, hidden: Array, values: Values) -> Array:
        """Return x', shape (states,)."""
        levels = jnp.asarray(self.place) @ jnp.concatenate([state, hidden])
        number = {row: i for i, row in enumerate(self.rows)}
        chain = [levels[number[(j, k + 1)]] for j, k in self.chained]
        if self.joint and self.hiddens:
            tops = hidden[: len(self.moving)]
        elif self.joint:
            matrix, rest = self._matrix(time, levels, values), self._rest(time, levels, values)
            tops = -jnp.linalg.solve(matrix, rest)
        else:
            tops = -jnp.asarray(self.mix) @ self._rest(time, levels, values)
        return jnp.concatenate([jnp.stack(chain), tops]) if chain else tops

    def defect(self, time: Array, state: Array, hidden: Array, values: Values) -> Array:
        """Return g, shape (hiddens,): zero where the hidden unknowns fit the state."""
        levels = jnp.asarray(self.place) @ jnp.concatenate([state, hidden])
        rest = self._rest(time, levels, values)
        if self.joint:
            tops = hidden[: len(self.moving)]
            rest = self._matrix(time, levels, values) @ tops + rest
        return jnp.asarray(self.constrained) @ rest

    def hidden(self, time: Array, state: Array, guess: Array, values: Values) -> Array:
        """Return h near a guess, differentiable by the implicit function theorem.

        NaN where Newton's method does not converge.
        """
        if not self.hiddens:
            return guess
        sizes = jnp.asarray(self.sizes[self.states :])

        def scaled(h: Array) -> Array:
            return self.defect(time, state, sizes * h, values)

        return sizes * root(scaled, jax.lax.stop_gradient(guess) / sizes)

    def motion(self, time: Array, whole: Array, values: Values) -> Array:
        """Return y'. The hidden part of y is only a prediction: it guides Newton's method."""
        state, guess = whole[: self.states], whole[self.states :]
        if not self.hiddens:
            return self.rate(time, state, guess, values)
        hidden = self.hidden(time, state, guess, values)
        rate = self.rate(time, state, hidden, values)

        # The implicit function theorem once more, for the rate of the prediction.
        def moved(t: Array, x: Array) -> Array:
            return self.defect(t, x, hidden, values)

        _, push = jax.jvp(moved, (time, state), (jnp.ones_like(time), rate))
        slope = jax.jacfwd(self.defect, 2)(time, state, hidden, values)
        sizes = jnp.asarray(self.sizes[self.states :])
        drift = -sizes * jnp.linalg.solve(slope * sizes, push)
        return jnp.concatenate([rate, drift])

    def projected(self, time: Array, whole: Array, values: Values) -> Array:
        """Return y with its hidden part solved for instead of predicted."""
        state = whole[: self.states]
        return jnp.concatenate([state, self.hidden(time, state, whole[self.states :], values)])

    def form(self, expression: Any) -> Pointwise:
        """Return an expression of the statement at points, its free parameters left open."""
        wanted = {p for p in expression.atoms(Parameter) if p.name in self.free}
        left_open = {p: sp.Dummy(p.name, real=True) for p in wanted}
        known = {
            p: sp.Float(p.value)
            for p in expression.atoms(Parameter) - wanted
            if p.value is not None and p.name not in self.problem.given
        }
        return pointwise(
            self.problem, self.problem.fill(expression.xreplace(left_open)).xreplace(known)
        )

    def evaluate(self, form: Pointwise, time: Array, levels: Array, values: Values) -> Array:
        """Return a form at one time, shape ()."""
        found: dict[tuple[int, tuple[int, ...]], Array] = {
            (j, (k,)): levels[i][None]
            for i, (j, k) in enumerate(self.rows)
            if (j, (k,)) in form.slots
        }
        return form(jnp.reshape(time, (1, 1)), found, parameters=values)[0]

    # The parts of the statement

    def _split(self) -> tuple[list[Pointwise], list[list[Pointwise | float]]]:
        """Return the equations without their highest derivatives, and the factors of these."""
        problem = self.problem
        tops = [leading(problem)[j] for j in self.moving]
        none = dict.fromkeys(tops, sp.Integer(0))
        rest: list[Pointwise] = []
        factors: list[list[Pointwise | float]] = []
        for residual in (r for e in problem.equations for r in e.residuals(problem.space)):
            # Expanded derivatives, but parameters untouched: some may stay open.
            plain = residual.doit()
            rest.append(self.form(plain.xreplace(none)))
            row: list[Pointwise | float] = []
            for top in tops:
                form = self.form(sp.diff(plain, top))
                number = form.expression
                row.append(float(number) if number.is_number else form)
            factors.append(row)
        return rest, factors

    def _constant(self) -> np.ndarray | None:
        """Return the factors of the highest derivatives if they are numbers."""
        if any(not isinstance(item, float) for row in self.factors for item in row):
            return None
        return np.array(self.factors, float).reshape(len(self.rest), len(self.moving))

    def _matrix(self, time: Array, levels: Array, values: Values) -> Array:
        rows = [
            jnp.stack(
                [
                    jnp.asarray(item)
                    if isinstance(item, float)
                    else self.evaluate(item, time, levels, values)
                    for item in row
                ]
            )
            for row in self.factors
        ]
        return jnp.stack(rows)

    def _rest(self, time: Array, levels: Array, values: Values) -> Array:
        return jnp.stack([self.evaluate(form, time, levels, values) for form in self.rest])

    # The two reductions

    @property
    def chained(self) -> list[tuple[int, int]]:
        """The levels whose rate is the next level."""
        return [(j, k) for j, k in self.rows if k < self.orders[j] - 1]

    @property
    def ends(self) -> list[int]:
        """Numbers of the levels whose rate is a highest derivative."""
        return [self.rows.index((j, self.orders[j] - 1)) for j in self.moving]

    @property
    def algebraic(self) -> list[int]:
        """Numbers of the levels of unknowns without a time derivative."""
        return [self.rows.index((j, 0)) for j, o in enumerate(self.orders) if not o]

    def _join(self) -> None:
        """Varying factors: the highest derivatives are solved for, with what else is hidden."""
        self.joint = True
        chain = [self.rows.index(row) for row in self.chained]
        kept = chain + self.ends
        tops = self.top_sizes if self.algebraic else np.zeros(0)
        self.states, self.hiddens = len(kept), len(tops) + len(self.algebraic)
        self.place = np.zeros((len(self.rows), self.states + self.hiddens))
        self.place[kept, np.arange(len(kept))] = 1.0
        self.place[self.algebraic, self.states + len(tops) + np.arange(len(self.algebraic))] = 1.0
        self.lift = self.place[:, : self.states].T.copy()
        self.sizes = np.concatenate(
            [self.level_sizes[kept], tops, self.level_sizes[self.algebraic]]
        )
        self.constrained = np.eye(len(self.rest))

    def _separate(self) -> None:
        """Constant factors: rotate the equations so that rates and constraints part."""
        # scipy.linalg takes long to import.
        from scipy.linalg import qr, solve_triangular

        self.joint = False
        factors = self._constant()
        assert factors is not None
        ends, sizes = self.ends, self.level_sizes[self.ends]
        weighted = factors * sizes
        heights = np.abs(weighted).max(axis=1, initial=0.0)
        # Equations without rates last: then the factorisation leaves them as they are.
        order = np.argsort(heights == 0, kind="stable")
        heights = np.where(heights == 0, 1.0, heights)[order]
        turn, upper, pivots = qr(weighted[order] / heights[:, None], pivoting=True)
        diagonal = np.abs(np.diag(upper))
        rank = int((diagonal > RANK * diagonal.max(initial=0.0)).sum())
        across = np.zeros((len(order), len(order)))
        across[:, order] = turn.T / heights
        self.mix = solve_triangular(upper[:rank, :rank], across[:rank])
        coupling = solve_triangular(upper[:rank, :rank], upper[:rank, rank:])
        self.constrained = across[rank:]
        chain = [self.rows.index(row) for row in self.chained]
        lead, trail = [ends[i] for i in pivots[:rank]], [ends[i] for i in pivots[rank:]]
        self.states = len(chain) + rank
        self.hiddens = len(trail) + len(self.algebraic)
        # States: chain, then combinations of levels that have a rate, each in units of its size.
        self.place = np.zeros((len(self.rows), self.states + self.hiddens))
        self.lift = np.zeros((self.states, len(self.rows)))
        at, after = np.arange(len(chain)), len(chain) + np.arange(rank)
        self.place[chain, at] = self.lift[at, chain] = 1.0
        self.place[lead, after] = self.level_sizes[lead]
        self.lift[after, lead] = 1 / self.level_sizes[lead]
        behind = self.states + np.arange(self.hiddens)
        self.place[[*trail, *self.algebraic], behind] = 1.0
        for i, number in enumerate(trail):
            share = coupling[:, i] / self.level_sizes[number]
            self.place[lead, self.states + i] = -share * self.level_sizes[lead]
            self.lift[after, number] = share
        hidden = self.level_sizes[[*trail, *self.algebraic]]
        self.sizes = np.concatenate([self.level_sizes[chain], np.ones(rank), hidden])
