"""Choose the field and the learning rule, then save, load and tabulate the answer.

What one learns: a field is a recipe of blocks, a rule changes its parameters, and any field goes
with any rule that can train it; a saved solution is read back without running code.
"""

import tempfile
from pathlib import Path

import numpy as np

import residuum as rs
from residuum.learning import VariableProjection
from residuum.objectives import ResidualAdaptive


def main() -> dict[str, float]:
    """Solve a boundary layer with four pairs; return their errors and the loss of saving."""
    x = rs.space("x")
    u = rs.unknown("u", x)
    problem = rs.Problem(
        domain=rs.Interval(0, 1),
        equations=rs.Eq(-0.1 * u.diff(x, 2) + u.diff(x), 1),
        conditions=[rs.dirichlet(u, 0)],
        name="layer",
    )
    points = np.linspace(0, 1, 401)[:, None]

    def exact(at: np.ndarray) -> np.ndarray:
        values: np.ndarray = at - np.expm1(10 * at) / np.expm1(10)
        return values

    few = ResidualAdaptive(count=200, pool=1000)
    methods = {
        "polynomials": rs.PINN(rs.fields.TensorChebyshev(24), points=few),
        "gaussians": rs.PINN(rs.Gaussians(40), points=few),
        "network, Gauss-Newton": rs.PINN(rs.MLP(8, 2), rs.GaussNewton(100), few),
        "network, projection": rs.PINN(rs.MLP(8, 2), VariableProjection(100), few),
    }
    found, errors = {}, {}
    for name, method in methods.items():
        found[name] = rs.solve(problem, method, key=13)
        errors[name] = found[name].error(exact, points)
        count, seconds = found[name].record.unknowns, found[name].record.seconds["total"]
        print(f"{name:22} {count:4} unknowns  error {errors[name]:.1e}  {seconds:.1f} s")

    answer = found["polynomials"]
    with tempfile.TemporaryDirectory() as folder:
        again = rs.load(answer.save(Path(folder) / "layer.rs"))
    errors["saving"] = float(np.abs(again(x=points[:, 0]) - answer(x=points[:, 0])).max())
    print(again.to_xarray(5))
    return errors


if __name__ == "__main__":
    main()
