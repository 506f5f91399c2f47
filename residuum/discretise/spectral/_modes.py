"""A periodic problem in Fourier modes: the linear part as a symbol, the rest pseudospectral."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core._arrays import on_device
from residuum.discretise.spectral._axis import FourierAxis
from residuum.discretise.spectral._elimination import Elimination, Layout, eliminate, layout
from residuum.discretise.spectral._grid import Grid
from residuum.discretise.spectral._programs import compiled
from residuum.discretise.spectral._terms import Piece, Split
from residuum.discretise.spectral._waves import Waves
from residuum.problem import Problem, pointwise
from residuum.problem._places import at_points

Slot = tuple[int, tuple[int, ...]]
Source = tuple[str, int]
"""What a slot is made of: ("state", entry) or ("piece", number)."""


class Pass(NamedTuple):
    """Pieces that can be evaluated once the passes before are.

    Args:
        slots: the derivatives needed, each with its sources.
        pieces: their numbers.
    """

    slots: tuple[tuple[Slot, tuple[Source, ...]], ...]
    pieces: tuple[int, ...]


@final
class Modes:
    """A periodic problem on a Fourier grid, its algebraic unknowns eliminated.

    States are modes of shape (entries, n_1, …, n_d / 2 + 1), as ``rfftn`` orders them: every
    evolving unknown and, of second order in time, its rate.

    Args:
        problem: periodic along every axis.
        parts: what ``split`` found.
        axes: the space axes.
        parities: for each axis the sign of each unknown in a mirror at its middle, or ``None``.
    """

    def __init__(
        self,
        problem: Problem,
        parts: Split,
        axes: Sequence[FourierAxis],
        parities: Sequence[Sequence[int] | None] = (),
    ) -> None:
        self.problem, self.parts, self.waves = problem, parts, Waves(axes)
        self.parities = parities
        self.axes, self.grid = self.waves.axes, self.waves.grid
        found = layout(parts)
        assert isinstance(found, Layout)  # the method has asked before
        self.form = found
        self.still = [p for p, piece in enumerate(parts.pieces) if self._steady(piece)]
        self.elimination = eliminate(parts, found, self.waves.factors, values=parts.nominal)
        self.passes = self._passes()
        self.multiples = self._multiples()
        self.symbol = _plain(self._symbol(self.elimination, np))
        self.places = self._places()
        self.data = self._data(self.elimination, np)

    def traced(self, values: Mapping[Any, Any]) -> tuple[Any, Any]:
        """Return symbol and data as functions of the open parameters, for JAX to differentiate."""
        known = {**self.parts.nominal, **values}
        found = eliminate(self.parts, self.form, self.waves.factors, values=known, xp=jnp)
        symbol = self._symbol(found, jnp)
        if self.symbol.ndim == 1 + len(self.axes):
            symbol = jnp.stack([symbol[s, s] for s in range(len(symbol))])
            symbol = symbol if np.iscomplexobj(self.symbol) else symbol.real
        return symbol, {**self._data(found, jnp), "values": {p.name: v for p, v in known.items()}}

    # The right-hand side

    def nonlinear(self, state: Array, time: Array, data: Any) -> Array:
        """Return the part of dy/dt that the symbol leaves out, in modes."""
        hats = self.hats(state, time, data)
        rows: list[Any] = [None] * len(self.form.entries)
        for (s, p), factor in zip(self.places["gain"], data["gain"], strict=True):
            rows[s] = _added(rows[s], factor * hats[p])
        zero = jnp.zeros(state.shape[1:], complex)
        found = jnp.stack([zero if row is None else row for row in rows])
        return self._mirrored(found + data["constant"] if "constant" in data else found)

    def _mirrored(self, states: Any) -> Any:
        """Return states (entries, …) with what rounding takes out of the symmetry put back.

        It would grow where the symmetric solution is not stable.
        """
        for axis, signs in enumerate(self.parities):
            if signs is not None:
                own = np.array([signs[j] for j, _ in self.form.entries])
                own = own.reshape(-1, *[1] * len(self.axes))
                states = (states + own * self.waves.reflected(states, axis)) / 2
        return states

    def algebra(self, state: Array, time: Array, data: Any) -> Array:
        """Return the modes of the unknowns without time derivative."""
        hats = self.hats(state, time, data)
        rows: list[Any] = [None] * len(self.form.algebraic)
        for (a, (kind, n)), factor in zip(self.places["algebra"], data["algebra"], strict=True):
            rows[a] = _added(rows[a], factor * (state[n] if kind == "state" else hats[n]))
        zero = jnp.zeros(self.waves.shape, complex)
        return jnp.stack([zero if row is None else row + zero for row in rows])

    def hats(self, state: Array, time: Array, data: Any) -> dict[int, Any]:
        """Return the transforms of the bodies of all pieces."""
        hats: dict[int, Any] = dict(data["still"])
        values: dict[Slot, Array] = {}
        shape, across = self.grid.shape, tuple(range(1, len(self.axes) + 1))
        for stage, factors in zip(self.passes, data["slots"], strict=True):
            rows = []
            for (_, sources), mine in zip(stage.slots, factors, strict=True):
                parts = [
                    f * (state[n] if kind == "state" else hats[n])
                    for (kind, n), f in zip(sources, mine, strict=True)
                ]
                rows.append(sum(parts[1:], parts[0]) if parts else jnp.zeros(self.waves.shape))
            if rows:
                nodal = jnp.fft.irfftn(jnp.stack(rows), s=shape, axes=across)
                nodal = nodal.reshape(len(rows), -1)
                values.update({slot: nodal[k] for k, (slot, _) in enumerate(stage.slots)})
            own = [p for p in stage.pieces if p not in self.multiples]
            bodies = self._bodies(own, values, time, data)
            if bodies:
                found = jnp.fft.rfftn(jnp.stack(bodies), axes=across)
                hats.update({p: found[k] for k, p in enumerate(own)})
            for p in set(stage.pieces) - set(own):
                first, ratio = self.multiples[p]
                hats[p] = ratio * hats[first]
        return hats

    def _bodies(
        self, pieces: Sequence[int], values: dict[Slot, Array], time: Array, data: Any
    ) -> list[Array]:
        points = data["points"]
        if self.parts.evolving:
            points = jnp.concatenate([jnp.full((points.shape[0], 1), time), points], axis=1)
        return [
            self.parts.pieces[p]
            .body(points, values, parameters=data.get("values"))
            .reshape(self.grid.shape)
            for p in pieces
        ]

    # Arrays

    def _steady(self, piece: Piece) -> bool:
        """Whether a piece is a load that neither the state nor time changes."""
        free = piece.body.expression.free_symbols
        return not piece.body.slots and not (free & ({self.problem.time} | self.parts.open))

    def _symbol(self, found: Elimination, xp: Any) -> Any:
        """Return B of y' = B y, (entries, entries, …)."""
        entries = self.form.entries
        zero = xp.zeros(self.waves.shape, complex)
        one = zero + 1.0
        rows = []
        for j, k in entries:
            if k + 1 < self.form.orders[j]:
                rows.append(xp.stack([one if e == (j, k + 1) else zero for e in entries]))
            else:
                rows.append(found.state[j])
        return xp.stack(rows) if rows else xp.zeros((0, 0, *self.waves.shape))

    def _passes(self) -> tuple[Pass, ...]:
        """Order the pieces: an algebraic unknown comes after the pieces that determine it."""
        across = tuple(range(2, 2 + len(self.axes)))
        gain = np.abs(self.elimination.gain).max(axis=across)
        asks: dict[int, set[int]] = {}
        for p, piece in enumerate(self.parts.pieces):
            mine = {j for j, _ in piece.body.slots if self.form.orders[j] == 0}
            asks[p] = {int(q) for j in mine for q in np.flatnonzero(gain[j])}
        done, stages = set(self.still), []
        seen: set[Slot] = set()
        while len(done) < len(asks):
            ready = [p for p in asks if p not in done and asks[p] <= done]
            if not ready:
                return ()
            slots = {s for p in ready for s in self.parts.pieces[p].body.slots} - seen
            ordered = [(slot, self._sources(slot)) for slot in sorted(slots)]
            stages.append(Pass(tuple(ordered), tuple(ready)))
            done |= set(ready)
            seen |= slots
        return tuple(stages)

    def _multiples(self) -> dict[int, tuple[int, float]]:
        """Return which bodies are multiples of others, such as a reaction in two equations."""
        terms = [dict(p.body.expression.as_coefficients_dict()) for p in self.parts.pieces]
        found: dict[int, tuple[int, float]] = {}
        for p, mine in enumerate(terms):
            for q in range(p):
                if (
                    q in found
                    or p in self.still
                    or q in self.still
                    or mine.keys() != terms[q].keys()
                ):
                    continue
                ratios = {float(mine[term] / terms[q][term]) for term in mine}
                if len(ratios) == 1:
                    found[p] = (q, ratios.pop())
                    break
        return found

    @property
    def explicit(self) -> bool:
        """Whether nothing nonlinear depends on itself through an algebraic unknown."""
        count = sum(len(stage.pieces) for stage in self.passes)
        return count + len(self.still) == len(self.parts.pieces)

    def _sources(self, slot: Slot) -> tuple[Source, ...]:
        component, index = slot
        time = self.parts.time_of(index)[0]
        if time < self.form.orders[component]:
            return (("state", self.form.entries.index((component, time))),)
        return self._made_of(component)

    def _made_of(self, component: int) -> tuple[Source, ...]:
        """Return what an algebraic unknown is made of."""
        found = self.elimination
        states = [("state", int(s)) for s in _nonzero(found.state[component])]
        return (*states, *(("piece", int(p)) for p in _nonzero(found.gain[component])))

    def _places(self) -> dict[str, list[Any]]:
        """Return where the elimination is not zero: zeros are neither stored nor multiplied."""
        tops = [(s, j) for s, (j, k) in enumerate(self.form.entries) if k + 1 == self._order(j)]
        moving = [p for p in range(len(self.parts.pieces)) if p not in self.still]
        gain = self.elimination.gain
        return {
            "gain": [(s, p) for s, j in tops for p in _nonzero(gain[j]) if p in moving],
            "constant": [(s, j, p) for s, j in tops for p in _nonzero(gain[j]) if p in self.still],
            "algebra": [
                (a, source)
                for a, j in enumerate(self.form.algebraic)
                for source in self._made_of(j)
            ],
        }

    def _order(self, j: int) -> int:
        return self.form.orders[j]

    def _data(self, found: Elimination, xp: Any) -> dict[str, Any]:
        """Return the arrays that ``nonlinear`` reads."""
        mask, slim = self.waves.mask, _slim if xp is np else (lambda array: array)
        points = np.asarray(self.grid.points)
        still = {p: self._still(p, points) for p in self.still}

        def share(j: int, source: Source) -> Any:
            kind, n = source
            return found.state[j, n] if kind == "state" else found.gain[j, n]

        def slot(item: Slot, sources: tuple[Source, ...]) -> tuple[Any, ...]:
            time, space = self.parts.time_of(item[1])
            base = self.waves.factors(space) * mask
            if time < self._order(item[0]):
                return (slim(base),)
            return tuple(slim(base * share(item[0], source)) for source in sources)

        loaded = [p for p in range(len(self.parts.pieces)) if self.parts.pieces[p].body.slots]
        entries = [j for j, _ in self.form.entries]
        data: dict[str, Any] = {
            "slots": tuple(tuple(slot(*item) for item in s.slots) for s in self.passes),
            "gain": tuple(
                slim(found.gain[entries[s], p] * (mask if p in loaded else 1.0))
                for s, p in self.places["gain"]
            ),
            "algebra": tuple(
                slim(share(self.form.algebraic[a], source)) for a, source in self.places["algebra"]
            ),
            "still": still,
            "points": points,
        }
        if self.parts.open:
            data["values"] = {p.name: v for p, v in self.parts.nominal.items()}
        if self.places["constant"]:
            total = [xp.zeros(self.waves.shape, complex) for _ in self.form.entries]
            for s, j, p in self.places["constant"]:
                total[s] = total[s] + found.gain[j, p] * still[p]
            data["constant"] = xp.stack(total)
        return data

    def _still(self, p: int, points: np.ndarray) -> np.ndarray:
        start = np.full((len(points), int(self.parts.evolving)), self._begin)
        body = self.parts.pieces[p].body
        found = np.asarray(body(jnp.asarray(np.concatenate([start, points], axis=1)), {}))
        return self.waves.modes(found.reshape(self.grid.shape))

    # States

    @property
    def zero(self) -> np.ndarray:
        """A state of zeros."""
        return np.zeros((len(self.form.entries), *self.waves.shape), complex)

    @property
    def _begin(self) -> float:
        return (self.problem.interval or (0.0, 0.0))[0]

    def start(self) -> np.ndarray:
        """Return the initial modes: sampled on a finer grid, cut off."""
        fine, share = self.waves.finer()
        found = self.zero
        for s, (j, k) in enumerate(self.form.entries):
            found[s] = self.waves.cut(np.fft.rfftn(self._sample(j, k, fine)) / share)
        return np.asarray(self._mirrored(found))

    def sampled(self) -> dict[int, np.ndarray]:
        """Return the initial values of the evolving unknowns at the nodes, by number."""
        return {j: self._sample(j, 0, self.grid) for j, k in self.form.entries if k == 0}

    def _sample(self, unknown: int, order: int, grid: Grid) -> np.ndarray:
        points = np.concatenate([np.full((grid.size, 1), self._begin), grid.points], axis=1)
        kind = ("initial", "initial_rate")[order]
        u = self.problem.unknowns[unknown]
        given = (c.value for c in self.problem.conditions if c.kind == kind and c.unknown == u)
        value = self.problem.fill(next(given))  # the checks of the problem ask for it
        if value.free_symbols <= set(self.problem.coordinates):
            # By NumPy: every new grid would have JAX compile each operation for its shape.
            return at_points(self.problem, value, points).reshape(grid.shape)
        found = pointwise(self.problem, value)(jnp.asarray(points), {})
        return np.asarray(found).reshape(grid.shape)

    def nodal(self, states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return values (k, *shape, m) of states (k, entries, …) at times (k,)."""
        m, form = len(self.form.orders), self.form
        found = np.empty((len(states), *self.grid.shape, m))
        for s, (j, k) in enumerate(form.entries):
            if k == 0:
                found[..., j] = self.waves.nodal(states[:, s])
        if form.algebraic:
            data = jax.tree.map(on_device, self.data)
            inner = compiled(self, "algebra")
            for n, (state, time) in enumerate(zip(states, times, strict=True)):
                modes = np.asarray(inner(on_device(state), jnp.asarray(time), data))
                found[n][..., form.algebraic] = np.moveaxis(self.waves.nodal(modes), 0, -1)
        return found

    def defect(self, state: np.ndarray, time: float) -> float:
        """Return by how much an equation fails, relative to its terms, where a mode is left open.

        Zero but for rounding, unless the data force what the equations do not determine, such as
        the mean of a Poisson problem on a periodic box.
        """
        data = jax.tree.map(on_device, self.data)
        hats = compiled(self, "hats")(on_device(state), jnp.asarray(time), data)
        force = np.zeros((len(self.parts.pieces), *self.waves.shape), complex)
        for p in range(len(force)):
            force[p] = np.asarray(hats[p])
        found, rule = self.elimination, "ab...,b...->a..."
        tops = np.einsum(rule, found.state, state) + np.einsum(rule, found.gain, force)
        parts = [(found.matrix, tops), (found.rows, state), (found.load, force)]
        total = np.abs(sum(np.einsum(rule, a, b) for a, b in parts))
        # Rows that rounding alone fills must not count: sizes are those of whole fields.
        over = tuple(range(-len(self.axes), 0))
        size = sum(np.abs(a).max(axis=over) @ np.abs(b).max(axis=over) for a, b in parts)
        worst = total.max(axis=over) / np.maximum(size, 1e-300)
        return float(worst.max())


def _added(total: Any, term: Any) -> Any:
    return term if total is None else total + term


def _nonzero(rows: Any) -> list[int]:
    """Return which of the arrays (n, …) hold anything but rounding."""
    if not len(rows):
        return []
    size = np.abs(np.asarray(rows)).reshape(len(rows), -1).max(axis=1)
    return [int(k) for k in np.flatnonzero(size > 0)]


def _slim(array: Any) -> Any:
    """Return an array as real where it is: half the work."""
    return array.real.copy() if np.iscomplexobj(array) and not array.imag.any() else array


def _plain(symbol: np.ndarray) -> np.ndarray:
    """Return the diagonal alone where there is nothing else, and reals where it is real."""
    off = symbol.copy()
    for s in range(len(symbol)):
        off[s, s] = 0.0
    if not off.any():
        symbol = symbol[np.arange(len(symbol)), np.arange(len(symbol))]
    found: np.ndarray = _slim(symbol)
    return found
