"""What every case of this collection shares."""

from __future__ import annotations

from residuum._core import Source

GROUP = "pinnacle"

AGREEMENT = "no independent reference: judged by the agreement of two refinement levels"

PINNACLE = Source(
    id="pinnacle",
    title="PINNacle: A Comprehensive Benchmark of Physics-Informed Neural Networks for Solving "
    "PDEs",
    authors="Z. Hao, J. Yao, C. Su, H. Su, Z. Wang, F. Lu, Z. Xia, Y. Zhang, S. Liu, L. Lu, J. Zhu",
    year=2023,
    identifier="arXiv:2306.08827",
)
