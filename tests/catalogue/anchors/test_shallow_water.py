from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue.anchors._shallow_water import END, dam_break, dam_break_circular

from ._agreement import equation_defects, reference_of, stated


def test_statements() -> None:
    stated(dam_break, "1-D", "evolving", "nonlinear", "system of 2")
    problem = stated(dam_break_circular, "2-D", "evolving", "nonlinear", "system of 3")
    (start,) = [c.value for c in problem.conditions if c.value.has(sp.Piecewise)]
    assert [
        float(start.subs(dict(zip(problem.space, p, strict=True)))) for p in ((0, 0), (1, 0))
    ] == [2, 1]


def test_reference_solves_the_equations_between_the_fronts() -> None:
    problem = dam_break.build()
    # Inside the rarefaction, which at t runs from -sqrt(3) t to about -0.6 t.
    random = np.random.default_rng(47)
    t = random.uniform(0.5, 0.9, 60)
    points = np.column_stack([t, random.uniform(-1.5, -0.8, 60) * t])
    found = equation_defects(problem, reference_of(dam_break), points, steps=(5e-3, 5e-3))
    assert max(found) < 1e-11


def test_totals_are_kept_over_the_bore() -> None:
    x = (np.arange(40000) + 0.5) / 4000 - 5
    start, end = (
        reference_of(dam_break)(np.column_stack([np.full_like(x, t), x])) for t in (0, END)
    )
    lost = (end - start).sum(axis=0) / 4000
    # The depths at both ends push with (9 - 1)/2: up to half a cell per jump.
    assert np.abs(lost - [0, 4 * END]).max() < 5e-4
