from __future__ import annotations

import sympy as sp

from residuum.catalogue import damped_oscillator

from ._symbolic import assert_exact


def test_formula_solves_the_statement_and_is_what_the_reference_computes() -> None:
    t = sp.Symbol("t", real=True)
    w = sp.sqrt(396)
    assert_exact(damped_oscillator, sp.exp(-2 * t) * (sp.cos(w * t) + 2 / w * sp.sin(w * t)))
