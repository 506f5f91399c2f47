"""A function of NumPy inside JAX, with its derivative in both modes.

The derivative is a primitive of its own, linear in the change: it transposes to the other direction
and takes many changes at once, so that a Jacobian costs one factorisation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from residuum._core import OptionError


class Differentiated(Protocol):
    """A function of NumPy vectors and its derivative, applied and transposed."""

    def solved(self, numbers: np.ndarray) -> np.ndarray:
        """Return the function at numbers (k,), (n,)."""
        ...

    def pushed(self, numbers: np.ndarray, change: np.ndarray) -> np.ndarray:
        """Return the derivative of changes (…, k), (…, n)."""
        ...

    def pulled(self, numbers: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the transposed derivative of weights (…, n), (…, k)."""
        ...


def traced(function: Differentiated, outputs: int, inputs: int) -> Callable[[Array], Array]:
    """Return the function on JAX arrays: vectors (inputs,) to vectors (outputs,)."""

    @jax.custom_jvp
    def value(numbers: Array) -> Array:
        shape = jax.ShapeDtypeStruct((outputs,), numbers.dtype)

        def call(m: Any) -> np.ndarray:
            return np.asarray(function.solved(np.asarray(m, float)), shape.dtype)

        found: Array = jax.pure_callback(call, shape, numbers, vmap_method="sequential")
        return found

    @value.defjvp
    def _derivative(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
        (numbers,), (change,) = primals, tangents
        options = {"function": function, "sizes": (inputs, outputs), "turned": False}
        return value(numbers), DERIVATIVE.bind(numbers, change, **options)

    found: Callable[[Array], Array] = value
    return found


DERIVATIVE = Primitive("element_derivative")
"""Arguments: the numbers (k,), where it is taken, and changes (…, k), or weights if ``turned``."""


def _called(
    numbers: Any, change: Any, *, function: Differentiated, sizes: tuple[int, int], turned: bool
) -> Any:
    shape = jax.ShapeDtypeStruct((*change.shape[:-1], sizes[not turned]), change.dtype)

    def call(m: Any, x: Any) -> np.ndarray:
        apply = function.pulled if turned else function.pushed
        return np.asarray(apply(np.asarray(m, float), np.asarray(x, float)), shape.dtype)

    return jax.pure_callback(call, shape, numbers, change, vmap_method="sequential")


def _shape(
    numbers: Any, change: Any, *, function: Any, sizes: tuple[int, int], turned: bool
) -> Any:
    return jax.core.ShapedArray((*change.shape[:-1], sizes[not turned]), change.dtype)


def _jvp(primals: Any, tangents: Any, **options: Any) -> Any:
    (numbers, change), (moved, steered) = primals, tangents
    if not isinstance(moved, ad.Zero):
        raise OptionError(
            "first derivatives of an element solve", "second ones", "Difference the gradient."
        )
    found = DERIVATIVE.bind(numbers, change, **options)
    if isinstance(steered, ad.Zero):
        return found, jnp.zeros_like(found)
    return found, DERIVATIVE.bind(numbers, steered, **options)


def _transposed(weights: Any, numbers: Any, change: Any, *, turned: bool, **options: Any) -> Any:
    if isinstance(weights, ad.Zero):
        return [None, ad.Zero(change.aval)]
    return [None, DERIVATIVE.bind(numbers, weights, turned=not turned, **options)]


def _batched(arguments: Any, axes: Any, **options: Any) -> Any:
    (numbers, change), (own, other) = arguments, axes
    if own is None:
        return DERIVATIVE.bind(numbers, jnp.moveaxis(change, other, 0), **options), 0
    numbers = jnp.moveaxis(numbers, own, 0)
    if other is None:
        change = jnp.broadcast_to(change, (len(numbers), *change.shape))
    else:
        change = jnp.moveaxis(change, other, 0)
    return jax.lax.map(lambda pair: DERIVATIVE.bind(*pair, **options), (numbers, change)), 0


DERIVATIVE.def_impl(_called)
DERIVATIVE.def_abstract_eval(_shape)
ad.primitive_jvps[DERIVATIVE] = _jvp
ad.primitive_transposes[DERIVATIVE] = _transposed
batching.primitive_batchers[DERIVATIVE] = _batched
mlir.register_lowering(DERIVATIVE, mlir.lower_fun(_called, multiple_results=False))
