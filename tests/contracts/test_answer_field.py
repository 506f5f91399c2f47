"""What every field promises that is an answer without having been trained."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Field, LinearField, Result, in_double_precision
from residuum.fields import (
    MLP,
    AtTime,
    Frame,
    Gaussians,
    MeanField,
    NetworkStep,
    Ramp,
    SlabField,
    SumField,
    Transported,
    interpolate_grid,
    stacked,
)
from residuum.methods import METHODS, FeatureGalerkin, MovingMesh
from residuum.problem import ExpressionField

t = rs.time("t")
x, y = rs.space("x", "y")
LENGTH = 2e-6
"""Of the rod, in metres: derivatives are in the units of the problem."""


def rod(*, ends: str) -> rs.Problem:
    """Two temperatures that feed each other, on micrometres and microseconds."""
    u, v = rs.unknown("u", "v", t, x)
    wave = sp.sin(2 * sp.pi * x / LENGTH)
    held = [rs.periodic(w, x) if ends == "periodic" else rs.dirichlet(w, 0) for w in (u, v)]
    spread = 1e-7 * LENGTH**2 / 1e-6
    return rs.Problem(
        rs.Box(t=(0, 1e-6), x=(0, LENGTH)),
        [
            rs.Eq(u.diff(t), rs.div(spread * rs.grad(u)) + 1e5 * v),
            rs.Eq(v.diff(t), rs.div(spread * rs.grad(v)) - 1e5 * u),
        ],
        [rs.initial(u, wave), rs.initial(v, 0), *held],
    )


def disc() -> rs.Problem:
    """A bent membrane whose boundary cells are curved."""
    u = rs.unknown("u", x, y)
    source = sp.exp(x) * (1 + y)
    return rs.Problem(rs.Disc((0, 0), 1), rs.Eq(-rs.laplacian(u), source), [rs.dirichlet(u, 0)])


def swing() -> rs.Problem:
    q, p = rs.unknown("q", "p", t)
    equations = [rs.Eq(q.diff(t), p), rs.Eq(p.diff(t), -sp.sin(q))]
    return rs.Problem(rs.Box(t=(0, 3)), equations, [rs.initial(q, 1), rs.initial(p, 0)])


def chosen() -> rs.Solution:
    """An answer that is a formula."""
    problem = disc()
    field = ExpressionField((sp.exp(x * y) * sp.cos(x),), problem.coordinates)
    return rs.Solution(problem, field, Result.SUCCESSFUL)


def corrected() -> rs.Solution:
    """A formula and values at nodes, added up."""
    nodes = solved(rod(ends="walls"), rs.Spectral())
    wave = sp.sin(sp.pi * x / LENGTH)
    formula = ExpressionField((sp.exp(-1e6 * t) * wave, wave**2), nodes.problem.coordinates)
    return rs.Solution(nodes.problem, SumField((formula, nodes.field)), Result.SUCCESSFUL)


def averaged() -> rs.Solution:
    """The mean of the two."""
    added = corrected()
    assert isinstance(added.field, SumField)
    return rs.Solution(added.problem, MeanField(added.field.parts), Result.SUCCESSFUL)


def solved(problem: rs.Problem, method: Any) -> rs.Solution:
    return rs.solve(problem, method, tol=1e-2, progress=False)


def ring(make: Callable[[ExpressionField], Field]) -> rs.Solution:
    """A field made of a wave on a circle."""
    u = rs.unknown("u", t, x)
    problem = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 6)),
        rs.Eq(u.diff(t) + u.diff(x), 0),
        [rs.initial(u, sp.sin(sp.pi * x / 3)), rs.periodic(u, x)],
    )
    wave = ExpressionField((2 + sp.exp(-t) * sp.sin(sp.pi * x / 3 - t),), problem.coordinates)
    return rs.Solution(problem, make(wave), Result.SUCCESSFUL)


def moved(wave: ExpressionField) -> Field:
    """The wave at labels, moved forward and squeezed."""
    shift = t + t * sp.sin(sp.pi * x / 3) / 4
    labelled = ExpressionField((shift, *wave.expressions), wave.coordinates)
    return Transported(labelled, 1, (0,), np.array([-1.0]), np.array([2.0]))


def splined(wave: ExpressionField) -> Field:
    """Splines through the wave at nodes."""
    axes = np.linspace(0, 1, 24), np.arange(24) / 4
    grid = np.meshgrid(*axes, indexing="ij")
    values = 2 + np.exp(-grid[0]) * np.sin(np.pi * grid[1] / 3 - grid[0])
    return interpolate_grid(axes, values[..., None], (None, 6.0))


def networks(kind: str) -> Callable[[ExpressionField], Field]:
    """Networks in space, straight lines between them."""

    def make(wave: ExpressionField) -> Field:
        frame = Frame(np.array([3.0]), np.array([3.0]), (0,), 1)
        found = [MLP(5, 1).build(frame, key) for key in (7, 8, 9)]
        if kind == "steps":
            return stacked([0.0, 0.4, 1.0], found)
        return NetworkStep(found[0], found[1], np.array([0.0, 1.0]))

    return in_double_precision(make)


ANSWERS: dict[str, tuple[str, Callable[[], rs.Solution]]] = {
    "formula": ("ExpressionField", chosen),
    "sum": ("SumField", corrected),
    "mean": ("MeanField", averaged),
    "held in time": (
        "AtTime",
        lambda: ring(lambda wave: AtTime(wave, np.asarray(0.3), rate=True)),
    ),
    "clock": ("Ramp", lambda: ring(lambda wave: Ramp(wave, np.array([-1.0, 2.0]), (1,)))),
    "slabs": (
        "SlabField",
        lambda: ring(lambda w: SlabField(np.array([0, 0.4, 1]), (w, SumField((w,))))),
    ),
    "characteristics": ("Transported", lambda: ring(moved)),
    "network step": ("NetworkStep", lambda: ring(networks("step"))),
    "network steps": ("NetworkSteps", lambda: ring(networks("steps"))),
    "features in steps": (
        "FeatureSteps",
        lambda: solved(rod(ends="cold"), FeatureGalerkin(Gaussians(12), size=1 / 20)),
    ),
    "Fourier modes": ("GridField", lambda: solved(rod(ends="periodic"), rs.Spectral())),
    "Chebyshev nodes": ("GridField", lambda: solved(rod(ends="cold"), rs.Spectral())),
    "time steps": ("GridField", lambda: solved(swing(), rs.TimeIntegration())),
    "splines": ("GridSpline", lambda: ring(splined)),
    "elements, evolving": ("ElementField", lambda: solved(rod(ends="cold"), rs.FiniteElement())),
    "elements, curved": ("ElementField", lambda: solved(disc(), rs.FiniteElement())),
    "elements, linear": ("ElementField", lambda: solved(disc(), rs.FiniteElement(order=1))),
    "volumes": (
        "VolumeField",
        lambda: solved(rod(ends="periodic"), rs.FiniteVolume(cells=32, largest=128)),
    ),
    "moving nodes": (
        "MovingField",
        lambda: solved(rod(ends="cold"), MovingMesh(cells=20)),
    ),
}
FIRST_ONLY = {"elements, linear", "moving nodes", "volumes"}
"""Piecewise linear in space: their second derivatives are zero."""
each = pytest.mark.parametrize("name", ANSWERS)


@functools.cache
def answer(name: str) -> rs.Solution:
    return ANSWERS[name][1]()


def every(kind: type[Any] = Field) -> Iterator[str]:
    """The names of the fields of the package that are not trained."""
    for child in kind.__subclasses__():
        if child is not LinearField:
            public = child.__module__.startswith("residuum.") and not child.__name__.startswith("_")
            if public and not inspect.isabstract(child):
                yield child.__name__
            yield from every(child)


def points(problem: rs.Problem, count: int = 40) -> np.ndarray:
    """Points well inside, columns in the order of the coordinates."""
    found = problem.domain.sample(count, key=37)
    columns = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    middle = found[:, columns].mean(axis=0)
    return np.asarray(middle + 0.8 * (found[:, columns] - middle))


def extent(problem: rs.Problem) -> np.ndarray:
    columns = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    return np.asarray(np.ptp(problem.domain.bounds, axis=1)[columns])


def test_every_field_is_here() -> None:
    assert METHODS, "the fields are known once the methods are imported"
    assert set(every()) == {kind for kind, _ in ANSWERS.values()}


@each
def test_the_answer_is_of_its_kind_and_a_success(name: str) -> None:
    found = answer(name)
    assert type(found.field).__name__ == ANSWERS[name][0]
    assert found.result.ok


@each
@in_double_precision
def test_values_are_the_same_with_and_without_compiling(name: str) -> None:
    found = answer(name)
    at = points(found.problem)
    values = np.asarray(eqx.filter_jit(found.field)(jnp.asarray(at)))
    assert values.shape == (len(at), len(found.problem.unknowns))
    assert values.dtype == np.float64 and np.abs(values).max() > 0
    others = [found.field(jnp.asarray(at)), found.field.numeric(at)]
    for other in (item for item in others if item is not None):
        # Sums of some hundred terms in another order.
        np.testing.assert_allclose(other, values, rtol=0, atol=1e-12 * np.abs(values).max())


@each
@in_double_precision
def test_derivatives_in_numpy_are_those_of_the_jet(name: str) -> None:
    found = answer(name)
    at = points(found.problem)
    d = at.shape[1]
    wanted = [tuple(int(i == k) for i in range(d)) for k in range(-1, d)]
    plain = found.field.numeric_derivatives(at, wanted)
    if plain is None:
        return
    jet = found.field.jet(jnp.asarray(at), wanted)
    for index in wanted:
        exact = np.asarray(jet.derivative(index))
        # Sums of some hundred terms in another order, times the sizes of their derivatives.
        gap = np.abs(plain[index] - exact).max()
        assert gap <= 1e-10 * np.abs(exact).max(), (name, index, gap)


@each
@in_double_precision
def test_derivatives_equal_central_differences(name: str) -> None:
    found = answer(name)
    at, size = points(found.problem), extent(found.problem)
    for k in range(at.shape[1]):
        space = found.problem.coordinates[k].role == "space"
        # The nodes hardly move for this rod: of second order in time there is rounding alone.
        orders = (0,) if name in FIRST_ONLY and (space or name == "moving nodes") else (0, 1)
        for order in orders:
            step = 1e-5 * size[k]
            aside = step * np.eye(at.shape[1])[k]
            index = tuple(order * (i == k) for i in range(at.shape[1]))
            above = tuple((order + 1) * (i == k) for i in range(at.shape[1]))
            ends = [found.at(at + sign * aside, index) for sign in (1, -1)]
            slope, expected = found.at(at, above), (ends[0] - ends[1]) / (2 * step)
            # A step may cross into the next cell, where derivatives jump: with cells of a
            # hundredth of the domain that is one point in a thousand; two in forty are let pass.
            scale = max(np.abs(slope).max(), 1e-300)
            gap = np.sort(np.abs(slope - expected).max(axis=1) / scale)
            # Rounding of 1e-16/1e-5 per unit of the derivative below, and truncation of 1e-10
            # times two more derivatives, each of which may be a hundred times the last.
            assert gap[-3] < 1e-5, (name, above, gap[-5:])


@each
@in_double_precision
def test_a_jet_holds_all_that_was_asked_for_and_the_value(name: str) -> None:
    found = answer(name)
    at = jnp.asarray(points(found.problem, 8))
    d = at.shape[1]
    first = [tuple(int(i == k) for i in range(d)) for k in range(d)]
    jet = found.field.jet(at, first)
    assert set(jet.indices) == {(0,) * d, *first}
    size = float(jnp.abs(jet.value).max())
    np.testing.assert_allclose(jet.value, found.field(at), rtol=0, atol=1e-13 * size)


@each
@in_double_precision
def test_no_points_give_no_values(name: str) -> None:
    found = answer(name)
    d, m = len(found.problem.coordinates), len(found.problem.unknowns)
    assert found.at(np.zeros((0, d))).shape == (0, m)


@each
@in_double_precision
def test_numbers_that_are_not_finite_are_found(name: str) -> None:
    found = answer(name)
    assert found.field.finite() is not False
    if ANSWERS[name][0] == "ExpressionField":
        return  # it has no numbers to spoil

    def spoiled(leaf: Any) -> Any:
        real = eqx.is_array(leaf) and np.issubdtype(leaf.dtype, np.floating)
        return leaf * np.nan if real else leaf

    broken = jax.tree.map(spoiled, found.field)
    told = broken.finite()
    assert told is False or (told is None and not np.isfinite(_values(broken, found)).all())


def _values(field: Field, found: rs.Solution) -> np.ndarray:
    return rs.Solution(found.problem, field, found.result).at(points(found.problem))


@each
def test_it_is_saved_and_read_back_to_the_last_digit(name: str, tmp_path: Path) -> None:
    found = answer(name)
    again = rs.load(found.save(tmp_path / "answer.rs"))
    at = points(found.problem)
    np.testing.assert_array_equal(again.at(at), found.at(at))
    assert type(again.field) is type(found.field)
