"""The functions φ_k of exponential integrators, for numbers and for a small matrix at every mode.

φ_0(z) = exp(z), φ_k(z) = (φ_{k-1}(z) - 1/(k-1)!) / z. Series near zero, then doubling:
φ_k(2z) = 2^-k (φ_0(z) φ_k(z) + Σ_{j=1..k} φ_j(z) / (k-j)!), N. J. Higham, Functions of Matrices,
SIAM 2008, section 10.7.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

TERMS = 16
"""Terms of the series; for a matrix of norm one half the rest is below 1e-17."""
TOP = 3


def doublings(blocks: Any, xp: Any = np) -> Any:
    """Return how often each block (…, s, s) has to be halved until its norm is one half."""
    norm = xp.abs(blocks).sum(axis=-1).max(axis=-1)
    found = xp.ceil(xp.log2(xp.maximum(2 * norm, 1e-300)))
    return xp.maximum(0, found).astype(int)


def phi(blocks: Any, halvings: Any, *, deepest: int, xp: Any = np) -> list[Any]:
    """Return φ_0 … φ_3 of matrices (…, s, s).

    Args:
        blocks: the matrices; with ``xp = jax.numpy`` they can be traced.
        halvings: how often to halve each, see ``doublings``; every block its own number, for too
            many cost accuracy.
        deepest: the largest of these, or a number above it.
        xp: NumPy, or its likeness in JAX.
    """
    unit = np.eye(blocks.shape[-1])
    small = blocks * (0.5 ** halvings.astype(float))[..., None, None]
    found = [xp.zeros_like(small)] * TOP + [unit / math.factorial(TOP + TERMS) + 0 * small]
    for k in range(TERMS - 1, -1, -1):
        found[TOP] = unit / math.factorial(TOP + k) + small @ found[TOP]
    for k in range(TOP - 1, -1, -1):
        found[k] = unit / math.factorial(k) + small @ found[k + 1]
    for level in range(deepest):
        doubled = _double(found)
        mine = (halvings > level)[..., None, None]
        found = [xp.where(mine, new, old) for new, old in zip(doubled, found, strict=True)]
    return found


def _double(found: list[Any]) -> list[Any]:
    new = [found[0] @ found[0]]
    for k in range(1, TOP + 1):
        total = found[0] @ found[k]
        for j in range(1, k + 1):
            total = total + found[j] / math.factorial(k - j)
        new.append(total * 0.5**k)
    return new
