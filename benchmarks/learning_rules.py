"""Learning rules on four tasks: error, time, memory and angle, beside floors and backpropagation.

    python benchmarks/learning_rules.py                            everything, stores results
    python benchmarks/learning_rules.py --task burgers --rule dual_propagation --seeds 1

Rows of a task that were not run keep the figures stored before. Seeds 7, 11, 13, 17, 19; medians.
A rule is one line of ``RULES``, a task one function of ``TASKS``: add yours.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import measure
import numpy as np

import residuum as rs
from residuum._core import OptionError
from residuum.blocks import Chain, Composed, Dense, Tanh, dense, residual_network
from residuum.fields import MLP
from residuum.learning import Adam, GradientRule, Supervised
from residuum.learning._supervised import _begun, _Run
from residuum.learning.rules import (
    Backpropagation,
    BlockLocal,
    DualPropagation,
    FeedbackAlignment,
    HardwareProjector,
    ReadoutOnly,
    StructuredProjector,
)
from residuum.methods import PINN

SEEDS = (7, 11, 13, 17, 19)

RULES: dict[str, GradientRule] = {
    "backpropagation": Backpropagation(),
    "dual_propagation": DualPropagation(),
    "dual_propagation beta=0": DualPropagation(beta=0.0),
    "block_local group=1": BlockLocal(),
    "block_local group=3": BlockLocal(group=3),
    "feedback_alignment": FeedbackAlignment(),
    "feedback_alignment FFT": FeedbackAlignment(projector=StructuredProjector()),
    "feedback_alignment hardware": FeedbackAlignment(projector=HardwareProjector()),
    "readout_only": ReadoutOnly(),
}


@dataclass(frozen=True)
class Row:
    """One training: an error or a share of mistakes, seconds, megabytes of the gradient, angle."""

    error: float
    seconds: float
    megabytes: float = float("nan")
    alignment: float = float("nan")


Data = tuple[np.ndarray, np.ndarray]


def burgers_data(count: int = 2200, nodes: int = 256, seed: int = 101) -> Data:
    """Return u(x, 0) and u(x, 1) on 128 points: u_t + u u_x = 0.01 u_xx on a period of 1.

    Random smooth starts of four modes and size 0.5; pseudo-spectral on 256 nodes with two thirds
    of the modes, exponential integration of the diffusion (second order, 800 steps).
    """
    draw = np.random.default_rng(seed)
    x = np.arange(nodes) / nodes
    modes = np.arange(1, 5)
    waves = 2 * np.pi * modes[:, None] * x
    a, b = draw.normal(size=(2, count, 4)) / modes
    u = a @ np.cos(waves) + b @ np.sin(waves)
    u *= 0.5 / u.std()
    k = 2j * np.pi * np.fft.rfftfreq(nodes, 1 / nodes)
    keep = np.abs(k.imag) / (2 * np.pi) < nodes / 3
    step, nu = 1 / 800, 0.01
    decay = np.exp(nu * k**2 * step)
    start, v = u[:, ::2].copy(), np.fft.rfft(u) * keep

    def slope(w: np.ndarray) -> np.ndarray:
        return -0.5 * k * keep * np.fft.rfft(np.fft.irfft(w, nodes) ** 2)

    for _ in range(800):
        first = slope(v)
        second = slope(decay * (v + step * first))
        v = decay * (v + step / 2 * first) + step / 2 * second
    return start.astype(np.float32), np.fft.irfft(v, nodes)[:, ::2].astype(np.float32)


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    """Return the mean relative L2 error of samples."""
    return float((np.linalg.norm(found - wanted, axis=1) / np.linalg.norm(wanted, axis=1)).mean())


def ridge(train: Data, test: np.ndarray, weight: float) -> np.ndarray:
    """Return what ridge regression with a constant predicts."""
    a, b = (np.hstack([x, np.ones((len(x), 1))]).astype(float) for x in (train[0], test))
    gram = a.T @ a
    gram[np.diag_indices(len(gram))] += weight * np.trace(gram) / len(gram)
    return b @ np.linalg.solve(gram, a.T @ train[1])


def pod_ridge(train: Data, test: np.ndarray, modes: int = 40) -> np.ndarray:
    """Return ridge regression of the first proper orthogonal modes of the answers."""
    mean = train[1].mean(0)
    basis = np.linalg.svd(train[1] - mean, full_matrices=False)[2][:modes]
    return mean + ridge((train[0], (train[1] - mean) @ basis.T), test, 1e-6) @ basis


def learn(how: Supervised, model: Any, data: Data, seed: int, score: Callable[[Any], float]) -> Row:
    """Train with the angle on one batch before and after, apart from the time."""
    found = how.train(model, data, key=seed)
    return Row(score(found), found.seconds, megabytes(how, model, data), angle(how, found, data))


def posed(how: Supervised, model: Any, data: Data) -> Any:
    """Return a run on the data, before any step."""
    x, y = how._read(model, *data)
    return _Run(how, model, x, y, 7, None)


def megabytes(how: Supervised, model: Any, data: Data) -> float:
    """Return the temporary memory of one gradient of 512 rows, as the compiler plans it."""
    if isinstance(how.rule, ReadoutOnly):
        return float("nan")
    with jax.enable_x64(False):
        run = posed(replace(how, batch=512), model, data)
        gradient, arguments = gradient_of(run)
        plan = gradient.lower(*arguments).compile().memory_analysis()
    return float(plan.temp_size_in_bytes) / 2**20


def gradient_of(run: Any) -> Any:
    """Return the compiled gradient of a first batch, and what it takes."""
    import equinox as eqx

    from residuum.learning._supervised import _posed

    work, key = run.work, jax.random.key(5)
    x, y = jnp.asarray(run.x[: run.size]), jnp.asarray(run.y[: run.size])
    memory = _begun(work, run.moving, run.fixed, x, y, key)
    arrays, rest = eqx.partition((run.fixed, memory), eqx.is_array)

    def one(moving: Any, arrays: Any, x: Any, y: Any) -> Any:
        fixed, held = eqx.combine(arrays, rest)
        stages, first, task = _posed(work, moving, fixed, x, y)
        found = run.staged.slope(work[0].rule, stages, first, task, memory=held, key=key)
        return run.staged.pulled(moving, fixed, found.slopes), dict(found.log)

    return jax.jit(one), (run.moving, arrays, x, y)


def angle(how: Supervised, found: Any, data: Data) -> float:
    """Return the cosine with backpropagation's gradient after the training."""
    watched = replace(how, rule=replace(how.rule, compare=True), batch=min(512, len(data[0])))
    with jax.enable_x64(False):
        gradient, arguments = gradient_of(posed(watched, found.model, data))
        return float(gradient(*arguments)[1]["alignment"])


