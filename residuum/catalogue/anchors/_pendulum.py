"""A pendulum in Cartesian coordinates: the tension of its rod is an algebraic unknown."""

from __future__ import annotations

import numpy as np

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._papers import HAIRER
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, time, unknown

END = 10.0


def _statement() -> Problem:
    t = time("t")
    x, y, p, q, tension = unknown("x", "y", "p", "q", "tension", t)
    return Problem(
        domain=Box(t=(0, END)),
        equations=[
            Eq(x.diff(t), p),
            Eq(y.diff(t), q),
            Eq(p.diff(t), -tension * x),
            Eq(q.diff(t), -tension * y - 1),
            Eq(p**2 + q**2 - tension * (x**2 + y**2) - y, 0),
        ],
        conditions=[initial(x, 1), initial(y, 0), initial(p, 0), initial(q, 0)],
        name="pendulum",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return x, p, y, q and the tension at points (n, 1) of times, as (n, 5).

    p and q are the rates of x and y. With the angle θ from below, sin(θ/2) = k cd(t) and
    cos(θ/2) = k' nd(t) for the modulus k = sin(π/4) of a start from the horizontal.
    """
    from scipy.special import ellipj  # it takes a while to import

    sn, cn, dn, _ = ellipj(np.asarray(points, float)[:, 0], 0.5)
    k = np.sqrt(0.5)
    sine, cosine = k * cn / dn, k / dn
    rate = -sn / dn  # of θ: 2k k' sn nd with k = k'
    x, y = 2 * sine * cosine, sine**2 - cosine**2
    return np.stack([x, -y * rate, y, x * rate, rate**2 - y], axis=1)


pendulum = Case(
    name="pendulum",
    title="pendulum with its tension as an algebraic unknown (index one)",
    build=_statement,
    reference=_reference,
    trust="1e-13 relative L2: exact in elliptic functions, which SciPy computes to 4e-14",
    floor=1e-13,
    points=(1001,),
    source=HAIRER,
    group="anchors",
    notes="Length, mass and gravity are one; it falls from the horizontal at rest. The rod's "
    "length is differentiated twice: x² + y² = 1 follows from the start.",
)
