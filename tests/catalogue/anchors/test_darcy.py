from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.catalogue.anchors._darcy import CELLS, darcy_cells, darcy_two_phase, seeded_mask
from residuum.problem import pointwise, read_problem_text, write_problem

from ._agreement import stated


def test_statement_has_both_phases_in_fair_shares() -> None:
    problem = stated(darcy_two_phase, "2-D", "steady", "linear", "divergence form")
    assert len(problem.coefficients) == 1
    mask = seeded_mask()
    assert mask.shape == (CELLS, CELLS) and 0.2 < mask.mean() < 0.8
    assert (mask == seeded_mask()).all()


def test_cells_are_read_as_given_and_survive_text() -> None:
    mask = np.random.default_rng(37).random((4, 4)) < 0.5
    problem = darcy_cells(mask, high=20.0, low=0.5)
    centres = (
        np.stack(np.meshgrid(*2 * [np.arange(4)], indexing="ij"), -1).reshape(-1, 2) + 0.5
    ) / 4
    for item in (problem, read_problem_text(write_problem(problem))):
        with double_precision():
            found = pointwise(item, item.coefficients[0])(jnp.asarray(centres), {})
        assert np.allclose(np.asarray(found), np.where(mask.ravel(), 20.0, 0.5), rtol=1e-15)


def test_published_masks_can_be_stated(data: Callable[[str], dict[str, Any]]) -> None:
    mask = data("darcy_16_32")["x_train"][3]
    problem = darcy_cells(mask, high=20 / 52, low=1 / 52)
    assert problem.traits.linear and problem.traits.divergence_form


@pytest.mark.parametrize("mask", [np.zeros((2, 3)), np.zeros(4)])
def test_masks_that_are_not_square_are_refused(mask: np.ndarray) -> None:
    with pytest.raises(OptionError, match="square array"):
        darcy_cells(mask, high=2.0, low=1.0)


def test_conductivities_must_be_positive() -> None:
    with pytest.raises(OptionError, match="positive"):
        darcy_cells(np.ones((2, 2)), high=2.0, low=0.0)