def burgers(rule: GradientRule | None, seed: int, short: bool) -> Row | dict[str, Row]:
    """Six residual blocks of width 64 from 128 points to 128; 2,000 samples, 200 apart."""
    x, y = burgers_data(300 if short else 2200)
    split = len(x) - (50 if short else 200)
    train, test = (x[:split], y[:split]), (x[split:], y[split:])
    if rule is None:
        begun = time.perf_counter()
        pod = relative(pod_ridge(train, test[0]), test[1])
        seconds = time.perf_counter() - begun
        still = relative(np.broadcast_to(train[1].mean(0), test[1].shape), test[1])
        return {"floor: POD + ridge": Row(pod, seconds), "floor: mean": Row(still, 0.0)}
    size = float(train[1].std())
    model = operator(seed)
    how = Supervised(rule, epochs=3 if short else 120, batch=50, rate=2e-3)
    return learn(
        how,
        model,
        (train[0] / size, train[1] / size),
        seed,
        lambda found: relative(size * found(test[0] / size), test[1]),
    )


def operator(seed: int) -> Composed:
    """Return the model of the Burgers operator before training."""
    first, inner, last = jax.random.split(jax.random.key(seed), 3)
    ends = dense(128, 64, first), dense(64, 128, last)
    return residual_network(ends[0], 6, ends[1], active=Tanh(64), key=inner)


def pinn(rule: GradientRule | None, seed: int, short: bool) -> Row | dict[str, Row]:
    """-u'' = f, u = Σ sin(kπx)/k for k = 1, 3, 5; four layers of 32, 256 points, 3,000 steps."""
    from sympy import pi, sin

    x = rs.space("x")
    u = rs.unknown("u", x)
    exact = sum(sin(k * pi * x) / k for k in (1, 3, 5))
    problem = rs.Problem(
        domain=rs.Box(x=(0, 1)),
        equations=[rs.Eq(-u.diff(x, 2), -exact.diff(x, 2))],
        conditions=[rs.dirichlet(u, 0, on="boundary")],
    )
    places = np.linspace(0, 1, 401)
    wanted = sum(np.sin(k * np.pi * places) / k for k in (1, 3, 5))

    def solved(method: Any) -> Row:
        begun = time.perf_counter()
        answer = rs.solve(problem, method, key=seed, progress=False)
        seconds = time.perf_counter() - begun
        found = np.asarray(answer(x=places)).ravel()
        error = float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))
        return Row(error, seconds)

    if rule is None:
        from residuum.methods import Chebyshev

        return {"floor: Chebyshev": solved(Chebyshev())}
    descent = Adam(steps=50 if short else 3000, rate=2e-3, every=10_000)
    points = rs.objectives.ResidualAdaptive(256, 2000)
    return solved(PINN(field=MLP(32, 4), rule=replace(rule, descent=descent), points=points))


