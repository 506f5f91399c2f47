"""Solve ordinary differential equations: a damped oscillator and the Lorenz system.

What one learns: without a space coordinate the problem is an ordinary one; second order needs an
initial rate; several unknowns give a dictionary of values.
"""

import numpy as np

import residuum as rs


def oscillator() -> rs.Problem:
    """Return x'' + 0.4 x' + 4 x = 0 from x = 1 at rest."""
    t = rs.time("t")
    x = rs.unknown("x", t)
    return rs.Problem(
        domain=rs.Box(t=(0, 10)),
        equations=rs.Eq(x.diff(t, 2) + 0.4 * x.diff(t) + 4 * x, 0),
        conditions=[rs.initial(x, 1), rs.initial_rate(x, 0)],
        name="oscillator",
    )


def lorenz() -> rs.Problem:
    """Return the Lorenz system up to t = 5, where chaos has not yet swallowed the error."""
    t = rs.time("t")
    x, y, z = rs.unknown("x", "y", "z", t)
    sigma, rho, beta = (
        rs.parameter(name, value) for name, value in (("sigma", 10), ("rho", 28), ("beta", 8 / 3))
    )
    return rs.Problem(
        domain=rs.Box(t=(0, 5)),
        equations=[
            rs.Eq(x.diff(t), sigma * (y - x)),
            rs.Eq(y.diff(t), x * (rho - z) - y),
            rs.Eq(z.diff(t), x * y - beta * z),
        ],
        conditions=[rs.initial(u, 1) for u in (x, y, z)],
        name="lorenz",
    )


def main() -> dict[str, float]:
    """Solve both; return the error of the first and the error of the second at the end."""
    times = np.linspace(0, 10, 501)
    rate, frequency = 0.2, np.sqrt(4 - 0.04)
    exact = np.exp(-rate * times) * (
        np.cos(frequency * times) + rate / frequency * np.sin(frequency * times)
    )
    swing = rs.solve(oscillator(), tol=1e-6)
    first = float(np.abs(swing(t=times) - exact).max())
    print(f"oscillator: {swing.result.code}, largest error {first:.1e}")

    weather = rs.solve(lorenz(), tol=1e-6)
    end = weather(t=5.0)
    print(f"lorenz: {weather.result.code}, at t = 5", {k: round(v, 4) for k, v in end.items()})
    reference = rs.catalogue.lorenz.reference(np.array([[5.0]]))[0]
    second = float(np.abs(np.array(list(end.values())) - reference).max())
    print(f"lorenz: error at t = 5 {second:.1e}")
    return {"oscillator": first, "lorenz": second}


if __name__ == "__main__":
    main()
