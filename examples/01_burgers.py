"""Pose Burgers' equation, solve it to a tolerance, and see what is known of the error.

What one learns: how a statement is written, which method is chosen and why, how the answer is
called and differentiated, and where its certificate and its costs are found.
"""

import numpy as np
from sympy import pi, sin

import residuum as rs


def statement() -> rs.Problem:
    """Return the problem: u_t + (u²/2)_x = ν u_xx with a sine at the start and cold ends."""
    t, x = rs.time("t"), rs.space("x")
    u = rs.unknown("u", t, x)
    return rs.Problem(
        domain=rs.Box(t=(0, 1), x=(-1, 1)),
        equations=[rs.Eq(u.diff(t) + rs.div(u**2 / 2), rs.div(0.01 / pi * rs.grad(u)))],
        conditions=[rs.initial(u, -sin(pi * x)), rs.dirichlet(u, 0)],
        name="burgers",
    )


def main() -> dict[str, float]:
    """Solve the problem; return the certified error, the true one and the slope of the layer."""
    problem = statement()
    print(problem)
    print("traits: ", "; ".join(problem.traits.words()))
    print("method: ", rs.explain(problem))

    answer = rs.solve(problem, tol=1e-4)
    print("result: ", answer.result.code)
    print("error:  ", answer.certificate)
    print("seconds:", {phase: round(s, 1) for phase, s in answer.record.seconds.items()})

    times, places = np.meshgrid(np.linspace(0, 1, 41), np.linspace(-1, 1, 201), indexing="ij")
    points = np.column_stack([times.ravel(), places.ravel()])
    true = answer.error(rs.catalogue.burgers.reference, points)
    slope = answer.derivative("x", t=0.5, x=0.0)
    print(f"true relative L2 error: {true:.1e}")
    print(f"u(0.5, 0.25) = {answer(t=0.5, x=0.25):.6f}, slope of the layer {slope:.3f}")
    return {"certified": answer.certificate.relative, "true": true, "slope": slope}


if __name__ == "__main__":
    main()
