"""Host devices and linear-algebra threads."""

from __future__ import annotations

import subprocess
import sys

import jax.numpy as jnp
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from residuum._core import OptionError, one_blas_thread, use_cores
from residuum._core._cores import _pools


@pytest.mark.slow
def test_a_fresh_process_sees_the_cores_and_sums_over_them() -> None:
    code = (
        "from residuum._core import use_cores\n"
        "use_cores(2)\n"
        "import jax\n"
        "assert jax.device_count() == 2\n"
        "import sympy as sp\n"
        "from residuum._solve import solve\n"
        "from residuum.geometry import Box\n"
        "from residuum.learning import Adam\n"
        "from residuum.fields import MLP\n"
        "from residuum.methods import PINN\n"
        "from residuum.objectives import ResidualAdaptive\n"
        "from residuum.problem import Eq, Problem, dirichlet, space, unknown\n"
        "x = space('x'); w = unknown('w', x)\n"
        "problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), sp.exp(w)), [dirichlet(w, 0)])\n"
        "method = PINN(MLP(6, 1), Adam(50), ResidualAdaptive(50, 100))\n"
        "losses = solve(problem, method, progress=False).record.history['loss']\n"
        "assert losses[-1] < losses[0]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_too_late_is_said() -> None:
    jnp.zeros(1).block_until_ready()
    with pytest.raises(OptionError, match="not computed yet"):
        use_cores(3)


def test_counts_are_checked() -> None:
    with pytest.raises(OptionError):
        use_cores(0)


def test_one_thread_inside_the_scope_only() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    before = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    with one_blas_thread():
        inside = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    after = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert set(inside) == {1}
    assert after == before


def test_libraries_are_looked_for_again_only_where_modules_came() -> None:
    with one_blas_thread():
        pass
    before = _pools.cache_info()
    for _ in range(3):
        with one_blas_thread():
            pass
    after = _pools.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (3, 0)
