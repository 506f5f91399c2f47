"""Asking the certifiers in turn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import DataError, OptionError, Result
from residuum.certify import certify
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    Solution,
    dirichlet,
    grad,
    space,
    unknown,
)
from residuum.problem import div as divergence
from tests.certify.test_certifier import Fixed

X = space("x")
U = unknown("u", X)
PROBLEM = Problem(
    domain=Box(x=(0, 1)),
    equations=[Eq(-divergence(grad(U)), 1)],
    conditions=[dirichlet(U, 0)],
)


def answer(*values: Any) -> Solution:
    field = ExpressionField(tuple(sp.sympify(value) for value in values), PROBLEM.coordinates)
    return Solution(PROBLEM, field, Result.SUCCESSFUL)


def test_the_first_that_can_say_something_is_heard() -> None:
    asked = [Fixed(reason="too curved"), Fixed(value=-1), Fixed(value=0.25), Fixed(value=0.125)]
    found = certify(answer(X), by=asked)
    assert found.kind == "estimate" and found.value == 0.25 and found.by == "fixed"
    assert found.seconds > 0


def test_none_comes_with_every_reason() -> None:
    found = certify(answer(X), by=[Fixed(reason="too curved"), Fixed(value=-1)])
    assert found.kind == "none" and math.isnan(found.value)
    assert found.assumptions == ("fixed: too curved", "fixed: the mesh could not be made")


def test_a_norm_nobody_speaks_of() -> None:
    found = certify(answer(X), norm="max", by=Fixed())
    assert found.kind == "none" and found.norm == "max"
    assert "speaks of L2" in found.assumptions[0]


def test_wrong_norms_and_certifiers_are_refused() -> None:
    with pytest.raises(OptionError, match="H7"):
        certify(answer(X), norm="H7")
    wrong: Any = "flux"
    with pytest.raises(OptionError, match="certifier"):
        certify(answer(X), by=[wrong])


def test_a_field_that_is_not_finite_is_refused() -> None:
    with pytest.raises(DataError, match="NaN or infinity at 256 of 256"):
        certify(answer(sp.log(X - 2)), by=Fixed())


def test_a_field_of_another_problem_is_refused() -> None:
    with pytest.raises(DataError, match="1 unknowns"):
        certify(answer(X, X), by=Fixed())
    assert np.isfinite(certify(answer(X), by=Fixed()).value)
