"""Operators on finite elements beside a ridge map, coarse elements and a masked grid.

    python benchmarks/mesh_operators.py SEED       measure one seed and store it (minutes)
    python benchmarks/mesh_operators.py --print    print the stored figures in Markdown

A square plate with two round holes: u = 0 on the holes and on the left side, no flux through the
other sides. Sources are Gaussian fields of the mesh, (K + τ² M) g = M^½ ξ with τ = 5. Linear:
-Δu = f. Nonlinear: -div((1 + u²) grad u) = 30 f. 160 sources train, 40 test; labels are the
Galerkin solutions on the same mesh. Training on the residual has no labels, and new sources every
step.
Errors are in mass-weighted norms, means over the test sources.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import measure
import numpy as np
import optax
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from residuum.geometry import Disc, Rectangle
from residuum.geometry.mesh import mesh_of
from residuum.objectives import element_norm, element_residual
from residuum.operators import ElementFrame, StructurePreserving

HOLES = (((0.3, 0.35), 0.12), ((0.68, 0.65), 0.15))
HELD = ("first", "second", "x_min")
SEEDS = (5, 6, 8)
TRAIN, TEST, BATCH, STEPS, RATE = 160, 40, 8, 700, 4e-3
STRENGTH = 30.0
GRID, MODES, WIDTH = 32, 8, 24
NEAR = 0.06
"""Within this distance of a hole a node counts as near the curved boundary."""
Arrays = np.ndarray


def frame() -> ElementFrame:
    """Return the plate."""
    plate: Any = Rectangle((0, 0), (1, 1))
    for (centre, radius), name in zip(HOLES, ("first", "second"), strict=True):
        plate = plate - Disc(centre, radius, name=name)
    return ElementFrame(mesh_of(plate, 0.05), 1, HELD, mesh_of(plate, 0.2))


class Sources:
    """Gaussian fields on a mesh, of size one."""

    def __init__(self, elements: ElementFrame, tau: float = 5.0) -> None:
        self.factor = sla.splu((elements.stiffness + tau**2 * elements.mass).tocsc())
        self.root = np.sqrt(elements.weights)
        trial = self.factor.solve(
            self.root[:, None] * np.random.default_rng(9).standard_normal((elements.size, 200))
        )
        self.size = float(np.sqrt((trial**2).mean()))

    def draw(self, chance: np.random.Generator, n: int) -> Arrays:
        """Return n fields, (n, nodes)."""
        noise = chance.standard_normal((len(self.root), n))
        return self.factor.solve(self.root[:, None] * noise).T / self.size


def solved(elements: ElementFrame, sources: Arrays, *, linear: bool) -> Arrays:
    """Return the Galerkin solutions, by Newton's method where nonlinear."""
    free = np.flatnonzero(~elements.fixed)
    answers = np.zeros_like(sources)
    loads = (elements.mass @ sources.T).T
    if linear:
        factor = sla.splu(elements.stiffness[free][:, free].tocsc())
        answers[:, free] = factor.solve(loads[:, free].T).T
        return answers
    volume = elements.space.volume
    table, weights = volume.tables[1], volume.weights
    shape = (*table.dofs.shape, table.dofs.shape[1])
    rows = np.broadcast_to(table.dofs[:, :, None], shape).ravel()
    columns = np.broadcast_to(table.dofs[:, None, :], shape).ravel()
    stiff = np.einsum("cidq,cjdq,cq->cijq", table.slope, table.slope, weights)
    for n, load in enumerate(loads):
        u = answers[n]
        for _ in range(20):
            value = np.einsum("ciq,ci->cq", table.value, u[table.dofs])
            along = np.einsum("cidq,ci->cdq", table.slope, u[table.dofs])
            first = np.einsum("cijq,cq->cij", stiff, 1 + value**2)
            second = np.einsum(
                "cidq,cdq,cjq,cq->cij", table.slope, along, table.value, 2 * value * weights
            )
            matrices = [
                sp.coo_matrix((part.ravel(), (rows, columns)), (len(u),) * 2).tocsr()
                for part in (first, first + second)
            ]
            rest = (STRENGTH * load - matrices[0] @ u)[free]
            move = sla.spsolve(matrices[1][free][:, free].tocsc(), rest)
            u[free] += move
            if np.abs(move).max() < 1e-11:
                break
        else:
            raise RuntimeError("Newton's method did not converge")
    return answers


