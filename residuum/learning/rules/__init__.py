"""Rules that find the slope of every stage of a model, one file each."""

from residuum.learning.rules._backpropagation import Backpropagation

__all__ = ["Backpropagation"]
