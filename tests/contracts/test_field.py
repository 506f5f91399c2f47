"""What every field promises, checked on every public architecture."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from jax import Array

from residuum import fields
from residuum._core import (
    Index,
    LinearField,
    OptionError,
    closure,
    double_precision,
    in_double_precision,
)
from residuum.fields import (
    MLP,
    Architecture,
    Branches,
    Constrained,
    FiniteBasis,
    Frame,
    Gaussians,
    ModifiedMLP,
    PhysicsInformedGaussians,
    PirateNet,
    RandomTanh,
    ReversibleMLP,
    TensorChebyshev,
    TimeProducts,
)
from residuum.learning import flatten
from residuum.objectives import Inferred
from residuum.problem import ExpressionField, space, time

EVERY = [
    item
    for name in fields.__all__
    if isinstance(item := getattr(fields, name), type)
    and issubclass(item, Architecture)
    and item is not Architecture
]
# Small recipes of every architecture, with the number of trained weights for the frames below:
# two coordinates, two unknowns. Random or lattice features are constants: only the head counts.
RECIPES: dict[str, list[tuple[Architecture, int]]] = {
    "MLP": [
        (MLP(6, 2), (2 * 6 + 6) + (6 * 6 + 6) + 7 * 2),
        (MLP(5, 1, frequencies=3), (6 * 5 + 5) + 6 * 2),
    ],
    "ReversibleMLP": [
        (ReversibleMLP(3, 2), (2 * 6 + 6) + 4 * 2 * (3 * 3 + 3) + 7 * 2),
    ],
    "ModifiedMLP": [(ModifiedMLP(5, 2), 3 * (2 * 5 + 5) + (5 * 5 + 5) + 6 * 2)],
    # Two frequencies of two axes; six factorised layers of bias and size; two steps of blocks.
    "PirateNet": [
        (
            PirateNet(3, 2, 2),
            2 * 2 + 2 * (4 * 3 + 6) + 2 * ((4 * 3 + 6) + (3 * 3 + 6) + (3 * 4 + 8)) + 2 + 5 * 2,
        )
    ],
    "RandomTanh": [(RandomTanh(11), 12 * 2)],
    "Gaussians": [(Gaussians(9), 10 * 2)],
    "Branches": [(Branches(MLP(4, 1)), 2 * ((2 * 4 + 4) + 5))],
    "TimeProducts": [(TimeProducts(Gaussians(4), 2), (3 * 4 + 1) * 2)],
    "FiniteBasis": [
        (FiniteBasis(RandomTanh(4), (1, 2), 0.8), (2 * 5 + 1) * 2),
        (FiniteBasis(MLP(3, 1), 2, 1.0), 4 * (2 * 3 + 3) + (4 * 4 + 1) * 2),
    ],
    "PhysicsInformedGaussians": [(PhysicsInformedGaussians(9), 9 * 5 + 10 * 2)],
    "TensorChebyshev": [(TensorChebyshev(4), 26 * 2), (TensorChebyshev((2, 3)), 13 * 2)],
}
RANDOM = {"MLP", "ModifiedMLP", "RandomTanh", "FiniteBasis", "Branches", "PirateNet"} | {
    "ReversibleMLP"
}
OPTED_OUT = {
    "GradedGaussians": "it follows the walls of a domain in space, and the frames here have none",
}
"""Name and the reason in words."""
WRONG: dict[str, list[dict[str, Any]]] = {
    "MLP": [{"width": 0}, {"depth": -1}, {"scale": 0.0}, {"harmonics": 0}, {"width": np.nan}],
    "ModifiedMLP": [{"width": -2}, {"depth": 0}, {"scale": np.nan}, {"harmonics": -1}],
    "ReversibleMLP": [{"width": 0}, {"depth": 0}, {"memory": "none"}],
    "PirateNet": [{"width": 0}, {"blocks": 0}, {"frequencies": 0}, {"scale": np.nan}],
    "RandomTanh": [{"count": 0}, {"scale": -1.0}],
    "FiniteBasis": [{"split": 0}, {"split": (2, -1)}, {"overlap": -0.1}, {"overlap": 1.5}],
    "Gaussians": [{"count": -5}, {"scale": 0.0}, {"scale": np.nan}],
    "Branches": [{"of": 3}],
    "TimeProducts": [{"degree": 0}, {"scale": -1.0}, {"space": 3}],
    "PhysicsInformedGaussians": [{"count": 0}, {"scale": -1.0}],
    "TensorChebyshev": [{"degree": 0}, {"degree": (3, -1)}],
}

# Seconds times micrometres; the second frame repeats itself along the second axis.
CENTRE, HALF = np.array([250.0, 3e-6]), np.array([1e3, 1e-6])
FRAMES = {
    "open": Frame(CENTRE, HALF, (), 2),
    "periodic": Frame(CENTRE, HALF, (1,), 2),
}
CASES = [
    pytest.param(recipe, FRAMES[frame], id=f"{name}-{i}-{frame}")
    for name, recipes in RECIPES.items()
    for i, (recipe, _) in enumerate(recipes)
    for frame in FRAMES
    if frame == "periodic"
    or (i == 0 and name not in ("MLP", "ModifiedMLP", "PirateNet"))  # slow to compile
]
each = pytest.mark.parametrize(("recipe", "frame"), CASES)
each_open = pytest.mark.parametrize(
    ("recipe", "trained"),
    [
        pytest.param(recipe, count, id=f"{name}-{i}")
        for name, recipes in RECIPES.items()
        for i, (recipe, count) in enumerate(recipes)
    ],
)
t, x = time("t"), space("x")


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: str(kind.__name__))
def test_every_architecture_is_here(kind: type[Architecture]) -> None:
    reason = OPTED_OUT.get(kind.__name__, "")
    recipes = [recipe for recipe, _ in RECIPES.get(kind.__name__, [])]
    assert recipes or reason.strip(), f"{kind.__name__} has neither recipes nor a written reason"
    assert all(type(recipe) is kind for recipe in recipes)
    assert kind.__name__ in WRONG or reason.strip()
    assert kind.sources and kind.__dict__["name"]


def test_names_are_unique() -> None:
    assert len({kind.name for kind in EVERY}) == len(EVERY)
    assert RECIPES.keys() | OPTED_OUT.keys() <= {kind.__name__ for kind in EVERY}


def with_random_head(field: LinearField, seed: int = 61) -> LinearField:
    head = np.random.default_rng(seed).normal(size=field.head.shape)
    return field.with_head(jnp.asarray(head))


INDICES = closure([(1, 1), (0, 2)])  # the contract of blocks goes to order four
BASE, STEP = 3, 2e-4
# Central differences of order six: weight by multiple of the step.
STENCIL = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}


def dimensionless() -> np.ndarray:
    """The base points, the points of the differences along each axis, and the two ends."""
    random = np.random.default_rng(67)
    base = random.uniform(-0.9, 0.9, (BASE, 2))
    moved = [
        base + sign * k * STEP * np.eye(2)[axis]
        for axis in (0, 1)
        for k in STENCIL
        for sign in (1, -1)
    ]
    ends = [np.column_stack([base[:, 0], np.full(BASE, end)]) for end in (-1.0, 1.0)]
    return np.concatenate([base, *moved, *ends])


@dataclass(frozen=True, eq=False)
class Found:
    """Derivatives in dimensionless coordinates: (rows, points, unknowns) and of the features."""

    value: dict[Index, np.ndarray]
    rebuilt: dict[Index, np.ndarray]

    def difference(self, index: Index, axis: int) -> np.ndarray:
        """Central difference of a derivative along an axis."""
        rows = self.value[index].reshape(-1, BASE, 2)[1 + 6 * axis : 7 + 6 * axis]
        weights = [sign * w for w in STENCIL.values() for sign in (1, -1)]
        found: np.ndarray = np.tensordot(weights, rows, axes=1) / STEP
        return found

    def ends(self, index: Index) -> tuple[np.ndarray, np.ndarray]:
        rows = self.value[index].reshape(-1, BASE, 2)
        return rows[-2], rows[-1]


@eqx.filter_jit
def derivatives(field: LinearField, points: Array) -> tuple[Any, Any]:
    """Return the derivatives of the field, and those of the second unknown from its features."""
    jet = field.jet(points, INDICES)
    features, offset = field.features(points, INDICES, 1), field.offset(points, INDICES, 1)
    rebuilt = {
        index: features.derivative(index) @ field.head[:, 1] + offset.derivative(index)[:, 0]
        for index in INDICES
    }
    return {index: jet.derivative(index) for index in INDICES}, rebuilt


@eqx.filter_jit
def applied(field: LinearField, points: Array) -> Array:
    return field(points)


def scaled(values: Any) -> dict[Index, np.ndarray]:
    return {k: np.asarray(v) * np.prod(HALF ** np.array(k)) for k, v in values.items()}


@functools.cache
def evaluated(recipe: Architecture, frame: Frame) -> Found:
    with double_precision():
        field = with_random_head(recipe.build(frame, 71))
        value, rebuilt = derivatives(field, jnp.asarray(CENTRE + HALF * dimensionless()))
    return Found(scaled(value), scaled(rebuilt))


def sized(*values: np.ndarray) -> float:
    return max(1.0, *(float(np.abs(item).max()) for item in values))


@each
def test_derivatives_equal_central_differences(recipe: Architecture, frame: Frame) -> None:
    found = evaluated(recipe, frame)
    for index in INDICES:
        for axis in (0, 1):
            above = tuple(n + (i == axis) for i, n in enumerate(index))
            if above not in INDICES:
                continue
            value = found.value[above][:BASE]
            # Rounding of 1e-16/STEP per unit, and STEP⁶/140 of the seventh derivative: measured at
            # most 2e-11 of the size of the derivatives.
            size = sized(value, found.value[index])
            np.testing.assert_allclose(
                value, found.difference(index, axis), rtol=0, atol=1e-9 * size, err_msg=str(above)
            )


@each
def test_features_and_head_make_the_value(recipe: Architecture, frame: Frame) -> None:
    found = evaluated(recipe, frame)
    for index in INDICES:
        value, rebuilt = found.value[index][:, 1], found.rebuilt[index]
        # The sums are ordered differently: rounding of some ten terms.
        np.testing.assert_allclose(rebuilt, value, rtol=0, atol=1e-12 * sized(value))


@each
def test_periodic_axes_close_with_their_derivatives(recipe: Architecture, frame: Frame) -> None:
    found = evaluated(recipe, frame)
    gaps = []
    for index in INDICES:
        left, right = found.ends(index)
        gaps.append(float(np.abs(left - right).max()) / sized(left))
    if frame.periodic:
        # Rounding of the phase kπz at ±1, and of 3e-6 ± 1e-6 in units of 1e-6.
        assert max(gaps) < 1e-12
    else:
        assert min(gaps) > 1e-6, "an open axis must not be periodic"


def constrained(recipe: Architecture) -> Constrained:
    z, y = (t - CENTRE[0]) / HALF[0], (x - CENTRE[1]) / HALF[1]
    return Constrained(
        with_random_head(recipe.build(FRAMES["open"], 71)),
        ExpressionField((sp.sin(z) * y, sp.Integer(2)), (t, x)),
        ExpressionField((1 - y**2, sp.exp(z) * (1 + y)), (t, x)),
        (3.0, 0.25),
    )


@in_double_precision
def test_the_same_holds_inside_hard_conditions() -> None:
    recipe = RECIPES["RandomTanh"][0][0]
    field = constrained(recipe)
    points = jnp.asarray(CENTRE + HALF * dimensionless()[:BASE])
    value, rebuilt = (scaled(part) for part in derivatives(field, points))
    free = evaluated(recipe, FRAMES["open"]).value[0, 0][:BASE]
    z, y = dimensionless()[:BASE].T
    distance = np.stack([1 - y**2, np.exp(z) * (1 + y)], axis=1)
    lift = np.stack([np.sin(z) * y, np.full(BASE, 2.0)], axis=1)
    # Rounding of 3e-6 ± 1e-6 in units of 1e-6, times slopes of some ten.
    expected = lift + [3.0, 0.25] * distance * free
    np.testing.assert_allclose(value[0, 0], expected, rtol=1e-12, atol=1e-12)
    for index in INDICES:
        size = sized(value[index])
        np.testing.assert_allclose(rebuilt[index], value[index][:, 1], rtol=0, atol=1e-12 * size)


def leaves(field: Any) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(field, eqx.is_array))]


@each_open
@in_double_precision
def test_the_key_decides(recipe: Architecture, trained: int) -> None:
    first, same, other = (recipe.build(FRAMES["open"], key) for key in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(leaves(first), leaves(same), strict=True))
    equal = all(np.array_equal(a, b) for a, b in zip(leaves(first), leaves(other), strict=True))
    assert equal is (type(recipe).__name__ not in RANDOM)


@each_open
@in_double_precision
def test_only_jax_arrays_are_trained(recipe: Architecture, trained: int) -> None:
    field = recipe.build(FRAMES["open"], 5)
    flat = flatten((field, Inferred({}, (), ())))
    assert flat.vector.size == trained and flat.vector.dtype == jnp.float64
    moved, _ = flat.restore(flat.vector + 1.0)
    kept = [np.asarray(leaf) for leaf in jax.tree.leaves(field) if isinstance(leaf, np.ndarray)]
    still = [np.asarray(leaf) for leaf in jax.tree.leaves(moved) if isinstance(leaf, np.ndarray)]
    assert all(np.array_equal(a, b) for a, b in zip(kept, still, strict=True))
    assert kept, "the frame itself is a constant"
    assert isinstance(moved, LinearField)
    np.testing.assert_array_equal(moved.head, field.head + 1.0)


@each_open
@in_double_precision
def test_the_head_can_be_replaced(recipe: Architecture, trained: int) -> None:
    field = recipe.build(FRAMES["open"], 5)
    head = jnp.zeros_like(field.head).at[-1].set(jnp.asarray([2.0, -3.0]))
    changed = field.with_head(head)
    np.testing.assert_array_equal(changed.head, head)
    assert type(changed) is type(field) and field.head.shape[1] == 2
    # The last feature is the constant one.
    points = jnp.asarray(CENTRE + HALF * dimensionless()[:BASE])
    found = applied(changed, points)
    np.testing.assert_array_equal(found, np.tile([2.0, -3.0], (BASE, 1)))


@pytest.mark.parametrize("name", RECIPES)
def test_outside_the_scope_a_field_is_single(name: str) -> None:
    field = RECIPES[name][0][0].build(FRAMES["open"], 5)
    points = jnp.asarray(CENTRE + HALF * dimensionless()[:BASE])
    found = applied(field, points)
    assert found.dtype == jnp.float32 and bool(jnp.isfinite(found).all())


@pytest.mark.parametrize(
    ("name", "options"),
    [(name, options) for name, every in WRONG.items() for options in every],
    ids=str,
)
def test_wrong_options_are_refused(name: str, options: dict[str, Any]) -> None:
    kind = getattr(fields, name)
    with pytest.raises(OptionError, match=name) as caught:
        kind(**options)
    assert next(iter(options)) in caught.value.wanted


@pytest.mark.parametrize("kind", [MLP, ModifiedMLP])
def test_a_negative_number_of_frequencies_is_refused(kind: Any) -> None:
    with pytest.raises(OptionError, match="frequencies"):
        kind(frequencies=-3)


def test_an_overhang_that_is_no_number_is_refused() -> None:
    with pytest.raises(OptionError, match="overhang"):
        Gaussians(9, overhang=np.nan)


def test_a_degree_may_be_a_numpy_integer() -> None:
    degree: Any = np.int64(3)
    frame = FRAMES["open"]
    assert TensorChebyshev(degree).trunk(frame, 5).signature.outputs == 16


@pytest.mark.parametrize("degree", [(3,), (3, 3, 3), ()])
def test_degrees_must_fit_the_frame(degree: tuple[int, ...]) -> None:
    with pytest.raises(OptionError, match="2 degrees"):
        TensorChebyshev(degree).build(FRAMES["open"], 5)


@pytest.mark.parametrize("name", list(RECIPES))
@in_double_precision
def test_no_points_give_no_values(name: str) -> None:
    field = RECIPES[name][0][0].build(FRAMES["open"], 5)
    found = applied(field, jnp.zeros((0, 2)))
    assert found.shape == (0, 2)


@pytest.mark.parametrize(
    "columns",
    [1, 3],
)
@in_double_precision
def test_points_of_the_wrong_dimension_are_refused(columns: int) -> None:
    field = RECIPES["Gaussians"][0][0].build(FRAMES["open"], 5)
    with pytest.raises((TypeError, ValueError)):
        field(jnp.zeros((4, columns)))
