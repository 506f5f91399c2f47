"""Inverse problems: numbers, fields and terms from readings, and how well they are known."""

from residuum.inverse._band import band
from residuum.inverse._discover import Discovery, discover, library
from residuum.inverse._gaussian_field import GaussianField
from residuum.inverse._infer import Asked, infer
from residuum.inverse._intervals import intervals
from residuum.inverse._sample import Sample, sample, widths

__all__ = [
    "Asked",
    "Discovery",
    "GaussianField",
    "Sample",
    "band",
    "discover",
    "infer",
    "intervals",
    "library",
    "sample",
    "widths",
]
