"""Causal weights, and the notice that comes with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, double_precision
from residuum._solve import solve
from residuum.fields import MLP
from residuum.geometry import Box
from residuum.learning import GaussNewton
from residuum.methods import PINN
from residuum.objectives import CausalWeights, Collocation, ResidualAdaptive, inferred
from residuum.problem import Eq, ExpressionField, Problem, initial, scaling, time, unknown

t = time("t")
q = unknown("q", t)
DECAY = Problem(Box(t=(0, 1)), Eq(q.diff(t), -q), [initial(q, 1)])


def test_later_slices_wait_for_earlier_residuals() -> None:
    with double_precision():
        sizes = scaling(DECAY)
        times = np.array([[0.0], [0.1], [0.4], [0.6], [1.0]])
        rows = Collocation(1).equations(DECAY, sizes, times)
        trained = (ExpressionField((sp.Integer(1) + 0 * t,), DECAY.coordinates), inferred(DECAY))
        (found,) = CausalWeights(3.0, 2).weigh(trained, [rows])
        size = float(np.ravel(sizes.residuals)[0])
        ratio = np.ravel(np.broadcast_to(found.factor / rows.factor, (1, 5)))
    # q = 1 leaves a residual of one everywhere: the second half weighs exp(-3 / size²), and rows
    # carry the root of that.
    late = np.exp(-1.5 / size**2)
    np.testing.assert_allclose(ratio, [1, 1, 1, late, late], rtol=1e-12)


def test_the_notice_is_in_the_docstring_and_in_every_record() -> None:
    assert "patented" in str(CausalWeights.__doc__)
    method = PINN(MLP(4, 1), GaussNewton(4), ResidualAdaptive(50, 200), balance=CausalWeights())
    answer = solve(DECAY, method, refine=None, progress=False)
    assert any("patented" in note for note in answer.record.notes)


@pytest.mark.parametrize("options", [{"steepness": 0.0}, {"slices": 0}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        CausalWeights(**options)
