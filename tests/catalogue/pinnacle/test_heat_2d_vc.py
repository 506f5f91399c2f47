from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue import pinnacle_heat_2d_vc

from ._residual import left_at


def test_the_conductivity_is_log_normal_and_always_the_same() -> None:
    (axes, values) = pinnacle_heat_2d_vc.build().given["a"]
    assert values.shape == (256, 256) and [len(axis) for axis in axes] == [257, 257]
    logarithm = np.log(values)
    assert abs(logarithm.mean()) < 1e-12 and abs(logarithm.std() - 1) < 1e-12
    np.testing.assert_array_equal(values, pinnacle_heat_2d_vc.build().given["a"][1])


def test_what_remains_of_a_parabola_is_source_and_conductivity() -> None:
    problem = pinnacle_heat_2d_vc.build()
    x, _ = problem.space
    points = np.array([[0.5, 0.5, 0.5], [1.5, 0.25, 0.1], [0.0, 0.999, 0.001]])
    values = problem.given["a"][1]
    nodes = np.rint(points[:, 1:] * 255).astype(int)
    source = 200 * np.sin(np.pi * points[:, 1]) * np.sin(5 * np.pi * points[:, 2])
    source *= np.sin(np.pi * points[:, 0])
    expected = -2 * values[nodes[:, 0], nodes[:, 1]] - source
    np.testing.assert_allclose(left_at(problem, sp.sympify(x**2), points), expected, rtol=1e-9)
