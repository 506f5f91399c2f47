"""The pool that points are chosen from."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import double_precision, generator, in_double_precision
from residuum.objectives import Inferred, Points, ResidualAdaptive, measured_pool
from residuum.problem import ExpressionField, scaling

from ._statements import HEAT, heat, t

NOTHING = Inferred({}, (), ())


@in_double_precision
def test_the_pool_is_measured_at_uniform_points() -> None:
    problem, _ = heat()
    with double_precision():
        sizes = scaling(problem)
    field = ExpressionField((HEAT + t**2,), problem.coordinates)
    points, squares = measured_pool(problem, sizes, (field, NOTHING), 3000, generator(7, 5))
    # The residual of t² is 2t, whatever the scale.
    expected = (2 * points[:, 0] / sizes.residuals[0]) ** 2 / 3000
    np.testing.assert_allclose(squares, expected, rtol=1e-9)
    # Mean of 3000 uniform numbers: deviation 0.0053; four of those.
    assert points.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.022)


def test_the_protocol_is_abstract() -> None:
    assert issubclass(ResidualAdaptive, Points)
    with pytest.raises(TypeError):
        Points()  # type: ignore[abstract]
