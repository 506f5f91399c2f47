from __future__ import annotations

import sympy as sp

from residuum.catalogue import advection

from ._symbolic import assert_exact


def test_formula_solves_the_statement_and_is_what_the_reference_computes() -> None:
    t, x = sp.symbols("t x", real=True)
    assert_exact(advection, sp.sin(x - 30 * t))
