"""Shapes, their boundaries and distances, and points on them."""
