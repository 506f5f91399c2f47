"""Posteriors: intervals, what is refused, plain data and back."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from residuum._core import DataError, OptionError, Posterior

BOUNDS = np.array([[0.0, 1.0], [-1.0, 1.0]])


def made(**changes: object) -> Posterior:
    covariance = np.array([[0.01, 0.006], [0.006, 0.04]])
    plain = {"names": ("D", "k"), "values": np.array([0.5, 0.9])}
    return Posterior(**{**plain, "covariance": covariance, "bounds": BOUNDS, **changes})  # type: ignore[arg-type]


def test_intervals_are_quantiles_inside_the_bounds() -> None:
    found = made(level=0.9).intervals
    # 1.6449 is the 95 % quantile of the normal distribution.
    assert found["D"] == pytest.approx((0.5 - 0.16449, 0.5 + 0.16449), abs=1e-4)
    assert found["k"] == pytest.approx((0.9 - 0.32897, 1.0), abs=1e-4)
    assert made().deviations == pytest.approx({"D": 0.1, "k": 0.2})
    assert made().correlation == pytest.approx(np.array([[1, 0.3], [0.3, 1]]))


def test_estimated_noise_widens_intervals() -> None:
    # 2.0150 is the 95 % quantile of Student's distribution with five degrees of freedom.
    assert made(freedom=5.0).reach() == pytest.approx(2.0150, abs=1e-4)
    assert made().reach() == pytest.approx(1.6449, abs=1e-4)


def test_plain_data_give_the_posterior_back() -> None:
    first = made(noise=(0.1,), notes=("a", "b"), freedom=12.0, sound=False, misfit=3.0, count=14)
    for item in (first, made()):
        text = json.dumps(item.to_dict(), allow_nan=False)
        again = Posterior.from_dict(json.loads(text))
        assert again.to_dict() == item.to_dict() and again.intervals == item.intervals
    assert math.isinf(Posterior.from_dict(made().to_dict()).freedom)


def test_says_its_numbers() -> None:
    assert str(made()).startswith("D = 0.5 in [0.335515, 0.664485]")
    assert str(made()).endswith("(90 % intervals)")


@pytest.mark.parametrize(
    "changes",
    [
        {"values": np.zeros(3)},
        {"covariance": np.array([[1.0, 0.5], [0.4, 1.0]])},
        {"covariance": -np.eye(2)},
        {"values": np.array([math.nan, 0.0])},
    ],
)
def test_refuses_what_is_no_posterior(changes: dict[str, object]) -> None:
    with pytest.raises(DataError):
        made(**changes)


@pytest.mark.parametrize("changes", [{"level": 1.0}, {"level": 0.0}, {"freedom": 0.0}])
def test_refuses_levels_out_of_range(changes: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        made(**changes)
