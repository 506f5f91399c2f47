from __future__ import annotations

import sympy as sp

from residuum.catalogue import wave

from ._symbolic import assert_exact


def test_formula_solves_the_statement_and_is_what_the_reference_computes() -> None:
    t, x = sp.symbols("t x", real=True)
    first = sp.cos(2 * sp.pi * t) * sp.sin(sp.pi * x)
    fourth = sp.cos(8 * sp.pi * t) * sp.sin(4 * sp.pi * x)
    assert_exact(wave, first + fourth / 2)
