"""Refinement of answers to forced flow on the torus, beside plain time stepping.

    python benchmarks/spectral_refiner.py            measure, print and store (15 minutes)
    python benchmarks/spectral_refiner.py --print    print the stored figures in Markdown

Vorticity on the unit torus, viscosity 1e-3, ten frames one time unit apart, a start drawn from a
Gaussian field for every instance. Predictors: a solve with 32 modes per axis, and a network stopped
early. Errors are relative, in L2, of the vorticity, against 128 modes per axis: in the frames, and
over all times, where the initial layer counts. Residual and estimate are those on 96 modes per
axis.
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
from sympy import cos, pi, sin

import residuum as rs
from residuum._core import double_precision
from residuum.certify import ErrorEquation, SpectralRefiner
from residuum.certify._error_equation import sampled
from residuum.discretise.spectral import Modes, Split, even_field, periodic_axes, split
from residuum.discretise.time import ETDRK4, OUTPUTS, Chunks
from residuum.methods._fourier import Fourier

SEEDS = (11, 23, 37, 53, 71)
WAVES, END, COUNT, FINE, SLABS = 20, 10.0, 64, 96, 16
FRAMES = np.arange(1.0, 1.0 + END)
NETWORK_SECONDS, ADAM_STEPS, ADAM_RATE = 15.0, 100, 1e-6


def start(seed: int) -> Callable[..., Any]:
    """Return a draw of the Gaussian field with covariance σ²(-Δ + 49)^(-2.5), as a function."""
    random = np.random.default_rng(seed)
    k = np.arange(-WAVES, WAVES + 1)
    square = 4 * np.pi**2 * (k[:, None] ** 2 + k**2)
    size = 7**1.5 * (square + 49) ** -1.25 * (square > 0)
    parts = random.standard_normal((2, *square.shape))
    waves = jnp.asarray(k)
    amplitude = jnp.asarray(np.asarray(size * (parts[0] + 1j * parts[1])))

    def value(x: Any, y: Any) -> Any:
        across, up = (jnp.exp(2j * jnp.pi * jnp.outer(c, waves)) for c in (x, y))
        return jnp.einsum("nk,kl,nl->n", across, amplitude, up).real

    return value


def flow(seed: int) -> rs.Problem:
    """Return one instance."""
    t, (x, y) = rs.time("t"), rs.space("x", "y")
    w, psi = rs.unknown("w", "psi", t, x, y)
    first = rs.coefficient("first", x, y)
    force = (sin(2 * pi * (x + y)) + cos(2 * pi * (x + y))) / 10
    with double_precision():
        given = start(seed)
    return rs.Problem(
        rs.Box(t=(0, END), x=(0, 1), y=(0, 1)),
        [
            rs.Eq(
                w.diff(t) + rs.div([psi.diff(y) * w, -psi.diff(x) * w]),
                rs.div(1e-3 * rs.grad(w)) + force,
            ),
            rs.Eq(-rs.laplacian(psi), w),
        ],
        [rs.initial(w, first), *(rs.periodic(f, a) for f in (w, psi) for a in ("x", "y"))],
        given={"first": given},
        name=f"forced_flow_{seed}",
    )


def stepped(problem: rs.Problem, evaluations: int) -> tuple[rs.Solution, float]:
    """Return the answer of ETDRK4 with so many evaluations, four a step, and its seconds."""
    chunks = max(1, round(evaluations / (4 * OUTPUTS)))
    began = time.perf_counter()
    with double_precision():
        parts = split(problem)
        assert isinstance(parts, Split)
        axes = periodic_axes(problem, COUNT)
        modes = Modes(problem, parts, axes)
        march = Chunks(
            ETDRK4(), modes.nonlinear, symbol=modes.symbol, example=modes.zero, data=modes.data
        )
        found = march.march(modes.start(), (0.0, END), chunks=chunks, stride=1)
        values = modes.nodal(found.states, found.times)
        field = even_field(values, found.times, END, axes)
    seconds = time.perf_counter() - began
    return rs.Solution(problem, field, rs.Result.SUCCESSFUL), seconds


def frames(solution: rs.Solution) -> tuple[np.ndarray, np.ndarray]:
    """Return the vorticity in the frames, and at all times weighted for a mean square."""
    share = (np.arange(24) + 0.5) / 24
    with double_precision():
        axes = periodic_axes(solution.problem, FINE)
        seen = sampled(solution, axes, FRAMES)[..., 0]
        # Crowded to the start, as the slabs are.
        whole = sampled(solution, axes, END * share**2)[..., 0]
    return seen, whole * np.sqrt(2 * share)[:, None, None]


def row(
    solution: rs.Solution, exact: tuple[np.ndarray, np.ndarray], seconds: float, count: int
) -> dict[str, Any]:
    """Return the figures of one answer; what the refiner found of its own answer is taken."""
    refined = "residual" in solution.record.history
    if refined:
        residual = solution.record.history["residual"][-1]
        estimate = solution.certificate.relative
    else:
        found = ErrorEquation(modes=FINE, slabs=SLABS).measure(solution)
        residual, estimate = found.residual, found.error.relative
    errors = [
        float(np.linalg.norm(a - b) / np.linalg.norm(b))
        for a, b in zip(frames(solution), exact, strict=True)
    ]
    return {
        "residual": residual,
        "estimate": estimate,
        "error": errors[0],
        "error at all times": errors[1],
        "seconds": seconds,
        "evaluations": count,
        "result": solution.result.code,
    }


def timed(make: Callable[[], rs.Solution]) -> tuple[rs.Solution, float]:
    """Return an answer and the wall seconds it took, compilation included."""
    began = time.perf_counter()
    found = make()
    return found, time.perf_counter() - began


def instance(seed: int) -> dict[str, Any]:
    """Return the rows of one instance; the longer runs on the first ones alone."""
    problem = flow(seed)
    reference = Fourier(modes=2 * COUNT, largest=2 * COUNT, steps=192)
    exact_answer = rs.solve(problem, reference, tol=1e-5, progress=False)
    exact, found = frames(exact_answer), dict[str, Any]()
    coarse = Fourier(modes=COUNT // 2, largest=COUNT // 2, steps=64)
    makers: dict[str, Callable[[], rs.Solution]] = {
        "32 modes": partial(rs.solve, problem, coarse, tol=1e-3, progress=False),
    }
    if seed == SEEDS[0]:
        makers["network"] = partial(
            rs.solve, problem, rs.PINN(), budget=NETWORK_SECONDS, key=seed, progress=False
        )
    newton = SpectralRefiner(modes=COUNT, slabs=SLABS)
    for name, make in makers.items():
        given, seconds = timed(make)
        found[name] = row(given, exact, seconds, 4 * given.record.evaluations.get("steps", 0))
        better, more = timed(partial(newton.refine, given))
        spent = better.record.evaluations["residual"]
        found[f"{name}, refined"] = row(better, exact, more, spent)
        if seed == SEEDS[0] and name == "32 modes":
            adam = SpectralRefiner(modes=COUNT, slabs=SLABS, rate=ADAM_RATE, steps=ADAM_STEPS)
            other, more = timed(partial(adam.refine, given))
            count = other.record.evaluations["residual"]
            found[f"{name}, Adam as published"] = row(other, exact, more, count)
    plain, seconds = stepped(problem, found["32 modes, refined"]["evaluations"])
    found["time stepping, as many evaluations"] = row(
        plain, exact, seconds, found["32 modes, refined"]["evaluations"]
    )
    if seed == SEEDS[0]:
        tenth = found["32 modes, refined"]["evaluations"] // 10
        plain, seconds = stepped(problem, tenth)
        found["time stepping, a tenth of them"] = row(plain, exact, seconds, tenth)
    return {"reference": exact_answer.certificate.relative, "rows": found}


def main() -> None:
    """Measure everything, storing as it goes."""
    data: dict[str, Any] = {"seeds": SEEDS, "instances": {}}
    for seed in SEEDS:
        found = instance(seed)
        data["instances"][str(seed)] = found
        for name, item in found["rows"].items():
            print(seed, name, item, flush=True)
        measure.store("spectral_refiner", data)
        jax.clear_caches()
    show(data)


def show(data: dict[str, Any]) -> None:
    """Print the stored figures as Markdown."""
    instances = list(data["instances"].values())
    names = dict.fromkeys(name for item in instances for name in item["rows"])
    table, keys = [], ("error", "error at all times", "residual")
    for name in names:
        rows = [item["rows"][name] for item in instances if name in item["rows"]]
        truth = [one["error at all times"] for one in rows]
        pairs = list(zip(rows, truth, strict=True))
        sharp = [one["estimate"] / error for one, error in pairs]
        ratio = [one["residual"] / error for one, error in pairs]
        table.append(
            [
                name,
                str(len(rows)),
                *(measure.spread([one[k] for one in rows], "{:.1e}") for k in keys),
                measure.spread(sharp),
                f"{max(ratio) / min(ratio):.2g}",
                measure.spread([one["evaluations"] for one in rows], "{:.0f}"),
                measure.spread([one["seconds"] for one in rows], "{:.0f}"),
            ]
        )
    head = [
        "answer",
        "instances",
        "error in the frames",
        "error at all times",
        "residual in H⁻¹",
        "estimate / error",
    ]
    head += ["spread of residual / error", "evaluations at one instant", "seconds"]
    print(measure.table(head, table), "\n")
    worst = max(item["reference"] for item in instances)
    print(f"The reference agrees with its coarser level to {worst:.0e}.")


if __name__ == "__main__":
    if "--print" in sys.argv:
        show(json.loads((measure.RESULTS / "spectral_refiner.json").read_text()))
    else:
        main()
