from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from residuum.discretise.time import ESDIRK4, TRBDF2, Evolution, evolve
from residuum.discretise.time._esdirk import Tableau, kennedy_carpenter, trapezoidal_bdf

from ._systems import moving_heat, prothero_robinson, stokes_like

Exact = Callable[[float], np.ndarray]


def conditions(weights: np.ndarray, tableau: Tableau, order: int) -> np.ndarray:
    """Return the defects of all order conditions up to the order."""
    a, c = tableau.matrix, tableau.nodes
    trees = [
        (1, weights.sum() - 1),
        (2, weights @ c - 1 / 2),
        (3, weights @ c**2 - 1 / 3),
        (3, weights @ a @ c - 1 / 6),
        (4, weights @ c**3 - 1 / 4),
        (4, (weights * c) @ a @ c - 1 / 8),
        (4, weights @ a @ c**2 - 1 / 12),
        (4, weights @ a @ a @ c - 1 / 24),
    ]
    return np.array([defect for tree, defect in trees if tree <= order])


@pytest.mark.parametrize(
    ("tableau", "embedded"), [(kennedy_carpenter(), 3), (trapezoidal_bdf(), 3)]
)
def test_order_conditions(tableau: Tableau, embedded: int) -> None:
    assert np.abs(conditions(tableau.weights, tableau, tableau.order)).max() < 1e-14
    assert np.abs(conditions(tableau.embedded, tableau, embedded)).max() < 1e-14
    higher = conditions(tableau.weights, tableau, 4 if tableau.order == 2 else 5)
    assert tableau.order == 4 or np.abs(higher).max() > 1e-3
    assert np.abs(conditions(tableau.embedded, tableau, 4)).max() > 1e-4


@pytest.mark.parametrize("tableau", [kennedy_carpenter(), trapezoidal_bdf()])
def test_stages_of_order_two_one_diagonal_and_stiff_accuracy(tableau: Tableau) -> None:
    a, c = tableau.matrix, tableau.nodes
    assert np.abs(a @ c - c**2 / 2).max() < 1e-14
    assert np.ptp(np.diag(a)[1:]) == 0 and a[0].max() == 0 and c[-1] == pytest.approx(1)
    assert np.triu(a, 1).max() == 0 and c.max() <= 1 + 1e-15


@pytest.mark.parametrize("tableau", [kennedy_carpenter(), trapezoidal_bdf()])
def test_l_stability(tableau: Tableau) -> None:
    a, b = tableau.matrix, tableau.weights
    n = len(b)

    def growth(z: complex) -> complex:
        return complex(1 + z * b @ np.linalg.solve(np.eye(n) - z * a, np.ones(n)))

    axis = [abs(growth(1j * y)) for y in np.logspace(-3, 5, 400)]
    # The method has no poles on the left, so its largest growth there is on the axis.
    assert max(axis) <= 1 + 1e-12
    assert abs(growth(-1e8)) < 1e-6


def test_dense_weights_have_order_four_in_the_middle_and_join_smoothly() -> None:
    tableau = kennedy_carpenter()
    a, c, dense = tableau.matrix, tableau.nodes, tableau.dense
    half = 0.5 ** np.arange(1, 5) @ dense
    for k in range(4):
        assert half @ c**k == pytest.approx(0.5 ** (k + 1) / (k + 1), abs=1e-14)
    assert half @ a @ c**2 == pytest.approx(0.5**4 / 12, abs=1e-14)
    assert dense.sum(axis=0) == pytest.approx(tableau.weights)
    assert dense[0] == pytest.approx(np.eye(6)[0], abs=1e-14)
    assert np.arange(1, 5) @ dense == pytest.approx(np.eye(6)[-1], abs=1e-14)


@pytest.mark.parametrize("tableau", [kennedy_carpenter(), trapezoidal_bdf()])
def test_the_alert_sees_no_smooth_rates(tableau: Tableau) -> None:
    c = tableau.nodes
    smooth = 1 + c + (c**2 if tableau.order == 4 else 0)
    assert abs(tableau.alert @ smooth) < 1e-13
    assert tableau.alert[0] == tableau.weights[0]


def fixed(scheme: type[Any], system: Any, exact: Exact, end: float, steps: int) -> Evolution:
    """Take equal steps whatever the error."""
    length = end / steps
    found = evolve(
        system, (0, end), exact(0), tol=0.99, scheme=scheme(longest=length), first_step=length
    )
    assert found.steps == steps
    return found


def orders(scheme: type[Any], system: Any, exact: Exact, part: slice, dense: bool) -> list[float]:
    """Return the observed orders between 16, 32 and 64 steps of the unit interval."""
    errors = []
    for steps in (16, 32, 64):
        found = fixed(scheme, system, exact, 1.0, steps)
        places = np.linspace(0.03, 1, 61) if dense else [1.0]
        errors.append(max(np.abs(found.at(t) - exact(t))[part].max() for t in places))
    return [float(np.log2(a / b)) for a, b in pairwise(errors)]


def cosine(t: float) -> np.ndarray:
    return np.array([np.cos(t)])


@pytest.mark.parametrize(("scheme", "order"), [(ESDIRK4, 4), (TRBDF2, 2)])
def test_order_on_a_smooth_problem_at_the_ends_and_between(scheme: type[Any], order: int) -> None:
    for dense in (False, True):
        found = orders(scheme, prothero_robinson(1.0), cosine, slice(None), dense)
        assert min(found) > order - 0.15


@pytest.mark.parametrize(("scheme", "reduced"), [(ESDIRK4, 2), (TRBDF2, 2)])
def test_order_reduction_of_prothero_and_robinson(scheme: type[Any], reduced: int) -> None:
    """Where the step resolves no stiffness the error is its inverse times the stage order."""
    found = orders(scheme, prothero_robinson(1e5), cosine, slice(None), False)
    assert found == pytest.approx([reduced, reduced], abs=0.15)
    assert abs(fixed(scheme, prothero_robinson(1e5), cosine, 1.0, 16).states[-1, 0] - np.cos(1)) < (
        1e-7
    )


def test_order_reduction_with_moving_boundary_values() -> None:
    """Stage order two plus what the boundary layer leaves: three and a bit is seen, not four."""
    system, exact = moving_heat(50)
    found = orders(ESDIRK4, system, exact, slice(1, -1), False)
    assert min(found) > 2.9 and max(found) < 3.8
    assert min(orders(TRBDF2, system, exact, slice(1, -1), False)) > 1.9


def test_order_in_an_index_two_system() -> None:
    """Velocities keep order four at the ends of the steps; pressures have the stage order two."""
    system, exact = stokes_like()
    assert min(orders(ESDIRK4, system, exact, slice(0, 3), False)) > 3.8
    pressures = orders(ESDIRK4, system, exact, slice(3, 4), False)
    assert pressures == pytest.approx([2, 2], abs=0.2)
    assert min(orders(TRBDF2, system, exact, slice(0, 3), False)) > 1.9


def test_stiff_slaves_of_a_forcing_are_accurate_between_the_steps() -> None:
    system = prothero_robinson(1e6)
    found = evolve(system, (0, 5), np.ones(1), tol=1e-5)
    worst = max(abs(found.at(t)[0] - np.cos(t)) for t in np.linspace(0, 5, 401))
    assert worst < 1e-4
