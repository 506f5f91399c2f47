"""Solve Sod's shock tube: a gas of high pressure breaks into one of low pressure.

What one learns: a conservation law is stated by the ``div`` of its fluxes, and that is all the
finite-volume method needs; what has to stay positive is found in the statement; a shock converges
with order one half in L2, so the certificate is larger than for a smooth problem and says why.
"""

import sympy as sp

import residuum as rs


def statement() -> rs.Problem:
    """Return the Euler equations of an ideal gas with density, momentum and energy per volume."""
    t, x = rs.time("t"), rs.space("x")
    rho, m, energy = rs.unknown("rho", "m", "energy", t, x)
    gamma = rs.parameter("gamma", 1.4)
    pressure = (gamma - 1) * (energy - m**2 / (2 * rho))
    return rs.Problem(
        domain=rs.Box(t=(0, 0.4), x=(-1, 1)),
        equations=[
            rs.Eq(rho.diff(t) + rs.div(m), 0),
            rs.Eq(m.diff(t) + rs.div(m**2 / rho + pressure), 0),
            rs.Eq(energy.diff(t) + rs.div((energy + pressure) * m / rho), 0),
        ],
        conditions=[
            rs.initial(rho, sp.Piecewise((1, x < 0), (0.125, True))),
            rs.initial(m, 0),
            rs.initial(energy, sp.Piecewise((2.5, x < 0), (0.25, True))),
        ],
        name="sod",
    )


def main() -> dict[str, float]:
    """Solve; return the states between the waves, whose exact values are known."""
    answer = rs.solve(statement(), rs.FiniteVolume(cells=100, largest=400))
    left, right = answer(t=0.4, x=0.2), answer(t=0.4, x=0.55)
    found = {
        "velocity": right["m"] / right["rho"],
        "left of the contact": left["rho"],
        "right of the contact": right["rho"],
        "estimate": answer.certificate.relative,
    }
    # Toro's book, table 4.2: 0.92745, 0.42632 and 0.26557.
    for name, value in found.items():
        print(f"{name:22} {value:.4f}")
    print(answer.certificate)
    print(answer.record.notes[-1])
    return found


if __name__ == "__main__":
    main()
