"""A batch in shares: the same mean and gradient however it is cut, on devices and processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import equinox as eqx
import jax
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks._abstract import is_trained
from residuum.learning import Shares, join
from residuum.objectives import RelativeL2
from residuum.operators import GridFrame
from tests.operators._families import Two, squares

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("micro", [1, 3, 5])
def test_micro_batches_add_up_to_the_batch(micro: int) -> None:
    samples = squares(5)
    operator = Two().build(GridFrame.of(samples.layout), 3)
    moving, fixed = eqx.partition(operator, is_trained)
    value = RelativeL2().on(samples.layout)
    given = samples.inputs.astype(np.float32), samples.outputs.astype(np.float32)
    whole, slope = Shares(value, fixed)(moving, *given)
    mine, pieces = Shares(value, fixed, micro)(moving, *given)
    np.testing.assert_allclose(mine, whole, rtol=1e-6)
    for a, b in zip(jax.tree.leaves(slope), jax.tree.leaves(pieces), strict=True):
        # Sums of five terms in float32, in another order.
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_too_late_to_join_is_told() -> None:
    jax.devices()
    with pytest.raises(OptionError, match="find each other"):
        join("localhost:1", 2, 0)


TRAIN = """
import sys
import jax, numpy as np
from residuum.learning import Trainer, join
import residuum as rs
if "join" in sys.argv[1]:
    join(f"localhost:{sys.argv[3]}", 2, int(sys.argv[4]))
if "devices" in sys.argv[1]:
    rs.use_cores(2)
from tests.operators._families import Two, squares
found = rs.train(Two(), squares(16), Trainer(epochs=6, batch=6), progress=False)
assert jax.local_device_count() == (2 if "devices" in sys.argv[1] else 1)
if jax.process_index() == 0:
    leaves = jax.tree.leaves(found.operator)
    arrays = [np.asarray(x) for x in leaves if hasattr(x, "shape")]
    np.savez(sys.argv[2], found.training.losses, *arrays)
if "join" in sys.argv[1]:
    jax.distributed.shutdown()
"""


def launched(kind: str, file: Path, *more: str) -> subprocess.Popen[str]:
    place = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", TRAIN, kind, str(file), *more]
    return subprocess.Popen(command, env=place, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["join", "devices"])
def test_two_processes_and_two_devices_give_the_weights_of_one(tmp_path: Path, kind: str) -> None:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = str(probe.getsockname()[1])
    runs = [launched("plain", tmp_path / "one.npz")]
    runs += [
        launched(kind, tmp_path / "two.npz", port, str(i))
        for i in range(2 if kind == "join" else 1)
    ]
    for run in runs:
        _, errors = run.communicate(timeout=240)
        assert run.returncode == 0, errors
    one, two = np.load(tmp_path / "one.npz"), np.load(tmp_path / "two.npz")
    for name in one.files:
        # Sums of six samples in another order, over twelve steps in float32: measured below 1e-5.
        np.testing.assert_allclose(two[name], one[name], rtol=1e-4, atol=1e-4)
