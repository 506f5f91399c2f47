"""Parts that lag behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.objectives import RelativeLoss, weights_of

from ._parts import parts


@in_double_precision
def test_the_part_that_fell_less_gets_more_weight() -> None:
    trained, rows, residuals, _ = parts()
    field: Any = trained
    first = RelativeLoss().weigh(field, rows)
    assert list(weights_of(first, rows)) == pytest.approx([1.0, 1.0])  # type: ignore[arg-type]
    moved = field[0].with_head(field[0].head * 0.9)
    second = RelativeLoss(0.9, 1.0, 0.8).weigh((moved, field[1]), rows, first)
    then = np.array([r @ r for r in residuals]) / 2
    now = np.array([float((item.residual(moved) ** 2).sum()) for item in rows]) / 2
    share = 2 * np.exp(now / then) / np.exp(now / then).sum()
    expected = 0.9 * (0.8 * 1.0 + 0.2 * share) + 0.1 * share
    found = weights_of(second, rows)
    assert found is not None and list(found**2) == pytest.approx(list(expected), rel=1e-9)
    assert (now / then)[0] != pytest.approx((now / then)[1], rel=1e-3)


@pytest.mark.parametrize("wrong", [{"memory": 1.0}, {"temperature": 0.0}, {"saved": 2.0}])
def test_wrong_options_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        RelativeLoss(**wrong)
