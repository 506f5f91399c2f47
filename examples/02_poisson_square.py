"""Check a solver with a manufactured solution: choose the answer first, then pose its problem.

What one learns: the right-hand side and the boundary values follow from any chosen expression,
so the true error of every method is known exactly.
"""

import numpy as np
from sympy import exp, lambdify, pi, sin

import residuum as rs


def main() -> float:
    """Solve -Δu = f on the unit square; return the relative L2 error."""
    x, y = rs.space("x", "y")
    u = rs.unknown("u", x, y)
    chosen = sin(pi * x) * exp(y) + x * y
    source = -rs.laplacian(chosen).doit()
    problem = rs.Problem(
        domain=rs.Box(x=(0, 1), y=(0, 1)),
        equations=rs.Eq(-rs.div(rs.grad(u)), source),
        conditions=[rs.dirichlet(u, chosen)],
        name="poisson_square",
    )
    print("source: ", source)
    print("method: ", rs.explain(problem))
    answer = rs.solve(problem, tol=1e-8).check()

    exact = lambdify((x, y), chosen, "numpy")
    points = problem.domain.sample(2000, key=11)
    error = answer.error(lambda at: exact(*at.T), points)
    centre = answer(x=0.5, y=0.5)
    print("error:  ", answer.certificate)
    print(f"true relative L2 error: {error:.1e}")
    print(f"u(½, ½) = {centre:.12f}, exactly {np.exp(0.5) + 0.25:.12f}")
    return error


if __name__ == "__main__":
    main()
