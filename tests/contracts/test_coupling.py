"""What every reversible map promises: an exact way back, and the gradient of plain backpropagation.

Both are held to float64: 1e-11 relative. Measured: at most 4e-13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import Index, Jet, double_precision
from residuum.blocks import Chain, Tanh, dense, reversible
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible import (
    Composed,
    ContinuousFlow,
    Coupling,
    Exponential,
    Factor,
    Halves,
    Inverted,
    Invertible,
    IRevNet,
    Mixture,
    MultiSplit,
    Permutation,
    ReversibleColumns,
    ReversiblePyramid,
    Rotation,
    WaveForce,
    four_corners,
    inverted_bottleneck,
    leapfrog,
    reversible_stack,
    triangular_convolution,
)

EVERY = [
    item
    for name in reversible.__all__
    if isinstance(item := getattr(reversible, name), type)
    and issubclass(item, Invertible)
    and item is not Invertible
]


def key(place: int) -> jax.Array:
    return jax.random.key(300 + place)


def branch(place: int, width: int = 3) -> Chain:
    first, last = jax.random.split(key(place))
    return Chain((dense(width, width, first), Tanh(width), dense(width, width, last)))


def normal(*shape: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(211 + len(shape)).normal(size=shape))


def pair(*shape: int) -> tuple[jax.Array, jax.Array]:
    found = normal(2, *shape)
    return found[0], found[1]


def affine(place: int) -> Coupling:
    scales = (Factor(jnp.asarray([0.9, -1.1, 0.8])), Exponential(branch(place)))
    return Coupling((branch(place + 1), branch(place + 2)), scales)


def mixture(item: jax.Array) -> Mixture:
    place = int(jax.random.randint(item, (), 0, 1000))
    return Mixture((branch(place), Tanh(3)), jnp.asarray([0.3, -0.2]))


def jets() -> tuple[Jet, Jet]:
    indices: tuple[Index, ...] = ((0, 0), (0, 1), (1, 0), (2, 0))
    full: list[dict[Index, jax.Array | None]] = [
        {k: pair(4, 3)[part] * (i + 1) / 3 for i, k in enumerate(indices)} for part in (0, 1)
    ]
    return Jet({**full[0], (0, 1): None}), Jet(full[1])


EDGES: tuple[Any, ...] = ("wrap", "zero")
Case = tuple[list[Invertible], Any]
# Steps of a stack, and a state; every public map is in one of them.
CASES: dict[str, Callable[[], Case]] = {
    "additive": lambda: (
        [Coupling((branch(i), branch(i + 9))) for i in range(3)],
        pair(4, 3),
    ),
    "affine": lambda: ([affine(20), affine(30), Rotation()], pair(4, 3)),
    "jets": lambda: ([affine(40), affine(43)], jets()),
    "multi-split": lambda: (
        MultiSplit(3, 2).couplings(mixture, key(5)),
        (*pair(4, 3), normal(4, 3)),
    ),
    "i-revnet": lambda: (
        IRevNet((1, 1), widening=1).couplings(1, EDGES, key(6)),
        pair(2, 4, 6, 1),
    ),
    "pyramid": lambda: (
        ReversiblePyramid((2, 3), 2).couplings(EDGES, key(7)),
        (normal(2, 4, 5, 2), normal(2, 2, 3, 3)),
    ),
    "columns": lambda: (
        ReversibleColumns((2, 3), 2).couplings(EDGES, key(8)),
        (normal(2, 4, 5, 2), normal(2, 2, 3, 3)),
    ),
    "bottleneck in space": lambda: (
        [Coupling((inverted_bottleneck(2, ("zero", "copy", "wrap"), key(9), expansion=2), None))],
        pair(2, 3, 4, 3, 2),
    ),
    "triangular": lambda: (
        [four_corners(4, key(10)), four_corners(4, key(11), inverse=True)],
        normal(2, 5, 4, 4),
    ),
    "one corner": lambda: ([triangular_convolution(2, key(12), side=2)], normal(2, 3, 5, 2)),
    "affine flow": lambda: (
        [
            Composed(
                (
                    Permutation(np.array([2, 0, 5, 1, 4, 3])),
                    Halves(),
                    affine(50 + i),
                    Inverted(Halves()),
                )
            )
            for i in range(2)
        ],
        normal(4, 6),
    ),
    "inverted": lambda: ([Inverted(affine(60))], pair(4, 3)),
    "continuous": lambda: (
        [ContinuousFlow(Moving(branch(70)), 12)],
        normal(4, 3) / 2,
    ),
    "hutchinson": lambda: (
        [ContinuousFlow(Moving(branch(71)), 12, "hutchinson", np.array([[1.0, -1.0, 1.0]]))],
        normal(4, 3) / 2,
    ),
    "leapfrog": lambda: (
        [leapfrog(WaveForce(1 + normal(5) ** 2 / 9, (0.25,), ("zero",), 0.1), 0.1)] * 3,
        pair(2, 5),
    ),
}
# How well the way back can be known: rounding, or the error of an integration (measured 2e-9).
LOOSE = {"continuous": 1e-7, "hutchinson": 1e-7}
SLOW = ("continuous", "hutchinson")


def marked(names: Any) -> list[Any]:
    return [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in names]


each = pytest.mark.parametrize("name", marked(CASES))


class Moving(eqx.Module):
    """A field that changes in time."""

    branch: Chain

    def __call__(self, t: Any, x: jax.Array) -> jax.Array:
        return jnp.cos(t) * self.branch(x)


def kinds(tree: Any) -> set[type]:
    found: set[type] = set()

    def look(item: Any) -> bool:
        found.add(type(item))
        return False

    jax.tree.flatten(tree, is_leaf=look)
    return found


def test_every_public_map_is_here() -> None:
    with double_precision():
        seen = set().union(*(kinds(make()[0]) for make in CASES.values()))
    assert set(EVERY) <= seen, set(EVERY) - seen


def in_double(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf.astype(jnp.float64) if is_trained(leaf) else leaf, tree)


@eqx.filter_jit
def compared(stack: Any, plain: Any, state: Any) -> Any:
    """Gradients by the steps and the state of both, and the state that comes back."""

    def slopes(stack: Any) -> Any:
        trained, fixed = eqx.partition(stack, is_trained)

        def value(trained: Any, state: Any) -> Any:
            found = eqx.combine(trained, fixed).outcome(state)
            sums = [jnp.sum(jnp.sin(3 * leaf)) for leaf in jax.tree.leaves(found.state)]
            volume = found.log_determinant
            weigh = jnp.arange(1.0, 1 + volume.size).reshape(volume.shape)
            return sum(sums) + (weigh * volume).sum()

        return jax.value_and_grad(value, argnums=(0, 1))(trained, state)

    return slopes(stack), slopes(plain), stack.inverse(stack(state))


@each
def test_gradient_and_inverse(name: str) -> None:
    with double_precision():
        steps, state = in_double(CASES[name]())
        stack = reversible_stack(steps, state, tolerance=LOOSE.get(name, 1e-11))
        plain = reversible_stack(steps, state, memory="stored")
        (value, found), (other, true), back = compared(stack, plain, stack_state(state))
        bound = LOOSE.get(name, 1e-11)
        assert stack.round_trip < bound and not stack.checkpoint_every
        np.testing.assert_allclose(value, other, rtol=1e-12)
        pairs = zip(jax.tree.leaves(found), jax.tree.leaves(true), strict=True)
        worst = [float(jnp.abs(a - b).max() / jnp.abs(b).max()) for a, b in pairs if jnp.any(b)]
        assert worst and max(worst) < bound
        for a, b in zip(jax.tree.leaves(back), jax.tree.leaves(stack_state(state)), strict=True):
            np.testing.assert_allclose(a, b, atol=bound)


def stack_state(state: Any) -> Any:
    """The state with every coefficient of its jets written out."""
    from residuum.blocks.reversible._state import dense as written_out

    return written_out(state)


VOLUMES = ("affine", "affine flow", "triangular", "one corner", "inverted", "continuous")


@pytest.mark.parametrize("name", marked(VOLUMES))
def test_the_log_determinant_is_that_of_the_jacobian(name: str) -> None:
    with double_precision():
        steps, state = in_double(CASES[name]())
        one = jax.tree.map(lambda leaf: leaf[:1], state)
        stack = reversible_stack(steps, one, memory="stored")
        flat, back = jax.flatten_util.ravel_pytree(one)

        def line(x: jax.Array) -> jax.Array:
            return jax.flatten_util.ravel_pytree(stack(back(x)))[0]

        # Reverse differentiation alone: sweeps have a gradient of their own.
        jacobian = jax.jit(jax.jacrev(line))(flat)
        true = np.linalg.slogdet(np.asarray(jacobian))[1]
        found = np.asarray(stack.outcome(one).log_determinant).sum()
        # The integrated trace has the error of its integration: measured 2e-8.
        np.testing.assert_allclose(found, true, atol=1e-6 if name == "continuous" else 1e-11)
