"""Reversible stacks."""
