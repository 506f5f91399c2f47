"""Follow a bouncing ball: events that set new values, and one that ends the solution.

What one learns: an event is an expression that passes zero; ``then`` gives new values in terms of
the old ones, ``terminal=True`` ends the solution and its time is a parameter of the answer.
"""

import numpy as np

import residuum as rs
from residuum.methods import Event


def main() -> dict[str, float]:
    """Solve both; return the error of the third bounce and of the time of the first."""
    t = rs.time("t")
    y, v = rs.unknown("y", "v", t)
    fall = rs.Problem(
        domain=rs.Box(t=(0, 2)),
        equations=[rs.Eq(y.diff(t), v), rs.Eq(v.diff(t), -9.81)],
        conditions=[rs.initial(y, 1), rs.initial(v, 0)],
        name="ball",
    )
    bounce = Event(y, direction=-1, then={v: -0.8 * v})
    answer = rs.solve(fall, rs.TimeIntegration(events=(bounce,)), tol=1e-8)
    times = answer.record.history["event times"]
    print(f"bounces: {answer.result.code}, at t =", [round(time, 6) for time in times])

    first = np.sqrt(2 / 9.81)
    third = first * (1 + 2 * 0.8 + 2 * 0.8**2)
    landed = rs.solve(fall, rs.TimeIntegration(events=(Event(y, terminal=True),)), tol=1e-8)
    print("landed at t =", landed.parameters["event_time"], "with", landed(t=2.0))
    return {
        "third": abs(times[2] - third),
        "landed": abs(landed.parameters["event_time"] - first),
    }


if __name__ == "__main__":
    main()
