from __future__ import annotations

import sympy as sp

from residuum.catalogue import pinnacle_poisson_5d

from .._symbolic import assert_exact


def test_formula_solves_the_statement_and_is_what_the_reference_computes() -> None:
    axes = sp.symbols("x1:6", real=True)
    formula = sp.Add(*(sp.sin(sp.pi * x / 2) for x in axes))
    assert_exact(pinnacle_poisson_5d, formula)
    problem = pinnacle_poisson_5d.build()
    (condition,) = problem.conditions
    own = formula.subs(dict(zip(axes, problem.coordinates, strict=True)))
    assert condition.value == own and condition.on == "boundary"
