"""Problem files: a statement as TOML, read without running anything, and written back.

    name = "burgers"
    equations = ["diff(u, t) + div(u^2/2) = div(nu*grad(u))"]
    coordinates = { t = "time", x = "space" }
    unknowns = { u = ["t", "x"] }
    parameters = { nu = "0.01/pi" }
    domain = { shape = "box", t = [0, 1], x = [-1, 1] }
    [[conditions]]
    kind = "dirichlet"; of = "u"; value = 0     (one entry per line)

A parameter may be {value, bounds, distribution = "uniform", low, high, given}. There may also be
coefficients {of, value} or {of, axes, values}, closures, and observations {of, at, values, noise}.
A shape in space takes time = {t = [0, 1]}; a union, intersection or difference its members of.
"""

from __future__ import annotations

import difflib
import functools
import operator
import tomllib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from residuum._core._errors import FileError, ProblemError, ResiduumError
from residuum.geometry import Ball, Box, Disc, Interval, Polygon, Rectangle
from residuum.problem import _conditions as conditions
from residuum.problem._equation import Observation, observe
from residuum.problem._parse import parse, parse_equation, parse_value
from residuum.problem._problem import Problem
from residuum.problem._render import write_problem
from residuum.problem._symbols import (
    NormalDistribution,
    Parameter,
    UniformDistribution,
    closure,
    coefficient,
    parameter,
    space,
    time,
    unknown,
)

MAX_BYTES = 20_000_000
MAX_SHAPES = 100

SECTIONS = (
    *("name", "equations", "coordinates", "unknowns", "parameters", "coefficients"),
    *("closures", "domain", "conditions", "observations"),
)


