"""Events as functions: what they read, what they set, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.discretise.ode import Event, Evolution, Watchers

from ._posed import ball, columns, oscillator, t


def test_values_rates_and_resets() -> None:
    problem = ball()
    y, v = (problem.unknowns[k] for k in columns(problem, "y", "v"))
    with double_precision():
        found = Evolution(problem)
        watchers = Watchers(found, (Event(y - t**2), Event(y, direction=-1, then={v: -v / 2})))
        levels = np.zeros(2)
        levels[columns(problem, "y", "v")] = 0.5, -3.0
        whole = found.lift @ levels
        values = watchers.values(np.array([2.0]), whole[None])[0]
        rates, after = watchers.rates(2.0, whole), watchers.after(1, 2.0, whole)
    np.testing.assert_allclose(values, [0.5 - 4.0, 0.5], rtol=1e-14)
    np.testing.assert_allclose(rates, [-3.0 - 4.0, -3.0], rtol=1e-14)
    np.testing.assert_allclose(after[columns(problem, "y", "v")], [0.5, 1.5], rtol=1e-14)


def test_rates_of_second_order_can_be_set() -> None:
    problem = oscillator()
    x = problem.unknowns[0]
    with double_precision():
        found = Evolution(problem)
        watchers = Watchers(found, (Event(x, then={x.diff(t): 2 * x.diff(t)}),))
        after = watchers.after(0, 0.0, found.lift @ np.array([0.1, 0.4]))
    np.testing.assert_allclose(after, [0.1, 0.8], rtol=1e-14)


def test_wrong_events() -> None:
    x = oscillator().unknowns[0]
    with pytest.raises(OptionError, match="direction"):
        Event(x, direction=2)
    with pytest.raises(OptionError, match="both"):
        Event(x, terminal=True, then={x: 1})
    with double_precision():
        found = Evolution(oscillator())
        with pytest.raises(OptionError, match="below the highest"):
            Watchers(found, (Event(x.diff(t, 2)),))
        with pytest.raises(OptionError, match="to set"):
            Watchers(found, (Event(x, then={2 * x: 1}),))
    assert Event(x).passive and not Event(x, terminal=True).passive