def descended(weights: Any, loss: Callable[..., Any], batches: Callable[[], Any]) -> Any:
    """Return weights after Adam steps along a cosine, and the seconds they took."""
    optimiser = optax.chain(
        optax.clip_by_global_norm(1.0), optax.adam(optax.cosine_decay_schedule(RATE, STEPS))
    )
    state = optimiser.init(weights)

    @jax.jit
    def step(weights: Any, state: Any, batch: Any) -> Any:
        value, slope = jax.value_and_grad(loss)(weights, *batch)
        move, state = optimiser.update(slope, state)
        return eqx.apply_updates(weights, move), state, value

    begun = time.perf_counter()
    for i in range(STEPS):
        weights, state, value = step(weights, state, batches())
        if i % 100 == 99:
            print(f"  step {i + 1}: {float(value):.3g}", file=sys.stderr, flush=True)
    return weights, time.perf_counter() - begun


def on_elements(
    elements: ElementFrame, data: tuple[Arrays, Arrays], seed: int, *, linear: bool, **options: Any
) -> tuple[Any, float]:
    """Return a trained operator and its seconds; without labels if ``options["free"]``."""
    sources, answers = (part[:TRAIN, :, None] for part in data)
    residual = options.pop("free", False)
    recipe = StructurePreserving(elements, channels=24, homogeneous=linear, **options)
    recipe = replace(recipe.scaled(sources, answers))
    start = recipe.build(elements.grid(), seed)
    weights, fixed = eqx.partition(start, eqx.is_inexact_array)
    chance, norm, drawn = np.random.default_rng(seed), element_norm(elements), Sources(elements)
    flux = None if linear else lambda u, slopes, a: (1 + u**2)[:, None] * slopes
    source = None if linear else lambda u, slopes, a: STRENGTH * a[..., 0]
    rest = element_residual(elements, flux, source) if residual else None

    def loss(weights: Any, f: Any, u: Any) -> Any:
        found = eqx.combine(weights, fixed)(f)
        if rest is None:
            return norm(found, u).mean()
        return jnp.sqrt(rest(found, f) / rest(0 * found, f)).mean()

    def batches() -> Any:
        if residual:
            f = jnp.asarray(drawn.draw(chance, BATCH)[..., None], jnp.float32)
            return f, 0 * f
        which = chance.integers(0, TRAIN, BATCH)
        return tuple(jnp.asarray(part[which], jnp.float32) for part in (sources, answers))

    weights, seconds = descended(weights, loss, batches)
    return eqx.combine(weights, fixed), seconds


class GridRival(eqx.Module):
    """A small Fourier operator on a padded grid over the plate, the mask a channel."""

    lift: jax.Array
    spectral: jax.Array
    point: jax.Array
    last: jax.Array
    mask: Arrays

    def __call__(self, f: jax.Array) -> jax.Array:
        """Map (n, GRID, GRID) to the same shape, zero in the holes."""
        mask = jnp.asarray(self.mask, f.dtype)
        x, y = jnp.meshgrid(*[jnp.linspace(-1, 1, GRID)] * 2, indexing="ij")
        own = jnp.broadcast_to(jnp.stack([mask, x, y], axis=-1), (len(f), GRID, GRID, 3))
        h = jnp.concatenate([f[..., None], own], axis=-1) @ self.lift
        h = jnp.pad(h, ((0, 0), (0, 8), (0, 8), (0, 0)))
        for weight, point in zip(self.spectral, self.point, strict=True):
            waves = jnp.fft.rfft2(h, axes=(1, 2))
            low, high = waves[:, :MODES, :MODES], waves[:, -MODES:, :MODES]
            both = jnp.stack([low, high])
            factor = weight[0] + 1j * weight[1]
            mixed = jnp.einsum("snxyc,sxycd->snxyd", both, factor)
            out = jnp.zeros_like(waves).at[:, :MODES, :MODES].set(mixed[0])
            out = out.at[:, -MODES:, :MODES].set(mixed[1])
            h = h + jax.nn.gelu(jnp.fft.irfft2(out, h.shape[1:3], axes=(1, 2)) + h @ point)
        return (jax.nn.gelu(h[:, :GRID, :GRID]) @ self.last)[..., 0] * mask


