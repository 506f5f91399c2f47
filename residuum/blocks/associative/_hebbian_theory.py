"""Replica-symmetric theory of Hebbian networks without noise: overlaps and thresholds of loads."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erf

from residuum._core import OptionError


def hebbian_overlap(
    load: float, order: int, *, spread: float = 0.0, temperature: float = 0.0
) -> float:
    """Return the overlap with a stored archetype, 0 where it is lost.

    With a = K / binomial(N - 1, P - 1) patterns, ρ the spread of the means of examples, n the
    overlap with that mean in units of the quality, q the overlap of two replicas and z normal:

        m = E tanh((n^{P-1} + σ z) / T),  q = E tanh²((n^{P-1} + σ z) / T),
        n = m + ρ n^{P-1} χ,  χ = (1 - q) / T,  σ² = ρ n^{2(P-1)} + a (1 + ρ)^P R.

    R = q / (1 - (1 + ρ) χ)² for P = 2: other patterns answer to the state (D. J. Amit,
    H. Gutfreund, H. Sompolinsky, Ann. Phys. 173, 1987). R = q^{P-1} for P > 2, where K ~ N^{P-1}
    patterns make independent normal couplings (E. Gardner, J. Phys. A 20, 1987). At T = 0,
    m = erf(n^{P-1} / (σ √2)) and χ = √(2/π) exp(-n^{2(P-1)} / (2σ²)) / σ.

    Args:
        load: a, above zero. K / (N - 1) for P = 2.
        order: P, two or more.
        spread: ρ = (1 - r²) / (M r²).
        temperature: in units of the field of one whole pattern; 0, or 0.02 and more.

    Raises:
        OptionError: an argument is out of range.
    """
    if not load > 0 or order < 2 or not (spread >= 0 and temperature >= 0):
        raise OptionError(
            "a load above zero, an order from 2, spread and temperature from zero",
            f"{load}, {order}, {spread}, {temperature}",
            "0.1, 2, 0.0, 0.0.",
        )
    n, m, answer = 1.0 + spread, 1.0, 1.0
    for _ in range(20_000):
        signal = n ** (order - 1)
        sigma = math.sqrt(spread * signal**2 + load * (1 + spread) ** order * answer)
        m_new, q, slope = _averages(signal, sigma, temperature)
        # The iteration runs towards the loss where 1 - (1 + ρ) χ would leave its range.
        pairs = q / max(1 - (1 + spread) * slope, 1e-3) ** 2
        answer = pairs if order == 2 else q ** (order - 1)
        n_new = m_new + spread * signal * slope
        done = abs(m_new - m) + abs(n_new - n) < 1e-11
        m, n = m_new, n_new
        if done or m < LEAST:
            break
    return m if m > LEAST else 0.0


LEAST = 0.3
"""Below every overlap of a stable state at its threshold, for temperatures up to a third."""
_NODES = np.linspace(-8, 8, 4001)
"""Steps of 0.004: the hyperbolic tangent of fields over temperatures from 0.02 is resolved."""
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()


def _averages(signal: float, sigma: float, temperature: float) -> tuple[float, float, float]:
    """Return m, q and χ."""
    if temperature == 0:
        slope = math.sqrt(2 / math.pi) / sigma * math.exp(-(signal**2) / (2 * sigma**2))
        return float(erf(signal / (sigma * math.sqrt(2)))), 1.0, slope
    spins = np.tanh((signal + sigma * _NODES) / temperature)
    q = float(_WEIGHTS @ spins**2)
    return float(_WEIGHTS @ spins), q, (1 - q) / temperature


def hebbian_threshold(order: int, *, spread: float = 0.0, temperature: float = 0.0) -> float:
    """Return the largest load at which an archetype is kept; 0.138 for pairs at T = 0, ρ = 0.

    The load is K / binomial(N - 1, P - 1), as in ``hebbian_overlap``. By bisection, to 1e-4.
    """
    low, high = 1e-6, 2.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        if hebbian_overlap(middle, order, spread=spread, temperature=temperature) > 0:
            low = middle
        else:
            high = middle
    return low


def crossing(loads: np.ndarray, kept: np.ndarray) -> float:
    """Return the load at which the kept share first falls through a half, by linear interpolation.

    Raises:
        OptionError: the share does not cross a half.
    """
    below = np.flatnonzero(kept < 0.5)
    if not len(below) or below[0] == 0:
        raise OptionError("shares that fall through a half", str(kept), "Widen the loads.")
    j = int(below[0])
    slope = (kept[j - 1] - 0.5) / (kept[j - 1] - kept[j])
    return float(loads[j - 1] + slope * (loads[j] - loads[j - 1]))
