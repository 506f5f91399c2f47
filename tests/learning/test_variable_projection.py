"""Variable projection: the head is always the best one for the inner weights."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Monitor, OptionError, double_precision
from residuum.fields import MLP, constrain, frame_of
from residuum.geometry import Box
from residuum.learning import GaussNewton, Trainable, VariableProjection, least_squares, misfit
from residuum.learning._variable_projection import _parts
from residuum.objectives import Collocation, Rows, inferred
from residuum.problem import Eq, Problem, dirichlet, hard_conditions, scaling, space, unknown

x = space("x")
w = unknown("w", x)


def start() -> tuple[Trainable, list[Rows]]:
    source = -((3 * sp.pi) ** 2) * sp.sin(3 * sp.pi * x)
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), source), [dirichlet(w, 0)])
    sizes, hard = scaling(problem), hard_conditions(problem)
    field = constrain(MLP(10, 1).build(frame_of(problem, sizes), 7), problem, hard, sizes)
    inside, around = Collocation(150).build(problem, sizes, hard, 7)
    return (field, inferred(problem)), [*inside, *around]


def test_parts_join_to_what_was_split() -> None:
    with double_precision():
        begin, _ = start()
        flat, split = _parts(begin, begin[0])  # type: ignore[arg-type]
        field, _ = flat.restore(flat.vector)
        points = jnp.linspace(0, 1, 9)[:, None]
        assert np.array_equal(field(points), begin[0](points))
        # Weights and biases of one hidden layer of ten.
        assert split == 20
        head = np.asarray(begin[0].head).ravel()  # type: ignore[attr-defined]
        assert np.array_equal(flat.vector[split:], head)


def test_the_head_left_behind_is_the_best_one() -> None:
    with double_precision():
        begin, rows = start()
        outcome = VariableProjection(iterations=5).train(begin, rows, Monitor())
        field = outcome.trained[0]
        again = least_squares(field, rows)  # type: ignore[arg-type]
        # Solving for the head once more gains nothing but rounding.
        assert again.residual > 0.9 * misfit(field, rows)  # type: ignore[arg-type]


def test_fewer_iterations_than_gauss_newton() -> None:
    with double_precision():
        begin, rows = start()
        projected = VariableProjection(iterations=12).train(begin, rows, Monitor()).losses
        plain = GaussNewton(iterations=12).train(begin, rows, Monitor()).losses
    # Equal iterations, equal start: the eliminated head is always the best one.
    assert projected[-1] < plain[-1]


def test_wrong_options() -> None:
    with pytest.raises(OptionError):
        VariableProjection(iterations=0)
    with pytest.raises(OptionError):
        VariableProjection(damping=0.0)
