"""The numbers to be found: bounds, priors, places to start from."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum._core import OptionError
from residuum.inverse._numbers import numbers

from ._statements import decay, decayed, t, y


def statement(*parameters: rs.problem._symbols.Parameter) -> rs.Problem:
    total = sum(parameters)
    return rs.Problem(
        rs.Box(t=(0, 1)),
        rs.Eq(y.diff(t), -total * y),
        [rs.initial(y, 1)],
        observations=[rs.observe(y, [0.5], at={"t": [0.5]})],
    )


def test_bounds_priors_and_guesses() -> None:
    a = rs.parameter("a", bounds=(0.0, 4.0))
    b = rs.parameter("b", bounds=(-3.0, 3.0), distribution=rs.NormalDistribution(0.5, 0.25))
    found = numbers(statement(a, b), {"a": 9.0})
    order = [found.names.index(n) for n in ("a", "b")]
    assert found.guess[order] == pytest.approx([4.0, 0.5])  # a guess is moved into the bounds
    assert found.precision[order] == pytest.approx([0.0, 16.0])
    assert found.half[order] == pytest.approx([2.0, 3.0])


def test_places_are_inside_and_logarithmic_where_bounds_are_wide() -> None:
    wide = rs.parameter("w", bounds=(1e-4, 1.0))
    plain = rs.parameter("p", bounds=(-1.0, 1.0))
    found = numbers(statement(wide, plain))
    places = found.places(8)
    assert places.shape == (9, 2)
    low, high = found.bounds.T
    assert (places >= low).all() and (places <= high).all()
    column = places[1:, found.names.index("w")]
    # Half of the places are below the geometric mean.
    assert np.median(column) == pytest.approx(0.01, rel=2)


def test_there_must_be_some() -> None:
    values, times = decayed()
    problem = decay(values, times, noise=0.02).replace(given={"r": 1.0})
    with pytest.raises(OptionError, match="bounds"):
        numbers(problem)
