from __future__ import annotations

import sympy as sp

from residuum.catalogue import poisson

from ._symbolic import assert_exact


def test_formula_solves_the_statement_and_is_what_the_reference_computes() -> None:
    x, y = sp.symbols("x y", real=True)
    assert_exact(poisson, sp.sin(sp.pi * x) * sp.sin(sp.pi * y) + sp.exp(x * y) / 2)
