"""Pull a plate with a hole: elements on a curved domain, a picture, and files for ParaView.

What one learns: a system is stated by the ``div`` of its stresses and tractions by ``flux``; the
mesh is made, curved and refined where it pays; the answer has derivatives, so that the stress
concentration is read off; ``plot`` draws it and ``to_vtk`` writes it on the mesh it was solved on.
"""

import tempfile
from pathlib import Path

import residuum as rs

POISSON, RADIUS = 0.3, 0.2


def statement() -> rs.Problem:
    """Return a quarter of a strip of width 2 with a hole of diameter 0.4, pulled along x."""
    x, y = rs.space("x", "y")
    u, v = rs.unknown("u", "v", x, y)
    shear = (u.diff(y) + v.diff(x)) / (2 * (1 + POISSON))
    along = (u.diff(x) + POISSON * v.diff(y)) / (1 - POISSON**2)
    across = (v.diff(y) + POISSON * u.diff(x)) / (1 - POISSON**2)
    first, second = rs.vector(along, shear), rs.vector(shear, across)
    pull = {"x_max": (1, 0), "y_max": (0, 0), "hole": (0, 0)}
    return rs.Problem(
        domain=rs.Box(x=(0, 4), y=(0, 1)) - rs.Disc((0, 0), RADIUS, name="hole"),
        equations=[rs.Eq(-rs.div(first), 0), rs.Eq(-rs.div(second), 0)],
        conditions=[
            # The other quarters are mirror images: no displacement across, no shear along.
            rs.dirichlet(u, 0, on="x_min"),
            rs.flux(second, 0, on="x_min"),
            rs.dirichlet(v, 0, on="y_min"),
            rs.flux(first, 0, on="y_min"),
            *(rs.flux(first, force, on=part) for part, (force, _) in pull.items()),
            *(rs.flux(second, force, on=part) for part, (_, force) in pull.items()),
        ],
        name="strip_with_a_hole",
    )


def main() -> dict[str, float]:
    """Solve; return the stress concentration, the certified error and the bytes of the file."""
    answer = rs.solve(statement(), rs.FiniteElement(), tol=1e-4)
    print("result:", answer.result.code, "\nerror: ", answer.certificate)
    print("unknowns:", answer.record.unknowns)

    top = {"x": 0.0, "y": RADIUS}
    by_x, by_y = answer.derivative("x", **top), answer.derivative("y", **top)
    stress = (by_x["u"] + POISSON * by_y["v"]) / (1 - POISSON**2)
    print(f"stress above the hole: {stress:.3f} times the pull; Howland (1930) has 3.14")

    with tempfile.TemporaryDirectory() as folder:
        answer.plot(Path(folder) / "plate.png", unknown="u")
        file = answer.to_vtk(Path(folder) / "plate.vtu", vectors={"displacement": ("u", "v")})
        size = file.stat().st_size
    print(f"for ParaView: {file.name}, {size} bytes")
    return {"stress": stress, "certified": answer.certificate.relative, "bytes": float(size)}


if __name__ == "__main__":
    main()