class OnGrid:
    """The grid over the plate: how coefficients get there and back."""

    def __init__(self, elements: ElementFrame, nodes: int = GRID) -> None:
        x, y = np.meshgrid(*[np.linspace(0, 1, nodes)] * 2, indexing="ij")
        inside = np.ones(x.shape, bool)
        for (a, b), radius in HOLES:
            inside &= np.hypot(x - a, y - b) > radius
        self.mask = inside.astype(float)
        points = np.stack([x[inside], y[inside]], axis=1)
        self.inside, self.there = inside, elements.at(points)
        place = np.clip(elements.places * (nodes - 1), 0, nodes - 1 - 1e-9)
        low = place.astype(int)
        share = place - low
        rows, columns, entries = [], [], []
        for a in (0, 1):
            for b in (0, 1):
                rows.append(np.arange(elements.size))
                columns.append((low[:, 0] + a) * nodes + low[:, 1] + b)
                entries.append(
                    (share[:, 0] if a else 1 - share[:, 0])
                    * (share[:, 1] if b else 1 - share[:, 1])
                )
        shape = (elements.size, nodes**2)
        places = (np.concatenate(rows), np.concatenate(columns))
        self.back = sp.csr_matrix((np.concatenate(entries), places), shape)

    def to(self, values: Arrays) -> Arrays:
        """Return functions (n, nodes) on the grid, zero in the holes."""
        found = np.zeros((len(values), *self.mask.shape))
        found[:, self.inside] = (self.there @ values.T).T
        return found

    def fro(self, grid: Arrays) -> Arrays:
        """Return the bilinear interpolants at the nodes of the mesh, (n, nodes)."""
        return (self.back @ grid.reshape(len(grid), -1).T).T


def on_grid(elements: ElementFrame, data: tuple[Arrays, Arrays], seed: int) -> tuple[Arrays, float]:
    """Return what a trained masked Fourier operator answers to the test sources, and seconds."""
    grid = OnGrid(elements)
    f, u = (grid.to(part) for part in data)
    size = float(np.sqrt((u[:TRAIN] ** 2).mean()))
    keys = jax.random.split(jax.random.key(seed), 4)
    c, layers = WIDTH, 3
    shape = (layers, 2, 2, MODES, MODES, c, c)
    start = GridRival(
        jax.random.normal(keys[0], (4, c)) / 2,
        jax.random.normal(keys[1], shape) / c,
        jax.random.normal(keys[2], (layers, c, c)) / np.sqrt(c),
        jax.random.normal(keys[3], (c, 1)) / np.sqrt(c),
        grid.mask,
    )
    weights, fixed = eqx.partition(start, eqx.is_inexact_array)
    chance = np.random.default_rng(seed)

    def loss(weights: Any, f: Any, u: Any) -> Any:
        error = eqx.combine(weights, fixed)(f) - u
        return jnp.sqrt((error**2).sum((1, 2)) / (u**2).sum((1, 2))).mean()

    def batches() -> Any:
        which = chance.integers(0, TRAIN, BATCH)
        return jnp.asarray(f[which], jnp.float32), jnp.asarray(u[which] / size, jnp.float32)

    weights, seconds = descended(weights, loss, batches)
    found = eqx.combine(weights, fixed)(jnp.asarray(f[TRAIN:], jnp.float32))
    return grid.fro(np.asarray(found, float) * size), seconds


def ridge(data: tuple[Arrays, Arrays]) -> Arrays:
    """Return the answers of a ridge map to the test sources; its weight is of rounding's size."""
    (known, asked), answers = (data[0][:TRAIN], data[0][TRAIN:]), data[1][:TRAIN]
    gram = known @ known.T
    weight = 1e-8 * np.trace(gram) / TRAIN
    return asked @ known.T @ np.linalg.solve(gram + weight * np.eye(TRAIN), answers)


def judged(elements: ElementFrame, found: Arrays, wanted: Arrays, seconds: float) -> Any:
    """Return the errors of answers (n, nodes)."""
    error = found - wanted
    away = np.min([np.hypot(*(elements.places - c).T) - r for c, r in HOLES], axis=0)
    near = np.where(away < NEAR, elements.weights, 0.0)
    largest = np.abs(wanted).max(axis=1)
    return {
        "L2": float(np.mean(elements.norm(error) / elements.norm(wanted))),
        "H1": float(
            np.mean(elements.norm(error, slopes=True) / elements.norm(wanted, slopes=True))
        ),
        "near holes": float(np.mean(np.sqrt(error**2 @ near) / np.sqrt(wanted**2 @ near))),
        "Dirichlet": float(np.mean(np.abs(error[:, elements.fixed]).max(axis=1) / largest)),
        "seconds": seconds,
    }


def coarse_solve(elements: ElementFrame, sources: Arrays, *, linear: bool) -> Arrays:
    """Return Galerkin solutions on the coarse mesh, interpolated; the held nodes set."""
    below = elements.coarser
    assert below is not None
    given = sources @ (elements.at(below.places)).T.toarray()
    found = solved(below, given, linear=linear) @ below.at(elements.places).T.toarray()
    return np.where(elements.fixed, 0.0, found)


