"""Cores: host devices for a script's own process, and threads of the linear algebra."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from functools import lru_cache

import jax
from threadpoolctl import ThreadpoolController

from residuum._core._errors import OptionError


def use_cores(count: int) -> None:
    """Make JAX see ``count`` host devices, so that first-order rules run a stream on each.

    Call it before anything is computed: the number of devices is fixed at the first computation.
    Nothing in the library calls it for you.

    Raises:
        OptionError: the count is below one, or JAX has already computed something.
    """
    if count < 1:
        raise OptionError("one core or more", str(count), "Give a positive count.")
    # The pool must hold more threads than devices, or they can wait for each other for ever.
    os.environ.setdefault("NPROC", str(max(16, 2 * count)))
    try:
        jax.config.update("jax_num_cpu_devices", count)
    except RuntimeError as error:
        raise OptionError(
            "a process in which JAX has not computed yet", "one that has", "Call it first."
        ) from error


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a scope in which NumPy's and SciPy's linear algebra uses one thread.

    Waiting BLAS threads spin and steal the cores from XLA's own: a Gauss–Newton step was measured
    16 times slower with two of them on two busy cores, and one is faster on two idle ones too.
    """
    # Libraries come with modules; looking for them takes as long as many a small solve.
    scope: AbstractContextManager[object] = _pools(len(sys.modules)).limit(
        limits=1, user_api="blas"
    )
    return scope


@lru_cache(maxsize=1)
def _pools(modules: int) -> ThreadpoolController:
    """Return the thread pools of the libraries loaded by so many modules."""
    return ThreadpoolController()
