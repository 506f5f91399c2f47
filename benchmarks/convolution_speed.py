"""Training steps of convolutional networks: this library's convolution against PyTorch's.

    RESIDUUM_PEER_PYTHON=... python benchmarks/convolution_speed.py [unet mgno | --print]

Batches of 16 samples of 64 x 64, the mean square error, Adam. The U-Net has 16 to 64 channels and
116,672 weights; the V-cycle network 24 channels, four levels, four layers and 335,976 weights. Both
sides hold the same weights: the first losses agree to six digits. One live process per row, rounds
in turn; wall time, and processor time of the whole process, which other work on the machine changes
little. Rows: PyTorch channels last on one and on two threads; XLA's convolution of an array padded
before (``before``); the convolution of this library with XLA's gradient (``plain``) and with the
gradient chosen by shape (``chosen``) on one host device, and on two, each with half of the batch
and no collective (``two``).

What was tried and left (one core, 24 channels, 64 x 64, 16 samples, milliseconds of processor
time; PyTorch 8.5 to 8.9 for each of the three sums) is in docs/operators_grid.md.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import measure

NAME = "convolution_speed"
ROWS = {
    "PyTorch, 1 thread": "torch1",
    "PyTorch, 2 threads": "torch2",
    "padded before": "before1",
    "plain": "plain1",
    "chosen": "chosen1",
    "chosen, 2 devices": "chosen2",
}
WORKER = Path(__file__).parent / "peers" / "convolution_worker.py"


def race(kind: str, rounds: int = 5) -> dict[str, Any]:
    """Return wall and processor milliseconds of every row, rounds in turn."""
    workers = {}
    for name, variant in ROWS.items():
        peer = variant.startswith("torch")
        if peer and not measure.PEER:
            continue
        command = [measure.PEER if peer else sys.executable, str(WORKER), kind, variant]
        worker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
        )
        workers[name] = (worker, json.loads(_line(worker)))
    found: dict[str, Any] = {
        name: {"loss": first["loss"], "wall": [], "processor": []}
        for name, (_, first) in workers.items()
    }
    for _ in range(rounds):
        for name, (worker, _) in workers.items():
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
            wall, processor = json.loads(_line(worker))
            found[name]["wall"].append(wall)
            found[name]["processor"].append(processor)
    for worker, _ in workers.values():
        assert worker.stdin is not None
        worker.stdin.close()
        worker.wait(timeout=60)
    return found


def _line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline()


def show(kind: str, rows: dict[str, Any]) -> str:
    """Return the table of one network; ratios are to PyTorch's better row of processor time."""
    peers = [statistics.median(row["processor"]) for name, row in rows.items() if "PyTorch" in name]
    lines = []
    for name, row in rows.items():
        work = statistics.median(row["processor"])
        ratio = f"{work / min(peers):.2f}" if peers else ""
        wall, processor = (measure.spread(row[k], "{:.0f}") for k in ("wall", "processor"))
        lines.append([name, wall, processor, ratio, f"{row['loss']:.6f}"])
    head = [kind, "wall ms", "processor ms", "to PyTorch", "first loss"]
    return measure.table(head, lines)


def main(chosen: list[str]) -> None:
    """Run the races asked for and store them."""
    path = measure.RESULTS / f"{NAME}.json"
    data: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    data.pop("machine", None)
    if chosen[:1] == ["--print"]:
        for kind, rows in data.items():
            print(f"\n{show(kind, rows)}")
        return
    for kind in chosen or ["unet", "mgno"]:
        data[kind] = race(kind)
        measure.store(NAME, data)
        print(f"\n{show(kind, data[kind])}")


if __name__ == "__main__":
    main(sys.argv[1:])
