"""Drive a cavity by its lid: the Navier–Stokes equations, steady, at Reynolds number 100.

What one learns: a pressure is an unknown whose equation is a constraint, and nothing has to be said
about it but its level; values that jump in a corner are marked so; a certificate can be better than
a published table.
"""

import residuum as rs

REYNOLDS = 100


def statement() -> rs.Problem:
    """Return the unit cavity under a lid of speed one."""
    x, y = rs.space("x", "y")
    u, v, p = rs.unknown("u", "v", "p", x, y)
    nu = rs.parameter("nu", 1 / REYNOLDS)
    walls = ("x_min", "x_max", "y_min")
    return rs.Problem(
        domain=rs.Box(x=(0, 1), y=(0, 1)),
        equations=[
            rs.Eq(u * u.diff(x) + v * u.diff(y), nu * rs.laplacian(u) - p.diff(x)),
            rs.Eq(u * v.diff(x) + v * v.diff(y), nu * rs.laplacian(v) - p.diff(y)),
            rs.Eq(u.diff(x) + v.diff(y), 0),
        ],
        conditions=[
            rs.dirichlet(u, 1, on="y_max", jump=True),
            rs.dirichlet(v, 0, on="y_max"),
            *(rs.dirichlet(w, 0, on=wall) for w in (u, v) for wall in walls),
            rs.point_value(p, 0, at={"x": 0, "y": 0}),
        ],
        name="cavity",
    )


def main() -> dict[str, float]:
    """Solve to one percent; return the velocity in the middle, the vortex and the certificate."""
    problem = statement()
    print("method:", rs.explain(problem))
    answer = rs.solve(problem, tol=1e-2)
    print("result:", answer.result.code, "\nerror: ", answer.certificate)
    print("solves:", answer.record.notes[-1])

    middle = answer(x=0.5, y=0.5)
    print(f"u in the middle {middle['u']:.5f}; Ghia, Ghia and Shin (1982) print -0.20581")
    print(f"v in the middle {middle['v']:.5f}; they print 0.05454")
    return {**middle, "certified": answer.certificate.relative}


if __name__ == "__main__":
    main()
