"""Gaussian fields by their first modes."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError
from residuum.inverse import GaussianField

x, z = rs.space("x", "z")


def test_variance_and_correlation_are_those_asked_for() -> None:
    field = GaussianField("m", {x: (0, 1)}, 0.2, 0.5, 10)
    places = np.array([0.4, 0.6])
    slopes = [sp.lambdify(x, sp.diff(field.expression, p))(places) for p in field.parameters]
    modes = np.stack([np.broadcast_to(s, 2) for s in slopes])
    covariance = modes.T @ modes
    # Away from the faces the cosines repeat the covariance exp(-d²/2l²); reflections at the faces,
    # 0.8 apart and more, add exp(-8) of it there. Near the faces they double the variance, by
    # l·√(π/2) = 0.25 on average, and it is the average that is 0.25.
    assert covariance[0, 0] == pytest.approx(0.25 / (1 + 0.2 * np.sqrt(np.pi / 2)), rel=2e-2)
    assert covariance[0, 1] / covariance[0, 0] == pytest.approx(np.exp(-0.5), rel=2e-2)
    assert field.kept > 0.99


def test_several_coordinates_take_the_largest_modes() -> None:
    field = GaussianField("m", {x: (0, 1), z: (0, 2)}, 0.5, modes=5, mean=1.5)
    assert len(field.parameters) == 5 and field.expression.free_symbols >= {x, z}
    assert field.expression.subs(dict.fromkeys(field.parameters, 0)) == 1.5
    # Of the longer side there are more modes of long waves.
    assert field.kept < 1


def test_draws_are_members() -> None:
    field = GaussianField("m", {x: (0, 1)}, 0.2)
    assert field.draw(3) == field.draw(3) != field.draw(5)
    assert set(field.draw(3)) == {p.name for p in field.parameters}


@pytest.mark.parametrize(
    "options",
    [{"box": {}}, {"box": {x: (1, 0)}}, {"length": 0.0}, {"deviation": -1.0}, {"modes": 0}],
)
def test_options_are_checked(options: dict[str, object]) -> None:
    plain: dict[str, object] = {"name": "m", "box": {x: (0, 1)}, "length": 0.2}
    with pytest.raises(OptionError):
        GaussianField(**{**plain, **options})  # type: ignore[arg-type]
