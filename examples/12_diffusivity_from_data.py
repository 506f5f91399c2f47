"""Find a diffusivity that varies in space from fifty noisy temperatures.

What one learns: an element solve is a function of the numbers of its statement with a derivative
in JAX; fifty readings by 49 unknown numbers cost one factorisation per step of Gauss and Newton; a
field is only as well known as the data allow, so it is made as smooth as the noise permits.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import least_squares
from sympy import exp

import residuum as rs
from residuum.discretise.elements import GridValues, differentiable

NOISE, COUNT = 0.01, 50
AXIS = np.linspace(0, 1, 7)


def statement(log_diffusivity: Any) -> rs.Problem:
    """Return heat flow from a warm side to a cold one, with a source in between."""
    x, y = rs.space("x", "y")
    u, m = rs.unknown("u", x, y), rs.coefficient("m", x, y)
    return rs.Problem(
        domain=rs.Box(x=(0, 1), y=(0, 1)),
        equations=rs.Eq(rs.div(exp(m) * rs.grad(u)), -20),
        conditions=[
            rs.dirichlet(u, 1, on="x_min"),
            rs.dirichlet(u, 0, on="x_max"),
            rs.neumann(u, 0, on="y_min"),
            rs.neumann(u, 0, on="y_max"),
        ],
        given={m: log_diffusivity},
        name="plate",
    )


def truth(x: Any, y: Any) -> Any:
    """Return the logarithm of the diffusivity that the data are made with."""
    return 1.0 * jnp.exp(-((x - 0.6) ** 2 + (y - 0.4) ** 2) / 0.08) - 0.4 * y


def data() -> tuple[np.ndarray, np.ndarray]:
    """Return places and readings, from a finer mesh than the one they are fitted on."""
    random = np.random.default_rng(17)
    points = random.uniform(0.05, 0.95, (COUNT, 2))
    exact = rs.solve(statement(truth), tol=1e-4)(x=points[:, 0], y=points[:, 1])
    return points, np.asarray(exact) + NOISE * random.normal(size=COUNT)


def fitted(solve: Any, read: Any, measured: np.ndarray, weight: float) -> tuple[np.ndarray, float]:
    """Return the numbers that fit best with a penalty on their differences, and the misfit."""
    shape = (len(AXIS), len(AXIS))

    def rows(flat: Any) -> Any:
        m = flat.reshape(shape)
        misfit = (read(solve({}, {"m": m})) - measured) / NOISE
        return jnp.concatenate(
            [misfit, weight * jnp.diff(m, axis=0).ravel(), weight * jnp.diff(m, axis=1).ravel()]
        )

    found = least_squares(rows, np.zeros(len(AXIS) ** 2), jax.jacrev(rows), xtol=1e-4, ftol=1e-4)
    return found.x.reshape(shape), float(np.sqrt(np.mean(found.fun[:COUNT] ** 2)))


def main() -> float:
    """Fit with less and less smoothing until the noise is met; return the error of the field."""
    points, measured = data()
    solve = differentiable(statement(0), 0.1, coefficients={"m": GridValues((AXIS, AXIS))})
    read = solve.reading(points)
    with jax.enable_x64(True):
        for weight in 2.0 ** np.arange(5, -3, -1):
            found, misfit = fitted(solve, read, measured, weight)
            # Less than the noise would be the noise itself, read as a field.
            if misfit <= 1.0:
                break
    exact = np.asarray(truth(*np.meshgrid(AXIS, AXIS, indexing="ij")))
    error = float(np.linalg.norm(np.exp(found) - np.exp(exact)) / np.linalg.norm(np.exp(exact)))
    print(f"diffusivity at {found.size} nodes from {COUNT} readings with noise {NOISE}:")
    print(f"misfit {misfit:.2f} times the noise, penalty {weight:g}")
    print(f"relative error of the field {error:.3f}; that of a constant one {spread(exact):.3f}")
    print(f"{solve.factorisations} matrices were factored")
    return error


def spread(exact: np.ndarray) -> float:
    """Return the relative error of the best constant."""
    values = np.exp(exact)
    return float(np.linalg.norm(values - values.mean()) / np.linalg.norm(values))


if __name__ == "__main__":
    main()
