"""Trainings of ``benchmarks/reversible.py``: errors at equal weights, adapters, densities."""

from __future__ import annotations

import statistics
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

import residuum as rs
from residuum.blocks import convolution, pointwise
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible import (
    Composed,
    Coupling,
    Exponential,
    Flow,
    Halves,
    Inverted,
    IRevNet,
    KernelFlow,
    Permutation,
    ReversibleStack,
    inverted_bottleneck,
    reversible_stack,
    reversible_wrap,
)
from residuum.datasets import Samples
from residuum.learning import Trainer
from residuum.operators import ConvolutionNetwork, GridFrame, Reversible, ReversibleUNet, apply

NODES, TRAIN, TEST, STEPS = 128, 600, 100, 300
FRAME = GridFrame(1, 1, (NODES,), (1.0,), ("wrap",))
SEEDS = (11, 12, 13, 14, 15)


def burgers(count: int, seed: int, viscosity: float) -> tuple[np.ndarray, np.ndarray]:
    """u(x, 0) and u(x, 1) of u_t + u u_x = ν u_xx on a circle: Fourier, integrating factor, RK4."""
    random, step = np.random.default_rng(seed), 2.5e-3
    waves = np.arange(1, 5)
    angle = 2 * np.pi * np.outer(waves, np.arange(NODES) / NODES)
    factors = random.normal(size=(2, count, 4)) / waves
    u = 0.5 * (factors[0] @ np.sin(angle) + factors[1] @ np.cos(angle))
    k = 2 * np.pi * np.fft.rfftfreq(NODES, 1 / NODES)
    keep = k < 2 * np.pi * NODES / 3
    half = np.exp(-viscosity * k**2 * step / 2)

    def rate(w: np.ndarray) -> np.ndarray:
        found: np.ndarray = -0.5j * k * keep * np.fft.rfft(np.fft.irfft(w, NODES) ** 2)
        return found

    w = np.fft.rfft(u)
    for _ in range(round(1 / step)):
        a = rate(w)
        b = rate(half * (w + step / 2 * a))
        c = rate(half * w + step / 2 * b)
        d = rate(half**2 * w + step * half * c)
        w = half**2 * w + step / 6 * (half**2 * a + 2 * half * (b + c) + d)
    end = np.fft.irfft(w, NODES)
    return u[..., None].astype(np.float32), end[..., None].astype(np.float32)


def relative(found: Any, true: np.ndarray) -> float:
    """Mean over samples of the relative L2 error."""
    gap = np.sqrt(((np.asarray(found) - true) ** 2).sum((1, 2)))
    return float(np.mean(gap / np.sqrt((true**2).sum((1, 2)))))


def trained(model: Any, x: np.ndarray, y: np.ndarray, seed: int, steps: int = STEPS) -> Any:
    """Adam with a cosine on the relative error, batches of 16, one compiled loop."""
    leaves, fixed = eqx.partition(model, is_trained)
    rate = optax.cosine_decay_schedule(4e-3, steps, 0.01)
    rule = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rate))
    rows = np.random.default_rng(seed).integers(0, len(x), (steps, 16))

    def loss(leaves: Any, a: Array, b: Array) -> Array:
        gap = ((eqx.combine(leaves, fixed)(a) - b) ** 2).sum((1, 2)) / (b**2).sum((1, 2))
        return jnp.sqrt(gap).mean()

    @jax.jit
    def move(leaves: Any, state: Any, a: Array, b: Array) -> Any:
        change, state = rule.update(jax.grad(loss)(leaves, a, b), state)
        return optax.apply_updates(leaves, change), state

    state = rule.init(leaves)
    for some in rows:
        leaves, state = move(leaves, state, x[some], y[some])
    return eqx.combine(leaves, fixed)


class IRevNetModel(eqx.Module):
    """Features, an i-RevNet, features back on the fine grid."""

    lift: Any
    stack: ReversibleStack
    last: Any

    def __call__(self, x: Array) -> Array:
        features = self.lift(x)
        half = features.shape[-1] // 2
        found = self.stack((features[..., :half], features[..., half:]))
        wide = jnp.concatenate([item.reshape(len(x), NODES, -1) for item in found], axis=-1)
        return self.last(wide)