def vowels(rule: GradientRule | None, seed: int, short: bool) -> Row | dict[str, Row]:
    """Three vowels from 50 log-spectrum bands, 25 of 93 speakers left out: share of mistakes."""
    data = np.load(os.path.join(os.environ["RESIDUUM_DATA"], "vowels_ae_ei_iy.npz"))
    power = np.abs(np.fft.rfft(data["wave"] * np.hanning(2000))) ** 2
    edges = np.linspace(0, power.shape[1], 51).astype(int)
    bands = [power[:, a:b].mean(1) for a, b in itertools.pairwise(edges)]
    x = np.log(np.stack(bands, axis=1) + 1.0)
    return classified(x, data["label"].astype(int), data["speaker"], (rule, seed, short), 25)


def digits(rule: GradientRule | None, seed: int, short: bool) -> Row | dict[str, Row]:
    """Ten digits of 8 x 8 pixels, a quarter of 1,797 left out: share of mistakes."""
    data = np.load(os.path.join(os.environ["RESIDUUM_DATA"], "digits_8x8.npz"))
    owner = np.arange(len(data["y"]))
    given = (rule, seed, short)
    return classified(data["x"] / 16.0, data["y"].astype(int), owner, given, len(owner) // 4)


def classified(
    x: np.ndarray, y: np.ndarray, owner: np.ndarray, given: Any, left_out: int
) -> Row | dict[str, Row]:
    """Split by owner; a network of two hidden layers of 64, or the floors."""
    rule, seed, short = given
    people = np.random.default_rng(seed).permutation(np.unique(owner))
    test = np.isin(owner, people[:left_out])
    x = (x - x[~test].mean(0)) / (x[~test].std(0) + 1e-3)
    train, classes = (x[~test], y[~test]), int(y.max()) + 1

    def mistakes(found: np.ndarray) -> float:
        return float((found != y[test]).mean())

    if rule is None:
        hot = np.eye(classes)[train[1]]
        means = np.stack([train[0][train[1] == c].mean(0) for c in range(classes)])
        gaps = ((x[test][:, None] - means) ** 2).sum(-1)
        return {
            "floor: ridge": Row(mistakes(ridge((train[0], hot), x[test], 1e-2).argmax(1)), 0.0),
            "floor: nearest mean": Row(mistakes(gaps.argmin(1)), 0.0),
        }
    keys = jax.random.split(jax.random.key(seed), 3)
    widths = [(x.shape[1], 64), (64, 64), (64, classes)]
    layers: list[Dense] = [dense(a, b, k) for (a, b), k in zip(widths, keys, strict=True)]
    model = Chain((layers[0], Tanh(64), layers[1], Tanh(64), layers[2]))
    how = Supervised(rule, "cross_entropy", epochs=2 if short else 60, batch=20, rate=1e-3)
    return learn(how, model, train, seed, lambda found: mistakes(found.classes(x[test])))


TASKS: dict[str, Callable[..., Any]] = {
    "burgers": burgers,
    "pinn": pinn,
    "vowels": vowels,
    "digits": digits,
}


def median(rows: list[Row]) -> dict[str, Any]:
    """Return medians over seeds, and the range of errors."""
    errors = [row.error for row in rows]
    found = {
        name: statistics.median(getattr(row, name) for row in rows)
        for name in ("error", "seconds", "megabytes", "alignment")
    }
    kept = {name: value if value == value else None for name, value in found.items()}
    return {**kept, "lowest": min(errors), "highest": max(errors), "seeds": len(rows)}


def main() -> None:
    """Run what is asked for and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", nargs="*", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--rule", nargs="*", default=list(RULES), choices=list(RULES))
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--short", action="store_true", help="a few steps, nothing stored")
    given = parser.parse_args()
    file = measure.RESULTS / "learning_rules.json"
    stored = json.loads(file.read_text())["tasks"] if file.exists() else {}
    for task in given.task:
        rows = stored.setdefault(task, {})
        seeds = SEEDS[: given.seeds]
        floors = [TASKS[task](None, seed, given.short) for seed in seeds]
        for name in floors[0]:
            rows[name] = median([floor[name] for floor in floors])
        for name in given.rule:
            try:
                rows[name] = median([TASKS[task](RULES[name], seed, given.short) for seed in seeds])
            except OptionError as refused:
                rows.pop(name, None)
                print(task, name, "refused:", refused, flush=True)
                continue
            print(task, name, rows[name], flush=True)
            if not given.short:
                measure.store("learning_rules", {"tasks": stored})
        head = ("rule", "error", "range", "seconds", "MiB", "alignment")
        print(f"\n{task}\n\n{measure.table(head, [line(*item) for item in rows.items()])}\n")


def line(name: str, row: dict[str, Any]) -> tuple[str, ...]:
    """Return a row of the table as text."""
    show = [f"{row[k]:.3g}" if row[k] is not None else "–" for k in ("error", "seconds")]
    rest = [f"{row[k]:.4g}" if row[k] is not None else "–" for k in ("megabytes", "alignment")]
    return name, show[0], f"{row['lowest']:.3g} – {row['highest']:.3g}", show[1], *rest


if __name__ == "__main__":
    main()
