"""Wrong use raises at once and says what was wanted, what was got and what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum import geometry
from residuum._core import (
    Answer,
    Certificate,
    ConditionError,
    DataError,
    DomainError,
    FileError,
    Jet,
    Method,
    OptionError,
    ProblemError,
    ResiduumError,
    Result,
    SolveFailed,
    Task,
    UnsuitableMethod,
    generator,
    jax_key,
)
from residuum.learning import LBFGS, Adam
from residuum.methods import Chebyshev, Event, Fourier
from residuum.objectives import Collocation
from residuum.problem import ExpressionField, evaluate, strong_form

t = rs.time("t")
x, y, z = rs.space("x", "y", "z")
u, w, v = rs.unknown("u", t, x), rs.unknown("w", x), rs.unknown("v", x, y)
q = rs.unknown("q", t)
UNIT, SQUARE = rs.Box(x=(0, 1)), rs.Box(x=(0, 1), y=(0, 1))
HISTORY = rs.Box(t=(0, 1), x=(0, 1))
DISC = rs.Disc((0, 0), 1)
NAN, INFINITY = math.nan, math.inf


def rod(*conditions: Any, rate: Any = 1, **options: Any) -> rs.Problem:
    """u_t = rate·u_xx on the unit interval for unit time."""
    options = {"domain": HISTORY, "equations": rs.Eq(u.diff(t), rate * u.diff(x, 2)), **options}
    return rs.Problem(conditions=conditions, **options)


def bar(*conditions: Any, source: Any = 1, **options: Any) -> rs.Problem:
    """-w'' = source on the unit interval."""
    options = {"domain": UNIT, "equations": rs.Eq(-w.diff(x, 2), source), **options}
    return rs.Problem(conditions=conditions, **options)


def plate(*conditions: Any, **options: Any) -> rs.Problem:
    """-Δv = 1 on the unit square."""
    options = {"domain": SQUARE, "equations": rs.Eq(-rs.laplacian(v), 1), **options}
    return rs.Problem(conditions=conditions, **options)


START = rs.initial(u, sp.sin(sp.pi * x))
WALLS = rs.dirichlet(u, 0)
ENDS = rs.dirichlet(w, 0)
EDGE = rs.dirichlet(v, 0)
k = rs.coefficient("k", x)


def varied(value: Any) -> rs.Problem:
    """-(k w')' = 1 with k given as ``value``."""
    return bar(ENDS, equations=rs.Eq(-rs.div(k * rs.grad(w)), 1), given={"k": value})


def seen(values: Any, at: Any, **options: Any) -> rs.Problem:
    """The bar with observations."""
    return bar(ENDS, observations=[rs.observe(w, values, at=at, **options)])


class Nothing(Method):
    """Suits no problem and would answer zero."""

    name = "nothing"

    def refuse(self, problem: Any) -> str | None:
        return "it suits nothing"

    def run(self, problem: Any, task: Task) -> Answer:
        raise AssertionError("it was refused")


class Zero(Nothing):
    """Suits every problem."""

    def refuse(self, problem: Any) -> str | None:
        return None

    def run(self, problem: Any, task: Task) -> Answer:
        generator(task.key)
        return Answer(ExpressionField((sp.S.Zero,), problem.coordinates), Result.SUCCESSFUL)


def solved(**options: Any) -> rs.Solution:
    return rs.solve(bar(ENDS), Zero(), progress=False, **options)


def answer(result: Result = Result.SUCCESSFUL) -> rs.Solution:
    """x(1-x) as answer to the bar."""
    return rs.Solution(bar(ENDS), ExpressionField((x * (1 - x),), (x,)), result)


def on_disc() -> rs.Solution:
    problem = plate(EDGE, domain=DISC)
    return rs.Solution(problem, ExpressionField((x**2,), (x, y)), Result.SUCCESSFUL)


Case = tuple[str, Callable[[], Any], type[ResiduumError], tuple[str, ...]]

SYMBOLS: list[Case] = [
    ("name is a number", lambda: rs.unknown("2u", x), ProblemError, ("2u", "name", "unknown")),
    ("name has a space", lambda: rs.space("x y"), ProblemError, ("x y", "coordinate")),
    ("empty name", lambda: rs.time(""), ProblemError, ("''", "coordinate")),
    ("name is not text", lambda: rs.unknown(3, x), ProblemError, ("3", "coordinates")),  # type: ignore[arg-type]
    ("name with underscore first", lambda: rs.space("_x"), ProblemError, ("_x",)),
    ("very long name", lambda: rs.space("x" * 65), ProblemError, ("x" * 65,)),
    ("reserved name pi", lambda: rs.parameter("pi", 3.0), ProblemError, ("pi", "taken")),
    ("reserved name grad", lambda: rs.unknown("grad", x), ProblemError, ("grad", "taken")),
    ("reserved name E", lambda: rs.coefficient("E", x), ProblemError, ("E", "taken")),
    ("space without name", lambda: rs.space(), ProblemError, ("at least one name", "none")),
    ("unknown without name", lambda: rs.unknown(x), ProblemError, ("name", "none")),
    ("unknown without coordinate", lambda: rs.unknown("u"), ProblemError, ("coordinates",)),
    ("unknown of a plain symbol", lambda: rs.unknown("u", sp.Symbol("x")), ProblemError, ("x",)),
    ("unknown of one axis twice", lambda: rs.unknown("u", x, x), ProblemError, ("distinct",)),
    ("coefficient without axis", lambda: rs.coefficient("a"), ProblemError, ("coordinates",)),
    ("closure without argument", lambda: rs.closure("c"), ProblemError, ("argument", "none")),
    ("parameter of nothing", lambda: rs.parameter("D"), ProblemError, ("value", "bounds")),
    (
        "parameter with reversed bounds",
        lambda: rs.parameter("D", bounds=(2, 1)),
        ProblemError,
        ("low < high", "(2", "D"),
    ),
    (
        "parameter outside its bounds",
        lambda: rs.parameter("D", 3.0, bounds=(1, 2)),
        ProblemError,
        ("bounds", "3", "D"),
    ),
    ("parameter NaN", lambda: rs.parameter("D", NAN), ProblemError, ("finite", "nan", "D")),
    (
        "parameter bound infinite",
        lambda: rs.parameter("D", bounds=(0, INFINITY)),
        ProblemError,
        ("finite", "inf", "D"),
    ),
    (
        "parameter is text",
        lambda: rs.parameter("D", "0.1"),  # type: ignore[arg-type]
        ProblemError,
        ("number", "'0.1'", "D"),
    ),
    (
        "parameter is complex",
        lambda: rs.parameter("D", sp.I),
        ProblemError,
        ("number", "I", "D"),
    ),
    (
        "three bounds",
        lambda: rs.parameter("D", bounds=(0, 1, 2)),  # type: ignore[arg-type]
        ProblemError,
        ("bounds", "low < high", "D"),
    ),
]

OPERATORS: list[Case] = [
    ("text in an equation", lambda: rs.Eq("w", 0), ProblemError, ("expression", "'w'")),
    ("text in a vector", lambda: rs.vector("w", 0), ProblemError, ("expressions", "'w'")),
    ("text in grad", lambda: rs.grad("w"), ProblemError, ("expressions", "'w'")),
    ("text in div", lambda: rs.div(["w", 0]), ProblemError, ("expressions", "'w'")),
    (
        "an object in an equation",
        lambda: rs.Eq(w, object()),
        ProblemError,
        ("an expression or a number", "object"),
    ),
    (
        "an object in laplacian",
        lambda: rs.laplacian(object()),
        ProblemError,
        ("expression", "object"),
    ),
    (
        "an object in a vector",
        lambda: rs.vector(object()),
        ProblemError,
        ("expression", "object"),
    ),
    (
        "vector in a scalar equation",
        lambda: plate(EDGE, equations=rs.Eq(rs.laplacian(v) + v * rs.grad(v), 0)),
        ProblemError,
        ("vector",),
    ),
    (
        "vector as a scalar",
        lambda: strong_form(rs.grad(v), (x, y)),
        ProblemError,
        ("scalar", "vector"),
    ),
    (
        "scalar as a flux in two dimensions",
        lambda: plate(EDGE, equations=rs.Eq(rs.div(v), 0)),
        ProblemError,
        ("vector along x, y", "scalar"),
    ),
    (
        "vector of the wrong length",
        lambda: plate(EDGE, equations=rs.Eq(rs.div([v, v, v]), 0)),
        ProblemError,
        ("2 components", "3"),
    ),
    (
        "product of two vectors",
        lambda: plate(EDGE, equations=rs.Eq(rs.div(rs.grad(v) * rs.vector(x, y)), 0)),
        ProblemError,
        ("one vector in a product", "dot product"),
    ),
    (
        "readings among conditions",
        lambda: bar(rs.dirichlet(w, 0), rs.observe(w, [0.1], at={"x": [0.5]})),
        ProblemError,
        ("Condition objects", "observations="),
    ),
    (
        "curl in one dimension",
        lambda: bar(ENDS, equations=rs.Eq(rs.curl(w), 0)),
        ProblemError,
        ("curl", "two or three"),
    ),
    (
        "a function that cannot be evaluated",
        lambda: evaluate(sp.gamma(x), {x: 1.0}),
        ProblemError,
        ("gamma",),
    ),
    ("a symbol without value", lambda: evaluate(x + y, {x: 1.0}), ProblemError, ("y",)),
    ("an imaginary number", lambda: evaluate(x * sp.I, {x: 1.0}), ProblemError, ("real", "I")),
]

CONDITIONS: list[Case] = [
    ("condition on no unknown", lambda: rs.dirichlet(x, 0), ConditionError, ("unknown", "x")),
    ("condition on text", lambda: rs.neumann("u", 0), ConditionError, ("unknown", "'u'")),
    ("value as text", lambda: rs.initial(u, "sin(x)"), ConditionError, ("sin(x)", "Text")),
    ("value is an object", lambda: rs.robin(w, object()), ConditionError, ("number", "object")),
    ("value NaN", lambda: rs.dirichlet(w, NAN), ConditionError, ("finite", "nan")),
    ("value infinite", lambda: rs.initial(u, sp.oo), ConditionError, ("finite", "oo")),
    ("robin factor NaN", lambda: rs.robin(w, 0, a=NAN), ConditionError, ("finite", "nan")),
    ("initial without time", lambda: rs.initial(w, 0), ConditionError, ("time", "w(x)")),
    ("rate without time", lambda: rs.initial_rate(w, 0), ConditionError, ("time", "w(x)")),
    ("periodic along no axis", lambda: rs.periodic(u, "z"), ConditionError, ("'t', 'x'", "'z'")),
    (
        "point without a coordinate",
        lambda: rs.point_value(v, 0, at={"x": 0.5}),
        ConditionError,
        ("'x', 'y'", "0.5"),
    ),
    (
        "point that is NaN",
        lambda: bar(rs.point_value(w, 0, at={"x": NAN})),
        ConditionError,
        ("point inside", "nan"),
    ),
    (
        "point outside",
        lambda: bar(ENDS, rs.point_value(w, 0, at={"x": 1.5})),
        ConditionError,
        ("point inside", "1.5"),
    ),
    ("integral of no unknown", lambda: rs.integral(x), ProblemError, ("unknown", "x")),
    (
        "a nested list in a vector",
        lambda: rs.vector(["w"], 0),
        ProblemError,
        ("expression", "'w'"),
    ),
    ("flux as text", lambda: rs.flux("w", 0), ResiduumError, ("expression", "'w'")),
    (
        "unknown part",
        lambda: plate(rs.dirichlet(v, 0, on="top")),
        ConditionError,
        ("x_min, x_max, y_min, y_max", "'top'"),
    ),
    (
        "part of another shape",
        lambda: plate(rs.dirichlet(v, 0, on="x_min"), domain=DISC),
        ConditionError,
        ("circle", "'x_min'"),
    ),
    (
        "the end of time is no boundary",
        lambda: rod(START, rs.dirichlet(u, 0, on="t_max")),
        ConditionError,
        ("x_min, x_max", "'t_max'"),
    ),
    (
        "boundary of an ordinary equation",
        lambda: rs.Problem(rs.Box(t=(0, 1)), rs.Eq(q.diff(t), -q), [rs.dirichlet(q, 1)]),
        ConditionError,
        ("time", "initial"),
    ),
    ("missing initial value", lambda: rod(WALLS), ConditionError, ("initial", "u", "rs.initial(")),
    (
        "missing initial rate",
        lambda: rod(START, WALLS, equations=rs.Eq(u.diff(t, 2), u.diff(x, 2))),
        ConditionError,
        ("order 2", "rs.initial_rate("),
    ),
    (
        "initial rate at first order",
        lambda: rod(START, WALLS, rs.initial_rate(u, 0)),
        ConditionError,
        ("second order", "order 1", "initial_rate"),
    ),
    (
        "initial value twice",
        lambda: rod(START, START, WALLS),
        ConditionError,
        ("one initial condition", "u"),
    ),
    (
        "two values on one side",
        lambda: bar(rs.dirichlet(w, 0, on="x_min"), rs.dirichlet(w, 0, on="x_min")),
        ConditionError,
        ("x_min", "Remove one"),
    ),
    (
        "value and slope on one side",
        lambda: bar(
            rs.dirichlet(w, 0, on="x_min"),
            rs.neumann(w, 0, on="x_min"),
            rs.dirichlet(w, 0, on="x_max"),
        ),
        ConditionError,
        ("x_min", "dirichlet", "neumann"),
    ),
    (
        "value everywhere and slope on a side",
        lambda: bar(ENDS, rs.neumann(w, 0, on="x_max")),
        ConditionError,
        ("whole boundary", "neumann", "x_min"),
    ),
    (
        "start against a wall",
        lambda: rod(rs.initial(u, 1), WALLS),
        ConditionError,
        ("agree where they meet", "jump=True"),
    ),
    (
        "start against a side",
        lambda: rod(START, rs.dirichlet(u, t, on="x_min"), rs.dirichlet(u, 1, on="x_max")),
        ConditionError,
        ("agree where they meet", "1 by"),
    ),
    (
        "two sides against each other",
        lambda: plate(
            rs.dirichlet(v, 1, on="y_max"),
            *(rs.dirichlet(v, 0, on=side) for side in ("x_min", "x_max", "y_min")),
        ),
        ConditionError,
        ("agree where they meet", "jump=True"),
    ),
    (
        "two edges of a polygon",
        lambda: plate(
            *(rs.dirichlet(v, i, on=f"edge_{i}") for i in range(3)),
            domain=rs.Polygon([(0, 0), (1, 0), (0, 1)]),
        ),
        ConditionError,
        ("agree where they meet",),
    ),
    (
        "periodic on a disc",
        lambda: plate(rs.periodic(v, "x"), domain=DISC),
        ConditionError,
        ("box", "Disc"),
    ),
    (
        "periodic in time",
        lambda: rod(START, WALLS, rs.periodic(u, "t")),
        ConditionError,
        ("space axis", "'t'"),
    ),
    (
        "periodic with a value at its end",
        lambda: rod(START, rs.periodic(u, x), rs.dirichlet(u, 0, on="x_min")),
        ConditionError,
        ("periodic axis", "x_min", "Remove"),
    ),
    (
        "periodic with a value on the whole boundary",
        lambda: rod(START, rs.periodic(u, x), WALLS),
        ConditionError,
        ("periodic axis", "boundary"),
    ),
    (
        "periodic twice",
        lambda: rod(START, rs.periodic(u, x), rs.periodic(u, "x")),
        ConditionError,
        ("one periodic", "'x'"),
    ),
    (
        "value with an unknown",
        lambda: bar(rs.dirichlet(w, w**2)),
        ConditionError,
        ("free of unknowns", "w(x)**2"),
    ),
    (
        "initial value with time",
        lambda: rod(rs.initial(u, t * sp.sin(sp.pi * x)), WALLS),
        ConditionError,
        ("free of time", "t"),
    ),
    (
        "initial rate with time",
        lambda: rod(
            START, WALLS, rs.initial_rate(u, t), equations=rs.Eq(u.diff(t, 2), u.diff(x, 2))
        ),
        ConditionError,
        ("free of time", "t"),
    ),
    (
        "a value without a real number",
        lambda: rod(rs.initial(u, sp.sqrt(x - 2)), WALLS),
        ConditionError,
        ("finite and real", "sqrt"),
    ),
    (
        "a value that is infinite on the boundary",
        lambda: plate(rs.dirichlet(v, 1 / x)),
        ConditionError,
        ("finite", "1/x"),
    ),
    (
        "condition on a foreign unknown",
        lambda: bar(ENDS, rs.dirichlet(rs.unknown("other", x), 0)),
        ConditionError,
        ("unknown of the equations", "other"),
    ),
    (
        "undeclared symbol in a condition",
        lambda: bar(rs.dirichlet(w, sp.Symbol("b"))),
        ProblemError,
        ("undeclared symbol b", "rs.parameter"),
    ),
    (
        "foreign coordinate in a condition",
        lambda: bar(rs.dirichlet(w, y)),
        ProblemError,
        ("coordinates among x", "y in"),
    ),
    (
        "undeclared symbol in a robin factor",
        lambda: bar(rs.robin(w, 0, a=sp.Symbol("b"))),
        ProblemError,
        ("undeclared symbol b",),
    ),
    (
        "undeclared symbol in a flux",
        lambda: bar(rs.flux(sp.Symbol("b") * rs.grad(w), 1)),
        ProblemError,
        ("undeclared symbol b",),
    ),
    (
        "undeclared symbol in an integral",
        lambda: bar(ENDS, rs.integral(sp.Symbol("b") * w)),
        ProblemError,
        ("undeclared symbol b",),
    ),
    (
        "point given as text",
        lambda: rs.point_value(w, 0, at={"x": "middle"}),  # type: ignore[dict-item]
        ConditionError,
        ("number", "middle"),
    ),
]

STATEMENTS: list[Case] = [
    ("no shape", lambda: bar(ENDS, domain=(0, 1)), DomainError, ("shape", "(0, 1)", "Box")),
    ("a text as equation", lambda: bar(ENDS, equations=["w = 0"]), ProblemError, ("Eq", "w = 0")),
    (
        "a bare expression as equation",
        lambda: bar(ENDS, equations=w.diff(x)),
        ProblemError,
        ("Eq",),
    ),
    ("a text as condition", lambda: bar("w = 0"), ProblemError, ("Condition", "'w = 0'")),
    (
        "an array as observation",
        lambda: bar(ENDS, observations=[np.ones(3)]),
        ProblemError,
        ("Observation",),
    ),
    ("no equation", lambda: bar(ENDS, equations=[]), ProblemError, ("one equation", "none")),
    ("equation of numbers", lambda: bar(equations=rs.Eq(x, 1)), ProblemError, ("unknown", "none")),
    (
        "more equations than unknowns",
        lambda: bar(ENDS, equations=[rs.Eq(w.diff(x, 2), 1), rs.Eq(w, 1)]),
        ProblemError,
        ("2 equations for 1 unknowns",),
    ),
    (
        "fewer equations than unknowns",
        lambda: bar(equations=rs.Eq(w.diff(x, 2), rs.unknown("p", x))),
        ProblemError,
        ("1 equations for 2 unknowns",),
    ),
    (
        "an equation without unknown",
        lambda: bar(ENDS, equations=[rs.Eq(w.diff(x, 2), rs.unknown("p", x)), rs.Eq(x, 0)]),
        ProblemError,
        ("unknown in every equation", "x"),
    ),
    (
        "undeclared symbol in an equation",
        lambda: bar(ENDS, source=sp.Symbol("D")),
        ProblemError,
        ("undeclared symbol D", 'rs.parameter("D"'),
    ),
    (
        "foreign coordinate in an equation",
        lambda: bar(ENDS, source=y),
        ProblemError,
        ("coordinates among x", "y in"),
    ),
    ("NaN in an equation", lambda: bar(ENDS, source=NAN), ProblemError, ("finite", "nan")),
    ("infinity in an equation", lambda: bar(ENDS, source=sp.oo), ProblemError, ("finite", "oo")),
    (
        "domain without the time axis",
        lambda: rod(START, WALLS, domain=UNIT),
        DomainError,
        ("axes t, x", ".over("),
    ),
    (
        "domain with other axes",
        lambda: bar(ENDS, domain=rs.Box(r=(0, 1))),
        DomainError,
        ("axes x", "axes r"),
    ),
    (
        "domain with one axis more",
        lambda: bar(ENDS, domain=SQUARE),
        DomainError,
        ("axes x", "axes x, y"),
    ),
    (
        "one name for unknown and coordinate",
        lambda: bar(equations=rs.Eq(rs.unknown("x", x).diff(x), 1)),
        ProblemError,
        ("one meaning per name", "'x'"),
    ),
    (
        "one name for unknown and parameter",
        lambda: bar(ENDS, source=rs.parameter("w", 1.0)),
        ProblemError,
        ("one meaning per name", "'w'"),
    ),
    (
        "one name for two parameters",
        lambda: bar(ENDS, source=rs.parameter("D", 1.0) + rs.parameter("D", 2.0)),
        ProblemError,
        ("one meaning per name", "'D'"),
    ),
    (
        "one name for two unknowns",
        lambda: rod(
            domain=HISTORY,
            equations=[rs.Eq(u.diff(t), 0), rs.Eq(rs.unknown("u", x).diff(x), 0)],
        ),
        ProblemError,
        ("one meaning per name", "'u'"),
    ),
    ("backward heat", lambda: rod(START, WALLS, rate=-1), ProblemError, ("D > 0", "D = -1")),
    (
        "backward heat the other way round",
        lambda: rod(START, WALLS, equations=rs.Eq(u.diff(x, 2), -2 * u.diff(t))),
        ProblemError,
        ("D > 0", "D = -0.5"),
    ),
    (
        "backward heat in divergence form",
        lambda: rod(START, WALLS, equations=rs.Eq(u.diff(t), -rs.div(3 * rs.grad(u)))),
        ProblemError,
        ("D > 0", "D = -3"),
    ),
    (
        "backward heat by a given number",
        lambda: rod(START, WALLS, rate=rs.parameter("D", 1.0), given={"D": -0.1}),
        ProblemError,
        ("D > 0", "D = -0.1"),
    ),
    (
        "backward biharmonic",
        lambda: rod(START, rs.periodic(u, x), equations=rs.Eq(u.diff(t), u.diff(x, 4))),
        ProblemError,
        ("stable sign",),
    ),
    ("unknown change", lambda: bar(ENDS).replace(domian=UNIT), ProblemError, ("domian", "domain")),
]

DATA: list[Case] = [
    ("observation of no unknown", lambda: rs.observe(x, 1, at={"x": 0}), DataError, ("unknown",)),
    (
        "observation without a coordinate",
        lambda: rs.observe(v, [1.0], at={"x": [0.5]}),
        DataError,
        ("'x', 'y'", "['x']"),
    ),
    (
        "more values than points",
        lambda: rs.observe(w, [1.0, 2.0, 3.0], at={"x": [0.1, 0.2]}),
        DataError,
        ("shape (3, 1)", "(2, 1)"),
    ),
    (
        "observed points of the wrong width",
        lambda: rs.observe(w, [1.0], at=np.ones((1, 2))),
        DataError,
        ("shape (1, 1)", "(2, 1)"),
    ),
    (
        "coordinates that do not broadcast",
        lambda: rs.observe(v, [1.0, 2.0], at={"x": [0.1, 0.2], "y": [0.1, 0.2, 0.3]}),
        DataError,
        ("broadcast",),
    ),
    ("a value NaN", lambda: rs.observe(w, [NAN], at={"x": [0.5]}), DataError, ("finite", "NaN")),
    (
        "a place infinite",
        lambda: rs.observe(w, [1.0], at={"x": [INFINITY]}),
        DataError,
        ("finite",),
    ),
    (
        "a value as text",
        lambda: rs.observe(w, ["high"], at={"x": [0.5]}),
        DataError,
        ("number", "high"),
    ),
    (
        "negative noise",
        lambda: rs.observe(w, [1.0], at={"x": [0.5]}, noise=-0.1),
        DataError,
        ("noise", "-0.1"),
    ),
    (
        "noise NaN",
        lambda: rs.observe(w, [1.0], at={"x": [0.5]}, noise=NAN),
        DataError,
        ("noise", "nan"),
    ),
    (
        "observation outside",
        lambda: seen([1.0, 2.0], {"x": [0.5, 1.5]}),
        DataError,
        ("inside the domain", "1 outside", "1.5"),
    ),
    (
        "observation of a foreign unknown",
        lambda: bar(ENDS, observations=[rs.observe(rs.unknown("p", x), [1.0], at={"x": [0.5]})]),
        DataError,
        ("unknown of the problem", "p(x)"),
    ),
    (
        "given without such a name",
        lambda: bar(ENDS, given={"nu": 1.0}),
        DataError,
        ("nu", "declared"),
    ),
    (
        "given NaN",
        lambda: bar(ENDS, source=rs.parameter("f", 1.0), given={"f": NAN}),
        DataError,
        ("finite", "f"),
    ),
    (
        "given a NumPy infinity",
        lambda: bar(ENDS, source=rs.parameter("f", 1.0), given={"f": np.float32("inf")}),
        DataError,
        ("finite", "f"),
    ),
    (
        "given a SymPy NaN",
        lambda: bar(ENDS, source=rs.parameter("f", 1.0), given={"f": sp.nan}),
        DataError,
        ("finite", "f"),
    ),
    (
        "given as text",
        lambda: bar(ENDS, source=rs.parameter("f", 1.0), given={"f": "1.0"}),
        DataError,
        ("number", "'1.0'"),
    ),
    (
        "given a grid for a parameter",
        lambda: bar(ENDS, source=rs.parameter("f", 1.0), given={"f": (([0, 1],), [1, 1])}),
        DataError,
        ("f",),
    ),
    (
        "coefficient without value",
        lambda: bar(ENDS, equations=rs.Eq(-rs.div(k * rs.grad(w)), 1)),
        DataError,
        ("coefficient k(x)", "none", "given="),
    ),
    ("coefficient as text", lambda: varied("1 + x"), DataError, ("k", "'1 + x'")),
    ("coefficient as a bare array", lambda: varied(np.ones(5)), DataError, ("k",)),
    ("coefficient NaN", lambda: varied(NAN), DataError, ("finite", "k", "nan")),
    ("coefficient of a foreign coordinate", lambda: varied(1 + y), ProblemError, ("y",)),
    ("coefficient of an undeclared symbol", lambda: varied(sp.Symbol("b")), ProblemError, ("b",)),
    (
        "grid with too many axes",
        lambda: varied((([0, 1], [0, 1]), np.ones((2, 2)))),
        DataError,
        ("1 axes", "k"),
    ),
    ("grid without values", lambda: varied((([0, 1],),)), DataError, ("(axes, values)", "k")),
    (
        "grid of the wrong shape",
        lambda: varied((([0, 0.5, 1],), [1, 2, 3, 4])),  # two values would be two cells
        DataError,
        ("shape (3,)", "(4,)"),
    ),
    ("grid not increasing", lambda: varied((([0, 1, 0.5],), [1, 2, 3])), DataError, ("increas",)),
    ("grid of one point", lambda: varied((([0],), [1])), DataError, ("two points",)),
    ("grid with NaN", lambda: varied((([0, 1],), [1, NAN])), DataError, ("finite", "k")),
    ("grid axis with NaN", lambda: varied((([0, NAN],), [1, 2])), DataError, ("k",)),
    (
        "grid axis infinite",
        lambda: varied((([0, INFINITY],), [1, 2])),
        DataError,
        ("k", "finite"),
    ),
]

SHAPES: list[Case] = [
    ("box without axes", lambda: rs.Box(), DomainError, ("one axis", "none")),
    ("box reversed", lambda: rs.Box(x=(1, 0)), DomainError, ("increasing", "(1, 0)")),
    ("empty interval", lambda: rs.Interval(1, 1), DomainError, ("increasing", "(1, 1)")),
    ("box with NaN", lambda: rs.Box(x=(0, NAN)), DomainError, ("finite", "nan")),
    ("box without end", lambda: rs.Box(x=(0, INFINITY)), DomainError, ("finite", "inf")),
    ("box of text", lambda: rs.Box(x="ab"), DomainError, ("two numbers", "'ab'")),  # type: ignore[arg-type]
    ("box of one number", lambda: rs.Box(x=1), DomainError, ("two numbers", "1")),  # type: ignore[arg-type]
    ("negative radius", lambda: rs.Disc((0, 0), -1), DomainError, ("positive radius", "-1")),
    ("radius NaN", lambda: rs.Ball((0, 0, 0), NAN), DomainError, ("positive radius", "nan")),
    ("disc in space", lambda: rs.Disc((0, 0, 0), 1), DomainError, ("two numbers", "Ball")),
    ("disc with NaN", lambda: rs.Disc((0, NAN), 1), DomainError, ("finite centre",)),
    ("reserved part", lambda: rs.Disc((0, 0), 1, name="boundary"), DomainError, ("boundary",)),
    (
        "two vertices",
        lambda: rs.Polygon([(0, 0), (1, 0)]),
        DomainError,
        ("three vertices", "(2, 2)"),
    ),
    (
        "crossing edges",
        lambda: rs.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),
        DomainError,
        ("cross", "Order"),
    ),
    (
        "empty intersection",
        lambda: DISC & rs.Disc((5, 0), 1),
        DomainError,
        ("none",),
    ),
    ("empty difference", lambda: DISC - rs.Disc((0, 0), 2), DomainError, ("none",)),
    ("union over other axes", lambda: DISC | UNIT, DomainError, ("same axes", "('x',)")),
    ("reversed time", lambda: DISC.over(t=(1, 0)), DomainError, ("increasing", "(1, 0)")),
    ("time twice", lambda: HISTORY.over(t=(0, 1)), DomainError, ("new", "'t'")),
    ("distance to an unknown part", lambda: DISC.distance("top"), DomainError, ("circle", "top")),
    ("points of the wrong width", lambda: DISC.contains([[0.0]]), OptionError, ("(n, 2)", "1)")),
    ("no points", lambda: DISC.sample(0, key=7), OptionError, ("at least 1", "0")),
    ("half a point", lambda: UNIT.sample(1.5, key=7), OptionError, ("whole number", "1.5")),  # type: ignore[arg-type]
    (
        "points of no part",
        lambda: UNIT.sample_boundary(4, part="top", key=7),
        DomainError,
        ("x_min", "top"),
    ),
    (
        "a design without dimension",
        lambda: geometry.Sobol().unit(4, 0, 7),
        OptionError,
        ("whole number", "0"),
    ),
]

OPTIONS: list[Case] = [
    ("budget of nothing", lambda: rs.Budget(0), OptionError, ("seconds", "0")),
    ("negative budget", lambda: rs.Budget(-1.0), OptionError, ("seconds", "-1")),
    ("budget NaN", lambda: rs.Budget(NAN), OptionError, ("seconds", "nan")),
    ("no memory", lambda: rs.Budget(memory_mb=0), OptionError, ("memory_mb", "0")),
    ("certificate of no kind", lambda: Certificate("guess"), OptionError, ("bound", "guess")),
    ("bound NaN", lambda: Certificate("bound", NAN), OptionError, ("finite", "nan")),
    ("negative bound", lambda: Certificate("bound", -1.0), OptionError, ("zero or more", "-1")),
    ("negative key", lambda: generator(-1), OptionError, ("zero or more", "-1")),
    ("key as text", lambda: jax_key("a"), OptionError, ("whole number", "'a'")),  # type: ignore[arg-type]
    ("key true", lambda: generator(True), OptionError, ("whole number", "True")),
    ("jet not carried", lambda: Jet({(0,): None}).derivative((1,)), OptionError, ("carried",)),
    ("network of no width", lambda: rs.MLP(width=0), OptionError, ("width", "0")),
    ("no Gaussians", lambda: rs.Gaussians(count=0), OptionError, ("count", "0")),
    ("no features", lambda: rs.fields.RandomTanh(count=-1), OptionError, ("count", "-1")),
    ("rate zero", lambda: Adam(rate=0.0), OptionError, ("rate",)),
    ("no steps", lambda: LBFGS(steps=0), OptionError, ("steps",)),
    ("no iterations", lambda: rs.GaussNewton(iterations=0), OptionError, ("iterations",)),
    ("no points inside", lambda: Collocation(interior=0), OptionError, ("interior", "0")),
    ("weight zero", lambda: Collocation(weight=0.0), OptionError, ("weight", "0")),
    ("no modes", lambda: rs.Spectral(modes=0), OptionError, ("modes", "0")),
    ("no Chebyshev nodes", lambda: Chebyshev(modes=0), OptionError, ("modes", "0")),
    ("no Fourier modes", lambda: Fourier(modes=-4), OptionError, ("modes", "-4")),
    ("elements of order four", lambda: rs.FiniteElement(order=4), OptionError, ("order", "4")),
    ("mesh size zero", lambda: rs.FiniteElement(size=0.0), OptionError, ("size", "0")),
    ("mesh size NaN", lambda: rs.FiniteElement(size=NAN), OptionError, ("size", "nan")),
    ("no levels", lambda: rs.FiniteElement(levels=0), OptionError, ("levels", "0")),
    ("no cells", lambda: rs.FiniteVolume(cells=0), OptionError, ("cells", "0")),
    ("waves too far", lambda: rs.FiniteVolume(cfl=2.0), OptionError, ("cfl", "2")),
    ("step of nothing", lambda: rs.TimeIntegration(longest=0.0), OptionError, ("longest", "0")),
    ("event of a word", lambda: rs.TimeIntegration(events=("y",)), OptionError, ("Event",)),  # type: ignore[arg-type]
    ("event in no direction", lambda: Event(q, direction=3), OptionError, ("direction", "3")),
    ("mesh of no file", lambda: rs.read_mesh("missing.msh"), FileError, ("missing.msh",)),
]

SOLVE: list[Case] = [
    ("solve an equation", lambda: rs.solve(rs.Eq(w, 1)), OptionError, ("Problem", "Eq")),  # type: ignore[arg-type]
    (
        "method as text",
        lambda: rs.solve(bar(ENDS), "pinn"),  # type: ignore[arg-type]
        OptionError,
        ("method object", "'pinn'"),
    ),
    (
        "method as class",
        lambda: rs.solve(bar(ENDS), Zero),  # type: ignore[arg-type]
        OptionError,
        ("method object", "Zero"),
    ),
    (
        "refused method",
        lambda: rs.solve(bar(ENDS), Nothing()),
        UnsuitableMethod,
        ("suits nothing", "Methods that fit"),
    ),
    ("tolerance zero", lambda: solved(tol=0), OptionError, ("between 0 and 1", "0")),
    ("tolerance negative", lambda: solved(tol=-1e-3), OptionError, ("between", "-0.001")),
    ("tolerance one", lambda: solved(tol=1), OptionError, ("between 0 and 1", "1")),
    ("tolerance NaN", lambda: solved(tol=NAN), OptionError, ("between", "nan")),
    ("tolerance as text", lambda: solved(tol="low"), OptionError, ("between", "low")),
    ("budget zero", lambda: solved(budget=0), OptionError, ("budget", "0")),
    ("budget negative", lambda: solved(budget=-2.5), OptionError, ("budget", "-2.5")),
    ("budget NaN in solve", lambda: solved(budget=NAN), OptionError, ("budget", "nan")),
    ("budget as text", lambda: solved(budget="long"), OptionError, ("budget", "long")),
    ("key negative", lambda: solved(key=-7), OptionError, ("key", "-7")),
    ("key is true", lambda: solved(key=True), OptionError, ("whole number", "True")),
    ("key a fraction", lambda: solved(key=1.5), OptionError, ("whole number", "1.5")),
]

ANSWERS: list[Case] = [
    ("no coordinate", lambda: answer()(), DataError, ("coordinates x", "none", "answer(x=")),
    ("foreign coordinate", lambda: answer()(x=0.5, y=0.5), DataError, ("coordinates x", "x, y")),
    ("missing coordinate", lambda: on_disc()(x=0.5), DataError, ("coordinates x, y", "got x")),
    ("coordinate NaN", lambda: answer()(x=[0.5, NAN]), DataError, ("finite",)),
    ("coordinate as text", lambda: answer()(x="middle"), DataError, ("middle",)),
    ("outside a box", lambda: answer()(x=1.5), DataError, ("inside", "1 outside", "1.5")),
    ("outside a disc", lambda: on_disc()(x=0.9, y=0.9), DataError, ("inside", "0.9")),
    (
        "arrays that do not broadcast",
        lambda: on_disc()(x=np.zeros(3), y=np.zeros(2)),
        DataError,
        ("broadcast",),
    ),
    ("ragged arrays", lambda: answer()(x=[[0.1], [0.2, 0.3]]), DataError, ("broadcast",)),
    ("derivative by nothing", lambda: answer().derivative(x=0.5), DataError, ("none", "'x'")),
    ("derivative by z", lambda: answer().derivative("z", x=0.5), DataError, ("'x'", "'z'")),
    ("check a failure", lambda: answer(Result.DIVERGED).check(), SolveFailed, ("diverged",)),
    ("plot a foreign unknown", lambda: answer().plot(unknown="T"), OptionError, ("'w'", "'T'")),
    ("table of one point", lambda: answer().to_xarray(1), OptionError, ("two points", "1")),
    ("table of none", lambda: answer().to_xarray({"x": 0}), OptionError, ("two points", "0")),
    ("table along y", lambda: answer().to_xarray({"y": 5}), OptionError, ("'x'", "'y'")),
    (
        "save to a missing folder",
        lambda: answer().save("/nowhere/at/all/answer.rs"),
        FileError,
        ("existing folder", "/nowhere/at/all"),
    ),
    ("load a missing file", lambda: rs.load("/nowhere/answer.rs"), FileError, ("/nowhere",)),
    ("load a folder", lambda: rs.load("/tmp"), FileError, ("/tmp",)),
    (
        "read a missing problem",
        lambda: rs.read_problem("/nowhere/p.toml"),
        FileError,
        ("readable", "/nowhere/p.toml"),
    ),
]

CASES = [
    case
    for table in (
        *(SYMBOLS, OPERATORS, CONDITIONS, STATEMENTS, DATA),
        *(SHAPES, OPTIONS, SOLVE, ANSWERS),
    )
    for case in table
]


def blame(error: ResiduumError, words: tuple[str, ...]) -> None:
    """Assert that an error says what was wanted, what was got and what to do."""
    message = str(error)
    assert message.startswith("wanted ") and "; got " in message
    for part in (error.wanted, error.got, error.remedy):
        assert part.strip(), f"an empty part in: {message}"
    assert error.remedy.strip()[-1] in ".?!", f"no sentence: {error.remedy}"
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} not in: {message}"


def parameters() -> Iterator[Any]:
    """The cases under their names."""
    for name, *rest in CASES:
        yield pytest.param(*rest, id=name)


@pytest.mark.parametrize(("wrong", "kind", "words"), list(parameters()))
def test_wrong_use_is_refused(
    wrong: Callable[[], Any], kind: type[ResiduumError], words: tuple[str, ...]
) -> None:
    with pytest.raises(ResiduumError) as caught:
        wrong()
    assert isinstance(caught.value, kind), f"{type(caught.value).__name__}: {caught.value}"
    blame(caught.value, words)


def test_names_of_cases_differ() -> None:
    names = [case[0] for case in CASES]
    assert len(set(names)) == len(names) >= 70
