"""Papers that several cases come from."""

from __future__ import annotations

from residuum._core import Source

PINN = Source(
    id="pinn",
    title="Physics-informed neural networks: A deep learning framework for solving forward and "
    "inverse problems involving nonlinear partial differential equations",
    authors="M. Raissi, P. Perdikaris, G. E. Karniadakis",
    year=2019,
    identifier="doi:10.1016/j.jcp.2018.10.045",
)
