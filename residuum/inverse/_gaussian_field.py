"""A coefficient that varies and is not known: a Gaussian field by its first modes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np
import sympy as sp

from residuum._core import OptionError, Source
from residuum.problem import NormalDistribution, parameter
from residuum.problem._symbols import Coordinate, Parameter

REACH = 6.0
"""Bounds of a mode's number, in its deviations: the prior has 2e-9 beyond."""


@final
@dataclass(frozen=True)
class GaussianField:
    """m(x) = mean + Σ z_k s_k φ_k(x) with cosines φ_k on a box and z_k normal a priori.

    The squares s_k² are the spectral density of the covariance exp(-|x - y|²/2l²) at the cosine's
    frequency, scaled so that the kept modes have the deviation asked for, on average over the box.
    Write ``field.expression`` where the coefficient stands, or ``exp(field.expression)`` where it
    has to be positive; its numbers are then inferred with their priors.

    Args:
        name: its modes are called ``name_0``, ``name_1``, ….
        box: range of every coordinate: ``{x: (0, 1)}``.
        length: correlation length l, in the unit of the coordinates.
        deviation: standard deviation a priori.
        modes: how many; those of the largest variance.
        mean: constant mean a priori.

    Raises:
        OptionError: an option is out of range.

    Good starting values: a length of a third of the box, as many modes as keep 95 % of the
    variance (``kept``). Cosines have no slope across the faces of the box, so the field is stiff
    there; a box a little larger than the domain loosens it.
    """

    name: str
    box: Mapping[Coordinate, tuple[float, float]]
    length: float
    deviation: float = 1.0
    modes: int = 8
    mean: float = 0.0

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "hilbert_space_gaussian_process",
            "Hilbert space methods for reduced-rank Gaussian process regression",
            "A. Solin, S. Särkkä",
            2020,
            "doi:10.1007/s11222-019-09886-w",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        sizes = all(low < high for low, high in self.box.values())
        if not self.box or not sizes:
            raise OptionError("a box {x: (low, high)}", repr(self.box), "Correct it.")
        if not (self.length > 0 and self.deviation > 0 and self.modes >= 1):
            got = f"length {self.length}, deviation {self.deviation}, {self.modes} modes"
            raise OptionError("length and deviation above 0, modes", got, "Correct them.")

    @cached_property
    def _spectrum(self) -> tuple[list[tuple[int, ...]], np.ndarray, float]:
        """Wave numbers of the kept modes, their s_k, and the share of the variance they keep."""
        widths = np.array([high - low for low, high in self.box.values()])
        most = [math.ceil(4 * w / (np.pi * self.length)) + self.modes for w in widths]
        every = list(itertools.product(*(range(k + 1) for k in most)))
        square = ((np.array(every) * np.pi / widths) ** 2).sum(axis=1)
        density = np.exp(-(self.length**2) * square / 2)
        order = np.argsort(-density, kind="stable")[: self.modes]
        size = np.sqrt(density[order] / density[order].sum()) * self.deviation
        return [every[i] for i in order], size, float(density[order].sum() / density.sum())

    @property
    def kept(self) -> float:
        """Share of the variance that the modes keep."""
        return self._spectrum[2]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The numbers z_k, with their priors."""
        normal = NormalDistribution(0.0, 1.0)
        return tuple(
            parameter(f"{self.name}_{k}", bounds=(-REACH, REACH), distribution=normal)
            for k in range(len(self._spectrum[0]))
        )

    @cached_property
    def expression(self) -> Any:
        """The field as an expression of its coordinates and numbers."""
        total: Any = sp.Float(self.mean)
        waves, sizes, _ = self._spectrum
        for z, wave, size in zip(self.parameters, waves, sizes, strict=True):
            shape: Any = sp.Float(float(size))
            for k, (c, (low, high)) in zip(wave, self.box.items(), strict=True):
                if k:
                    # √2: cosines have the mean square ½.
                    turn = k * sp.pi * (c - sp.Float(low)) / sp.Float(high - low)
                    shape *= sp.Float(math.sqrt(2)) * sp.cos(turn)
            total += z * shape
        return total

    def draw(self, key: int) -> dict[str, float]:
        """Return numbers drawn from the prior, for ``problem.replace(given=…)``."""
        values = np.random.default_rng(key).normal(size=len(self.parameters))
        return {str(p.name): float(v) for p, v in zip(self.parameters, values, strict=True)}
