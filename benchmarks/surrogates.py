"""Do surrogates keep the promise of ``tol=1e-3``, and after how many solves have they paid?

    python benchmarks/surrogates.py                  both families, everything; store
    python benchmarks/surrogates.py darcy 20 5       one family, 20 unseen members and 5 others
    python benchmarks/surrogates.py --print          print the stored tables in Markdown

Two families are solved, learned and asked about: smooth Darcy flow on a square, and Burgers'
equation on a circle. Of each, members that were never seen, and members out of distribution
(rougher or larger data than any trained on), are solved by the surrogate without and with a
tolerance, and by the classical method that suits the problem. The reference is a classical solve to
a tenth of the tolerance. A promise is broken where the result says "tolerance reached" and the
error is above it and above what the reference can be trusted to. Every member is stored as it ends:
the same command goes on where it was stopped. Rows without training stand beside: kernel regression
as a surrogate, and one coarse classical solve.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure
import numpy as np
import sympy as sp

import residuum as rs
from residuum._core import Checkpoint, Method, generator
from residuum.datasets import Samples, load_samples, save_samples
from residuum.learning import Trainer
from residuum.methods import CoarseSolve
from residuum.operators import KernelRegression

NAME, TOL, TRAINED = "surrogates", 1e-3, 200
UNSEEN, OTHERS = 200, 50
STORE = measure.RESULTS / "surrogates"
SQUARE = np.linspace(0, 1, 33)
x, y = rs.space("x", "y")
t = rs.time("t")


@dataclass(frozen=True)
class Kind:
    """A family: its axes, moments, and members by their numbers and roughness."""

    axes: tuple[np.ndarray, ...]
    edges: tuple[Any, ...]
    inputs: str
    times: np.ndarray | None
    member: Callable[[int, bool], rs.Problem]


def darcy(number: int, wild: bool) -> rs.Problem:
    """Flow through smooth rock: the logarithm is a sum of four by four cosines."""
    u, a = rs.unknown("u", x, y), rs.coefficient("a", x, y)
    random, size = generator(61, number, int(wild)), 1.6 if wild else 0.6
    waves = np.cos(np.pi * np.outer(np.arange(4), SQUARE))
    order = np.arange(4)
    factors = size * random.normal(size=(4, 4)) / (1 + order[:, None] ** 2 + order**2)
    values = np.exp(waves.T @ factors @ waves)
    return rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)),
        rs.Eq(-rs.div(a * rs.grad(u)), 1),
        [rs.dirichlet(u, 0)],
        given={a: ((SQUARE, SQUARE), values)},
        name="darcy",
    )


def burgers(number: int, wild: bool) -> rs.Problem:
    """Waves that steepen: initial values of four waves, twice as large out of distribution."""
    u, start = rs.unknown("u", t, x), rs.coefficient("start", x)
    random, size = generator(67, number, int(wild)), 1.2 if wild else 0.5
    value = sp.Integer(0)
    for k in range(1, 5):
        first, second = (size * float(item) / k for item in random.normal(size=2))
        value += first * sp.sin(2 * sp.pi * k * x) + second * sp.cos(2 * sp.pi * k * x)
    return rs.Problem(
        rs.Box(t=(0, 0.5), x=(0, 1)),
        rs.Eq(u.diff(t) + rs.div(u**2 / 2), 0.02 * u.diff(x, 2)),
        [rs.initial(u, start), rs.periodic(u, x)],
        given={start: value},
        name="burgers",
    )


KINDS = {
    "darcy": Kind((SQUARE, SQUARE), ("zero", "zero"), "a", None, darcy),
    "burgers": Kind(
        (np.arange(64) / 64,), ("wrap",), "start", np.linspace(0.025, 0.5, 20), burgers
    ),
}


def samples(name: str) -> Samples:
    """Solve the members to train on, or read them."""
    path, kind = STORE / f"{name}.samples", KINDS[name]
    if path.exists():
        return load_samples(path)
    from residuum.datasets import Layout
    from residuum.methods._grid_answer import inputs_of

    layout = Layout(kind.axes, kind.edges, (kind.inputs,), ("u",), kind.times)
    given, found, begun = [], [], time.perf_counter()
    grid = np.meshgrid(*([] if kind.times is None else [kind.times]), *kind.axes, indexing="ij")
    points = np.stack([part.ravel() for part in grid], axis=1)
    for number in range(TRAINED):
        member = kind.member(number, False)
        solved = rs.solve(member, tol=TOL / 10, progress=False)
        given.append(inputs_of(member, layout))
        found.append(solved.at(points).reshape(*grid[0].shape, 1))
    seconds = time.perf_counter() - begun
    arrays = np.array(given), np.array(found)
    names = (layout.input_names, layout.output_names)
    made = Samples(*arrays, kind.axes, kind.edges, *names, kind.times, seconds=seconds)
    STORE.mkdir(parents=True, exist_ok=True)
    save_samples(made, path)
    return made


def recipe() -> Any:
    """Return the operator that is trained: the Fourier operator where there is one."""
    import residuum.operators as operators

    for name in ("FNO", "FourierOperator"):
        if hasattr(operators, name):
            return getattr(operators, name)()
    return None


def methods(name: str) -> dict[str, Method]:
    """Return the rows: the operator trained, and what needs no training."""
    data, kind = samples(name), KINDS[name]
    statement = kind.member(0, False)
    rows: dict[str, Method] = {}
    chosen = recipe()
    if chosen is not None:
        checkpoint = Checkpoint(STORE / f"{name}.ckpt")
        trainer = Trainer(epochs=300, batch=16, optimiser="adam", rate=2e-3)
        rows["operator"] = rs.train(
            chosen, data, trainer, problem=statement, progress=False, checkpoint=checkpoint
        )
    rows["kernel regression"] = rs.train(KernelRegression(), data, problem=statement)
    rows["coarse solve"] = CoarseSolve(16)
    return rows


def midpoints(member: rs.Problem, along: int = 200) -> np.ndarray:
    """Return the middles of equal cells of a plane: a norm by random points is off by percents."""
    sides = []
    for c in member.coordinates:
        low, high = member.domain.bounds[member.domain.axes.index(c.name)]
        sides.append(low + (high - low) * (np.arange(along) + 0.5) / along)
    return np.stack([part.ravel() for part in np.meshgrid(*sides, indexing="ij")], axis=1)


def asked(member: rs.Problem, rows: dict[str, Method]) -> dict[str, Any]:
    """Solve a member in every way, and measure all errors."""
    reference = rs.solve(member, tol=TOL / 10, progress=False)
    begun = time.perf_counter()
    rs.solve(member, tol=TOL, progress=False)
    found: dict[str, Any] = {
        "classical": {"seconds": time.perf_counter() - begun},
        "reference": reference.certificate.relative,
    }
    points = midpoints(member)
    for row, method in rows.items():
        guess = rs.solve(member, method, refine=None, progress=False)
        answer = rs.solve(member, method, tol=TOL, progress=False)
        found[row] = {
            "guess": guess.error(reference.at, points),
            "guess seconds": guess.record.seconds["total"],
            "error": answer.error(reference.at, points),
            "seconds": answer.record.seconds["total"],
            "result": answer.result.code,
            "certificate": answer.certificate.relative,
        }
    return found


def run(name: str, unseen: int, others: int) -> dict[str, Any]:
    """Ask about all members, those first that are not stored yet."""
    path = STORE / f"{name}.json"
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    rows = methods(name)
    for wild, count in ((False, unseen), (True, others)):
        for number in range(count):
            key = f"{'other' if wild else 'unseen'} {number}"
            if key in known:
                continue
            member = KINDS[name].member(10_000 + number, wild)
            known[key] = asked(member, rows)
            written(path, known)
            print(name, key, {r: known[key][r]["result"] for r in rows}, flush=True)
    invested = {row: getattr(method, "invested", 0.0) for row, method in rows.items()}
    return {"invested": invested, "members": known}


def written(path: Path, known: dict[str, Any]) -> None:
    """Write what is known, whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(known, indent=1))
    draft.replace(path)


