"""Solve Laplace's equation on a square with four holes, where no tensor grid fits.

What one learns: shapes are combined with -, | and &; boundary parts keep their names; elements are
the answer to measure the others by, and come with a certificate; learned fields meet conditions on
combined shapes by weight, and the record says so; features with one linear solve are the floor that
a trained network has to beat.
"""

import residuum as rs


def statement() -> rs.Problem:
    """Return the problem: one on the sides of the square, zero on the holes."""
    x, y = rs.space("x", "y")
    u = rs.unknown("u", x, y)
    square = rs.Rectangle((-0.5, -0.5), (1, 1))
    holes = [rs.Disc((a, b), 0.1, name="hole") for a in (-0.3, 0.3) for b in (-0.3, 0.3)]
    domain = square - holes[0] - holes[1] - holes[2] - holes[3]
    return rs.Problem(
        domain=domain,
        equations=rs.Eq(rs.laplacian(u), 0),
        conditions=[
            *(rs.dirichlet(u, 1, on=side) for side in square.parts),
            rs.dirichlet(u, 0, on="hole"),
        ],
        name="poisson_four_holes",
    )


def main() -> dict[str, float]:
    """Solve with elements, with random features and with a small network; return the errors."""
    problem = statement()
    points = problem.domain.sample(2000, key=11)
    reference = rs.catalogue.poisson_four_holes.reference
    # The network needs some thirty seconds here: its budget. The features need four.
    methods = {
        "elements": rs.FiniteElement(),
        "features": rs.RandomFeatures(rs.Gaussians(900), scales=(1.0, 0.7)),
        "network": rs.PINN(),
    }
    errors = {}
    for name, method in methods.items():
        answer = rs.solve(problem, method, key=13, budget=30)
        errors[name] = answer.error(reference, points)
        seconds = answer.record.seconds["total"]
        print(f"{name:8} error {errors[name]:.1e}  {seconds:4.1f} s  {answer.result.code}")
        print(f"  known of the error: {answer.certificate}")
        for note in dict.fromkeys((answer.record.notes[0], answer.record.notes[-1])):
            print(f"  {note}")
    return errors


if __name__ == "__main__":
    main()
