"""What is known of a matrix is checked before use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from residuum._core import OptionError, Result
from residuum.discretise.linear import ApproximateInverse, Linear, Structure, prepare

from ._systems import second


def test_arrays_of_the_wrong_rank_are_refused() -> None:
    with pytest.raises(OptionError, match="null with 2 axes"):
        Structure(null=np.ones(3))
    with pytest.raises(OptionError, match="saddle with 1 axes"):
        Structure(saddle=np.ones((3, 1), bool))


@pytest.mark.parametrize("name", ["saddle", "components", "near_null", "null"])
def test_arrays_of_another_length_are_refused(name: str) -> None:
    value: Any = np.ones(4) if name in ("saddle", "components") else np.ones((4, 1))
    with pytest.raises(OptionError, match="5 rows"):
        replace(Structure(), **{name: value}).check(5)


def test_nan_in_an_array_is_refused() -> None:
    with pytest.raises(OptionError, match="finite near_null"):
        Structure(near_null=np.full((5, 1), np.nan)).check(5)


def test_a_plain_function_is_an_approximate_inverse() -> None:
    inverse: ApproximateInverse = lambda residual: residual / 2.0  # noqa: E731
    found = prepare(second(9), Structure(definite=True), preconditioner=inverse).solve(np.ones(9))
    assert isinstance(found, Linear)
    assert found.result is Result.SUCCESSFUL
    assert found.path == "given preconditioner + CG"
