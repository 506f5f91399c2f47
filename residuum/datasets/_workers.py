"""Who solves the samples: this process, processes of this machine, or a cluster."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from typing import Any

from residuum._core import MissingExtra, OptionError, SolveFailed

Run = Callable[[bytes, int], Any]
GUARD = (
    "Put the call below `if __name__ == '__main__':`, or pass workers=1. If the machine ran out of"
    " memory, pass fewer workers: what is done is kept."
)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def results(run: Run, payload: bytes, numbers: Sequence[int], workers: Any) -> Iterator[Any]:
    """Yield ``run(payload, number)`` for every number, in the order in which they are ready.

    Args:
        run: a function of the package, so that other processes can import it.
        payload: what it needs, as bytes.
        numbers: of the samples.
        workers: how many processes, all cores if ``None``; 1 is this process itself. Or something
            with ``submit``, such as a Dask client or an executor; or the address of a Dask
            scheduler.

    Raises:
        OptionError: workers is nothing of these.
        MissingExtra: an address, and Dask is not installed.
        SolveFailed: a process died.
    """
    workers = cores() if workers is None else workers
    if isinstance(workers, bool) or not (
        (isinstance(workers, int) and workers >= 1)
        or isinstance(workers, str)
        or hasattr(workers, "submit")
    ):
        wanted = "how many processes, a scheduler's address, or something with submit"
        raise OptionError(wanted, repr(workers), "Pass workers=2, say.")
    if workers == 1 or not numbers:
        yield from (run(payload, number) for number in numbers)
        return
    with _pool(workers) as (pool, width):
        yield from _gathered(pool, run, payload, numbers, width)


@contextmanager
def _pool(workers: Any) -> Iterator[tuple[Any, int]]:
    """Yield something with ``submit``, and how many tasks it should have at a time."""
    if isinstance(workers, str):
        with _client(workers) as client:
            yield client, _width(client)
        return
    if not isinstance(workers, int):
        yield workers, _width(workers)
        return
    from concurrent.futures import ProcessPoolExecutor  # it takes a while to import

    # Forking a process that holds JAX's threads can hang: new ones are started afresh.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=prepare)
    try:
        yield pool, 2 * workers
    except BaseException:
        # Whoever pressed Ctrl-C does not want to wait for solves whose answers nobody takes.
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _client(address: str) -> Any:
    try:
        from dask.distributed import Client  # an optional extra
    except ImportError as error:
        remedy = "Install it by: pip install 'residuum[dask]'."
        raise MissingExtra("Dask for the address of a scheduler", "none installed", remedy) from (
            error
        )
    return Client(address)


def _width(pool: Any) -> int:
    """Return how many tasks keep a foreign pool busy."""
    found = getattr(pool, "_max_workers", None)
    if hasattr(pool, "nthreads"):
        found = sum(pool.nthreads().values())
    return 2 * max(int(found or cores()), 1)


def _gathered(
    pool: Any, run: Run, payload: bytes, numbers: Sequence[int], width: int
) -> Iterator[Any]:
    from concurrent.futures.process import BrokenProcessPool

    ready: queue.SimpleQueue[Any] = queue.SimpleQueue()
    waiting = list(reversed(numbers))
    flying: set[Any] = set()
    try:
        while waiting or flying:
            while waiting and len(flying) < width:
                future = pool.submit(run, payload, waiting.pop())
                flying.add(future)
                future.add_done_callback(ready.put)
            done = ready.get()
            flying.discard(done)
            yield done.result()
    except BrokenProcessPool as error:
        raise SolveFailed("processes that live", "one that died", GUARD) from error
    finally:
        for future in flying:
            future.cancel()


def prepare() -> None:
    """Prepare a process of the pool: one thread, deaf to Ctrl-C, gone when its parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
