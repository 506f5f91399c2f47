"""Read a problem from a TOML file, solve it, and watch the reader refuse a hostile expression.

What one learns: a file states the same as Python does; its expressions are read by a small parser
that runs nothing; errors say what was wanted, what was got and what to do.
"""

from pathlib import Path

import residuum as rs

FILE = Path(__file__).with_name("heat_rod.toml")


def main() -> float:
    """Solve the problem of ``heat_rod.toml``; return the last temperature of the insulated end."""
    problem = rs.read_problem(FILE)
    print(problem)
    answer = rs.solve(problem, tol=1e-5)
    print("result:", answer.result.code, "\nerror: ", answer.certificate)
    last = answer(t=300.0, x=0.2)
    print(f"temperature of the insulated end after 300 s: {last:.2f} K")

    from residuum.problem import read_problem_text

    hostile = FILE.read_text(encoding="utf-8").replace('"start"', '"__import__(1)"')
    try:
        read_problem_text(hostile)
    except rs.ResiduumError as error:
        print(f"refused: {type(error).__name__}: {error}")
    return float(last)


if __name__ == "__main__":
    main()