def i_revnet(seed: int) -> IRevNetModel:
    """Grids of 128, 64 and 32 nodes with 8, 16 and 32 channels a stream."""
    first, second, third = jax.random.split(jax.random.key(seed), 3)
    steps = IRevNet((1, 1, 1), expansion=2).couplings(8, ("wrap",), second)
    probe = (jax.ShapeDtypeStruct((2, NODES, 8), jnp.float32),) * 2
    lift = convolution(1, 16, ("wrap",), first, gain=1.0, slope="folded")
    return IRevNetModel(lift, reversible_stack(steps, probe, drift="nan"), pointwise(16, 1, third))


def count(model: Any) -> int:
    """Number of trained weights."""
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(model, is_trained)))


def parity() -> dict[str, Any]:
    """Errors of Burgers' map at equal weights: plain, two-stream reversible, i-RevNet; floors."""
    x, y = burgers(TRAIN + TEST, 101, 0.01)
    head, tail = slice(TRAIN), slice(TRAIN, None)
    recipe = ConvolutionNetwork(24, 8, 9)
    made = {
        "residual network": lambda seed: recipe.build(FRAME, seed),
        "the same, reversible": lambda seed: Reversible(recipe).build(FRAME, seed),
        "i-RevNet": i_revnet,
    }
    found: dict[str, Any] = {"floors": floors(x[head], y[head], x[tail], y[tail])}
    for name, build in made.items():
        errors = []
        for seed in SEEDS:
            model = trained(build(seed), x[head], y[head], seed)
            errors.append(relative(eqx.filter_jit(model)(x[tail]), y[tail]))
        found[name] = {
            "errors": errors,
            "median": statistics.median(errors),
            "weights": count(build(SEEDS[0])),
        }
    return found


