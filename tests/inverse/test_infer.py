"""Inference: what the data fix, what they do not, what contradicts."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum._core import Monitor, ProblemError, Result, SolveFailed, Task, in_double_precision
from residuum.inverse import Asked, infer

from ._statements import decay, decayed, rod, t, u, x, y


@in_double_precision
def test_a_rate_and_its_interval_are_those_of_nonlinear_regression() -> None:
    values, times = decayed()
    answer = infer(decay(values, times, noise=0.02), Task(), Asked())
    known = answer.posterior
    assert answer.result is Result.SUCCESSFUL and known is not None and known.sound
    # The exact solution is exp(-r t): its own regression, by a fine search.
    rates = np.linspace(0.5, 1.5, 20001)
    sums = ((np.exp(-rates[:, None] * times) - values) ** 2).sum(axis=1)
    best = rates[sums.argmin()]
    slopes = times * np.exp(-best * times)
    assert known.values[0] == pytest.approx(best, abs=1e-4)
    assert known.deviations["r"] == pytest.approx(0.02 / np.linalg.norm(slopes), rel=1e-3)
    assert answer.certificate.kind == "estimate"


@in_double_precision
def test_only_the_product_is_fixed_and_it_is_said() -> None:
    values, times = decayed()
    answer = infer(decay(values, times, noise=0.02, gain=True), Task(), Asked())
    known = answer.posterior
    assert answer.result is Result.NOT_DETERMINED and known is not None
    assert any("only g*r is fixed" in n or "only r*g is fixed" in n for n in known.notes)
    # What is fixed is found all the same; the intervals are as wide as the bounds.
    assert np.prod(known.values) == pytest.approx(1.0, abs=0.05)
    assert all(b - a > 2 for a, b in known.intervals.values())


@in_double_precision
def test_data_that_contradict_the_statement_are_told() -> None:
    _, times = decayed()
    growing = np.exp(+0.5 * times)
    monitor = Monitor()
    answer = infer(decay(growing, times, noise=0.02), Task(monitor=monitor), Asked())
    assert answer.result is Result.NOT_DETERMINED
    assert any("contradict" in note for note in monitor.record.notes)


@in_double_precision
def test_noise_stated_too_large_is_told() -> None:
    values, times = decayed(noise=0.001)
    answer = infer(decay(values, times, noise=0.1), Task(), Asked())
    assert answer.posterior is not None and answer.posterior.sound
    assert any("larger than the scatter" in note for note in answer.posterior.notes)


@in_double_precision
def test_noise_is_estimated_where_none_is_stated() -> None:
    values, times = decayed(count=60)
    answer = infer(decay(values, times, noise=0.0), Task(), Asked())
    known = answer.posterior
    assert known is not None and known.freedom == pytest.approx(59, abs=0.1)
    # Three deviations of an estimated deviation, 1/√120 each.
    assert known.noise[0] == pytest.approx(0.02, rel=0.27)


@in_double_precision
def test_exact_data_give_exact_numbers() -> None:
    times = np.linspace(0.1, 2, 12)
    answer = infer(decay(np.exp(-times), times, noise=0.0), Task(), Asked())
    assert answer.parameters["r"] == pytest.approx(1.0, abs=1e-6)


@in_double_precision
def test_an_unknown_start_is_one_more_number() -> None:
    values, times = decayed()
    a, r = rs.parameter("a", bounds=(0.2, 3.0)), rs.parameter("r", bounds=(0.1, 5.0))
    problem = rs.Problem(
        rs.Box(t=(0, 2)),
        rs.Eq(y.diff(t), -r * y),
        [rs.initial(y, a)],
        observations=[rs.observe(y, values, at={"t": times}, noise=0.02)],
    )
    known = infer(problem, Task(), Asked()).posterior
    assert known is not None and known.sound
    for name in ("a", "r"):
        low, high = known.intervals[name]
        assert low - 0.05 < 1.0 < high + 0.05


@in_double_precision
def test_a_statement_that_does_not_fix_its_unknowns_is_refused() -> None:
    r = rs.parameter("r", bounds=(0.1, 5.0))
    problem = rs.Problem(
        rs.Box(t=(0, 2)),
        rs.Eq(y.diff(t), -r * y),
        observations=[rs.observe(y, [1.0, 0.5], at={"t": [0.0, 0.5]})],
    )
    with pytest.raises(ProblemError, match="fixes its unknowns"):
        infer(problem, Task(), Asked())


@pytest.mark.slow
@in_double_precision
def test_what_cannot_be_solved_anywhere_is_an_error() -> None:
    # u' = r u² from 1 leaves every bound before t = 2 for r > 1/2.
    r = rs.parameter("r", bounds=(5.0, 9.0))
    problem = rs.Problem(
        rs.Box(t=(0, 2)),
        rs.Eq(y.diff(t), r * y**2),
        [rs.initial(y, 1)],
        observations=[rs.observe(y, [1.0], at={"t": [0.1]}, noise=0.1)],
    )
    try:
        answer = infer(problem, Task(), Asked())
    except SolveFailed:
        return
    # Least squares may settle on something that solves nothing: then the residual says so.
    assert answer.result is not Result.SUCCESSFUL


@pytest.mark.slow
@in_double_precision
def test_the_diffusivity_of_a_rod() -> None:
    known = infer(rod(), Task(), Asked()).posterior
    assert known is not None and known.sound
    low, high = known.intervals["D"]
    assert low < 0.12 < high
    assert u.args == (t, x)
