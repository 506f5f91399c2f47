"""Scoped precision: nothing here changes a global setting."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import ParamSpec, TypeVar

import jax

P = ParamSpec("P")
T = TypeVar("T")


def double_precision() -> AbstractContextManager[object]:
    """Return a scope in which JAX computes in float64; outside it nothing changes."""
    scope: AbstractContextManager[object] = jax.enable_x64(True)
    return scope


def in_double_precision(function: Callable[P, T]) -> Callable[P, T]:
    """Run ``function`` inside the float64 scope: the door of every public entry point.

    A float64 array used outside the scope is silently computed on in float32, so whatever such a
    function hands out must be NumPy or be used inside the scope again.
    """

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        with double_precision():
            return function(*args, **kwargs)

    return inside