def floors(x: np.ndarray, y: np.ndarray, given: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """What needs no training: the mean, ridge on all nodes."""
    a, b = x[..., 0], y[..., 0]
    shift = b.mean(0)
    gram = a.T @ a + 1e-2 * len(a) * np.eye(NODES)
    linear = given[..., 0] @ np.linalg.solve(gram, a.T @ (b - shift)) + shift
    mean = np.broadcast_to(shift[None, :, None], true.shape)
    return {"mean": relative(mean, true), "ridge": relative(linear[..., None], true)}


class Layered(eqx.Module):
    """Features, residual layers, projection."""

    lift: Any
    layers: tuple[Any, ...]
    last: Any

    def __call__(self, x: Array) -> Array:
        x = self.lift(x)
        for layer in self.layers:
            x = layer(x)
        return self.last(x)


class Residual(eqx.Module):
    """x + branch(x)."""

    branch: Any

    def __call__(self, x: Array) -> Array:
        return x + self.branch(x)


class Tuned(eqx.Module):
    """A trained network whose layers are reversible, with adapters."""

    lift: Any
    wrapped: Any
    last: Any

    def __call__(self, x: Array) -> Array:
        return self.last(self.wrapped(self.lift(x)))


def adapters() -> dict[str, Any]:
    """Medians of errors over seeds, every seed, and the round trips of the first."""
    runs = [adapters_of(seed) for seed in SEEDS]
    errors = ("before", "all weights", "adapters")
    every = {name: [run[name] for run in runs] for name in errors}
    return {**runs[0], **{k: statistics.median(v) for k, v in every.items()}, "every": every}


def adapters_of(seed: int) -> dict[str, Any]:
    """From ν = 0.02 to 0.005: adapters on a reversible stack against tuning all weights."""
    keys = jax.random.split(jax.random.key(seed), 8)
    layers = tuple(
        Residual(inverted_bottleneck(16, ("wrap",), key, expansion=2, side=9, gain=0.2))
        for key in keys[:6]
    )
    start = Layered(pointwise(1, 16, keys[6]), layers, pointwise(16, 1, keys[7]))
    x, y = burgers(TRAIN + TEST, 102, 0.02)
    base = trained(start, x[:TRAIN], y[:TRAIN], seed)
    x, y = burgers(TRAIN // 2 + TEST, 103, 0.005)
    head, tail = slice(TRAIN // 2), slice(TRAIN // 2, None)
    found: dict[str, Any] = {"before": relative(eqx.filter_jit(base)(x[tail]), y[tail])}
    whole = trained(base, x[head], y[head], seed + 1, 300)
    found["all weights"] = relative(eqx.filter_jit(whole)(x[tail]), y[tail])
    probe = base.lift(jnp.asarray(x[:4]))
    for scale in (0.1, 0.02):
        for carry in (None, "float64"):
            made = reversible_wrap(
                base.layers,
                probe,
                jax.random.key(seed + 2),
                scale=scale,
                carry_dtype=carry,
            )
            stack = made.stack
            found[f"λ {scale}, {carry or 'float32'}"] = {
                "departure": made.departure,
                "round trip": float(stack.round_trip),
                "kept every": stack.checkpoint_every,
            }
    made = reversible_wrap(base.layers, probe, jax.random.key(seed + 2))
    tuned = trained(Tuned(base.lift, made, base.last), x[head], y[head], seed + 1, 300)
    found["adapters"] = relative(eqx.filter_jit(tuned)(x[tail]), y[tail])
    found["share"] = count(made.stack) / count(base)
    return found


def posterior(draws: int, seed: int) -> np.ndarray:
    """Samples of four coefficients of a conductivity given five noisy temperatures of a rod.

    -(a u')' = 1, u = 0 at both ends, log a = Σ c_k cos(k π x): chains of Metropolis side by side.
    """
    random, nodes = np.random.default_rng(seed), np.linspace(0, 1, 65)
    shapes = np.cos(np.pi * np.outer(np.arange(4), nodes))
    sensors = [8, 20, 32, 44, 56]

    def temperatures(c: np.ndarray) -> np.ndarray:
        r = np.exp(-c @ shapes)
        mean, h = 0.5 * (r[:, 1:] + r[:, :-1]), nodes[1]
        moment = 0.5 * ((r * nodes)[:, 1:] + (r * nodes)[:, :-1])
        one, two = (np.cumsum(item, axis=1) * h for item in (mean, moment))
        level = two[:, -1:] / one[:, -1:]
        return (level * one - two)[:, np.array(sensors) - 1]

    truth = np.array([[0.2, 0.5, -0.3, 0.2]])
    data = temperatures(truth) + 0.004 * np.random.default_rng(7).normal(size=5)

    def logarithm(c: np.ndarray) -> np.ndarray:
        gap = ((temperatures(c) - data) ** 2).sum(1) / 0.004**2
        return -0.5 * gap - 0.5 * (c**2).sum(1)

    c = 0.3 * random.normal(size=(draws, 4))
    value = logarithm(c)
    for _ in range(3000):
        new = c + 0.15 * random.normal(size=c.shape)
        other = logarithm(new)
        take = np.log(random.uniform(size=draws)) < other - value
        c, value = np.where(take[:, None], new, c), np.where(take, other, value)
    return c.astype(np.float32)


class Network(eqx.Module):
    """tanh(u A + a) B."""

    first: Array
    shift: Array
    last: Array

    def __call__(self, u: Array) -> Array:
        return jnp.tanh(u @ self.first + self.shift) @ self.last


def affine_flow(samples: np.ndarray, key: Array) -> Flow:
    """The same couplings with networks of 32 for conditioners."""
    shift, size = samples.mean(0), samples.std(0)
    steps = []
    for item in jax.random.split(key, 4):
        turn, *keys = jax.random.split(item, 5)
        made = [
            Network(jax.random.normal(k, (2, 32)), jnp.zeros(32), jnp.zeros((32, 2))) for k in keys
        ]
        scales = (Exponential(made[1]), Exponential(made[3]))
        order = np.asarray(jax.random.permutation(turn, 4))
        coupling = Coupling((made[0], made[2]), scales)
        steps.append(Composed((Permutation(order), Halves(), coupling, Inverted(Halves()))))
    plain = jnp.asarray((samples - shift) / size)
    return Flow(reversible_stack(steps, plain, drift="nan"), shift, size)


def fitted(flow: Flow, samples: np.ndarray, seed: int) -> Flow:
    """300 draws, a sixth for deciding when to stop."""
    leaves, fixed = eqx.partition(flow, is_trained)
    order = np.random.default_rng(seed).permutation(len(samples))
    held, used = (jnp.asarray(samples[i]) for i in (order[:50], order[50:]))
    rule = optax.adam(1e-2)

    def loss(leaves: Any, x: Array) -> Array:
        found: Array = -eqx.combine(leaves, fixed).log_density(x).mean()
        return found

    def move(carry: Any, _: Any) -> Any:
        leaves, state, best, least = carry
        change, state = rule.update(jax.grad(loss)(leaves, used), state)
        leaves = optax.apply_updates(leaves, change)
        value = loss(leaves, held)
        better = value < least
        best = jax.tree.map(lambda a, b: jnp.where(better, a, b), leaves, best)
        return (leaves, state, best, jnp.minimum(value, least)), None

    start = (leaves, rule.init(leaves), leaves, jnp.inf)
    run = jax.jit(lambda carry: jax.lax.scan(move, carry, length=400)[0][2])
    return eqx.combine(run(start), fixed)


def flows() -> dict[str, Any]:
    """Held-out log density of a posterior of four numbers, from 300 draws."""
    samples, held = posterior(300, 104), posterior(2000, 105)
    found: dict[str, Any] = {}
    mean, covariance = samples.mean(0), np.cov(samples.T)
    gap = held - mean
    form = (gap @ np.linalg.inv(covariance) * gap).sum(1)
    sign = np.linalg.slogdet(2 * np.pi * covariance)[1]
    found["normal"] = {"nats": float(np.mean(-0.5 * form - 0.5 * sign)), "weights": 14}
    makers = {"kernel flow": lambda k: KernelFlow(4, 50).build(samples, k)}
    makers["networks of 32"] = lambda k: affine_flow(samples, k)
    for name, make in makers.items():
        values = []
        for seed in SEEDS:
            flow = fitted(make(jax.random.key(seed)), samples, seed)
            values.append(float(eqx.filter_jit(flow.log_density)(jnp.asarray(held)).mean()))
        weights = count(make(jax.random.key(11)))
        found[name] = {"nats": statistics.median(values), "every": values, "weights": weights}
    return found


def phases(count: int, side: int, seed: int) -> Samples:
    """u(·, 0) and u(·, 1) of u_t = 0.003 Δu + 4 (u - u³) on the periodic unit cube."""
    random, step = np.random.default_rng(seed), 0.02
    waves = 2 * np.pi * np.fft.fftfreq(side, 1 / side)
    last = 2 * np.pi * np.fft.rfftfreq(side, 1 / side)
    square = waves[:, None, None] ** 2 + waves[:, None] ** 2 + last**2
    smooth = np.exp(-square / (2 * (2 * np.pi * 3) ** 2))
    axes = (1, 2, 3)

    def back(w: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.fft.irfftn(w, s=(side,) * 3, axes=axes)
        return found

    u = back(np.fft.rfftn(random.normal(size=(count, side, side, side)), axes=axes) * smooth)
    u *= 0.5 / u.std(axis=axes, keepdims=True)
    start, half = u, np.exp(-0.003 * square * step / 2)
    for _ in range(50):  # half a step of diffusion, the reaction in closed form, the other half
        u = back(np.fft.rfftn(u, axes=axes) * half)
        u = u / np.sqrt(u**2 + (1 - u**2) * np.exp(-8 * step))
        u = back(np.fft.rfftn(u, axes=axes) * half)
    places = tuple(np.arange(side) / side for _ in axes)
    given, found = (x[..., None].astype(np.float32) for x in (start, u))
    return Samples(given, found, places, ("wrap",) * 3, ("before",), ("u",), family="phases")


def volume_training(seconds: float = 300.0) -> dict[str, Any]:
    """Train a U-shaped operator on 36³ nodes in constant memory; floors, and its error at 24³."""
    data, unseen = phases(48, 36, 11), phases(8, 36, 12)
    recipe = ReversibleUNet(8, 2, 3, expansion=4)
    trainer = Trainer(epochs=3, batch=1, validation=0.0)
    found = rs.train(recipe, data, trainer, budget=seconds, key=11, progress=False)
    assert found.training is not None
    losses = found.training.losses
    coarse = phases(8, 24, 12)

    def off(answer: Any, true: np.ndarray) -> float:
        gap = np.linalg.norm((answer - true).reshape(len(true), -1), axis=1)
        return float((gap / np.linalg.norm(true.reshape(len(true), -1), axis=1)).mean())

    plain, sharp = unseen.inputs, np.sign(unseen.inputs)
    reaction = plain / np.sqrt(plain**2 + (1 - plain**2) * np.exp(-8.0))
    return {
        "result": found.training.result.code,
        "steps": len(losses),
        "loss, first and last ten": [float(x.mean()) for x in (losses[:10], losses[-10:])],
        "error": off(apply(found.operator, unseen.inputs), unseen.outputs),
        "error at 24": off(apply(found.operator, coarse.inputs), coarse.outputs),
        "floors": {
            "start": off(plain, unseen.outputs),
            "sign": off(sharp, unseen.outputs),
            "reaction alone": off(reaction, unseen.outputs),
        },
    }
