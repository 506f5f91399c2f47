"""Solved members of a family, and what operators are trained on."""

from residuum.datasets._file import load_samples, save_samples
from residuum.datasets._layout import Layout
from residuum.datasets._samples import Samples

__all__ = ["Layout", "Samples", "load_samples", "save_samples"]
