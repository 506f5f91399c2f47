"""One integration from start to end, through its events, and the field it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Result
from residuum.discretise.ode._event import Watchers
from residuum.discretise.ode._evolution import Evolution
from residuum.discretise.ode._march import CHUNK, Chunk, Marcher
from residuum.discretise.ode._start import find_hidden
from residuum.discretise.ode._stiff import StiffMarcher
from residuum.discretise.spectral import GridField
from residuum.discretise.spectral import _barycentric as bary

SHORT = 12
"""Steps between two looks where an event may change the state."""
PILED = 1e-13
"""Events closer than this share of the interval have piled up."""
GROWN = 1e6
"""A state grown by this factor has run away."""


@final
@dataclass
class Orbit:
    """What an integration found.

    Args:
        ends: times from 0 to 1 at the ends of the steps.
        pieces: states at the nodes of each step, (nodes, n) each, in the units of the problem.
        events: number of the event and its time, in the units of the problem.
        result: how it ended.
        reason: the same in words, if it did not reach the end.
        over: whether a terminal event ended it.
        counts: steps and rejected steps.
    """

    ends: list[float]
    pieces: list[np.ndarray] = field(default_factory=list)
    events: list[tuple[int, float]] = field(default_factory=list)
    result: Result = Result.SUCCESSFUL
    reason: str = ""
    over: bool = False
    counts: dict[str, int] = field(default_factory=lambda: {"steps": 0, "rejected": 0})


class Limits(NamedTuple):
    """How accurate and how long an integration may be.

    Args:
        tolerance: local error relative to each entry of the state.
        sizes: sizes of the entries, (n,): below a tenth of them errors count absolutely.
        longest: longest step as a share of the interval.
        steps: most steps.
        events: most events.
    """

    tolerance: float
    sizes: np.ndarray
    longest: float = 0.1
    steps: int = 500_000
    events: int = 1000


class Crossing(NamedTuple):
    """Where an event happens: its number, the step in the chunk, and the place in the step."""

    number: int
    step: int
    place: float


Watch = Callable[[float], bool]
"""Called with the share of time done; returns whether to go on."""


@final
class Traveller:
    """Integrates a problem, chunk by chunk, and deals with its events.

    Args:
        marcher: the compiled solver.
        watchers: the events, or nothing.
    """

    def __init__(self, marcher: Marcher | StiffMarcher, watchers: Watchers | None = None) -> None:
        self.marcher, self.watchers = marcher, watchers
        self.evolution, self.nodes = marcher.evolution, marcher.nodes
        self.weights = bary.weights(self.nodes)

    def go(self, start: np.ndarray, limits: Limits, watch: Watch | None = None) -> Orbit:
        """Integrate from a consistent state over the whole interval.

        Args:
            start: y at the start, in the units of the problem.
            limits: accuracy and limits.
            watch: progress and budget, looked at after every chunk of steps.

        Returns:
            The orbit, partial where ``result`` says so.
        """
        orbit, whole = Orbit([0.0]), start
        try:
            while orbit.ends[-1] < 1.0 and not orbit.over and not orbit.reason:
                whole = self._leg(orbit, whole, limits, watch)
        except KeyboardInterrupt:
            orbit.result, orbit.reason = Result.INTERRUPTED, "interrupted"
        return orbit

    def _leg(
        self, orbit: Orbit, whole: np.ndarray, limits: Limits, watch: Watch | None
    ) -> np.ndarray:
        """March to the next event that changes the state, or to the end; return the state there."""
        march, now = self.marcher, orbit.ends[-1]
        carry = march.begin(now, whole, limits.tolerance, limits.sizes)
        active = self.watchers is not None and any(not e.passive for e in self.watchers.events)
        signs = self._signs(orbit, now, whole, limits)
        while True:
            chunk = march.chunk(
                carry,
                limits.tolerance,
                limits.sizes,
                longest=limits.longest,
                most=SHORT if active else CHUNK,
            )
            carry, count = chunk.carry, len(chunk.pieces)
            orbit.counts["rejected"] += chunk.rejected
            crossing = None
            if self.watchers is not None and count:
                crossing, signs = self._crossing(orbit, chunk, signs)
            if crossing is not None:
                return self._happens(orbit, chunk, crossing, limits)
            _extend(orbit, chunk.ends, list(chunk.pieces))
            whole = chunk.pieces[-1, -1] if count else whole
            if chunk.ends[-1] >= 1.0:
                return whole
            self._judge(orbit, chunk, limits, watch)
            if orbit.reason:
                return whole

    def _judge(self, orbit: Orbit, chunk: Chunk, limits: Limits, watch: Watch | None) -> None:
        """Set result and reason if the integration cannot go on."""
        time = self._time(orbit.ends[-1])
        if chunk.stuck:
            grown = orbit.pieces and _grown(orbit.pieces, limits.sizes)
            orbit.result = Result.DIVERGED if grown else Result.STAGNATED
            if not orbit.pieces:
                orbit.result = Result.NOT_FINITE
            what = "the solution grows without bound" if grown else "no step is short enough"
            orbit.reason = f"{what} at t = {time:.10g}"
        elif orbit.counts["steps"] >= limits.steps:
            orbit.result = Result.STAGNATED
            orbit.reason = f"{limits.steps} steps reach t = {time:.6g} only"
        elif watch is not None and not watch(orbit.ends[-1]):
            orbit.result = Result.OUT_OF_BUDGET
            orbit.reason = f"the budget was spent at t = {time:.6g}"

    def _time(self, share: float) -> float:
        begin, end = self.evolution.interval
        return end if share >= 1.0 else begin + share * (end - begin)

    # Events

    def _signs(self, orbit: Orbit, now: float, whole: np.ndarray, limits: Limits) -> np.ndarray:
        """Return the signs from which passing zero is told, at the start of a leg."""
        if self.watchers is None:
            return np.zeros(0)
        time = self._time(now)
        values = self.watchers.values(np.array([time]), whole[None])[0]
        rates = self.watchers.rates(time, whole)
        # On the event itself the side is where the solution is heading.
        near = np.abs(values) <= 1e-9 * np.abs(rates) * self.evolution.length
        if orbit.events:
            near[orbit.events[-1][0]] = True
        return np.where(near, np.sign(rates), np.sign(values))

    def _crossing(
        self, orbit: Orbit, chunk: Chunk, signs: np.ndarray
    ) -> tuple[Crossing | None, np.ndarray]:
        """Return the first event of a chunk that acts, note the passive ones before it."""
        assert self.watchers is not None
        widths = np.diff(chunk.ends)
        times = chunk.ends[:-1, None] + widths[:, None] * self.nodes[1:]
        wholes = chunk.pieces[:, 1:].reshape(times.size, -1)
        begin = self.evolution.interval[0]
        seen = self.watchers.values(begin + self.evolution.length * times.ravel(), wholes)
        found: list[Crossing] = []
        for number, event in enumerate(self.watchers.events):
            now = np.sign(seen[:, number])
            before = np.concatenate([signs[number : number + 1], now[:-1]])
            for i in np.flatnonzero((before != now) & (now != 0) & (before != 0)):
                if event.direction in (0, int(now[i])):
                    found.append(self._located(chunk, number, int(i), float(before[i])))
        found.sort(key=lambda c: (c.step, c.place))
        last = np.where(np.sign(seen[-1]) == 0, signs, np.sign(seen[-1]))
        for crossing in found:
            if not self.watchers.events[crossing.number].passive:
                return crossing, last
            share = chunk.ends[crossing.step] + crossing.place * widths[crossing.step]
            orbit.events.append((crossing.number, self._time(share)))
        return None, last

    def _located(self, chunk: Chunk, number: int, place: int, side: float) -> Crossing:
        """Return the exact place of an event between two nodes."""
        from scipy.optimize import brentq  # scipy.optimize takes long to import

        assert self.watchers is not None
        watchers, inner = self.watchers, len(self.nodes) - 1
        step, node = divmod(place, inner)
        low, high = self.nodes[node], self.nodes[node + 1]
        width = chunk.ends[step + 1] - chunk.ends[step]

        def value(at: float) -> float:
            if at == low:
                return side * 1e-300  # the side is known even where the value is zero
            now = self._time(chunk.ends[step] + at * width)
            return watchers.value(number, now, self._inside(chunk.pieces[step], at))

        if value(high) == 0.0 or side * value(high) > 0:
            return Crossing(number, step, float(high))
        found = brentq(value, low, high, xtol=1e-15, rtol=1e-14, maxiter=200)
        return Crossing(number, step, float(max(found, 1e-15)))

    def _inside(self, piece: np.ndarray, at: float | np.ndarray) -> np.ndarray:
        """Return the polynomial of a step at places in it: (n,) for a number, (k, n) for (k,)."""
        rows = bary.basis(np.atleast_1d(np.asarray(at, float)), self.nodes, self.weights)
        found: np.ndarray = rows @ piece
        return found[0] if np.ndim(at) == 0 else found

    def _happens(
        self, orbit: Orbit, chunk: Chunk, crossing: Crossing, limits: Limits
    ) -> np.ndarray:
        """End the step at the event, set the new values, and return the state after it."""
        assert self.watchers is not None
        number, step, at = crossing
        width = chunk.ends[step + 1] - chunk.ends[step]
        share = float(chunk.ends[step] + at * width)
        cut = self._inside(chunk.pieces[step], at * self.nodes)
        ends = np.append(chunk.ends[: step + 1], share)
        _extend(orbit, ends, [*chunk.pieces[:step], cut])
        time, whole = self._time(share), cut[-1]
        orbit.events.append((number, time))
        if self.watchers.events[number].terminal:
            orbit.over = True
            return whole
        active = [t for n, t in orbit.events if not self.watchers.events[n].passive]
        piled = len(active) > 1 and active[-1] - active[-2] <= PILED * self.evolution.length
        if piled or len(orbit.events) >= limits.events:
            orbit.result = Result.STAGNATED
            orbit.reason = f"{len(orbit.events)} events pile up at t = {time:.10g}"
            return whole
        levels = self.watchers.after(number, time, whole)
        state = self.evolution.lift @ levels
        if not self.evolution.hiddens:
            return state
        hidden, fine = find_hidden(self.evolution, state, levels, time)
        if not fine:
            orbit.result = Result.STAGNATED
            orbit.reason = f"the constraints have no solution after the event at t = {time:.10g}"
            return whole
        return np.concatenate([state, hidden])


def _extend(orbit: Orbit, ends: np.ndarray, pieces: list[np.ndarray]) -> None:
    orbit.ends += [float(end) for end in ends[1:]]
    orbit.pieces += pieces
    orbit.counts["steps"] += len(pieces)


def _grown(pieces: list[np.ndarray], sizes: np.ndarray) -> bool:
    first, last = np.abs(pieces[0][0] / sizes).max(), np.abs(pieces[-1][-1] / sizes).max()
    return bool(last > GROWN * max(float(first), 1.0))


def field_of(evolution: Evolution, orbit: Orbit, nodes: np.ndarray) -> GridField:
    """Return the unknowns as piecewise polynomials in time, jumping where an event sets them.

    From where the orbit ends its last state is held.
    """
    begin, end = evolution.interval
    knots = begin + (end - begin) * np.asarray(orbit.ends)
    if orbit.ends[-1] >= 1.0:
        knots[-1] = end
    pieces: Any = np.array(orbit.pieces) if orbit.pieces else np.zeros((0, len(nodes), 0))
    # Steps shorter than the rounding of time have no place in the field.
    wide = np.diff(knots) > 4e-16 * max(abs(begin), abs(end))
    pieces, knots = pieces[wide], np.concatenate([knots[:1], knots[1:][wide]])
    values = pieces @ evolution.unknowns.T if len(pieces) else pieces
    return _filled(values, knots, (begin, end), nodes)


def _filled(
    values: np.ndarray, knots: np.ndarray, interval: tuple[float, float], nodes: np.ndarray
) -> GridField:
    begin, end = interval
    if end - knots[-1] > 1e-12 * (end - begin):
        held = np.broadcast_to(values[-1, -1], (1, *values.shape[1:]))
        values, knots = np.concatenate([values, held]), np.append(knots, end)
    stages = tuple(float(node) for node in nodes)
    return GridField(jnp.asarray(values), jnp.asarray(knots), stages, ())
