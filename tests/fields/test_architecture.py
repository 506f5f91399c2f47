"""Frames and recipes."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Key, OptionError, in_double_precision
from residuum.blocks import Block, Chain, Standardise, Tanh
from residuum.fields import Architecture, Frame, frame_of
from residuum.fields._architecture import positive
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    initial,
    laplacian,
    periodic,
    scaling,
    space,
    time,
    unknown,
)


class Plain(Architecture):
    """The smallest recipe there is."""

    name = "plain"

    def trunk(self, frame: Frame, key: Key) -> Block:
        return Tanh(frame.dimension)


@in_double_precision
def test_a_field_is_dimensionless_inside_and_zero_at_first() -> None:
    frame = Frame(np.array([5.0, -2e-6]), np.array([2.0, 1e-6]), (), 3)
    field = Plain().build(frame, 5)
    assert isinstance(field.trunk, Chain) and isinstance(field.trunk.blocks[0], Standardise)
    points = jnp.asarray([[7.0, -2e-6], [5.0, -3e-6]])
    # The ends of the ranges are at plus and minus one: rounding of 2e-6 in units of 1e-6.
    expected = np.tanh([[1.0, 0.0], [0.0, -1.0]])
    np.testing.assert_allclose(field.trunk(points), expected, rtol=1e-14, atol=1e-15)
    assert field.head.shape == (3, 3)
    np.testing.assert_array_equal(field(points), np.zeros((2, 3)))


def two_unknowns(*, both: bool) -> Problem:
    t, x = time("t"), space("x")
    u, v = unknown("u", "v", t, x)
    conditions = [initial(u, sp.sin(2 * sp.pi * x)), initial(v, 3), periodic(u, "x")]
    if both:
        conditions.append(periodic(v, "x"))
    equations = [
        Eq(u.diff(t), laplacian(u) + v),
        Eq(v.diff(t), laplacian(v) - u) if both else Eq(v.diff(t), -u),
    ]
    return Problem(Box(t=(0, 4), x=(2, 3)), equations, conditions)


def test_a_frame_repeats_the_problem() -> None:
    problem = two_unknowns(both=True)
    frame = frame_of(problem, scaling(problem))
    np.testing.assert_allclose(frame.centre, [2.0, 2.5])
    np.testing.assert_allclose(frame.half_width, [2.0, 0.5])
    assert (frame.outputs, frame.dimension, frame.periodic) == (2, 2, (1,))


def test_an_axis_is_periodic_only_if_every_unknown_is() -> None:
    problem = two_unknowns(both=False)
    assert frame_of(problem, scaling(problem)).periodic == ()


@pytest.mark.parametrize("value", [0, -1.0, float("nan")])
def test_options_are_positive(value: float) -> None:
    positive(Plain(), width=1, scale=1e-300)
    with pytest.raises(OptionError, match="Correct Plain") as caught:
        positive(Plain(), width=1, scale=value)
    assert "scale" in caught.value.wanted and caught.value.got == str(value)
