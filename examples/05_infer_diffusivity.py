"""Infer the diffusivity of a rod from forty noisy temperatures.

What one learns: a parameter with bounds is an unknown number; observations carry their places and
their noise; the answer holds the field and the number, and the guess need not be close.
"""

import numpy as np
from sympy import pi, sin

import residuum as rs
from residuum.objectives import ResidualAdaptive

TRUE, NOISE = 0.12, 0.01


def main() -> float:
    """Make data with D = 0.12, forget D, and infer it; return what was found."""
    random = np.random.default_rng(5)
    times, places = random.uniform(0, 1, 40), random.uniform(0, 1, 40)
    exact = np.exp(-TRUE * np.pi**2 * times) * np.sin(np.pi * places)
    measured = exact + NOISE * random.normal(size=40)

    t, x = rs.time("t"), rs.space("x")
    u, D = rs.unknown("u", t, x), rs.parameter("D", bounds=(0.01, 1.0))
    problem = rs.Problem(
        domain=rs.Box(t=(0, 1), x=(0, 1)),
        equations=rs.Eq(u.diff(t), rs.div(D * rs.grad(u))),
        conditions=[rs.initial(u, sin(pi * x)), rs.dirichlet(u, 0)],
        observations=[rs.observe(u, measured, at={"t": times, "x": places}, noise=NOISE)],
        name="rod",
    )
    # A weight of one trusts the equation as much as the data: the field does not chase the noise.
    method = rs.PINN(rs.MLP(10, 2), rs.GaussNewton(100), ResidualAdaptive(300, 2000), weight=1.0)
    answer = rs.solve(problem, method, key=13)
    found = answer.parameters["D"]
    print(f"D = {found:.4f}, the data were made with {TRUE}; {answer.result.code}")
    print("notes:", *answer.record.notes, sep="\n  ")
    return found


if __name__ == "__main__":
    main()
