"""One convolution in many forms: processor time of the sum and of the gradient of its kernel.

    python benchmarks/convolution_sums.py [--print]

Side 3, 16 samples, three shapes. Every form gives the same numbers to float32 rounding, which is
checked. Processor milliseconds, the least of nine calls in turn: other work on the machine changes
those little. PyTorch's three sums come from ``peers/convolution_peer.py`` where
RESIDUUM_PEER_PYTHON names an interpreter that has it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import measure
import numpy as np

from residuum.blocks._correlation import _plane, kernel_slope

NAME = "convolution_sums"
SHAPES = ((64, 24), (64, 16), (32, 32), (16, 64))
SAMPLES, ROUNDS = 16, 9
LAYOUT = ("NHWC", "HWIO", "NHWC")
NINE = [(i, j) for i in range(3) for j in range(3)]
# Winograd's F(2, 3) and F(4, 3): inputs, kernels, outputs.
SMALL = (
    np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1.0]]),
    np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]),
    np.array([[1, 1, 1, 0], [0, 1, -1, -1.0]]),
)
LARGE = (
    np.array(
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1.0],
        ]
    ),
    np.array(
        [
            [1 / 4, 0, 0],
            [-1 / 6, -1 / 6, -1 / 6],
            [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6],
            [0, 0, 1],
        ]
    ),
    np.array(
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1.0]]
    ),
)


def wide(x: Any) -> Any:
    """Return the grid with one zero beyond every side; x is (n, h, w, c) or (h, w, c)."""
    return jnp.pad(x, [*[(0, 0)] * (x.ndim - 3), (1, 1), (1, 1), (0, 0)])


def inside(x: Any, w: Any) -> Any:
    """Convolve the inside of a grid that was padded before."""
    return jax.lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=LAYOUT)


def windows(x: Any) -> Any:
    """Return the nine shifts of a sample side by side, (h, w, 9 c)."""
    (h, w, _), p = x.shape, wide(x)
    return jnp.concatenate([p[i : i + h, j : j + w] for i, j in NINE], -1)


def by_windows(x: Any, w: Any) -> Any:
    """One product of all windows of a sample."""
    return windows(x) @ w.reshape(-1, w.shape[-1])


def by_rows(x: Any, w: Any) -> Any:
    """Column shifts side by side, one product per row of the kernel."""
    (h, n, _), p = x.shape, wide(x)
    beside = jnp.concatenate([p[:, j : j + n] for j in range(3)], -1)
    return sum(beside[i : i + h] @ w[i].reshape(-1, w.shape[-1]) for i in range(3))


def by_outputs(x: Any, w: Any) -> Any:
    """One product to nine times the outputs, then nine shifted sums."""
    (h, n, _), o = x.shape, w.shape[-1]
    y = wide(x) @ jnp.moveaxis(w, 2, 0).reshape(w.shape[2], -1)
    return sum(y[i : i + h, j : j + n, (3 * i + j) * o : (3 * i + j + 1) * o] for i, j in NINE)


def by_toeplitz(x: Any, w: Any) -> Any:
    """Four columns as channels: larger products, twice the work."""
    (h, n, c), o, p = x.shape, w.shape[-1], wide(x)
    band = jnp.zeros((3, 6, c, 4, o))
    for b in range(4):
        band = band.at[:, b : b + 3, :, b].set(w)
    flat = p.reshape(h + 2, -1)
    blocks = jnp.stack([flat[:, 4 * i * c : (4 * i + 6) * c] for i in range(n // 4)], 1)
    found: Any = sum(blocks[i : i + h] @ band[i].reshape(6 * c, 4 * o) for i in range(3))
    return found.reshape(h, n, o)


def waited(program: Any, *arrays: Any) -> None:
    """Run a program to its end."""
    program(*arrays).block_until_ready()


def mixed(matrix: Any, parts: Any) -> list[Any]:
    """Return the sums of parts that the rows of a small matrix name."""
    return [sum(float(f) * p for f, p in zip(row, parts, strict=True) if f) for row in matrix]


def by_winograd(x: Any, w: Any) -> Any:
    """F(2 x 2, 3 x 3): 16 products in place of 36."""
    inputs, kernels, outputs = SMALL
    (h, n, _), p, o = x.shape, wide(x), w.shape[-1]
    u = jnp.einsum("ai,bj,ijkl->abkl", kernels, kernels, w)
    rows = mixed(inputs, [p[i : i + h - 1 : 2] for i in range(4)])
    tiles = [mixed(inputs, [r[:, j : j + n - 1 : 2] for j in range(4)]) for r in rows]
    y = [[tiles[a][b] @ u[a, b] for b in range(4)] for a in range(4)]
    lines = [mixed(outputs, [y[a][b] for a in range(4)]) for b in range(4)]
    both = [jnp.stack(mixed(outputs, [lines[b][a] for b in range(4)]), 2) for a in range(2)]
    return jnp.stack(both, 1).reshape(h, n, o)


def by_lines(x: Any, w: Any) -> Any:
    """F(4, 3) along rows: half the products."""
    inputs, kernels, outputs = LARGE
    (h, n, c), p, o = x.shape, wide(x), w.shape[-1]
    u = jnp.einsum("bj,ijkl->bikl", kernels, w).reshape(6, 3 * c, o)
    tiles = mixed(inputs, [p[:, j : j + n - 3 : 4] for j in range(6)])
    y = [
        jnp.concatenate([v[i : i + h] for i in range(3)], -1) @ m
        for v, m in zip(tiles, u, strict=True)
    ]
    return jnp.stack(mixed(outputs, y), 2).reshape(h, n, o)


def per_sample(rule: Callable[..., Any]) -> Callable[..., Any]:
    """One sample after the other, so that what is laid out stays in the cache."""
    return lambda x, w: jax.lax.map(lambda s: rule(s, w), x)


def slope_of(x: Any, g: Any) -> Any:
    """XLA's own gradient of the kernel."""
    shape = jnp.zeros((3, 3, x.shape[-1], g.shape[-1]))
    return jax.vjp(lambda w: _plane(x, w), shape)[1](g)[0]


