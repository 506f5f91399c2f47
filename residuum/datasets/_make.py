"""Data sets: members drawn, solved and kept, each with the solver's own estimate of its error."""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from residuum._core import Budget, DataError, Listener, Method, OptionError, Result, SolveFailed
from residuum._core._cores import one_blas_thread
from residuum._core._record import versions
from residuum._solve import limits_of, listening, solve
from residuum.datasets._plan import Plan, plan
from residuum.datasets._store import Entry, Store, Writer, create
from residuum.datasets._summary import Summary, finish, summary
from residuum.datasets._workers import results
from residuum.problem import Family

TRIED = 8
"""Samples after which making a set is given up if all of them failed."""
MATTERS = ("family", "key", "tol", "method", "dtype", "inputs", "outputs", "axes", "times")
"""What must be equal for a set to be gone on with."""


@dataclass(frozen=True)
class Labels:
    """How labels are made.

    Args:
        method: a classical one, chosen from each member's traits if left out.
        tol: relative L2 error asked of each label; a label that does not reach it is no label.
            ``None``: the method's own aim.
        budget: most wall seconds of a label.
        dtype: ``"float32"`` or ``"float64"``: what is kept.
        outputs: unknowns that are kept; all by default.
        retry: whether samples that failed before are solved again, with a larger budget, say.

    Raises:
        OptionError: an option is out of range.
    """

    method: Method | None = None
    tol: float | None = 1e-3
    budget: float | None = 300.0
    dtype: str = "float32"
    outputs: tuple[str, ...] | None = None
    retry: bool = False

    def __post_init__(self) -> None:
        if self.dtype not in ("float32", "float64"):
            raise OptionError("float32 or float64", repr(self.dtype), "Correct dtype.")
        if self.tol is not None and not 0 < self.tol < 1:
            raise OptionError("a tolerance between 0 and 1", str(self.tol), "Take 1e-3, say.")
        limits_of(self.budget)


def make_data(
    family: Family,
    path: str | Path,
    *,
    count: int,
    key: int = 7,
    shape: int | Sequence[int] | None = None,
    times: int | Sequence[float] | None = None,
    labels: Labels | None = None,
    workers: Any = None,
) -> Summary:
    """Draw members of a family, solve them, and keep inputs and answers in a folder.

    The same call goes on with a set that was interrupted at any moment, repairs damaged samples,
    and adds samples where ``count`` has grown. Sample k is the member ``family.draw(key, k)``,
    whoever solved it. A sample whose solve fails is kept with its reason and has no label;
    ``Labels(retry=True)`` tries it again.

    Args:
        family: what members are drawn from.
        path: the folder; ``rs.read_data(path)`` reads it, and so does
            ``xarray.open_zarr(f"{path}/data.zarr", consolidated=False)``.
        count: how many samples.
        key: whole number from which all members come.
        shape: nodes along each axis, or one number for all; 129, 65 or 33 in one, two or three
            axes by default, one less along periodic axes, which leave their last end out.
        times: moments, or how many even ones after the start, for families that evolve.
        labels: method, tolerance and budget of each solve: ``Labels(tol=1e-4)``.
        workers: how many processes (all cores if left out; 1: this process), a Dask client or any
            other object with ``submit``, or the address of a Dask scheduler (extra ``dask``).

    Raises:
        OptionError: an argument is out of range.
        FileError: the folder holds something else, another run writes it, or the disk is full:
            what is written stays, and the same call goes on from there.
        DataError: the folder holds a set of another family, key, grid or method.
        SolveFailed: the first eight samples all failed, or a process died.

    Good starting values: a tolerance a tenth of the error hoped for of what is trained. Scripts
    that use processes put the call below ``if __name__ == "__main__":``.
    """
    wanted = Request(count, key, shape, times, labels or Labels())
    return made(family, Path(path), wanted, workers=workers)


