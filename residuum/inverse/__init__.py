"""Inverse problems: numbers, fields and terms from readings, and how well they are known."""

from residuum.inverse._infer import Asked, infer
from residuum.inverse._intervals import intervals

__all__ = ["Asked", "infer", "intervals"]
