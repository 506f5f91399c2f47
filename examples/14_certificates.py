"""Prove how wrong a network is, push it to a tolerance, and ask why it was poor.

What one learns: ``rs.verify`` bounds the error of any answer from its statement; ``rs.refine``
goes on to a tolerance and says what the network saved; ``rs.diagnose`` names likely causes.
"""

import numpy as np
from sympy import pi, sin

import residuum as rs


def main() -> dict[str, float]:
    """Train a little; return true and certified errors before and after refinement."""
    x, y = rs.space("x", "y")
    u = rs.unknown("u", x, y)
    plate = rs.Problem(
        domain=rs.Box(x=(0, 1), y=(0, 1)),
        equations=rs.Eq(-rs.div(rs.grad(u)), 5 * pi**2 * sin(pi * x) * sin(2 * pi * y)),
        conditions=[rs.dirichlet(u, 0)],
        name="plate",
    )
    rough = rs.solve(plate, rs.PINN(rule=rs.GaussNewton(iterations=8)), refine=None)
    print("the network says of itself:", rough.result.code)
    bound = rs.verify(rough)
    print("its error:", bound)

    better = rs.refine(rough, 1e-5)
    print("refined:", better.result.code, better.certificate)
    for note in better.record.notes[len(rough.record.notes) :]:
        print("-", note)
    print("why it was poor:", rs.diagnose(rough))

    points = np.random.default_rng(13).uniform(0, 1, (20_000, 2))

    def exact(p: np.ndarray) -> np.ndarray:
        return np.asarray(np.sin(np.pi * p[:, 0]) * np.sin(2 * np.pi * p[:, 1]))

    return {
        "true": rough.error(exact, points),
        "bound": bound.relative,
        "refined": better.error(exact, points),
        "certified": better.certificate.relative,
    }


if __name__ == "__main__":
    main()
