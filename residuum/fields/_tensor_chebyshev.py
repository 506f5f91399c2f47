"""Tensor products of Chebyshev polynomials (and Fourier pairs on periodic axes)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from residuum._core import Key, OptionError, Source
from residuum.blocks import Block, ChebyshevProducts
from residuum.fields._architecture import Architecture, Frame, whole


@dataclass(frozen=True)
class TensorChebyshev(Architecture):
    """Polynomials of a degree per axis: the most accurate basis for smooth solutions on boxes.

    Args:
        degree: highest degree, one for all axes or one per axis.
        total: highest sum of degrees, which many axes need: products of degree 6 in each of six
            coordinates are 117,649, those of total degree 6 are 924. Any if left out.
    """

    degree: int | tuple[int, ...] = 20
    total: int | None = None

    name: ClassVar[str] = "chebyshev"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "chebyshev",
            "Approximation Theory and Approximation Practice",
            "L. N. Trefethen",
            2013,
            "isbn:978-1-611972-39-9",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        degrees = (self.degree,) if isinstance(self.degree, int | np.integer) else self.degree
        for degree in degrees:
            whole(self, degree=degree)
        if self.total is not None:
            whole(self, total=self.total)

    def trunk(self, frame: Frame, key: Key) -> Block:
        degrees = (
            (self.degree,) * frame.dimension
            if isinstance(self.degree, int | np.integer)
            else self.degree
        )
        if len(degrees) != frame.dimension:
            raise OptionError(
                f"{frame.dimension} degrees", str(degrees), "Give one per coordinate."
            )
        return ChebyshevProducts(degrees, frame.periodic, self.total)
