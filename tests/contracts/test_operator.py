"""What every operator promises, checked on every public recipe."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum import operators
from residuum.blocks import Edge
from residuum.operators import (
    FNO,
    LSM,
    Causal,
    ConvolutionNetwork,
    DeepONet,
    GridFrame,
    MgNO,
    MultiGridDomainDecomposition,
    MultiONet,
    NeuralStagger,
    Operator,
    OperatorArchitecture,
    Reversible,
    ReversibleUNet,
    Rollout,
    SineNet,
    SpatiotemporalFNO,
    UNet,
    WithCoordinates,
)

EVERY = [
    item
    for name in operators.__all__
    if isinstance(item := getattr(operators, name), type)
    and issubclass(item, OperatorArchitecture)
    and item is not OperatorArchitecture
]


@dataclass(frozen=True)
class Row:
    """A recipe, a tiny frame for it, and why a second resolution is refused, if it is."""

    recipe: OperatorArchitecture
    times: int = 0
    edges: tuple[Edge, ...] = ("wrap", "zero")
    shape: tuple[int, ...] = (8, 9)
    own_grid: str = ""


# One row or more per recipe; add yours here.
ROWS: dict[str, list[Row]] = {
    "Causal": [
        Row(Causal(), edges=("copy",), shape=(9,), own_grid="its memory counts in steps of time"),
    ],
    "ConvolutionNetwork": [Row(ConvolutionNetwork(4, 2))],
    "WithCoordinates": [Row(WithCoordinates(ConvolutionNetwork(4, 2)))],
    "DeepONet": [Row(DeepONet(4, 2, 8))],
    "FNO": [Row(FNO(3, 4, 1)), Row(FNO(3, 4, 1), times=2, edges=("copy", "zero"))],
    "LSM": [Row(LSM(8, 2, 2), shape=(8, 9))],
    "MgNO": [Row(MgNO(4, 1, 2, before=2)), Row(MgNO(4, 1, 2, residual=True, linear=True))],
    "MultiGridDomainDecomposition": [Row(MultiGridDomainDecomposition(FNO(2, 4, 1)))],
    "NeuralStagger": [Row(NeuralStagger(2, ConvolutionNetwork(4, 2)), shape=(8, 8))],
    "MultiONet": [Row(MultiONet(4, 2, 8), times=2)],
    "Reversible": [
        Row(Reversible(ConvolutionNetwork(4, 6))),
        Row(Reversible(FNO(3, 4, 3))),
        Row(Reversible(SpatiotemporalFNO(3, 2, 3, 4, 2)), times=2),
    ],
    "ReversibleUNet": [
        Row(ReversibleUNet(4, 2, 2, expansion=2)),
        Row(ReversibleUNet(4, 1, 1, expansion=2), edges=("wrap",), shape=(8,)),
        Row(
            ReversibleUNet(4, 2, 1, expansion=2),
            edges=("wrap", "copy", "zero"),
            shape=(4, 5, 4),
            times=2,
        ),
    ],
    "Rollout": [Row(Rollout(FNO(3, 4, 1)), times=2)],
    "SineNet": [Row(SineNet(4, 2, 2))],
    "SpatiotemporalFNO": [Row(SpatiotemporalFNO(3, 2, 3, 4, 1), times=2)],
    "UNet": [Row(UNet(8, 2))],
}
# Name and the reason in words.
OPTED_OUT: dict[str, str] = {
    "StructurePreserving": "its grid is the nodes of a mesh; its own test holds it to the same",
}

CASES = [
    pytest.param(row, id=f"{name}-{i}") for name, rows in ROWS.items() for i, row in enumerate(rows)
]
each = pytest.mark.parametrize("row", CASES)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: str(kind.__name__))
def test_every_public_recipe_is_here(kind: type[OperatorArchitecture]) -> None:
    rows, reason = ROWS.get(kind.__name__, []), OPTED_OUT.get(kind.__name__, "")
    assert rows or reason.strip(), f"{kind.__name__} has neither a row nor a written reason"
    assert all(type(row.recipe) is kind for row in rows)
    assert kind.name and all(source.maturity for source in kind.sources)


@functools.cache
def built(row: Row) -> tuple[GridFrame, Operator]:
    lengths = (1.0,) * len(row.shape)
    frame = GridFrame(2, 1, row.shape, lengths, row.edges, row.times)
    return frame, row.recipe.build(frame, 7)


@eqx.filter_jit
def applied(operator: Operator, x: jax.Array) -> jax.Array:
    return operator(x)


def inputs(shape: tuple[int, ...]) -> jax.Array:
    return jnp.asarray(np.random.default_rng(103).normal(size=(2, *shape, 2)), jnp.float32)


@each
def test_shape_precision_and_gradients(row: Row) -> None:
    frame, operator = built(row)
    x = inputs(frame.shape)
    moments = (frame.times,) if frame.times else ()
    weigh = jnp.asarray(np.random.default_rng(107).normal(size=(2, *moments, *frame.shape, 1)))

    trained, rest = eqx.partition(operator, lambda leaf: isinstance(leaf, jax.Array))

    def score(leaves: Operator) -> tuple[jax.Array, jax.Array]:
        made = eqx.combine(leaves, rest)(x)
        return (made * weigh).sum(), made

    slope, made = jax.jit(jax.grad(score, has_aux=True))(trained)
    assert made.shape == (2, *moments, *frame.shape, 1) and made.dtype == jnp.float32
    assert np.isfinite(made).all()
    for path, leaf in jax.tree_util.tree_flatten_with_path(slope)[0]:
        assert np.isfinite(leaf).all() and np.any(leaf), jax.tree_util.keystr(path)


@each
def test_a_second_resolution_is_taken_or_refused_with_a_reason(row: Row) -> None:
    frame, operator = built(row)
    fine = tuple(2 * n - (e != "wrap") for n, e in zip(frame.shape, frame.edges, strict=True))
    assert operator.any_grid == (not row.own_grid), row.own_grid
    if operator.any_grid:
        made = applied(operator, inputs(fine))
        moments = (frame.times,) if frame.times else ()
        assert made.shape == (2, *moments, *fine, 1) and np.isfinite(made).all()


@each
def test_one_key_gives_one_operator(row: Row) -> None:
    frame, operator = built(row)
    same, other = row.recipe.build(frame, 7), row.recipe.build(frame, 8)
    assert eqx.tree_equal(operator, same)
    assert not eqx.tree_equal(operator, other)


@each
def test_samples_do_not_see_each_other(row: Row) -> None:
    frame, operator = built(row)
    x = inputs(frame.shape)
    swapped = applied(operator, x[::-1])
    np.testing.assert_allclose(applied(operator, x), swapped[::-1], atol=1e-5)
