"""A family that is solved in a few hundredths of a second."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import residuum as rs
from residuum.datasets import Labels, Summary
from residuum.problem import LogNormal

FAST = Labels(rs.FiniteElement(), tol=1e-2)


def line(**changes: Any) -> rs.Family:
    """Return -(a u')' = s between held ends, a log-normal and s uniform."""
    x = rs.space("x")
    u, a, s = rs.unknown("u", x), rs.coefficient("a", x), rs.parameter("s", 1.0)
    posed = rs.Problem(
        rs.Box(x=(0, 1)),
        rs.Eq(-rs.div(a * rs.grad(u)), s),
        [rs.dirichlet(u, 0)],
        given={a: 1},
        name="line",
    )
    field = rs.GaussianField(alpha=2, tau=3, waves=8)
    options: dict[str, Any] = {
        "bounds": {"u": (0, math.inf)},
        "a": LogNormal(field),
        "s": rs.UniformDistribution(1, 2),
    }
    return rs.Family(posed, **(options | changes))


def small(path: Path, count: int = 4, **options: Any) -> Summary:
    """Make a set of a few samples in this process."""
    asked: dict[str, Any] = {"key": 5, "shape": 9, "labels": FAST, "workers": 1}
    return rs.make_data(options.pop("family", line()), path, count=count, **(asked | options))
