"""Groups of physical_learning.py that train chains, classifiers and surrogates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

import residuum as rs
from residuum.blocks import (
    Block,
    Chain,
    DenoisingChain,
    Dense,
    Stage,
    Tanh,
    dense,
    run,
)
from residuum.learning import (
    Adam,
    AnnealedNoise,
    OrthogonalProjection,
    Supervised,
    affine_parts,
)
from residuum.learning.rules import NoProp, SyntheticGradients

Row = dict[str, float]
POINTS = 128


def network(sizes: tuple[int, ...], key: Any) -> Chain:
    """Return dense blocks with tanh between them."""
    blocks: list[Block] = []
    for a, b, part in zip(sizes, sizes[1:], jax.random.split(key, len(sizes)), strict=False):
        blocks += [dense(a, b, part), Tanh(b)]
    return Chain(tuple(blocks[:-1]))


def distance(found: Any, wanted: Any) -> float:
    """Return the mean relative L2 error of samples."""
    miss = np.linalg.norm(np.asarray(found) - wanted, axis=1)
    return float((miss / np.linalg.norm(wanted, axis=1)).mean())


@cache
def burgers(count: int, seed: int, nu: float, drift: float = 0.0) -> tuple[Any, Any]:
    """Return u(0) and u(1) of u_t + (u + c) u_x = ν u_xx, periodic on (0, 1), 128 points.

    Random sums of four waves; Fourier modes with two thirds kept, Runge-Kutta of fourth order with
    the diffusion integrated exactly.
    """
    draw = np.random.default_rng(seed)
    x, waves = np.arange(POINTS) / POINTS, np.arange(1, 5)
    phase = draw.uniform(0, 2 * np.pi, (count, 4, 1))
    size = draw.normal(size=(count, 4, 1)) / waves[:, None]
    start = (size * np.sin(2 * np.pi * waves[:, None] * x + phase)).sum(1)
    start *= 0.5 / np.sqrt((start**2).mean(1, keepdims=True))
    k = 2 * np.pi * np.arange(POINTS // 2 + 1)
    keep, steps = k <= 2 * np.pi * POINTS / 3, 200
    half = np.exp(-(nu * k**2 + 1j * drift * k) / steps / 2)

    def force(v: Any) -> Any:
        return -0.5j * k * keep * np.fft.rfft(np.fft.irfft(v, POINTS) ** 2) / steps

    v = np.fft.rfft(start) * keep
    for _ in range(steps):
        one = force(v)
        two = force(half * (v + one / 2))
        three = force(half * v + two / 2)
        four = force(half**2 * v + half * three)
        v = half**2 * (v + one / 6) + half * (two + three) / 3 + four / 6
    return start.astype("f4"), np.fft.irfft(v, POINTS).astype("f4")


def components(values: Any, count: int) -> tuple[Any, Any, float]:
    """Return mean, principal directions and one size for all components."""
    mean = values.mean(0)
    rows = np.linalg.svd(values - mean, full_matrices=False)[2][:count]
    return mean, rows, float(((values - mean) @ rows.T).std())


def ridge(x: Any, y: Any, given: Any, weight: float = 1e-3) -> Any:
    """Return the linear answer."""
    lift, asked = (np.concatenate([p, np.ones((len(p), 1))], 1) for p in (x, given))
    gram = lift.T @ lift + weight * np.eye(lift.shape[1])
    return asked @ np.linalg.solve(gram, lift.T @ y)


def noprop(seed: int) -> dict[str, Row]:
    """TB1: principal components of u(0) to those of u(1), six blocks, at equal epochs."""
    x, y = burgers(2200, 31, 0.01)
    (mean, rows, size), (centre, into, spread) = components(y[:2000], 24), components(x[:2000], 32)
    z, u = (x - centre) @ into.T / spread, (y - mean) @ rows.T / size

    def field(found: Any) -> float:
        return distance(np.asarray(found) * size @ rows + mean, y[2000:])

    keys = jax.random.split(jax.random.key(seed), 6)
    chain = DenoisingChain([network((24 + 32, 64, 64, 24), key) for key in keys], 24)
    data, held = (z[:2000], u[:2000]), z[2000:]
    how = Supervised(epochs=150, batch=50, rate=3e-3)
    rows_found: dict[str, Row] = {}
    plain = how.train(chain, data, key=seed)
    rows_found["end to end"] = {"error": field(plain(held)), "seconds": plain.seconds}
    learnt = replace(how, rule=NoProp()).train(chain, data, key=seed)
    rows_found["NoProp"] = {"error": field(learnt(held)), "seconds": learnt.seconds}
    noise = [learnt.model.stochastic(jnp.asarray(held, "f4"), key) for key in keys[:4]]
    rows_found["NoProp, one stochastic chain"] = {"error": field(noise[0])}
    rows_found["NoProp, mean of four stochastic chains"] = {"error": field(sum(noise) / 4)}
    rows_found["components and ridge (floor)"] = {"error": field(ridge(*data, held))}
    rows_found["24 components (best possible)"] = {"error": field(u[2000:])}
    return rows_found


class Segment(Stage):
    """Five steps of a recurrent cell; the state is [h, cost, what is still to come]."""

    cell: Dense
    read: Dense
    length: int = eqx.field(static=True)
    steps: int = eqx.field(static=True)

    def __call__(self, state: Any) -> Any:
        width = self.read.weight.shape[0]
        h, cost, rest = state[:, :width], state[:, width], state[:, width + 1 :]
        x, y = rest[:, : self.length], rest[:, self.length :]
        for t in range(self.steps):
            h = jnp.tanh(self.cell(jnp.concatenate([h, x[:, t : t + 1]], axis=1)))
            cost = cost + (self.read(h)[:, 0] - y[:, t]) ** 2 / self.length

        def later(part: Any) -> Any:
            return jnp.pad(part[:, self.steps :], ((0, 0), (0, self.steps)))

        return jnp.concatenate([h, cost[:, None], later(x), later(y)], axis=1)


class March(Stage):
    """A recurrent cell run over a record, cut into segments; the answer is the cost."""

    cell: Dense
    read: Dense
    length: int = eqx.field(static=True)
    steps: int = eqx.field(static=True)

    def stages(self) -> tuple[Stage, ...]:
        count = self.length // self.steps
        return (Segment(self.cell, self.read, self.length, self.steps),) * count

    def __call__(self, state: Any) -> Any:
        return run(self.stages(), state)


def record(count: int, length: int, delay: int, width: int, seed: int) -> Any:
    """Return first states for a line that delays by some steps and attenuates by a fifth."""
    draw = np.random.default_rng(seed).normal(size=(count, length + delay))
    x, y = draw[:, delay:], 0.8 * draw[:, :length]
    y[:, :delay] = 0.0  # what came before the record cannot be known
    return np.concatenate([np.zeros((count, width + 1)), x, y], 1).astype("f4")


def synthetic(seed: int) -> dict[str, Row]:
    """A delay line of eight steps, gradients cut every five, with and without synthetic ones."""
    width, length, delay, epochs = 24, 50, 8, 100
    keys = jax.random.split(jax.random.key(seed), 2)
    cell, read = dense(width + 1, width, keys[0]), dense(width, 1, keys[1])
    model = March(cell, read, length, 5)
    train, held = (record(n, length, delay, width, s) for n, s in ((400, 41), (200, 43)))
    power = float((held[:, -length:] ** 2).mean())
    never = SyntheticGradients(rate=1e-12, width=0, shared=True, informed=False)
    taught = SyntheticGradients(rate=3e-3, width=64, shared=True, informed=False)
    rows: dict[str, Row] = {}
    for name, rule, steps in (
        ("cut every 5 steps", never, 5),
        ("cut every 5 steps, synthetic gradients", taught, 5),
        ("whole record", None, 5),
    ):
        made, optimiser = replace(model, steps=steps), optax.adam(3e-3)
        rows[name] = {"error": marched(made, rule, optimiser, (train, held), epochs) / power}
    best = delayed_ridge(train, held, width, length)
    rows["no answer (floor)"] = {"error": 1.0}
    rows["least squares on the last 12 inputs (classical)"] = {"error": best / power}
    gap = rows["cut every 5 steps"]["error"] - rows["whole record"]["error"]
    won = (
        rows["cut every 5 steps"]["error"] - rows["cut every 5 steps, synthetic gradients"]["error"]
    )
    rows["share of the gap that is closed"] = {"share": won / gap}
    return rows


def delayed_ridge(train: Any, held: Any, width: int, length: int) -> float:
    """Return the mean square error of a linear filter over 12 steps."""

    def windows(data: Any) -> tuple[Any, Any]:
        x, y = data[:, width + 1 : width + 1 + length], data[:, width + 1 + length :]
        x = np.pad(x, ((0, 0), (11, 0)))
        stacked = np.stack([x[:, i : i + length] for i in range(12)], -1)
        return stacked.reshape(-1, 12), y.reshape(-1, 1)

    asked, wanted = windows(held)
    return float(((ridge(*windows(train), asked) - wanted) ** 2).mean())


def marched(model: March, rule: Any, optimiser: Any, data: Any, epochs: int) -> float:
    """Train a march by a rule (or backpropagation through all); return the cost on held data."""
    from residuum.learning import Task
    from residuum.learning.rules import Backpropagation

    rule = Backpropagation() if rule is None else rule
    width = model.read.weight.shape[0]
    task = Task(lambda state: state[:, width].mean())
    train, held = (jnp.asarray(item) for item in data)
    moving, fixed = eqx.partition(model, eqx.is_inexact_array)

    def stages(part: Any) -> Any:
        return eqx.combine(part, fixed).stages()

    def step(carry: Any, given: Any) -> Any:
        (part, state, memory), (batch, key) = carry, given
        found = rule.gradient(stages(part), batch, task, memory=memory, key=key)
        back = jax.vjp(lambda p: eqx.filter(stages(p), eqx.is_inexact_array), part)[1]
        move, state = optimiser.update(back(found.slopes)[0], state)
        return (eqx.apply_updates(part, move), state, found.memory), found.value

    @jax.jit
    def sweep(carry: Any, key: Any) -> Any:
        first, second = jax.random.split(key)
        batches = jax.random.permutation(first, train).reshape(8, -1, train.shape[1])
        return jax.lax.scan(step, carry, (batches, jax.random.split(second, 8)))

    memory = rule.begin(stages(moving), train[:50], task, jax.random.key(5))
    carry = (moving, optimiser.init(moving), memory)
    for key in jax.random.split(jax.random.key(3), epochs):
        carry, _ = sweep(carry, key)
    return float(task.loss(eqx.combine(carry[0], fixed)(held)))


@final
@dataclass(frozen=True)
class BadStart(rs.MLP):
    """A network whose first weights are too large: variance gain² over the width."""

    gain: float = 2.0

    name = "bad_start"

    def trunk(self, frame: Any, key: Any) -> Any:
        made = super().trunk(frame, key)

        def larger(node: Any) -> Any:
            return Dense(self.gain * node.weight, node.bias) if isinstance(node, Dense) else node

        return jax.tree.map(larger, made, is_leaf=lambda node: isinstance(node, Dense))


def noise(seed: int) -> dict[str, Row]:
    """TB2 with 12 layers that start badly: noise on gradients, none, and a good start."""
    from sympy import pi, sin

    x = rs.space("x")
    u = rs.unknown("u", x)
    exact = sum(sin(k * pi * x) / k for k in (1, 3, 5))
    equation = rs.Eq(-u.diff(x, 2), -exact.diff(x, 2))
    problem = rs.Problem(rs.Box(x=(0, 1)), equation, [rs.dirichlet(u, 0, on="boundary")])
    points = np.linspace(0, 1, 401)[:, None]
    true = sum(np.sin(k * np.pi * points[:, 0]) / k for k in (1, 3, 5))
    plain = Adam(steps=3000, rate=1e-3, precision="float32")
    bad = BadStart(32, 12)
    arms = {
        "bad start": (bad, plain),
        "bad start, noise 0.01": (bad, AnnealedNoise(plain, eta=0.01, key=seed)),
        "bad start, noise 0.3": (bad, AnnealedNoise(plain, eta=0.3, key=seed)),
        "good start": (rs.MLP(32, 12), plain),
    }
    rows: dict[str, Row] = {}
    for name, (field, rule) in arms.items():
        answer = rs.solve(problem, rs.PINN(field, rule), key=seed, refine=None, progress=False)
        error = float(np.linalg.norm(answer.at(points).ravel() - true) / np.linalg.norm(true))
        rows[name] = {"error": error, "success": float(error < 1e-2)}
    for name, method in (
        ("random features (floor)", rs.RandomFeatures()),
        ("spectral", rs.Spectral()),
    ):
        answer = rs.solve(problem, method, key=seed, refine=None, progress=False)
        error = float(np.linalg.norm(answer.at(points).ravel() - true) / np.linalg.norm(true))
        rows[name] = {"error": error, "success": float(error < 1e-2)}
    return rows


REGIMES = ((0.1, 0.0), (0.01, 0.0), (0.01, 0.7))
"""Viscosity and drift of the tasks, in turn."""


def forgetting(seed: int) -> dict[str, Row]:
    """Three regimes in turn, one trunk, a head for each: the error on the first after the last."""
    tasks = [burgers(1100, 31 + i, nu, drift) for i, (nu, drift) in enumerate(REGIMES)]
    rows: dict[str, Row] = {}
    for name in ("fine-tuned", "replay of 5 %", "orthogonal projection", "frozen trunk"):
        rows[name] = in_turn(tasks, name, seed)
    given = [(x[:1000], y[:1000], x[1000:], y[1000:]) for x, y in tasks]
    floors = [distance(ridge(x, y, a), b) for x, y, a, b in given]
    rows["ridge, one per task (floor)"] = {"first": floors[0], "last": floors[2]}
    return rows


def in_turn(tasks: Any, how: str, seed: int) -> Row:
    """Train on the tasks in turn; return errors on the first before and after, and on the last."""
    keys = jax.random.split(jax.random.key(seed), 4)
    trunk = Chain((*network((POINTS, 128, 128), keys[0]).blocks, Tanh(128)))
    heads = [dense(128, POINTS, key) for key in keys[1:]]
    kept: list[Any] = []
    projection, first = OrthogonalProjection(), 0.0
    for i, (x, y) in enumerate(tasks):
        extra = kept if how == "replay of 5 %" else []
        holds = projection if how == "orthogonal projection" else OrthogonalProjection()
        still = how == "frozen trunk" and i > 0
        trunk, heads = fitted((trunk, heads), (i, x[:1000], y[:1000]), extra, holds, still=still)
        kept.append((i, x[:50], y[:50]))
        if i == 0:
            first = distance(heads[0](trunk(x[1000:])), y[1000:])
        activity = [jnp.asarray(x[:1000]), trunk.blocks[1](trunk.blocks[0](x[:1000]))]
        # All waves of the inputs and a constant; then 24 directions of what they excite.
        projection = OrthogonalProjection().after(activity, (9, 40), key=seed)
    again = distance(heads[0](trunk(tasks[0][0][1000:])), tasks[0][1][1000:])
    last = distance(heads[2](trunk(tasks[2][0][1000:])), tasks[2][1][1000:])
    return {"first": first, "first, after the last": again, "ratio": again / first, "last": last}


def fitted(model: Any, task: Any, extra: Any, holds: Any, *, still: bool) -> Any:
    """Fit trunk and one head (others with replayed samples) by Adam; steps are projected."""
    trunk, heads = model
    assert len(affine_parts(trunk)) == 2
    epochs, batches = 80, 10
    optimiser = optax.adam(optax.cosine_decay_schedule(2e-3, epochs * batches))
    number, x, y = task

    moving, fixed = eqx.partition((trunk, heads), eqx.is_inexact_array)

    def loss(moving: Any, rows: Any) -> Any:
        trunk, heads = eqx.combine(moving, fixed)
        value = jnp.mean((heads[number](trunk(x[rows])) - y[rows]) ** 2)
        for other, a, b in extra:
            value += jnp.mean((heads[other](trunk(a)) - b) ** 2)
        return value

    def step(carry: Any, rows: Any) -> Any:
        model, state = carry
        move, state = optimiser.update(jax.grad(loss)(model, rows), state)
        trunk_move = jax.tree.map(jnp.zeros_like, move[0]) if still else holds.project(move[0])
        return (optax.apply_updates(model, (trunk_move, move[1])), state), None

    @jax.jit
    def sweep(carry: Any, key: Any) -> Any:
        rows = jax.random.permutation(key, len(x)).reshape(batches, -1)
        return jax.lax.scan(step, carry, rows)[0]

    x, y = jnp.asarray(x), jnp.asarray(y)
    carry = (moving, optimiser.init(moving))
    for key in jax.random.split(jax.random.key(3), epochs):
        carry = sweep(carry, key)
    return eqx.combine(carry[0], fixed)


def contrast(seed: int) -> dict[str, Row]:
    """Vowels through two media of waves that can only be called, before and after a drift."""
    from physical_learning_waves import vowels_through_media

    return vowels_through_media(seed)
