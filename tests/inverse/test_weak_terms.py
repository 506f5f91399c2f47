"""Terms as derivatives, and their integrals against bumps."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import ProblemError
from residuum.inverse._weak_terms import weak_term, weights

from ._statements import u, x


def test_terms_are_written_as_derivatives() -> None:
    assert weak_term(u, u**2).order == (0, 0)
    assert weak_term(u, u.diff(x, 3)).order == (0, 3)
    found = weak_term(u, 2 * u**2 * u.diff(x))
    assert found.order == (0, 1) and found.inner == 2 * u**3 / 3


@pytest.mark.parametrize("term", [u * u.diff(x, 2), u.diff(x) ** 2, x * u, u.diff(x) * x])
def test_terms_that_are_no_derivatives_are_refused(term: object) -> None:
    with pytest.raises(ProblemError, match="derivative"):
        weak_term(u, term)


def test_rows_integrate_by_parts() -> None:
    axis = np.linspace(0, 2 * np.pi, 201)
    # ∫ φ (sin)'' = -∫ φ sin, by moving both derivatives to the bump. The rule for even points is
    # exact to the order of the bump's zero at its ends.
    twice, plain = weights(axis, 40, 10, 2), weights(axis, 40, 10, 0)
    assert twice @ np.sin(axis) == pytest.approx(-plain @ np.sin(axis), abs=1e-9)
    once = weights(axis, 40, 10, 1)
    assert once @ np.sin(axis) == pytest.approx(plain @ np.cos(axis), abs=1e-9)
