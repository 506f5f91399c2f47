"""Cores: host devices for a script's own process, and threads of the linear algebra."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

import jax
from threadpoolctl import threadpool_limits

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
    scope: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return scope
