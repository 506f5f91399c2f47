"""Time per step beside Exponax: same equation, grid, step, order 4, float64, one process.

    python benchmarks/exponax_rival.py            prints the table, stores results

Rounds are interleaved. Both sides march compiled loops of equal length; Exponax starts and ends
every step at nodal values, as its public steppers do. Its sign of the vorticity's advection is the
opposite of the usual one, so it is given minus the vorticity; both must end at the same state.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import measure
import numpy as np
import sympy as sp

from residuum._core import double_precision
from residuum.discretise.spectral import FourierAxis, Modes, Split, split
from residuum.discretise.time import ETDRK4, OUTPUTS, Chunks
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, laplacian, periodic, space, unknown
from residuum.problem import time as clock

ROUNDS = 15
t, (x, y) = clock("t"), space("x", "y")
Task = Callable[[], tuple[float, np.ndarray]]


def burgers() -> Problem:
    """Return viscous Burgers on a periodic interval."""
    u = unknown("u", t, x)
    law = Eq(u.diff(t) + div(u**2 / 2), 0.05 * laplacian(u))
    start = sp.sin(x) + sp.cos(2 * x) / 2
    return Problem(Box(t=(0, 1), x=(0, 2 * np.pi)), law, [initial(u, start), periodic(u, x)])


def kuramoto_sivashinsky() -> Problem:
    """Return the Kuramoto–Sivashinsky equation in conservation form."""
    u = unknown("u", t, x)
    law = Eq(u.diff(t) + div(u**2 / 2) + laplacian(u) + laplacian(laplacian(u)), 0)
    start = sp.cos(x / 16) * (1 + sp.sin(x / 16))
    return Problem(Box(t=(0, 1), x=(0, 32 * np.pi)), law, [initial(u, start), periodic(u, x)])


def vorticity() -> Problem:
    """Return Navier–Stokes in vorticity and stream function."""
    w, psi = unknown("w", "psi", t, x, y)
    law = Eq(w.diff(t), 0.001 * laplacian(w) - psi.diff(y) * w.diff(x) + psi.diff(x) * w.diff(y))
    start = sp.sin(x) * sp.cos(2 * y) + sp.cos(3 * x + y) + sp.sin(2 * y - x)
    around = [periodic(f, c) for f in (w, psi) for c in (x, y)]
    box = Box(t=(0, 1), x=(0, 2 * np.pi), y=(0, 2 * np.pi))
    return Problem(box, [law, Eq(laplacian(psi), -w)], [initial(w, start), *around])


def ours(problem: Problem, count: int, *, step: float, steps: int) -> Task:
    """Return a task that marches the problem."""
    assert problem.shape is not None
    parts = split(problem)
    assert isinstance(parts, Split)
    axes = [FourierAxis(float(a), float(b), count) for a, b in problem.shape.bounds]
    modes = Modes(problem, parts, axes)
    start = np.fft.rfftn(next(iter(modes.sampled().values())))[None]
    made = Chunks(ETDRK4(), modes.nonlinear, symbol=modes.symbol, example=start, data=modes.data)
    numbers, stride = made.numbers(step), jnp.asarray(steps // OUTPUTS)
    state, zero, length = jnp.asarray(start), jnp.zeros(()), jnp.asarray(step)

    def task() -> tuple[float, np.ndarray]:
        begin = time.perf_counter()
        found, _ = made.chunk(state, zero, length, stride, numbers, made.data)
        found.block_until_ready()
        seconds = time.perf_counter() - begin
        return seconds, modes.waves.nodal(np.asarray(found)[0])

    return task


def theirs(stepper: Any, start: np.ndarray, *, steps: int, sign: float = 1.0) -> Task:
    """Return a task that marches Exponax from nodal values."""
    import exponax

    run = jax.jit(exponax.repeat(stepper, steps))
    state = jnp.asarray(sign * start[None])

    def task() -> tuple[float, np.ndarray]:
        begin = time.perf_counter()
        found = run(state)
        found.block_until_ready()
        seconds = time.perf_counter() - begin
        return seconds, sign * np.asarray(found)[0]

    return task


def cases() -> dict[str, tuple[Task, Task, int]]:
    """Return both tasks and the number of steps by name."""
    import exponax.stepper as peer

    found: dict[str, tuple[Task, Task, int]] = {}
    rows = (
        ("Burgers 512", burgers(), 512, 1e-3, 800),
        ("Kuramoto-Sivashinsky 512", kuramoto_sivashinsky(), 512, 2e-2, 800),
        ("Navier-Stokes vorticity 128x128", vorticity(), 128, 5e-3, 80),
    )
    for name, problem, count, step, steps in rows:
        assert problem.shape is not None
        extent = float(np.ptp(problem.shape.bounds[0]))
        kind: Any
        if name.startswith("Burgers"):
            kind = peer.Burgers(
                1, extent, count, step, diffusivity=0.05, conservative=True, order=4
            )
        elif name.startswith("Kuramoto"):
            kind = peer.KuramotoSivashinskyConservative(1, extent, count, step, order=4)
        else:
            kind = peer.NavierStokesVorticity(2, extent, count, step, diffusivity=0.001, order=4)
        grid = [FourierAxis(float(a), float(b), count) for a, b in problem.shape.bounds]
        parts = split(problem)
        assert isinstance(parts, Split)
        start = next(iter(Modes(problem, parts, grid).sampled().values()))
        sign = -1.0 if name.startswith("Navier") else 1.0
        mine = ours(problem, count, step=step, steps=steps)
        found[name] = (mine, theirs(kind, start, steps=steps, sign=sign), steps)
    return found


def main() -> None:
    """Measure, check that both end alike, print, store."""
    rows, data = [], {}
    with double_precision():
        for name, (mine, other, steps) in cases().items():
            one, two = mine()[1], other()[1]
            apart = float(np.abs(one - two).max() / np.abs(two).max())
            both = measure.interleaved(
                {"residuum": lambda f=mine: f()[0], "exponax": lambda f=other: f()[0]},  # type: ignore[misc]
                ROUNDS,
            )
            per = {k: [1e3 * s / steps for s in v] for k, v in both.items()}
            pairs = zip(per["residuum"], per["exponax"], strict=True)
            ratio = median(a / b for a, b in pairs)
            data[name] = {"ms per step": per, "ratio": ratio, "apart": apart, "steps": steps}
            cells = [measure.spread(per[k], "{:.3f}") for k in ("residuum", "exponax")]
            rows.append([name, *cells, f"{ratio:.2f}", f"{apart:.0e}"])
    head = ["case", "residuum, ms per step", "exponax, ms per step", "ratio", "states apart"]
    print(measure.table(head, rows))
    measure.store("exponax_rival", {"cases": data, "rounds": ROUNDS})


if __name__ == "__main__":
    main()
