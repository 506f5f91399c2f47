"""Which problems tensor grids take, and the reasons they give."""

from __future__ import annotations

import warnings
from typing import Any

from residuum.catalogue import case
from residuum.discretise.spectral import (
    refuse_conditions,
    refuse_parts,
    refuse_shape,
    refuse_time,
    space_order,
)
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    observe,
    parameter,
    point_value,
    space,
    time,
    unknown,
)

t, x = time("t"), space("x")
u: Any = unknown("u", t, x)


def posed(left: Any, *conditions: Any, **more: Any) -> Problem:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Problem(Box(t=(0, 1), x=(0, 1)), Eq(left, 0), [initial(u, 0), *conditions], **more)


def test_shape() -> None:
    assert "box" in str(refuse_shape(case("poisson_four_holes").problem()))
    assert refuse_shape(case("lorenz").problem()) is None


def test_unknown_parts() -> None:
    d = parameter("D", bounds=(0.1, 1))
    assert "D" in str(refuse_parts(posed(u.diff(t) - d * u.diff(x, 2), dirichlet(u, 0))))
    seen = observe(u, [0.0], at={"t": [0.5], "x": [0.5]})
    heat = posed(u.diff(t) - u.diff(x, 2), dirichlet(u, 0), observations=[seen])
    assert "observations" in str(refuse_parts(heat))
    for name in ("pinnacle_poisson_inverse", "pinnacle_heat_inverse"):
        assert "a(" in str(refuse_parts(case(name).problem()))


def test_conditions() -> None:
    heat = u.diff(t) - u.diff(x, 2)
    assert refuse_conditions(posed(heat, dirichlet(u, 0))) is None
    assert "both ends" in str(refuse_conditions(posed(heat, dirichlet(u, 0, on="x_min"))))
    pinned = point_value(u, 0, at={"t": 0.5, "x": 0.5})
    assert "enforce" in str(refuse_conditions(posed(heat, dirichlet(u, 0), pinned)))
    beam = posed(u.diff(t) + u.diff(x, 4), dirichlet(u, 0))
    assert "order 4" in str(refuse_conditions(beam))
    assert space_order(beam, u, x) == 4


def test_time() -> None:
    assert refuse_time(case("wave").problem()) is None
    mixed = posed(u.diff(t) - u.diff(x, 2).diff(t), dirichlet(u, 0))
    assert "mixes" in str(refuse_time(mixed))
    squared = posed(u.diff(t) ** 2 + u.diff(t) - u.diff(x, 2), dirichlet(u, 0))
    assert "linear" in str(refuse_time(squared))
