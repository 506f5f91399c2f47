"""Cause: the smooth part of the answer is right, its fine detail is missing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from residuum._core import Source, generator
from residuum.analysis._evidence import LARGE, Evidence
from residuum.analysis._finding import Finding, grade
from residuum.geometry import Uniform
from residuum.problem._places import interior_points
from residuum.problem._scaling import bounds_of

CAUSE = "spectral bias"
LINES, PLACES = 4, 256
MATTERS, MAIN = 1e-3, 0.5
"""Share of the energy of the terms that a band needs in order to count, and of the energy of the
residual that the missing band needs in order to be the cause."""
MISSING = 0.3
"""Residual against terms in a band, from which on its part of the answer is missing."""
UNEVEN, SURE = 3.0, 30.0
"""How much better the coarse bands are solved: noticed, and plain."""
CAP = 0.85

SOURCES = (
    Source(
        "spectral-bias",
        "On the spectral bias of neural networks",
        "N. Rahaman, A. Baratin, D. Arpit, F. Draxler, M. Lin, F. Hamprecht, Y. Bengio, "
        "A. Courville",
        2019,
        "arXiv:1806.08734",
        "runs",
    ),
)


def spectral_bias(evidence: Evidence) -> Finding | None:
    """Compare the spectra of the residual and of the terms of the equation, band by band.

    The spectrum of the answer alone cannot miss what it does not have; that of the terms, sources
    included, shows what the answer should have.
    """
    if not evidence.smooth or evidence.residual <= LARGE:
        return None
    worst: Finding | None = None
    for axis in range(len(evidence.problem.coordinates)):
        found = _along(evidence, axis)
        if found is not None and (worst is None or found.strength > worst.strength):
            worst = found
    return worst


def _along(evidence: Evidence, axis: int) -> Finding | None:
    left, terms = _spectra(evidence, axis)
    cuts = [0, *(2**k for k in range(1, int(np.log2(PLACES))))]
    gains = []
    for low, high in pairwise(cuts):
        energy = terms[low:high].sum()
        if energy > MATTERS * terms.sum():
            gains.append((float(np.sqrt(left[low:high].sum() / energy)), low, high))
    if len(gains) < 2:
        return None
    coarse = min(gains[:-1])
    later = [item for item in gains if item[1] > coarse[1]]
    fine = max(later)
    ratio = fine[0] / max(coarse[0], 1e-300)
    strength = CAP * grade(ratio, UNEVEN, SURE)
    main = left[fine[1] :].sum() > MAIN * left.sum()
    if fine[0] < MISSING or not strength or not main:
        return None
    name = evidence.problem.coordinates[axis].name
    said = (
        f"along {name} the residual is {coarse[0]:.1e} of the terms at {coarse[1]} to {coarse[2]} "
        f"waves per length and {fine[0]:.1e} of them at {fine[1]} to {fine[2]}"
    )
    # Waves per length to radians per half-width; a deviation reaches to about twice its size.
    scale = np.pi * max(fine[1], 1) / 2
    other = f"RandomFeatures(field=RandomTanh(scale={3 * scale:.2g}))"
    remedy = (
        f"Give the network the frequencies: PINN(field=MLP(frequencies=64, scale={scale:.2g})), "
        f"or take {other if evidence.problem.traits.linear else 'a basis that has them'}, or "
        f"{evidence.alternatives}."
    )
    numbers = {"coarse": coarse[0], "fine": fine[0], "waves": float(fine[1])}
    return Finding(CAUSE, said, remedy, strength, numbers)


def _spectra(evidence: Evidence, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the energies of residual and terms by waves per length, over a few lines."""
    problem = evidence.problem
    low, high = bounds_of(problem)[axis]
    places = low + (high - low) * (np.arange(PLACES) + 0.5) / PLACES
    seed = int(generator(7883, axis).integers(1 << 31))
    starts = interior_points(problem, LINES, seed, Uniform())
    columns = [problem.coordinates.index(c) for c in problem.coordinates]
    order = [[c.name for c in problem.coordinates].index(name) for name in problem.domain.axes]
    window = np.hanning(PLACES)
    left, total = np.zeros(PLACES // 2 + 1), np.zeros(PLACES // 2 + 1)
    for start in starts[:, columns]:
        line = np.repeat(start[None], PLACES, axis=0)
        line[:, axis] = places
        if (problem.domain.signed_distance(line[:, order]) > 0).any():
            continue
        found = evidence.terms_at(line)
        if len(found.points) < PLACES:
            continue
        for part, row in zip(found.parts, found.residual, strict=True):
            size = max(float(np.abs(part).max()), 1e-300)
            left += np.abs(np.fft.rfft(window * row / size)) ** 2
            total += sum(np.abs(np.fft.rfft(window * term / size)) ** 2 for term in part)
    return left, total
