"""Compare a classical method, a floor without training, and a network on one heat problem.

What one learns: the same statement goes to every method, every answer has the same type, and a
comparison is honest only with the classical row, the same error norm and all time counted.
"""

from sympy import exp, lambdify, pi, sin

import residuum as rs
from residuum.objectives import ResidualAdaptive


def main() -> dict[str, float]:
    """Print the table; return the relative L2 error of each row."""
    t, x = rs.time("t"), rs.space("x")
    u = rs.unknown("u", t, x)
    problem = rs.Problem(
        domain=rs.Box(t=(0, 1), x=(0, 1)),
        equations=rs.Eq(u.diff(t), rs.div(0.1 * rs.grad(u))),
        conditions=[rs.initial(u, sin(pi * x)), rs.dirichlet(u, 0)],
        name="heat",
    )
    exact = lambdify((t, x), exp(-0.1 * pi**2 * t) * sin(pi * x), "numpy")
    points = problem.domain.sample(2000, key=11)
    rows = {
        "spectral": rs.Spectral(),
        "random features": rs.RandomFeatures(rs.fields.RandomTanh(200), scales=(1.0, 0.5, 0.25)),
        "network": rs.PINN(rs.MLP(10, 2), rs.GaussNewton(60), ResidualAdaptive(300, 1000)),
    }
    errors = {}
    print("method            true error   known of the error   seconds   result")
    for name, method in rows.items():
        answer = rs.solve(problem, method, key=13)
        errors[name] = answer.error(lambda at: exact(*at.T), points)
        known = answer.certificate
        shown = "nothing" if known.kind == "none" else f"{known.kind} {known.relative:.0e}"
        seconds = answer.record.seconds["total"]
        print(
            f"{name:16}  {errors[name]:10.1e}   {shown:18}   {seconds:7.1f}   {answer.result.code}"
        )
    return errors


if __name__ == "__main__":
    main()
