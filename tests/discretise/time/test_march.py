from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import OptionError, Result
from residuum.discretise.time import BDF, ESDIRK4, evolve
from residuum.discretise.time._corrector import Stage
from residuum.discretise.time._march import March
from residuum.discretise.time._semidiscrete import Scale

from ._systems import Heat, moving_heat, prothero_robinson


def march_of(interval: tuple[float, float], **options: Any) -> March:
    system = prothero_robinson(1.0)
    scheme = ESDIRK4(**options)
    start = Stage(np.ones(1), np.array([-0.5]))
    return March(system, interval, start, scale=Scale(system, 1e-4), scheme=scheme)


def test_steps_are_shortened_so_that_a_whole_number_reaches_the_end() -> None:
    march = march_of((1.0, 2.0))
    assert march.fit(0.3) == pytest.approx(0.25)
    assert march.fit(7.0) == pytest.approx(1.0)
    assert march.fit(0.25) == pytest.approx(0.25)
    assert march_of((1.0, 2.0), longest=0.1).fit(0.9) == pytest.approx(0.1)


def test_the_last_step_ends_exactly_at_the_end() -> None:
    march = march_of((0.0, 0.7))
    march.time = 0.6
    assert march.end(0.1 * (1 - 1e-9)) == 0.7
    assert march.end(0.05) == pytest.approx(0.65)


def test_the_first_step_moves_by_the_order_root_of_the_tolerance() -> None:
    march = march_of((0.0, 100.0))
    assert march.first_length(4, None) == pytest.approx(0.5 * 0.1 / 0.5, rel=0.01)
    assert march.first_length(4, 1e-3) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("scheme", [ESDIRK4(stride=4), BDF(stride=4)])
def test_thinned_pieces_stay_as_near_as_they_say(scheme: Any) -> None:
    system, exact = moving_heat(20)
    found = evolve(system, (0, 1), exact(0), tol=1e-5, scheme=scheme)
    every = evolve(system, (0, 1), exact(0), tol=1e-5, scheme=type(scheme)())
    assert found.steps == every.steps and every.thinning == 0
    assert len(found.pieces) == -(-every.steps // 4) == len(found.times) - 1
    scale, places = Scale(system, 1e-5), np.linspace(0, 1, 97)
    gap = max(scale.size(found.at(t) - every.at(t)) for t in places)
    # Measured at the ends and middles of the steps, so not quite the largest value.
    assert 0 < found.thinning < 1e-2 and gap < 1.5 * found.thinning
    assert np.array_equal(found.states[-1], every.states[-1])


@pytest.mark.parametrize("scheme", [ESDIRK4(), BDF()])
def test_a_jump_of_boundary_values_is_stepped_over(scheme: Any) -> None:
    """Past the jump the solution is that of the same problem started after it."""
    system = Heat(20, lambda t: (float(t > 0.5), 0.0), lambda t, x: 0 * x)
    found = evolve(system, (0, 1), np.zeros(21), tol=1e-5, scheme=scheme)
    later = Heat(20, lambda t: (1.0, 0.0), lambda t, x: 0 * x)
    fresh = evolve(later, (0.5, 1), np.zeros(21), tol=1e-8)
    assert found.result is Result.SUCCESSFUL
    assert np.abs(found.at(0.499)).max() == 0
    for t in (0.51, 0.6, 1.0):
        assert np.abs(found.at(t) - fresh.at(t)).max() < 1e-3
    # Linear elements undershoot by a fiftieth; a quarter would come through the mass matrix.
    assert found.states.min() > fresh.states.min() - 0.01 > -0.05


@pytest.mark.parametrize("options", [{"longest": 0.0}, {"stride": 0}, {"stride": 1.5}])
def test_bad_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        ESDIRK4(**options)
