"""Answers that are bad in one known way."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

import residuum as rs
from residuum import fields, learning, methods
from residuum._core import Certificate, Record, Result, double_precision
from residuum.analysis import Diagnosis, Evidence, Finding
from residuum.learning import Adam
from residuum.problem import ExpressionField

FEW = rs.ResidualAdaptive(count=200, pool=1000)
T, X = rs.time("t"), rs.space("x")
U, V = rs.unknown("u", X), rs.unknown("v", T, X)


def fixed(problem: rs.Problem, value: Any, result: Result = Result.STAGNATED) -> rs.Solution:
    """Return a solution whose field is an expression."""
    return rs.Solution(problem, ExpressionField((sp.sympify(value),), problem.coordinates), result)


def solved(problem: rs.Problem, method: Any, **options: Any) -> rs.Solution:
    """Return the solution by a method, in silence."""
    return rs.solve(problem, method, progress=False, key=11, **options)


def poisson(source: Any = 1, edge: Any = 0) -> rs.Problem:
    """-u'' = source on (0, 1)."""
    equation = rs.Eq(-rs.laplacian(U), source)
    return rs.Problem(rs.Box(x=(0, 1)), equation, [rs.dirichlet(U, edge)])


def heat(start: Any = None, *, jump: bool = False) -> rs.Problem:
    """v_t = v_xx / 10 on (0, 1)², cold ends."""
    first = sp.sin(sp.pi * X) if start is None else start
    around = [rs.initial(V, first, jump=jump), rs.dirichlet(V, 0)]
    equation = rs.Eq(V.diff(T), rs.div(0.1 * rs.grad(V)))
    return rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), equation, around)


def wrong_size() -> rs.Solution:
    """A boundary value of a thousandth hides an answer of size a thousand."""
    rule = Adam(steps=100)
    return solved(poisson(1e4, 1e-3), rs.PINN(field=rs.MLP(10, 2), rule=rule, points=FEW))


def starved() -> rs.Solution:
    """Conditions by a weight of a hundredth, under gradient descent."""
    method = rs.PINN(field=rs.MLP(10, 2), rule=Adam(steps=300), hard=False, weight=0.01, points=FEW)
    return solved(poisson(), method)


def forgotten() -> rs.Solution:
    """Transport whose initial data fade away: late times obey the equation by being constant."""
    equation = rs.Eq(V.diff(T) + V.diff(X), 0)
    around = [rs.initial(V, sp.sin(2 * sp.pi * X)), rs.periodic(V, X)]
    problem = rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), equation, around)
    return fixed(problem, sp.exp(-20 * T) * sp.sin(2 * sp.pi * X))


def coarse() -> rs.Solution:
    """The long wave is exact, the short one is missing."""
    short = sp.sin(20 * sp.pi * X) / 10
    exact = sp.sin(sp.pi * X) + short
    return fixed(poisson(-exact.diff(X, 2)), exact - short)


def rounded() -> rs.Solution:
    """Features with large weights of opposite sign, kept in float32."""
    found = solved(heat(), rs.RandomFeatures(field=rs.Gaussians(count=150), scales=(1.0,)))
    with double_precision():
        field = jax.tree.map(
            lambda leaf: (
                leaf.astype(jnp.float32).astype(jnp.float64) if eqx.is_inexact_array(leaf) else leaf
            ),
            found.field,
        )
    return rs.Solution(found.problem, field, Result.STAGNATED, record=found.record)


def torn() -> rs.Solution:
    """A hot rod with cold ends."""
    method = rs.RandomFeatures(field=rs.fields.RandomTanh(200), scales=(1.0,))
    return solved(heat(1, jump=True), method)


def few_points() -> rs.Solution:
    """As many features as points: zero at every one of them, and swings in between."""
    x, y = rs.space("x"), rs.space("y")
    w = rs.unknown("w", x, y)
    source = sp.sin(sp.pi * x) * sp.sin(sp.pi * y)
    problem = rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)), rs.Eq(-rs.laplacian(w), source), [rs.dirichlet(w, 0)]
    )
    field = rs.fields.RandomTanh(count=119, scale=8.0)
    return solved(problem, rs.RandomFeatures(field=field, points=120, scales=(1.0,)))


def layered() -> rs.Solution:
    """Transport through a layer of a thousandth, with features that are far wider."""
    equation = rs.Eq(U.diff(X), rs.div(1e-3 * rs.grad(U)) + 1)
    problem = rs.Problem(rs.Box(x=(0, 1)), equation, [rs.dirichlet(U, 0)])
    return solved(problem, rs.RandomFeatures(field=rs.fields.RandomTanh(60), scales=(1.0,)))


def shifted() -> rs.Solution:
    """The equation holds, the ends are off."""
    return fixed(poisson(), X * (1 - X) / 2 + sp.Rational(1, 5))


def motionless() -> rs.Solution:
    """A rate that moves nothing."""
    method = rs.PINN(field=rs.MLP(10, 2), rule=Adam(steps=100, rate=1e-9), points=FEW)
    return solved(poisson(), method)


def blown() -> rs.Solution:
    """A rate that throws the weights away."""
    method = rs.PINN(field=rs.MLP(10, 2), rule=Adam(steps=2000, rate=1e4), points=FEW)
    return solved(poisson(1 + sp.sin(7 * X), 0), method)


def cut() -> rs.Solution:
    """Stopped in the middle of a training; by its steps, for a clock would stop it elsewhere."""
    found = solved(poisson(), rs.PINN(field=rs.MLP(10, 2), rule=Adam(steps=200, rate=5e-4)))
    found.result = Result.OUT_OF_BUDGET
    return found


def resonant() -> rs.Solution:
    """Close to an eigenvalue a residual of a thousandth is an error of a half."""
    k2 = sp.Float(float(np.pi) ** 2 * 1.002)
    exact = X * (1 - X)
    problem = rs.Problem(
        rs.Box(x=(0, 1)),
        rs.Eq(U.diff(X, 2) + k2 * U, sp.expand(exact.diff(X, 2) + k2 * exact)),
        [rs.dirichlet(U, 0)],
    )
    return fixed(problem, exact + sp.sin(sp.pi * X) / 10, Result.SUCCESSFUL)


def claimed(solution: rs.Solution, relative: float) -> rs.Solution:
    """Return a solution with an estimate that it does not deserve."""
    estimate = Certificate("estimate", relative, relative, "L2", ("told so",))
    return rs.Solution(solution.problem, solution.field, solution.result, certificate=estimate)


def with_record(solution: rs.Solution, **changes: Any) -> rs.Solution:
    """Return a solution with a changed record."""
    record = dataclasses.replace(solution.record or Record(), **changes)
    return rs.Solution(solution.problem, solution.field, solution.result, record=record)


def of(solution: rs.Solution, cause: Any) -> Finding | None:
    """Return what one cause sees."""
    with double_precision():
        found: Finding | None = cause(Evidence(solution))
    return found


def ranked_first(found: Diagnosis, cause: str) -> Finding:
    """Check that a cause is named first, with numbers and a remedy that can be written."""
    first = found.findings[0]
    assert found.poor and first.cause == cause, str(found)
    assert re.search(r"\d", first.evidence) and first.numbers
    check_remedy(first.remedy)
    return first


def named(name: str) -> Any:
    """Return the class of a name, as a user finds it."""
    homes = (home for home in (rs, fields, learning, methods) if hasattr(home, name))
    return getattr(next(homes), name)


def check_remedy(remedy: str) -> None:
    """Every method, field or rule of a remedy exists, and takes the options named."""
    calls = re.findall(r"\b([A-Z][A-Za-z]+)\(([^()]*(?:\([^()]*\))?[^()]*)\)", remedy)
    for name, options in calls:
        kind: Any = named(name)
        names = {item.name for item in dataclasses.fields(kind)}
        flat = re.sub(r"\([^()]*\)", "", options)
        assert set(re.findall(r"(\w+)=", flat)) <= names, (name, options)
        for inner, more in re.findall(r"\b([A-Z][A-Za-z]+)\(([^()]*)\)", options):
            names = {item.name for item in dataclasses.fields(named(inner))}
            assert set(re.findall(r"(\w+)=", more)) <= names, (inner, more)
