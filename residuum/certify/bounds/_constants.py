"""Constants of domains that can be computed: how large a function may be for its slopes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum.geometry import Box, Polygon
from residuum.problem import Problem


@final
@dataclass(frozen=True)
class Constant:
    """A guaranteed constant.

    Args:
        value: the constant; infinite if none is known.
        reason: where it comes from, in words.
    """

    value: float
    reason: str


def friedrichs(problem: Problem) -> Constant:
    """Return C with |w| ≤ C |∇w| for all w that vanish where values of the unknown are given.

    Where none are given, for all w of mean zero.
    """
    shape = problem.shape
    assert shape is not None
    lengths = np.ptp(shape.bounds, axis=1)
    held = {c.on for c in problem.conditions if c.kind == "dirichlet"}
    everywhere = "boundary" in held or set(shape.parts) <= held
    if everywhere:
        value = 1 / (math.pi * math.sqrt(float((1 / lengths**2).sum())))
        return Constant(value, f"Friedrichs constant {value:.4g} of the box around the domain")
    if isinstance(shape, Box):
        # Products of sines and cosines are the eigenfunctions of boxes.
        ends = [sum(f"{a}_{e}" in held for e in ("min", "max")) for a in shape.axes]
        lowest = [(math.pi * k / (2 * L)) ** 2 for k, L in zip(ends, lengths, strict=True)]
        if sum(lowest) > 0:
            value = 1 / math.sqrt(sum(lowest))
            return Constant(value, f"Friedrichs constant {value:.4g} of the box and its held sides")
    if not held and (isinstance(shape, Box) or (isinstance(shape, Polygon) and shape.convex)):
        diameter = float(np.linalg.norm(lengths))
        value = float(lengths.max() if isinstance(shape, Box) else diameter) / math.pi
        return Constant(value, f"Poincaré constant {value:.4g} of the convex domain")
    return Constant(math.inf, "no constant is known for values given on part of this boundary")
