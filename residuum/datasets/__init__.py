"""Solved members of a family, and what operators are trained on."""

from residuum.datasets._elsewhere import DataWarning, read_file
from residuum.datasets._file import load_samples, save_samples
from residuum.datasets._layout import Layout
from residuum.datasets._make import Labels, make_data
from residuum.datasets._read import open_data, read_data
from residuum.datasets._samples import Samples
from residuum.datasets._summary import Summary
from residuum.datasets._vowels import FORMANTS, VowelMaker, Vowels, log_bands, read_vowels

__all__ = [
    "FORMANTS",
    "DataWarning",
    "Labels",
    "Layout",
    "Samples",
    "Summary",
    "VowelMaker",
    "Vowels",
    "load_samples",
    "log_bands",
    "make_data",
    "open_data",
    "read_data",
    "read_file",
    "read_vowels",
    "save_samples",
]
