"""Directions that the data leave open, and their names."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.inverse._identifiability import covariance_of, left_open
from residuum.inverse._numbers import Numbers


def known(low: float, names: tuple[str, ...] = ("D", "k"), precision: float = 0.0) -> Numbers:
    p = len(names)
    bounds = np.array([[low, 10.0]] * p)
    return Numbers(names, bounds, np.zeros(p), np.full(p, precision), bounds.mean(axis=1))


def information(*slopes: list[float]) -> np.ndarray:
    rows = np.array(slopes) * 1e3
    return rows.T @ rows


PLACE = np.array([2.0, 4.0])


@pytest.mark.parametrize(
    ("slope", "kept"),
    [
        ([4.0, 2.0], "D*k"),
        ([0.25, -0.125], "D/k"),
        ([16.0, 16.0], "D*k**2"),
        ([1 / 2, 1 / 2 / 4], "D*k**(1/2)"),
        ([0.5, 0.123 / 4], "D*k**0.123"),
    ],
)
def test_products_that_alone_are_fixed_are_named(slope: list[float], kept: str) -> None:
    (found,) = left_open(information(slope), known(0.1), PLACE)
    assert found.text.endswith(f"only {kept} is fixed")
    assert found.names == ("D", "k")


def test_sums_are_named_where_signs_are_free() -> None:
    (found,) = left_open(information([1.0, 2.0]), known(-10.0), PLACE)
    assert found.text.endswith("only D + 2*k is fixed")


def test_a_number_without_influence_is_named_alone() -> None:
    (found,) = left_open(information([1.0, 0.0]), known(0.1), PLACE)
    assert found.text == "the data do not fix k"


def test_several_directions_are_counted() -> None:
    three = known(0.1, ("a", "b", "c"))
    (found,) = left_open(information([1.0, 1.0, 0.0]), three, np.ones(3))
    assert "2 directions" in found.text and "c" in found.names


def test_data_or_priors_close_directions() -> None:
    assert not left_open(information([1.0, 0.5], [0.5, 1.0]), known(0.1), PLACE)
    assert not left_open(information([4.0, 2.0]), known(0.1, precision=1.0), PLACE)


def test_covariance_is_the_inverse_and_finite_where_there_is_none() -> None:
    full = information([1.0, 0.5], [0.5, 1.0])
    assert covariance_of(full, known(0.1)) == pytest.approx(np.linalg.inv(full))
    open_ = covariance_of(information([4.0, 2.0]), known(0.1))
    assert np.isfinite(open_).all() and open_[0, 0] > 10.0**2