def slope_in_scan(x: Any, g: Any) -> Any:
    """The same, a sample a step."""
    start = jnp.zeros((3, 3, x.shape[-1], g.shape[-1]))
    step = lambda total, pair: (total + slope_of(pair[0][None], pair[1][None]), None)  # noqa: E731
    return jax.lax.scan(step, start, (x, g))[0]


def slope_by_windows(x: Any, g: Any) -> Any:
    """Windows of the values against the change, a sample a step."""
    c, o = x.shape[-1], g.shape[-1]

    def step(total: Any, pair: Any) -> Any:
        values, change = windows(pair[0]).reshape(-1, 9 * c), pair[1].reshape(-1, o)
        return total + jax.lax.dot_general(values, change, (((0,), (0,)), ((), ()))), None

    return jax.lax.scan(step, jnp.zeros((9 * c, o)), (x, g))[0].reshape(3, 3, c, o)


def slope_by_eight_rows(x: Any, g: Any) -> Any:
    """XLA's gradient of eight rows at a time."""
    p, total = wide(x), 0.0
    shape = jnp.zeros((3, 3, x.shape[-1], g.shape[-1]))
    for r in range(0, x.shape[1], 8):
        part = p[:, r : r + 10]
        total = total + jax.vjp(lambda w, part=part: inside(part, w), shape)[1](g[:, r : r + 8])[0]
    return total


SUMS: dict[str, Callable[..., Any]] = {
    "padding of its own (used)": _plane,
    "padded before": lambda x, w: inside(wide(x), w),
    "windows": per_sample(by_windows),
    "rows": per_sample(by_rows),
    "outputs": per_sample(by_outputs),
    "four columns as channels": per_sample(by_toeplitz),
    "Winograd 2 x 2": per_sample(by_winograd),
    "Winograd 4 along rows": per_sample(by_lines),
}
SLOPES: dict[str, Callable[..., Any]] = {
    "gradient: XLA (used)": slope_of,
    "gradient: XLA in a scan": slope_in_scan,
    "gradient: folded (used)": lambda x, g: kernel_slope(x, g, (3, 3)),
    "gradient: windows": slope_by_windows,
    "gradient: rows of eight": slope_by_eight_rows,
}


def timed(side: int, channels: int) -> dict[str, float]:
    """Return the least processor milliseconds of every form."""
    random = np.random.default_rng(5)
    x, g = (
        jnp.asarray(random.normal(size=(SAMPLES, side, side, channels)), jnp.float32)
        for _ in range(2)
    )
    w = jnp.asarray(random.normal(size=(3, 3, channels, channels)), jnp.float32)
    calls: dict[str, Callable[[], Any]] = {}
    for table, other in ((SUMS, w), (SLOPES, g)):
        true: Any = None
        for name, rule in table.items():
            program = jax.jit(rule)
            found = np.asarray(program(x, other))
            true = found if true is None else true
            # Winograd's larger form loses a digit.
            assert np.abs(found - true).max() < 2e-5 * np.abs(true).max(), name
            calls[name] = partial(waited, program, x, other)

    def once(call: Callable[[], Any]) -> Callable[[], float]:
        def task() -> float:
            start = time.process_time()
            call()
            return 1e3 * (time.process_time() - start)

        return task

    runs = measure.interleaved({name: once(call) for name, call in calls.items()}, ROUNDS)
    return {name: min(values) for name, values in runs.items()}


def show(data: dict[str, dict[str, float]]) -> str:
    """Return the table: a row per form, a column per shape."""
    names = list(dict.fromkeys(name for column in data.values() for name in column))
    rows = [[name, *(f"{c.get(name, float('nan')):.1f}" for c in data.values())] for name in names]
    return measure.table(["processor ms", *data], rows)


def main(chosen: list[str]) -> None:
    """Time every shape, store, print."""
    path = measure.RESULTS / f"{NAME}.json"
    if chosen[:1] == ["--print"]:
        print(show(json.loads(path.read_text())["shapes"]))
        return
    shapes: dict[str, dict[str, float]] = {}
    for side, channels in SHAPES:
        column = timed(side, channels)
        if measure.PEER:
            peer = ("peers/convolution_peer.py", str(SAMPLES), str(side), str(channels))
            column |= measure.python(*peer, interpreter=measure.PEER)[1]
        shapes[f"{channels} channels, {side} x {side}"] = column
        measure.store(NAME, {"shapes": shapes})
    print(show(shapes))


if __name__ == "__main__":
    main(sys.argv[1:])
