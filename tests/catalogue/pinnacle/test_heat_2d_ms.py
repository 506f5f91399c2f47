from __future__ import annotations

import sympy as sp

from residuum.catalogue import pinnacle_heat_2d_ms

from .._symbolic import assert_exact


def test_formula_solves_the_statement_and_is_what_the_reference_computes() -> None:
    t, x, y = sp.symbols("t x y", real=True)
    decay = 1 + sp.Rational(20, 500) ** 2
    formula = sp.exp(-decay * t) * sp.sin(20 * sp.pi * x) * sp.sin(sp.pi * y)
    assert_exact(pinnacle_heat_2d_ms, formula)
    problem = pinnacle_heat_2d_ms.build()
    own = formula.subs({sp.Symbol(c.name, real=True): c for c in problem.coordinates})
    start = problem.initial_value(problem.unknowns[0])
    assert sp.simplify(own.subs(problem.coordinates[0], 0) - start) == 0