@dataclass(frozen=True)
class Request:
    """What is asked of a data set: see ``make_data``."""

    count: int
    key: int = 7
    shape: int | Sequence[int] | None = None
    times: int | Sequence[float] | None = None
    labels: Labels = Labels()

    def __post_init__(self) -> None:
        for name in ("count", "key"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
                raise OptionError(f"a whole {name} of zero or more", repr(value), "Correct it.")
        if self.count < 1:
            raise OptionError("one sample or more", str(self.count), "Give a positive count.")


def made(
    family: Any,
    path: Path,
    wanted: Request,
    *,
    workers: Any = None,
    progress: Listener | bool | None = None,
) -> Summary:
    """Make a data set as ``make_data`` does, telling a listener how far it is."""
    if not isinstance(family, Family):
        got, remedy = type(family).__name__, "Write rs.Family(problem, a=…)."
        raise OptionError("a Family", got, remedy)
    grid = plan(family, wanted.shape, wanted.times, wanted.labels.outputs)
    about = _about(family, grid, wanted)
    if not (path / "data.zarr").exists():
        create(path, grid, tuple(about["numbers"]), about)
    store = Store(path)
    _same(store, about)
    task = _Task(family, grid, int(wanted.key), wanted.labels)
    with listening(progress) as listener, Writer(store) as writer:
        writer.grow(wanted.count)
        again = wanted.labels.retry
        left = [k for k in range(wanted.count) if not store.whole(k) or (again and store.failed(k))]
        writer.note({"run": versions(), "left": len(left), "time": time.time()})
        found: Any = results(solve_sample, pickle.dumps(task), left, workers)
        with closing(found):
            _keep(writer, found, len(left), listener)
        finish(store)
    return summary(store)


def _keep(writer: Writer, found: Any, count: int, listener: Listener | None) -> None:
    failed = 0
    for done, (entry, values) in enumerate(found, start=1):
        writer.write(entry, values)
        failed += not entry.solved
        if listener is not None:
            also = f", {failed} failed" if failed else ""
            listener(done / count, f"{done} of {count} samples{also}")
        if done == failed == min(TRIED, count) and not writer.store.solved:
            wanted = f"a label among the first {done} samples"
            raise SolveFailed(
                wanted, entry.reason, "Look at rs.solve(family.draw(key=7, number=0))."
            )


@dataclass(frozen=True)
class _Task:
    """What a process needs to solve any sample."""

    family: Family
    plan: Plan
    key: int
    labels: Labels


@lru_cache(maxsize=2)
def _opened(payload: bytes) -> _Task:
    task: _Task = pickle.loads(payload)
    return task


def solve_sample(payload: bytes, number: int) -> tuple[Entry, dict[str, np.ndarray] | None]:
    """Draw and solve one sample; whatever goes wrong is the reason why it has no label."""
    start = time.perf_counter()
    entry = Entry(number, "failed")
    try:
        task = _opened(payload)
        with one_blas_thread():
            values, error = _label(task, number)
        entry = replace(entry, state="solved", error=error)
    except Exception as error:  # one member that cannot be solved must not end a night's work
        values = None
        entry = replace(entry, reason=f"{type(error).__name__}: {error}"[:500])
    return replace(entry, seconds=time.perf_counter() - start), values


def _label(task: _Task, number: int) -> tuple[dict[str, np.ndarray], float]:
    labels, member = task.labels, task.family.draw(task.key, number)
    limits = Budget() if labels.budget is None else Budget(labels.budget)
    found = solve(member, labels.method, tol=labels.tol, budget=limits, progress=False)
    if found.result is Result.INTERRUPTED:
        # The solve has kept its best answer; the set wants none, and whoever pressed Ctrl-C an end.
        raise KeyboardInterrupt
    found.check()
    values = task.plan.values(member, found)
    for name, (low, high) in task.family.bounds.items():
        slack = labels.tol or 1e-6
        if name in values and implausible(values[name][None], low, high, slack).any():
            got = f"{values[name].min():.3g} to {values[name].max():.3g}"
            raise SolveFailed(f"{name} between {low} and {high}", got, "Ask for a smaller error.")
    known = found.certificate.kind != "none"
    return values, float(found.certificate.relative) if known else float("nan")


def implausible(values: np.ndarray, low: float, high: float, slack: float = 0.0) -> np.ndarray:
    """Return which samples (n, …) leave their bounds by more than a share of their size, (n,)."""
    flat = values.reshape(len(values), -1)
    room = slack * np.abs(flat).max(axis=1)
    found: np.ndarray = (flat.min(axis=1) < low - room) | (flat.max(axis=1) > high + room)
    return found


def _about(family: Family, grid: Plan, wanted: Request) -> dict[str, Any]:
    labels = wanted.labels
    functions = {str(a.func) for a in family.problem.coefficients}
    return {
        "name": family.name,
        "family": family.text,
        "key": int(wanted.key),
        "count": int(wanted.count),
        "method": "chosen by traits" if labels.method is None else str(labels.method),
        "tol": labels.tol,
        "dtype": labels.dtype,
        "inputs": list(grid.inputs),
        "outputs": list(grid.outputs),
        "numbers": [n for n in grid.inputs if n not in functions and n != "inside"],
        "axes": {name: [float(x[0]), float(x[-1]), len(x)] for name, x in grid.axes.items()},
        "edges": list(grid.edges),
        "times": None if grid.times is None else grid.times.tolist(),
        "versions": versions(),
    }


def _same(store: Store, about: dict[str, Any]) -> None:
    """Refuse to go on with a set of something else: its labels would be taken for the wrong ones.

    Raises:
        DataError: the message names what differs.
    """
    for name in MATTERS:
        old, new = store.about.get(name), about[name]
        if old != new:
            raise DataError(
                f"the {name} of the set in {store.path}: {_short(old)}",
                _short(new),
                "Choose another path, or ask for what the set holds.",
            )


def _short(item: Any) -> str:
    text = " ".join(str(item).split())
    return text if len(text) <= 200 else f"{text[:100]} … {text[-90:]}"