def broken(entry: dict[str, Any], row: str) -> bool:
    """Whether a member broke the promise."""
    mine = entry[row]
    allowed = TOL + (entry["reference"] or 0.0)
    return bool(mine["result"] == "tolerance reached" and mine["error"] > allowed)


def table(name: str, data: dict[str, Any]) -> str:
    """Return the rows of a family."""
    from residuum.methods._breakeven import breakeven

    lines = []
    for row, invested in data["invested"].items():
        for group in ("unseen", "other"):
            entries = [e for k, e in data["members"].items() if k.startswith(group) and row in e]
            if not entries:
                continue
            classical = statistics.median(e["classical"]["seconds"] for e in entries)
            reached = [e for e in entries if e[row]["result"] == "tolerance reached"]
            middle = {
                what: statistics.median(e[row][what] for e in entries)
                for what in ("guess seconds", "seconds")
            }
            counts = (
                breakeven(invested, classical, middle[what])
                for what in ("guess seconds", "seconds")
            )
            pays = ["never" if math.isinf(c) else f"{c:.0f}" for c in counts]
            errors = measure.spread([e[row]["guess"] for e in entries], "{:.1e}")
            lines.append(
                [
                    f"{row}, {group}",
                    errors,
                    f"{len(reached)} of {len(entries)}",
                    str(sum(broken(e, row) for e in entries)),
                    f"{middle['guess seconds']:.2g}",
                    f"{middle['seconds']:.2g}",
                    f"{classical:.2g}",
                    *pays,
                ]
            )
    head = [name, "error of the guess", "reached 1e-3", "promises broken", "s, guess"]
    head += ["s, finished", "s, classical", "breakeven, guess", "breakeven, finished"]
    return measure.table(head, lines)


def main(words: list[str]) -> None:
    """Run and store, or print."""
    path = measure.RESULTS / f"{NAME}.json"
    data: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    families = data.get("families", {})
    if "--print" not in words:
        chosen = [word for word in words if word in KINDS] or list(KINDS)
        counts = [int(word) for word in words if word.isdigit()] or [UNSEEN, OTHERS]
        for name in chosen:
            families[name] = run(name, counts[0], counts[-1])
            measure.store(NAME, {"tolerance": TOL, "families": families})
    for name, found in families.items():
        print(f"\n{table(name, found)}")


if __name__ == "__main__":
    main(sys.argv[1:])
