"""Loads at which Hebbian networks lose their archetypes, beside theory.

    python benchmarks/memories.py hebbian          measure, print and store

Pairs at zero temperature: the dynamics of ``settle(DenseHebbian(patterns, 2), state)``, with the
matrix of couplings kept and fields changed by flips alone, which takes a thousandth of the time
where few spins flip; that both end alike is checked first. Patterns are added to the same matrix
from load to load. More spins in a group: ``DenseHebbian.chain`` at a temperature.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from typing import Any

import jax.numpy as jnp
import measure
import numpy as np
from scipy.optimize import curve_fit

from residuum.blocks.associative import (
    DenseHebbian,
    archetypes,
    crossing,
    example_means,
    hebbian_overlap,
    hebbian_threshold,
    settle,
)

SEEDS = (5, 6, 7, 8, 9)
KEPT = measure.ROOT / "out" / "hebbian_thresholds.json"
BLOCK, ROWS, SWEEPS, PROBES = 512, 4000, 1000, 96
LEAST, ENOUGH = 0.8, 0.15
"""Overlap of what is kept; share kept below which no larger load is tried."""
LOST = 0.5
"""Overlap from which a state is counted as lost: its fall is not followed to the end."""


def settled(couplings: np.ndarray, start: np.ndarray, least: float) -> np.ndarray:
    """Return where spins that are updated in turn come to rest, or that they fell below an overlap.

    A spin whose field is zero stays.
    """
    state, fields, count = start.copy(), couplings @ start, len(start)
    overlap = float(count)
    for _ in range(SWEEPS):
        begin, flips = 0, 0
        while begin < count:
            end = min(begin + BLOCK, count)
            against = fields[begin:end] * state[begin:end] < 0
            first = int(against.argmax())
            if not against[first]:
                begin = end
                continue
            k = begin + first
            fields -= 2 * state[k] * couplings[k]
            overlap -= 2 * state[k] * start[k]
            state[k] = -state[k]
            begin, flips = k + 1, flips + 1
        if not flips or overlap < least * count:
            break
    return state


def same_as_library() -> None:
    """Raise where the quick dynamics ends elsewhere than the block's."""
    patterns = archetypes(60, 400, 3)
    couplings = (patterns.T @ patterns) / (400 - 1)
    np.fill_diagonal(couplings, 0)
    wanted = np.asarray(settle(DenseHebbian(patterns, 2), jnp.asarray(patterns), most=SWEEPS).state)
    found = np.stack([settled(couplings, pattern, -1.0) for pattern in patterns])
    if not np.array_equal(found, wanted):
        raise RuntimeError(f"{np.sum(found != wanted)} of {wanted.size} spins differ")


def of_pairs(
    spins: int, loads: list[float], seed: int, examples: int, quality: float
) -> list[list[float]]:
    """Return overlaps of archetypes with the states they settle in, by load."""
    counts = [round(load * (spins - 1)) for load in loads]
    patterns = archetypes(counts[-1], spins, seed)
    taught = example_means(patterns, examples, quality, seed) / quality if examples else patterns
    taught, probes = taught.astype(np.float32), patterns[:PROBES].astype(np.float32)
    del patterns
    couplings, known, found = np.zeros((spins, spins), np.float32), 0, []
    for count in counts:
        more = taught[known:count]
        for begin in range(0, spins, ROWS):  # whole, the product would need the matrix twice
            rows = slice(begin, begin + ROWS)
            couplings[rows] += (more[:, rows].T @ more) / np.float32(spins - 1)
        np.fill_diagonal(couplings, 0)
        known = count
        ends = [settled(couplings, probe, LOST) for probe in probes]
        found.append([float(e @ p) / spins for e, p in zip(ends, probes, strict=True)])
        if np.mean(np.array(found[-1]) > LEAST) < ENOUGH:
            break
    return found


def crossings(overlaps: list[list[float]], loads: list[float]) -> float:
    """Return the load at which half are kept."""
    shares = [float(np.mean(np.array(row) > LEAST)) for row in overlaps]
    return crossing(np.array(loads[: len(shares)]), np.array(shares))


