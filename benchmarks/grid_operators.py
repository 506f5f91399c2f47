"""What is claimed of operators on grids, measured.

    python benchmarks/grid_operators.py [padding transfer compression depth staggering attention
                                         tensors patches waves]
    python benchmarks/grid_operators.py --print

Data are made here: a periodic step of advection and diffusion (exact, by FFT; the field moves by
2 and 1 nodes), a step of a wave between held walls (32^2), and two-phase Darcy flow (five points,
32^2). 96 or 200 samples for training, 32 or 50 for the test, never looked at before the end.
Medians of three seeds with the range. Beside each learned row stand floors without training: the
mean of the outputs, the nearest sample, a ridge map (its factor chosen by leaving samples out), a
coarse classical solve where there is one. Each group is stored as it ends.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import measure
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

sys.path.insert(0, str(Path(__file__).parents[1]))

from residuum.blocks import Canonical, TensorTrain, Tucker
from residuum.operators import (
    FNO,
    LSM,
    ConvolutionNetwork,
    GridFrame,
    MgNO,
    MultiGridDomainDecomposition,
    NeuralStagger,
    OnTrainedGrid,
    SineNet,
    UNet,
    resampled,
)
from tests.operators._small import moved, relative, train, waves, weights

NAME = "grid_operators"
SEEDS = (7, 13, 29)
ROUND = GridFrame(1, 1, (16, 16), (1.0, 1.0), ("wrap", "wrap"))
HELD = GridFrame(1, 1, (32, 32), (1.0, 1.0), ("zero", "zero"))
SHIFT, SPREAD = (2 / 16, 1 / 16), 0.01
Data = tuple[np.ndarray, np.ndarray]


def step_data(seed: int, side: int = 16) -> Data:
    """Return periodic fields and what advection and diffusion make of them."""
    fields = waves(128, side, seed)
    return fields, moved(fields, SHIFT, SPREAD)


def darcy(seed: int, samples: int, side: int = 32) -> Data:
    """Return two-phase coefficients (3 and 12) and the flow under a source of one, held at zero."""
    random = np.random.default_rng(seed)
    k = np.pi * np.arange(side)
    cosines = np.cos(np.outer((np.arange(side) + 0.5) / side, k))
    deviation = (k[:, None] ** 2 + k[None, :] ** 2 + 9.0) ** -1.0
    draws = random.normal(size=(samples, side, side)) * deviation
    fields = np.einsum("xa,nab,yb->nxy", cosines, draws, cosines)
    fields -= fields.mean((1, 2), keepdims=True)
    coefficients = np.where(fields >= 0, 12.0, 3.0)
    answers = np.stack([flow(item) for item in coefficients])
    inputs = (coefficients[..., None] - 7.5) / 4.5
    return inputs.astype(np.float32), answers[..., None].astype(np.float32)


def flow(coefficient: np.ndarray) -> np.ndarray:
    """Solve -div(a grad u) = 1 on cell centres, harmonic means on faces, zero on the walls."""
    side = len(coefficient)
    numbers = np.arange(side * side).reshape(side, side)
    diagonal = np.zeros((side, side))
    entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for axis in (0, 1):
        a = np.moveaxis(coefficient, axis, 0)
        n = np.moveaxis(numbers, axis, 0)
        d = np.moveaxis(diagonal, axis, 0)
        faces = 2 * a[1:] * a[:-1] / (a[1:] + a[:-1])
        d[1:] += faces
        d[:-1] += faces
        # Half a cell to the wall.
        d[0] += 2 * a[0]
        d[-1] += 2 * a[-1]
        entries.append((n[1:].ravel(), n[:-1].ravel(), -faces.ravel()))
        entries.append((n[:-1].ravel(), n[1:].ravel(), -faces.ravel()))
    entries.append((numbers.ravel(), numbers.ravel(), diagonal.ravel()))
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    matrix = sparse.csr_matrix((values, (rows, columns)))
    found: np.ndarray = spsolve(matrix, np.full(side * side, side**-2.0)).reshape(side, side)
    return found * 100


def wave(seed: int, side: int = 32) -> Data:
    """Return displacements now and before, and two steps of leap-frog later, between walls."""
    random = np.random.default_rng(seed)
    modes = np.arange(1, 7)
    shapes = np.sin(np.pi * np.outer(np.linspace(0, 1, side), modes))
    factors = random.normal(size=(128, 6, 6)) / (modes[:, None] + modes[None, :])
    phases = random.uniform(0, 2 * np.pi, size=(128, 6, 6))
    speed = np.pi * np.hypot(modes[:, None], modes[None, :])

    def at(time: float) -> np.ndarray:
        found: np.ndarray = np.einsum(
            "xa,nab,yb->nxy", shapes, factors * np.cos(speed * time + phases), shapes
        )
        return found[..., None].astype(np.float32)

    return np.concatenate([at(0.0), at(-0.05)], axis=-1), at(0.05)


def floors(data: Data, count: int) -> dict[str, float]:
    """Return errors without training: mean, nearest sample, ridge."""
    (x, y), cut = data, count
    flat_x, flat_y = (a.reshape(len(a), -1).astype(float) for a in (x, y))
    mean = np.broadcast_to(flat_y[:cut].mean(0), flat_y[cut:].shape)
    distance = ((flat_x[cut:, None] - flat_x[None, :cut]) ** 2).sum(-1)
    nearest = flat_y[:cut][distance.argmin(1)]
    gram = flat_x[:cut] @ flat_x[:cut].T
    best: tuple[float, np.ndarray] = (np.inf, mean)
    for factor in np.geomspace(1e-6, 10, 8) * np.trace(gram) / cut:
        inverse = np.linalg.inv(gram + factor * np.eye(cut))
        dual = inverse @ flat_y[:cut]
        left_out = float(((dual / np.diag(inverse)[:, None]) ** 2).mean())
        if left_out < best[0]:
            best = (left_out, flat_x[cut:] @ flat_x[:cut].T @ dual)
    true = flat_y[cut:]
    return {
        name: relative(found, true)
        for name, found in (("mean", mean), ("nearest", nearest), ("ridge", best[1]))
    }


def learned(recipe: Any, frame: GridFrame, data: Data, seed: int, **how: Any) -> dict[str, Any]:
    """Train an operator and return its error on unseen samples and its weights."""
    cut = how.pop("count", 96)
    x, y = data
    operator = recipe.build(frame, seed)
    found = train(operator, x[:cut], y[:cut], **how)
    error = relative(jax.jit(found.__call__)(x[cut:]), y[cut:])
    return {"error": error, "weights": weights(operator), "operator": found}


def padding(seed: int) -> dict[str, Any]:
    """Zeros beyond the sides of a periodic box against the other end."""
    data, out = step_data(seed), {}
    for name, recipe in (("convolutions", ConvolutionNetwork(8, 4)), ("SineNet", SineNet(6, 2, 2))):
        for edges in ("wrap", "zero"):
            frame = replace(ROUND, edges=(edges, edges))
            out[f"{name}, {edges}"] = learned(recipe, frame, data, seed, steps=400)["error"]
    return out | floors(data, 96)


def transfer(seed: int) -> dict[str, Any]:
    """A network trained on 16^2, on 8^2, 32^2 and 64^2: raw, by kernels, by fields."""
    operator = learned(ConvolutionNetwork(8, 4), ROUND, step_data(seed), seed, steps=400)
    net, out = operator["operator"], {"1x": operator["error"]}
    home = OnTrainedGrid(net, ROUND.shape, ROUND.edges)
    for side in (8, 32, 64):
        x, y = (a[96:] for a in step_data(seed, side))
        factor = side // 16
        rows = {"raw": net, "fields": home}
        if factor > 1:
            both = (factor, factor)
            rows |= {"points": resampled(net, both), "linear": resampled(net, both, "linear")}
        for name, item in rows.items():
            out[f"{side / 16:g}x, {name}"] = relative(jax.jit(item.__call__)(x), y)
    return out


def compression(seed: int) -> dict[str, Any]:
    """Dense kernels against separable ones of rank 4, 8 and 16."""
    data, out = wave(seed), dict[str, Any]()
    frame = replace(HELD, inputs=2)
    for rank in (0, 4, 8, 16):
        recipe = ConvolutionNetwork(24, 4, 5, rank)
        found = learned(recipe, frame, data, seed, steps=300)
        name = f"rank {rank}" if rank else "dense"
        out |= {name: found["error"], f"{name}, weights": found["weights"]}
    return out | floors(data, 96)


def depth(seed: int) -> dict[str, Any]:
    """MgNO on two-phase Darcy flow: levels of the V-cycle, residual or as published."""
    data, out = darcy(seed, 250), {}
    for levels in (1, 2, 4):
        for residual in (False, True):
            recipe = MgNO(8, 2, levels, residual=residual)
            name = f"{levels} levels, {'residual' if residual else 'published'}"
            found = learned(recipe, HELD, data, seed, steps=400, count=200)
            out[name] = found["error"]
    coarse = np.stack([coarse_flow(item) for item in data[0][200:, ..., 0]])
    out["coarse classical"] = relative(coarse[..., None], data[1][200:])
    return out | floors(data, 200)


def coarse_flow(item: np.ndarray) -> np.ndarray:
    """Solve on half the cells, harmonic means of four, values repeated."""
    a = 4.5 * item + 7.5
    blocks = (1 / a).reshape(16, 2, 16, 2).mean((1, 3))
    return np.kron(flow(1 / blocks), np.ones((2, 2)))


def staggering(seed: int) -> dict[str, Any]:
    """Four networks on interleaved fields of half the nodes against one on the whole grid."""
    data, out = step_data(seed), {}
    rows: dict[str, Any] = {
        "one": ConvolutionNetwork(8, 4),
        "four, own": NeuralStagger(2, ConvolutionNetwork(8, 4)),
        "four, all": NeuralStagger(2, ConvolutionNetwork(8, 4), "all"),
    }
    for name, recipe in rows.items():
        out[name] = learned(recipe, ROUND, data, seed, steps=400)["error"]
    return out | floors(data, 96)


def attention(seed: int) -> dict[str, Any]:
    """The U-shaped network with and without tokens, U-Net, on Darcy flow."""
    data, out = darcy(seed, 250), {}
    rows: dict[str, Any] = {
        "LSM": LSM(8, 3, 4),
        "LSM without tokens": LSM(8, 3, 4, spectral=False),
        "U-Net": UNet(8, 3),
        "U-Net, not weighed": UNet(8, 3, weighing=False),
    }
    for name, recipe in rows.items():
        out[name] = learned(recipe, HELD, data, seed, steps=400, count=200)["error"]
    return out


def tensors(seed: int) -> dict[str, Any]:
    """Dense spectral weights against factors with a share of their numbers, on few samples."""
    data, out = darcy(seed, 150), dict[str, Any]()
    rows: dict[str, Any] = {
        "dense": {},
        **{f"Tucker {share:g}": {"weights": Tucker(share)} for share in (0.3, 0.1, 0.05)},
        "Tucker 0.1, all layers in one": {"weights": Tucker(0.1), "joint": True},
        "canonical 0.1": {"weights": Canonical(0.1)},
        "tensor train 0.1": {"weights": TensorTrain(0.1)},
    }
    for name, options in rows.items():
        recipe = FNO(12, 32, **options)
        found = learned(recipe, HELD, data, seed, steps=400, count=100)
        out |= {name: found["error"], f"{name}, weights": found["weights"]}
    return out | floors(data, 100)


def patches(seed: int) -> dict[str, Any]:
    """One operator on the whole of 64^2 nodes against one on four patches with coarser views."""
    data, out = darcy(seed, 150, 64), {}
    frame = replace(HELD, shape=(64, 64))
    rows = {
        "whole": FNO(8, 16),
        "patches": MultiGridDomainDecomposition(FNO(8, 16)),
        "patches, margin 0.5": MultiGridDomainDecomposition(FNO(8, 16), margin=0.5),
    }
    for name, recipe in rows.items():
        out[name] = learned(recipe, frame, data, seed, steps=300, count=100)["error"]
    return out | floors(data, 100)


def sines(seed: int) -> dict[str, Any]:
    """One wave against four of a SineNet, about equal weights: a step, and five of them in turn."""
    fields = waves(128, 32, seed)
    data, out = (fields, moved(fields, SHIFT, SPREAD)), dict[str, Any]()
    far = moved(fields, (5 * SHIFT[0], 5 * SHIFT[1]), 5 * SPREAD)
    for name, recipe in (("one", SineNet(12, 1, 3)), ("four", SineNet(6, 4, 3))):
        frame = replace(ROUND, shape=(32, 32))
        found = learned(recipe, frame, data, seed, steps=400)
        step, state = jax.jit(found["operator"].__call__), fields[96:]
        for _ in range(5):
            state = step(state)
        out[name] = found["error"]
        out |= {f"{name}, five steps": relative(state, far[96:])}
        out |= {f"{name}, weights": found["weights"]}
    return out | floors(data, 96)


GROUPS: dict[str, Callable[[int], dict[str, Any]]] = {
    "padding": padding,
    "transfer": transfer,
    "compression": compression,
    "depth": depth,
    "staggering": staggering,
    "attention": attention,
    "tensors": tensors,
    "patches": patches,
    "waves": sines,
}


def show(group: str, runs: list[dict[str, Any]]) -> str:
    """Return the table of a group."""
    lines = []
    for row in runs[0]:
        values = [run[row] for run in runs]
        form = "{:.0f}" if "weights" in row else "{:.2g}"
        first = next(name for name in runs[0] if ("weights" in name) is ("weights" in row))
        against = statistics.median(values) / statistics.median(run[first] for run in runs)
        lines.append([row, measure.spread(values, form), f"{against:.2f}"])
    return measure.table([group, "median (range)", "to the first"], lines)


def main(chosen: list[str]) -> None:
    """Run the groups asked for, store and print them."""
    path = measure.RESULTS / f"{NAME}.json"
    data: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    data.pop("machine", None)
    if chosen[:1] == ["--print"]:
        for group, runs in data.items():
            print(f"\n{show(group, runs)}")
        return
    for group in chosen or list(GROUPS):
        data[group] = [GROUPS[group](seed) for seed in SEEDS]
        measure.store(NAME, data)
        print(f"\n{show(group, data[group])}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