def case(seed: int, *, linear: bool) -> dict[str, Any]:
    """Return the rows of one equation."""
    elements, chance = frame(), np.random.default_rng(100 + seed)
    sources = Sources(elements).draw(chance, TRAIN + TEST)
    begun = time.perf_counter()
    answers = solved(elements, sources, linear=linear)
    each = (time.perf_counter() - begun) / len(sources)
    data, wanted = (sources, answers), answers[TRAIN:]
    rows = {"ridge map of coefficients": judged(elements, ridge(data), wanted, 0.0)}
    begun = time.perf_counter()
    found = coarse_solve(elements, sources[TRAIN:], linear=linear)
    spent = time.perf_counter() - begun
    rows["coarse elements, interpolated"] = judged(elements, found, wanted, spent)
    for nodes in (GRID, 64):
        grid = OnGrid(elements, nodes)
        best = judged(elements, grid.fro(grid.to(wanted)), wanted, 0.0)
        rows[f"exact answer on a masked {nodes}² grid"] = best
    found, seconds = on_grid(elements, data, seed)
    rows[f"Fourier operator on a masked {GRID}² grid"] = judged(elements, found, wanted, seconds)
    fine = replace(elements, mesh=elements.mesh.refined())
    asked = sources[TRAIN:] @ elements.at(fine.places).T.toarray()
    true = solved(fine, asked, linear=linear)
    variants = {
        "multigrid messages": {"heavy": 6},
        "multigrid messages, whole rounds": {"heavy": 3, "whole": True},
        "the same, no labels": {"heavy": 3, "whole": True, "free": True},
    }
    for name, options in variants.items():
        print(f"{name}, linear {linear}, seed {seed}", file=sys.stderr, flush=True)
        operator, seconds = on_elements(elements, data, seed, linear=linear, **options)
        found = operator.answer(sources[TRAIN:, :, None])[..., 0]
        row = judged(elements, found, wanted, seconds)
        direct = operator.on(fine).answer(asked[..., None])[..., 0]
        raised = np.where(fine.fixed, 0.0, found @ elements.at(fine.places).T.toarray())
        row["refined"] = judged(fine, direct, true, 0.0)["L2"]
        row["refined, interpolated"] = judged(fine, raised, true, 0.0)["L2"]
        rows[name] = row
    assert elements.coarser is not None
    facts = {"nodes": elements.size, "coarse nodes": elements.coarser.size, "solve": each}
    return {"rows": rows, **facts}


def stored() -> dict[str, Any]:
    """Return what is stored."""
    path = measure.RESULTS / "mesh_operators.json"
    return json.loads(path.read_text()) if path.exists() else {}


HEAD = [
    "method",
    "L2",
    "H1",
    "L2 near holes",
    "Dirichlet",
    "refined, direct",
    "refined, carried",
    "training, s",
]
KEYS = ["L2", "H1", "near holes", "Dirichlet", "refined", "refined, interpolated", "seconds"]


def show(data: dict[str, Any]) -> str:
    """Return the tables and the verdicts."""
    parts = []
    for name in ("linear", "nonlinear"):
        runs = [run[name] for run in data["seeds"].values()]
        rows = []
        for method in runs[0]["rows"]:
            own = [run["rows"][method] for run in runs]
            found = {key: [row[key] for row in own if key in row] for key in KEYS}
            cells = [measure.spread(found[key]) if found[key] else "–" for key in KEYS]
            rows.append([method, *cells])
        first = runs[0]
        parts.append(
            f"{name}: {first['nodes']} nodes, {first['coarse nodes']} on the coarse mesh, "
            f"{len(runs)} seeds; one classical solve takes {1e3 * first['solve']:.1f} ms."
        )
        parts.append(measure.table(HEAD, rows))
        rival = f"Fourier operator on a masked {GRID}² grid"
        best = "multigrid messages, whole rounds"
        told = []
        for method in ("multigrid messages", best, "the same, no labels"):
            ratio = [r["rows"][rival]["near holes"] / r["rows"][method]["near holes"] for r in runs]
            told.append(f"{measure.spread(ratio)} ({method})")
        moved = {
            key: [
                r["rows"][best][key] / r["rows"][best]["L2"] for r in runs if key in r["rows"][best]
            ]
            for key in ("refined", "refined, interpolated")
        }
        parts.append(
            f"Near the holes, trained grid over elements, wanted 2: {', '.join(told)}. Once "
            f"refined, error over error, wanted below 1.5: {measure.spread(moved['refined'])} "
            f"directly, {measure.spread(moved['refined, interpolated'])} carried."
        )
    return "\n\n".join(parts)


def main() -> None:
    """Measure and store one seed, or print."""
    if sys.argv[1] != "--print":
        seed = int(sys.argv[1])
        found = {name: case(seed, linear=name == "linear") for name in ("linear", "nonlinear")}
        data = stored()
        measure.store("mesh_operators", {"seeds": {**data.get("seeds", {}), str(seed): found}})
    print(show(stored()))


if __name__ == "__main__":
    main()
