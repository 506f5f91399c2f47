"""The distance of two answers on different meshes."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum._core import double_precision
from residuum.discretise.elements import (
    ElementField,
    Space,
    element_gap,
    evolving_field,
    steady_field,
)
from residuum.discretise.elements._gap import finite
from residuum.geometry.mesh import mesh_of
from tests.discretise.elements._posed import LINE, SQUARE, x, y


def square(size: float, *expressions: object) -> tuple[Space, ElementField]:
    space = Space(mesh_of(SQUARE, size), (2,) * len(expressions), degree=6)
    values = [
        np.broadcast_to(sp.lambdify((x, y), e, "numpy")(*space.places(j).T), space.sizes[j])
        for j, e in enumerate(expressions)
    ]
    return space, steady_field(space, np.concatenate(values), len(expressions), (0, 1))


def test_the_norm_of_a_known_difference() -> None:
    with double_precision():
        space, fine = square(0.2, x + y, sp.Integer(100))
        _, coarse = square(0.4, y + sp.Integer(0) * x, sp.Integer(101))
        found = element_gap(space, fine, coarse)
    # ∫ x² = 1/3 against ∫ (x + y)² = 7/6, and 1 against 100.
    assert found.absolute == pytest.approx(np.sqrt(1 / 3 + 1), rel=1e-12)
    assert found.relative == pytest.approx(np.sqrt(2 / 7), rel=1e-12)


def test_equal_fields_are_no_distance_apart() -> None:
    with double_precision():
        space, fine = square(0.2, x**2 - x * y)
        _, coarse = square(0.45, x**2 - x * y)
        assert element_gap(space, fine, coarse).relative < 1e-13


def test_an_evolution_is_compared_over_its_time() -> None:
    def moving(size: float, factor: float) -> tuple[Space, ElementField]:
        space = Space(mesh_of(LINE, size), (1,), degree=4)
        places, times = space.places(0)[:, 0], np.linspace(0, 2, 9)
        states = np.outer(times**2, places) * factor
        return space, evolving_field(space, times[::2], states, 1, (1,))

    with double_precision():
        (space, fine), (_, coarse) = moving(0.1, 1.0), moving(0.3, 0.9)
        found = element_gap(space, fine, coarse)
    # ∫∫ (t² x)² = 32/5 · 1/3; the rule in time has 24 graded midpoints.
    assert found.absolute == pytest.approx(0.1 * np.sqrt(32 / 15), rel=5e-3)
    assert found.relative == pytest.approx(0.1, rel=1e-10)


def test_what_is_not_finite_is_seen() -> None:
    assert finite([np.ones(3)]) and not finite([np.ones(3), np.array([np.nan])])
