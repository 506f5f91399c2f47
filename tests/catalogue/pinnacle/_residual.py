"""Put functions into a statement and see what its equations leave."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum.problem import Problem, pointwise


def left(problem: Problem, *functions: Any) -> list[sp.Expr]:
    """Return every residual with expressions put in for the unknowns, in their order."""
    known = dict(zip(problem.unknowns, map(sp.sympify, functions), strict=True))
    return [sp.expand(r.subs(known).doit()) for r in problem.residuals]


def left_at(problem: Problem, function: Any, points: np.ndarray) -> np.ndarray:
    """Return the residual (n,) of one equation at points, its tabulated coefficients read there."""
    (u,), (residual,) = problem.unknowns, problem.residuals
    with jax.enable_x64():
        put_in = pointwise(problem, residual.subs(u, function).doit())
        return np.asarray(put_in(jnp.asarray(points, float), {}))
