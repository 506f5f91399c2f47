from __future__ import annotations

from residuum.catalogue.anchors._diffusion_sorption import diffusion_sorption

from ._agreement import stated


def test_statement() -> None:
    problem = stated(diffusion_sorption, "1-D", "evolving", "nonlinear", "divergence form")
    known = {p.name: p.value for p in problem.parameters}
    assert known["hold"] is not None and abs(known["hold"] - 2.1569) < 1e-3
    # Retardation is largest where the pollutant is thinnest: 1 + 2.157 · 0.1^-0.126.
    assert 3.8 < 1 + known["hold"] * 0.1**-0.126 < 3.9
