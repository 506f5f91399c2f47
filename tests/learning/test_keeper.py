"""A training killed by the system goes on bit for bit."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import residuum as rs
from residuum._core import Checkpoint, FileError, Monitor, in_double_precision
from residuum.fields import MLP
from residuum.learning import Adam, GaussNewton, flatten
from residuum.learning._keeper import fitting, identity, pack_leaves, unpack_leaves

from ._settings import burgers, decay, setting

CHILD = """
import sys
import numpy as np
import jax
import residuum as rs
from residuum._core import Checkpoint
from residuum.learning import {rule}

problem = rs.catalogue.burgers.problem()
network = rs.PINN(field=rs.MLP(8, 2), rule={call})
start = Checkpoint(sys.argv[2], seconds=0.0) if sys.argv[2] else None
answer = rs.solve(problem, network, start=start, refine=None, progress=False)
leaves = [np.ravel(leaf) for leaf in jax.tree.leaves(answer.field) if hasattr(leaf, "dtype")]
np.save(sys.argv[1], np.concatenate(leaves))
"""


def child(code: str, out: Path, checkpoint: Path | str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, str(out), str(checkpoint)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("GaussNewton", "GaussNewton(iterations=60)"),
        ("QuasiNewton", "QuasiNewton(iterations=300, every=40)"),
        ("Adam", "Adam(steps=2000, every=300)"),
    ],
)
def test_a_killed_process_goes_on_bit_for_bit(rule: str, call: str, tmp_path: Path) -> None:
    code = CHILD.format(rule=rule, call=call)
    file, whole, rest = tmp_path / "run.ckpt", tmp_path / "whole.npy", tmp_path / "rest.npy"
    assert child(code, whole, "").wait(timeout=300) == 0
    victim = child(code, rest, file)
    seen = 0
    stamp = None
    while seen < 5 and victim.poll() is None:  # killed some checkpoints into the training
        time.sleep(0.002)
        now = file.stat().st_mtime_ns if file.exists() else None
        seen, stamp = (seen + 1, now) if now != stamp else (seen, stamp)
    victim.send_signal(signal.SIGKILL)
    assert victim.wait() == -signal.SIGKILL and not rest.exists()
    assert child(code, rest, file).wait(timeout=300) == 0
    assert np.array_equal(np.load(whole), np.load(rest))


def test_solve_goes_on_from_a_checkpoint_and_says_so(tmp_path: Path) -> None:
    x = rs.space("x")
    u = rs.unknown("u", x)
    bar = rs.Problem(rs.Interval(0, 1), rs.Eq(u.diff(x, 2), -u), [rs.dirichlet(u, 1)])
    network = rs.PINN(field=rs.MLP(4, 1), rule=GaussNewton(iterations=5))
    start = Checkpoint(tmp_path / "run.ckpt")
    first = rs.solve(bar, network, start=start, refine=None)
    again = rs.solve(bar, network, start=start, refine=None)
    assert first(x=0.3) == again(x=0.3)
    assert any("goes on" in note for note in again.record.notes)
    with pytest.raises(FileError, match="another key"):
        rs.solve(bar, network, start=start, refine=None, key=8)
    stiffer = bar.replace(equations=rs.Eq(u.diff(x, 2), -2 * u))
    with pytest.raises(FileError, match="another equation"):
        rs.solve(stiffer, network, start=start, refine=None)


@in_double_precision
def test_identity_sees_rule_weights_points_and_statement() -> None:
    def of(problem: rs.Problem, rule: object, points: int = 9) -> dict[str, str]:
        start, rows = setting(problem, MLP(3, 1), points=points, enforce=False)
        return identity(rule, start, rows, Monitor())

    plain = of(decay(), Adam())
    assert plain == of(decay(), Adam(steps=7))  # only longer or shorter
    assert plain["rule"] != of(decay(), Adam(rate=1e-3))["rule"]
    name = "equation, condition or set of points"
    assert plain[name] != of(decay(3), Adam())[name]
    assert plain[name] != of(decay(), Adam(), points=10)[name]
    assert of(burgers(), Adam()) == of(burgers(), Adam())


@in_double_precision
def test_leaves_come_back_in_their_places() -> None:
    tree = (jnp.asarray(3), {"a": jnp.ones(2)}, None)
    found = unpack_leaves((jnp.asarray(0), {"a": jnp.zeros(2)}, None), pack_leaves(tree))
    assert int(found[0]) == 3 and found[1]["a"].tolist() == [1.0, 1.0] and found[2] is None
    with pytest.raises(FileError, match="leaf 0"):
        fitting({}, "leaf 0", 1.0)
    start, _ = setting(decay())
    assert flatten(start).vector.size