def read_problem(source: str | Path) -> Problem:
    """Return the problem that a TOML file states.

    Args:
        source: path of a file of at most 20 MB.

    Raises:
        FileError: no such file, not TOML, or a missing, unknown or mistyped entry.
        ParseError: an expression cannot be read.
        ProblemError: the statement itself is wrong.
    """
    try:
        path = Path(source)
        if not path.is_file():  # a pipe or device could go on for ever
            raise OSError("not a file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, TypeError, ValueError) as error:
        raise FileError("a readable file", f"{source!r}: {error}", "Check the path.") from error
    return _read(content, path.name)


def read_problem_text(text: str) -> Problem:
    """Return the problem that TOML text states; errors as `read_problem`."""
    return _read(text.encode("utf-8", "surrogatepass"), "the text")


def _read(content: bytes, name: str) -> Problem:
    try:
        return _Reader(_document(content)).problem()
    except ResiduumError as error:
        raise type(error)(f"{error.wanted} in {name}", error.got, error.remedy) from error
    except Exception as error:  # arithmetic of shapes and SymPy on numbers beyond any use
        if isinstance(error, Warning):  # which the user has turned into an error
            raise
        got, remedy = f"{type(error).__name__}: {error}"[:200], "Look for extreme numbers."
        raise ProblemError(f"a statement that can be checked in {name}", got, remedy) from error


def _document(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise FileError(f"at most {MAX_BYTES} bytes", "more", "Put large data elsewhere.")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (RecursionError, ValueError) as error:
        remedy = "Correct it, and save it as UTF-8: text in quotes, sections in brackets."
        raise FileError("TOML", str(error)[:200], remedy) from error


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Add the place in the file to an error."""
    try:
        yield
    except ResiduumError as error:
        place = "" if f" at {place}" in error.wanted else f" at {place}"
        raise type(error)(error.wanted + place, error.got, error.remedy) from error


def _known(what: str, word: str, known: Collection[str], place: str) -> str:
    if word not in known:
        near = difflib.get_close_matches(word[:64], known, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"Use {', '.join(known)}."
        raise FileError(f"a known {what} at {place}", repr(word[:64]), remedy)
    return word


class _Table:
    """A table of the file; every entry is fetched by key and type."""

    def __init__(self, content: Any, place: str, allowed: Collection[str] | None) -> None:
        if not isinstance(content, dict):
            wanted = f"a table at {place or 'the top'}"
            raise FileError(wanted, type(content).__name__, f"Write {place} = {{ … }}.")
        self.content, self.place = content, place
        for key in content:
            if allowed is not None:
                _known("key", key, allowed, place or "the top")

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def get(self, key: str, kind: Any, otherwise: Any = ...) -> Any:
        """Return an entry of a type; without ``otherwise`` it must be there."""
        if key not in self.content:
            if otherwise is ...:
                raise FileError(f"an entry {self.at(key)}", "none", f"Add {key} = ….")
            return otherwise
        value = self.content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            names = dict.fromkeys(_WORDS[k] for k in (kind if isinstance(kind, tuple) else (kind,)))
            wanted, got = " or ".join(names), _WORDS.get(type(value), type(value).__name__)
            raise FileError(f"{wanted} at {self.at(key)}", got, "Correct the entry.")
        return value

    def table(self, key: str, allowed: Collection[str] | None = None, **kind: Any) -> _Table:
        return _Table(self.get(key, dict, **kind), self.at(key), allowed)

    def tables(self, key: str, allowed: Collection[str] | None = None) -> list[_Table]:
        items = self.get(key, list, [])
        return [_Table(item, f"{self.at(key)}[{i}]", allowed) for i, item in enumerate(items)]

    def texts(self, key: str) -> list[str]:
        items: list[str] = self.get(key, list)
        if not all(isinstance(item, str) for item in items):
            raise FileError(f"texts at {self.at(key)}", "something else", "Put each in quotes.")
        return items

    def array(self, key: str) -> np.ndarray:
        return _array(self.get(key, (list, int, float)), self.at(key))

    def numbers(self, key: str, n: int | None = None) -> list[float]:
        items = self.get(key, list)
        if n is not None and len(items) != n:
            raise FileError(f"{n} numbers at {self.at(key)}", str(len(items)), "Correct the list.")
        return [_number(item, f"{self.at(key)}[{i}]") for i, item in enumerate(items)]

    def pairs(self) -> dict[str, Any]:
        return {name: self.numbers(name, 2) for name in self.content}

    def number(self, key: str, otherwise: Any = ...) -> Any:
        value = self.get(key, (int, float, str), otherwise)
        return value if value is otherwise else _number(value, self.at(key))


_WORDS: dict[type, str] = {str: "text", int: "a number", float: "a number"}
_WORDS |= {bool: "true or false", list: "a list", dict: "a table"}


def _array(items: Any, place: str) -> np.ndarray:
    try:
        found = np.array(items)
    except (ValueError, OverflowError, TypeError):
        found = np.array("ragged")
    if found.dtype.kind not in "iuf" or not np.isfinite(found).all():
        raise FileError(f"finite numbers at {place}", "something else", "Write [0.1, 0.2], say.")
    return found.astype(float)


def _number(value: Any, place: str) -> float:
    with _at(place):
        return float(parse_value(value, {}))


class _Reader:
    """Reads the sections in order, each with the names of those before it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.root = _Table(document, "", SECTIONS)
        self.names: dict[str, Any] = {}
        self.given: dict[str, Any] = {}
        self.shapes = 0

    def problem(self) -> Problem:
        self.coordinates()
        self.functions("unknowns", lambda name, items: unknown(name, *items))
        for key in self.section("parameters"):
            self.parameter(key)
        for key in self.section("coefficients"):
            self.coefficient(key)
        self.functions("closures", lambda name, items: closure(name, *items))
        equations = []
        for i, text in enumerate(self.root.texts("equations")):
            with _at(f"equations[{i}]"):
                equations.append(parse_equation(text, self.names))
        problem = Problem(
            self.domain(self.root.table("domain")),
            equations,
            [self.condition(item) for item in self.root.tables("conditions")],
            observations=[self.observation(item) for item in self.root.tables("observations")],
            given=self.given,
            name=self.root.get("name", str, "problem"),
        )
        self.unused(problem)
        return problem

    def section(self, key: str) -> Iterator[str]:
        return iter(self.root.table(key, otherwise={}).content)

    def declare(self, name: str, make: Callable[[], Any], place: str) -> None:
        with _at(place):
            if name in self.names:
                raise ProblemError("one meaning per name", f"{name} again", "Rename one of them.")
            self.names[name] = make()

    def coordinates(self) -> None:
        table = self.root.table("coordinates")
        for name in table.content:
            role = _known("role", table.get(name, str), ("time", "space"), table.at(name))
            make = functools.partial(time if role == "time" else space, name)
            self.declare(name, make, table.at(name))

    def functions(self, section: str, make: Callable[[str, list[Any]], Any]) -> None:
        table = self.root.table(section, **({} if section == "unknowns" else {"otherwise": {}}))
        for name in table.content:
            with _at(table.at(name)):
                items = [parse(text, self.names) for text in table.texts(name)]
            self.declare(name, functools.partial(make, name, items), table.at(name))

    def parameter(self, name: str) -> None:
        content, place = self.root.table("parameters").content[name], f"parameters.{name}"
        content = content if isinstance(content, dict) else {"value": content}
        make = functools.partial(self.made_parameter, name, _Table(content, place, None))
        self.declare(name, make, place)
        if "given" in content:
            with _at(f"{place}.given"):
                value = parse_value(content["given"], self.names)
                self.given[name] = float(value) if value.is_number else value

    def made_parameter(self, name: str, table: _Table) -> Parameter:
        bounds: Any = tuple(table.numbers("bounds", 2)) if "bounds" in table.content else None
        kind = table.get("distribution", str, "")
        known = {"": (), "uniform": ("low", "high"), "normal": ("mean", "deviation")}
        keys = known[_known("distribution", kind, known, table.place)]
        shared = ("value", "bounds", "distribution", "given")
        for key in table.content:
            _known(f"entry of a {kind or 'plain'} parameter", key, (*shared, *keys), table.place)
        make = UniformDistribution if kind == "uniform" else NormalDistribution
        # As written, whole or not: parameters of equal names compare by the text of this.
        numbers = [table.get(key, (int, float)) for key in keys if table.number(key) is not None]
        drawn = make(*numbers) if kind else None
        return parameter(name, table.number("value", None), bounds=bounds, distribution=drawn)

    def coefficient(self, name: str) -> None:
        table = self.root.table("coefficients").table(name, ("of", "value", "axes", "values"))
        with _at(place := table.place):
            items = [parse(text, self.names) for text in table.texts("of")]
        self.declare(name, functools.partial(coefficient, name, *items), place)
        if "value" in table.content:
            with _at(f"{place}.value"):
                self.given[name] = parse_value(table.content["value"], self.names)
        if "values" in table.content or "axes" in table.content:
            if "value" in table.content:
                remedy = "Remove one of them."
                raise FileError(f"either value or axes and values at {place}", "both", remedy)
            axes = [_array(a, f"{place}.axes[{i}]") for i, a in enumerate(table.get("axes", list))]
            self.given[name] = (tuple(axes), table.array("values"))

    def domain(self, table: _Table, depth: int = 0) -> Any:
        self.shapes += 1
        if depth > 20 or self.shapes > MAX_SHAPES:
            raise FileError(f"at most {MAX_SHAPES} shapes, 20 deep", "more", "Simplify the domain.")
        kind = _known("shape", table.get("shape", str), SHAPES, table.place)
        content = {key: value for key, value in table.content.items() if key != "shape"}
        spans = isinstance(content.get("time"), dict)
        interval = _Table(content.pop("time"), table.at("time"), None).pairs() if spans else {}
        with _at(table.place):
            found = self.shape(kind, _Table(content, table.place, SHAPES[kind]), depth)
            return found.over(**interval) if interval else found

    def shape(self, kind: str, table: _Table, depth: int) -> Any:
        if kind == "box":
            return Box(**table.pairs())
        if kind == "interval":
            axis = table.get("axis", str, "x")
            return Interval(table.number("a"), table.number("b"), axis)
        if kind in _JOINS:
            members = [self.domain(item, depth + 1) for item in table.tables("of")]
            if len(members) < 2:
                remedy = 'Write of = [{ shape = "disc", … }, …].'
                raise FileError("two shapes or more", str(len(members)), remedy)
            return functools.reduce(_JOINS[kind], members)
        options: dict[str, Any] = (
            {"name": table.get("name", str)} if "name" in table.content else {}
        )
        if "axes" in table.content:
            options["axes"] = tuple(table.texts("axes"))
        if kind == "polygon":
            return Polygon(table.array("vertices").tolist(), **options)
        if kind == "rectangle":
            return Rectangle(table.numbers("corner"), table.numbers("size"), **options)
        make = Disc if kind == "disc" else Ball
        return make(table.numbers("center"), table.number("radius"), **options)

    def condition(self, item: _Table) -> Any:
        kind = _known("kind", item.get("kind", str), KINDS, item.place)
        make, keys = KINDS[kind]
        table = _Table(item.content, item.place, ("kind", "of", *keys))
        found: dict[str, Any] = {"value": sp.Integer(0)} if kind == "integral" else {}
        for key in keys:
            if key in table.content or key in ("axis", "at") or key == "value" not in found:
                found[key] = self.entry(table, key)
        main = [found.pop(key) for key in ("value", "axis") if key in found]
        with _at(table.place):
            return make(self.entry(table, "of"), *main, **found)

    def entry(self, table: _Table, key: str) -> Any:
        if key == "at":
            place = table.table(key)
            return {name: place.number(name) for name in place.content}
        if key in ("axis", "on", "jump"):
            return table.get(key, bool if key == "jump" else str)
        with _at(table.at(key)):
            return parse_value(table.get(key, str if key == "of" else object), self.names)

    def observation(self, item: _Table) -> Observation:
        table = _Table(item.content, item.place, ("of", "at", "values", "noise"))
        with _at(table.place):
            place = table.table("at")
            at = {name: place.array(name) for name in place.content}
            u = parse(table.get("of", str), self.names)
            return observe(u, table.array("values"), at=at, noise=table.number("noise", 0.0))

    def unused(self, problem: Problem) -> None:
        """Refuse names that are declared and play no part: nearly always a slip."""
        used = {*problem.coordinates, *problem.unknowns, *problem.coefficients, *problem.closures}
        extra = [getattr(item, key, 0) for item in problem.conditions for key in ("a", "b")]
        for value in (*problem.parameters, *extra, *problem.given.values()):
            used |= value.atoms(Parameter) if isinstance(value, sp.Basic) else set()
        for name, meaning in self.names.items():
            if meaning not in used:
                raise ProblemError("every declared name used", f"{name} unused", "Remove it.")


_JOINS: dict[str, Callable[[Any, Any], Any]] = {
    "union": operator.or_,
    "intersection": operator.and_,
    "difference": operator.sub,
}
SHAPES: dict[str, tuple[str, ...] | None] = {
    "box": None,
    "interval": ("a", "b", "axis"),
    "rectangle": ("corner", "size", "axes"),
    "disc": ("center", "radius", "axes", "name"),
    "ball": ("center", "radius", "axes", "name"),
    "polygon": ("vertices", "axes", "name"),
    **dict.fromkeys(_JOINS, ("of",)),
}
KINDS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "initial": (conditions.initial, ("value", "jump")),
    "initial_rate": (conditions.initial_rate, ("value",)),
    "dirichlet": (conditions.dirichlet, ("value", "on", "jump")),
    "neumann": (conditions.neumann, ("value", "on")),
    "robin": (conditions.robin, ("value", "on", "a", "b")),
    "flux": (conditions.flux, ("value", "on")),
    "periodic": (conditions.periodic, ("axis",)),
    "point_value": (conditions.point_value, ("value", "at")),
    "integral": (conditions.integral, ("value",)),
}


__all__ = ["read_problem", "read_problem_text", "write_problem"]
