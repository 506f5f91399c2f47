"""Training step and forward pass of the Fourier operator against neuraloperator, side by side.

python benchmarks/operator_speed.py [ROUNDS]   measure and store (RESIDUUM_PEER_PYTHON names the
                                               interpreter of an environment with neuraloperator)
python benchmarks/operator_speed.py --print    print the tables of the stored results

Each candidate lives in a process of its own; steps are interleaved, one of each a round. Both use
the exact GELU, Adam, batches of 16 samples on 64 x 64 nodes, width 32, four layers. Modes are
12 x 7 in neuraloperator and 13 x 7 here, which is more.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from measure import PEER, RESULTS, spread, store, table

HERE = Path(__file__).parent
WANTED = 0.6
OURS = {
    "FNO, two devices, 1 sample at a time": ("2", "1"),
    "FNO, two devices, 2 samples at a time": ("2", "2"),
    "FNO, one device, 1 sample at a time": ("1", "1"),
    "FNO, one device, 4 samples at a time": ("1", "4"),
}
RIVAL = "neuraloperator"


def worker(devices: int, micro: int) -> None:
    """Answer each line of the input, ``step`` or ``forward``, with the seconds it took."""
    import time

    import equinox as eqx
    import jax
    import numpy as np
    import optax

    import residuum as rs
    from residuum.operators import FNO, GridFrame, MicroBatches, Operator, answers

    rs.use_cores(devices)
    frame = GridFrame(1, 1, (64, 64), (1.0, 1.0), ("wrap", "wrap"))
    state: dict[str, Any] = {"model": FNO(modes=7, width=32, layers=4).build(frame, 7)}
    random = np.random.default_rng(11)
    x, y = (random.normal(size=(16, 64, 64, 1)).astype(np.float32) for _ in range(2))
    optimiser = optax.adam(1e-3)
    state["moments"] = optimiser.init(eqx.filter(state["model"], eqx.is_inexact_array))

    def loss(model: Operator, inputs: jax.Array, wanted: jax.Array) -> jax.Array:
        return ((model(inputs) - wanted) ** 2).mean()

    @eqx.filter_jit(donate="all")
    def update(model: Operator, moments: Any, slope: Any) -> tuple[Operator, Any]:
        move, moments = optimiser.update(slope, moments)
        return eqx.apply_updates(model, move), moments

    gradient = MicroBatches(loss, micro=micro)

    def step() -> None:
        _, slope = gradient(state["model"], x, y)
        state["model"], state["moments"] = update(state["model"], state["moments"], slope)
        jax.block_until_ready(state["moments"])

    def forward() -> None:
        jax.block_until_ready(answers(state["model"], x, micro=micro))

    tasks = {"step": step, "forward": forward}
    for task in tasks.values():
        task()
        task()
    trained = eqx.filter(state["model"], eqx.is_inexact_array)
    count = sum(leaf.size for leaf in jax.tree.leaves(trained))
    print(json.dumps({"parameters": count}), flush=True)
    for line in sys.stdin:
        begun = time.perf_counter()
        tasks[line.strip()]()
        print(time.perf_counter() - begun, flush=True)


class Live:
    """A process that times itself when asked."""

    def __init__(self, command: list[str]) -> None:
        environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        self.about = json.loads(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline()) and not line.startswith(
            tuple("{0123456789")
        ):
            pass
        if not line:
            raise RuntimeError("a worker ended early; run it by hand to see why")
        return line

    def __call__(self, task: str) -> float:
        assert self.process.stdin is not None
        self.process.stdin.write(task + "\n")
        self.process.stdin.flush()
        return float(self._line())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


def measure(rounds: int) -> dict[str, Any]:
    """Return milliseconds per candidate and task."""
    commands = {
        name: [sys.executable, __file__, "worker", *options] for name, options in OURS.items()
    }
    if PEER:
        commands[RIVAL] = [PEER, str(HERE / "peers" / "neuraloperator_step.py")]
    live = {name: Live(command) for name, command in commands.items()}
    found: dict[str, Any] = {
        name: {"parameters": item.about["parameters"], "step": [], "forward": []}
        for name, item in live.items()
    }
    for _ in range(rounds):
        for name, item in live.items():
            for task in ("step", "forward"):
                found[name][task].append(1e3 * item(task))
    for item in live.values():
        item.close()
    return found


def ratios(found: dict[str, Any], name: str, task: str) -> list[float]:
    """Return the ratio of each round: what disturbs the machine disturbs both."""
    pairs = zip(found[name][task], found[RIVAL][task], strict=True)
    return [own / other for own, other in pairs]


def rows(found: dict[str, Any]) -> list[list[str]]:
    made = []
    for name, item in found.items():
        row = [name, f"{item['parameters']:,}"]
        row += [spread(item[task], "{:.0f}") for task in ("step", "forward")]
        if RIVAL in found:
            row += [spread(ratios(found, name, task)) for task in ("step", "forward")]
        made.append(row)
    return made


def main() -> None:
    if sys.argv[1:2] == ["worker"]:
        worker(int(sys.argv[2]), int(sys.argv[3]))
        return
    if sys.argv[1:] != ["--print"]:
        rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
        store("operator_speed", {"rounds": rounds, "times": measure(rounds)})
    found = json.loads((RESULTS / "operator_speed.json").read_text())["times"]
    head = ["operator", "parameters", "step, ms", "forward, ms"]
    if RIVAL in found:
        head += ["step, ratio", "forward, ratio"]
    print(table(head, rows(found)))
    if RIVAL in found:
        best = min(statistics.median(ratios(found, name, "step")) for name in OURS)
        verdict = "met" if best <= WANTED else "not met"
        print(f"\nStep: wanted at most {WANTED} of its time, reached {best:.2f}: {verdict}")


if __name__ == "__main__":
    main()
