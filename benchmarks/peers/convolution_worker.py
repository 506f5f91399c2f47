"""One row of convolution_speed.py: a network, its training step, and its times on demand.

    python convolution_worker.py {unet|mgno} {torch1|torch2|before1|plain1|chosen1|chosen2}

Prints a JSON line with the first loss, then for every line read the better of two steps: wall and
processor milliseconds. With PyTorch it needs NumPy and PyTorch alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

SAMPLES, SIDE, CHANNELS, LAYERS, LEVELS = 16, 64, 24, 4, 4
RANDOM = np.random.default_rng(3)


def drawn(*shape: int) -> Any:
    """Return random weights of a layer."""
    return (RANDOM.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]))).astype(np.float32)


def weights_of(kind: str) -> list[Any]:
    """Return the weights in the order of use: convolutions, doublings (c, 2, 2, o), maps (c, o)."""
    if kind == "unet":
        pairs = ((3, 16), (16, 16), (16, 32), (32, 32), (32, 64), (64, 64))
        found = [drawn(3, 3, *pair) for pair in pairs]
        found += [drawn(64, 2, 2, 32), drawn(3, 3, 64, 32), drawn(3, 3, 32, 32)]
        found += [drawn(32, 2, 2, 16), drawn(3, 3, 32, 16), drawn(3, 3, 16, 16), drawn(16, 1)]
        return found
    c, found = CHANNELS, []
    for layer in range(LAYERS):
        inputs = c if layer else 3
        found.append(drawn(3, 3, inputs, c))
        for level in range(LEVELS):
            found += [drawn(3, 3, c, c), drawn(3, 3, c, c)]
            if level < LEVELS - 1:
                found += [drawn(3, 3, c, c), drawn(3, 3, c, c), drawn(c, 2, 2, c)]
        found.append(drawn(inputs, c))
    return [*found, drawn(c, 1)]


def unet(p: Iterator[Any], x: Any, o: Any) -> Any:
    """Two convolutions a level, means down, doublings up, three levels."""

    def pair(x: Any) -> Any:
        return o.act(o.conv(o.act(o.conv(x, next(p))), next(p)))

    first = pair(x)
    second = pair(o.pool(first))
    low = pair(o.pool(second))
    middle = pair(o.join(o.up(low, next(p)), second))
    high = pair(o.join(o.up(middle, next(p)), first))
    return o.points(high, next(p))


def mgno(p: Iterator[Any], x: Any, o: Any) -> Any:
    """Layers of one V-cycle each, as published: right sides and iterates go down."""
    for _ in range(LAYERS):
        right = o.conv(x, next(p))
        found: Any = None
        kept, ups = [], []
        for level in range(LEVELS):
            apply, smooth = next(p), next(p)
            gap = right if found is None else right - o.conv(found, apply)
            found = o.conv(gap, smooth) if found is None else found + o.conv(gap, smooth)
            if level < LEVELS - 1:
                kept.append(found)
                right, found = o.down(right, next(p)), o.down(found, next(p))
                ups.append(next(p))
        for up, finer in zip(reversed(ups), reversed(kept), strict=True):
            found = finer + o.up(found, up)
        x = o.act(found + o.points(x, next(p)))
    return o.points(x, next(p))


NETWORKS: dict[str, Callable[..., Any]] = {"unet": unet, "mgno": mgno}


def by_torch(kind: str, threads: int, weights: list[Any], x: Any, y: Any) -> Callable[[], float]:
    """Return a training step of PyTorch, channels last."""
    import torch
    from torch.nn import functional as f

    torch.set_num_threads(threads)
    last = torch.channels_last
    o = SimpleNamespace(
        act=lambda x: f.gelu(x, approximate="tanh"),
        conv=lambda x, w: f.conv2d(x, w, padding=1),
        down=lambda x, w: f.conv2d(x, w, padding=1, stride=2),
        up=lambda x, w: f.conv_transpose2d(x, w, stride=2),
        pool=lambda x: f.avg_pool2d(x, 2),
        join=lambda a, b: torch.cat([a, b], 1),
        points=f.conv2d,
    )

    def placed(a: Any) -> Any:
        if a.ndim == 2:
            a = a.T[:, :, None, None]
        else:
            a = a.transpose(3, 2, 0, 1) if a.shape[:2] == (3, 3) else a.transpose(0, 3, 1, 2)
        return torch.tensor(a.copy()).to(memory_format=last).requires_grad_(True)

    p = [placed(a) for a in weights]
    x, y = (torch.tensor(a.transpose(0, 3, 1, 2).copy()).to(memory_format=last) for a in (x, y))
    optimiser = torch.optim.Adam(p, lr=1e-4)

    def step() -> float:
        optimiser.zero_grad()
        loss = ((NETWORKS[kind](iter(p), x, o) - y) ** 2).mean()
        loss.backward()
        optimiser.step()
        return float(loss.detach())

    return step


def by_jax(kind: str, form: str, weights: list[Any], x: Any, y: Any) -> Callable[[], float]:
    """Return a training step of this library: the form of the convolution, and devices."""
    devices = int(form[-1])
    if devices > 1:
        from residuum._core import use_cores

        use_cores(devices)
    import jax
    import jax.numpy as jnp
    import optax

    from residuum.blocks import Doubling, Halving, correlate

    slope: Any = {"plain": "plain", "chosen": "chosen", "before": "plain"}[form[:-1]]
    zero: Any = ("zero", "zero")

    def before(x: Any, w: Any) -> Any:
        wide = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        layout = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(wide, w, (1, 1), "VALID", dimension_numbers=layout)

    def pool(x: Any) -> Any:
        n, h, w, c = x.shape
        return x.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4))

    def strided(x: Any, w: Any) -> Any:
        layout, ones = ("NHWC", "HWIO", "NHWC"), ((1, 1), (1, 1))
        return jax.lax.conv_general_dilated(x, w, (2, 2), ones, dimension_numbers=layout)

    o = SimpleNamespace(
        act=jax.nn.gelu,
        conv=before if form == "before1" else lambda x, w: correlate(x, w, zero, slope),
        down=strided if form == "before1" else lambda x, w: Halving(w, None, zero, slope)(x),
        up=lambda x, w: Doubling(w, None)(x),
        pool=pool,
        join=lambda a, b: jnp.concatenate([a, b], -1),
        points=jnp.matmul,
    )

    def loss(p: Any, x: Any, y: Any) -> Any:
        return ((NETWORKS[kind](iter(p), x, o) - y) ** 2).mean()

    optimiser = optax.adam(1e-4)
    slopes = jax.jit(jax.value_and_grad(loss))

    @jax.jit
    def update(p: Any, state: Any, found: Any) -> Any:
        mean = jax.tree.map(lambda *parts: sum(parts) / devices, *found)
        change, state = optimiser.update(mean, state)
        return optax.apply_updates(p, change), state

    places = jax.devices()[:devices]
    shares = [
        tuple(jax.device_put(np.split(a, devices)[i], place) for a in (x, y))
        for i, place in enumerate(places)
    ]
    p: Any = [jnp.asarray(a) for a in weights]
    kept = {"p": p, "state": optimiser.init(p)}

    def step() -> float:
        found = [
            slopes(jax.device_put(kept["p"], place), *share)
            for place, share in zip(places, shares, strict=True)
        ]
        home = [jax.device_put(part, places[0]) for _, part in found]
        kept["p"], kept["state"] = update(kept["p"], kept["state"], home)
        jax.block_until_ready(kept["p"])
        return sum(float(value) for value, _ in found) / devices

    return step


def main(kind: str, form: str) -> None:
    """Make the step, then time it for every line read."""
    weights = weights_of(kind)
    x, y = (RANDOM.standard_normal((SAMPLES, SIDE, SIDE, c)).astype(np.float32) for c in (3, 1))
    if form.startswith("torch"):
        step = by_torch(kind, int(form[-1]), weights, x, y)
    else:
        step = by_jax(kind, form, weights, x, y)
    first = step()
    step()
    print(json.dumps({"loss": first}), flush=True)
    for _ in sys.stdin:
        wall, processor = [], []
        for _ in range(2):
            a, b = time.perf_counter(), time.process_time()
            step()
            wall.append(1e3 * (time.perf_counter() - a))
            processor.append(1e3 * (time.process_time() - b))
        print(json.dumps([min(wall), min(processor)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
