"""Papers that several of these cases come from."""

from __future__ import annotations

from residuum._core import Source

JAXPI = Source(
    id="expert-guide",
    title="An Expert's Guide to Training Physics-informed Neural Networks",
    authors="S. Wang, S. Sankaran, H. Wang, P. Perdikaris",
    year=2023,
    identifier="arXiv:2308.08468",
)
PIRATENETS = Source(
    id="piratenets",
    title="PirateNets: Physics-informed Deep Learning with Residual Adaptive Networks",
    authors="S. Wang, B. Li, Y. Chen, P. Perdikaris",
    year=2024,
    identifier="arXiv:2402.00326",
)
PINNACLE = Source(
    id="pinnacle",
    title="PINNacle: A Comprehensive Benchmark of Physics-Informed Neural Networks for Solving "
    "PDEs",
    authors="Z. Hao, J. Yao, C. Su, H. Su, Z. Wang, F. Lu, Z. Xia, Y. Zhang, S. Liu, L. Lu, J. Zhu",
    year=2023,
    identifier="arXiv:2306.08827",
)
TORO = Source(
    id="toro",
    title="Riemann Solvers and Numerical Methods for Fluid Dynamics",
    authors="E. F. Toro",
    year=2009,
    identifier="doi:10.1007/b79761",
)
HAIRER = Source(
    id="hairer-wanner",
    title="Solving Ordinary Differential Equations II: Stiff and Differential-Algebraic Problems",
    authors="E. Hairer, G. Wanner",
    year=1996,
    identifier="doi:10.1007/978-3-642-05221-7",
)

JUDGED_BY_REFINEMENT = "no independent reference: judged by the agreement of two refinement levels"
