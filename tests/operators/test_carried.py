"""Operators carried to other meshes: the same answers, and boundary values exact there too."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators import ElementFrame, StructurePreserving, carried
from tests.operators.plate import square


def test_answers_on_a_refined_mesh_are_those_of_the_mesh_trained_on() -> None:
    frame = square()
    fine = ElementFrame(frame.mesh.refined(), 1, frame.held)
    recipe = StructurePreserving(frame, channels=8, heavy=2, data=1)
    operator = recipe.build(frame.grid(2, 1), 11)
    given = np.random.default_rng(5).standard_normal((2, fine.size, 2))
    found = carried(operator, frame, fine).answer(given)
    np.testing.assert_array_equal(found[:, fine.fixed, 0], given[:, fine.fixed, 1])
    # The first nodes of a refined mesh are those of the old one.
    wanted = operator.answer(given[:, : frame.size])
    np.testing.assert_allclose(found[:, : frame.size], wanted, atol=1e-5)
    with pytest.raises(OptionError, match="trained on"):
        carried(operator, fine, frame)