def kept() -> dict[str, float]:
    """Return the crossings that an earlier run has found: it goes on where it was stopped."""
    found: dict[str, float] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    return found


def keep(found: dict[str, float]) -> None:
    """Write them, whole or not at all."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    draft = KEPT.with_suffix(".draft")
    draft.write_text(json.dumps(found, indent=1))
    draft.replace(KEPT)


def pairs(
    sizes: dict[int, int], shares: list[float], *, examples: int = 0, quality: float = 1.0
) -> dict[str, Any]:
    """Thresholds of pairs by size (and its number of seeds), and their limit a in a + b N^-c."""
    spread = (1 - quality**2) / (examples * quality**2) if examples else 0.0
    wanted = hebbian_threshold(2, spread=spread)
    loads, low = [share * wanted for share in shares], 0.7 * wanted
    found: dict[str, Any] = {"theory": wanted, "sizes": {}}
    for spins, seeds in sizes.items():
        rows = []
        for seed in SEEDS[:seeds]:
            name = f"{examples} {spins} {seed} {shares}"
            if name not in (known := kept()):
                found_at = crossings(of_pairs(spins, loads, seed, examples, quality), loads)
                keep({**known, name: found_at})
                print("pairs", name, found_at / wanted, file=sys.stderr, flush=True)
            rows.append(kept()[name])
        found["sizes"][str(spins)] = {"threshold": statistics.median(rows), "seeds": rows}
    below = of_pairs(4000, [low], SEEDS[0], examples, quality)[0]
    found["overlap at seven tenths"] = float(np.mean(below))
    found["its theory"] = hebbian_overlap(low, 2, spread=spread)
    counts = np.array(list(sizes), float)
    values = np.array([row["threshold"] for row in found["sizes"].values()]) / wanted
    found["largest"] = float(values[-1])
    if len(sizes) > 3:  # as many numbers as sizes would only be drawn through them
        fit, spread = curve_fit(
            lambda n, limit, size, power: limit + size * (n / counts[0]) ** -power,
            counts,
            values,
            p0=(1.0, 0.1, 0.7),
        )
        found |= {
            "limit": float(fit[0]),
            "power": float(fit[2]),
            "error": float(spread[0, 0] ** 0.5),
        }
    return found


def warm(order: int, sizes: tuple[int, ...], heat: float = 0.2, probes: int = 24) -> dict[str, Any]:
    """Overlaps of larger groups of spins at a temperature after sixty sweeps, medians."""
    wanted = hebbian_threshold(order, temperature=heat)
    found: dict[str, Any] = {"theory": wanted, "sizes": {}}
    for spins in sizes:
        rows: dict[str, Any] = {}
        for share in (0.6, 0.8, 1.0):
            overlaps: list[float] = []
            for seed in SEEDS[:3]:
                count = round(share * wanted * math.comb(spins - 1, order - 1))
                patterns = archetypes(count, spins, seed)
                start = jnp.asarray(patterns[:probes], jnp.float32)
                model = DenseHebbian(patterns, order)
                state = np.asarray(model.chain(start, temperature=heat, sweeps=60, key=seed))
                overlaps += (state * patterns[:probes]).mean(axis=1).tolist()
            theory = hebbian_overlap(share * wanted, order, temperature=heat)
            rows[f"{share:g}"] = {"overlap": statistics.median(overlaps), "its theory": theory}
            print(order, spins, share, rows[f"{share:g}"], file=sys.stderr, flush=True)
        found["sizes"][str(spins)] = rows
    return found


def hebbian() -> dict[str, Any]:
    """Thresholds of pairs, overlaps of larger groups."""
    same_as_library()
    near = [1.0, 1.03, 1.06, 1.09, 1.12, 1.15, 1.2]
    wide = [1.0, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.6]
    return {
        "pairs": pairs({2000: 5, 4000: 5, 8000: 5, 16000: 5, 32000: 1}, near),
        "pairs, ten examples of quality 0.7": pairs(
            {2000: 5, 4000: 5, 8000: 5}, wide, examples=10, quality=0.7
        ),
        "threes at T = 0.2": warm(3, (100, 200)),
        "fours at T = 0.2": warm(4, (50, 70)),
    }
