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
coefficients {of, value}, {of, axes, values} or {of, waves} (a drawn field), closures, and
observations {of, at, values, noise}.
A shape in space takes time = {t = [0, 1]}; a union, intersection or difference its members of.
An imported mesh is domain = { mesh = "part.msh" }, perhaps with axes = ["x", "y"]; its file is
looked for beside the problem's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sympy as sp

from residuum._core._errors import FileError, ProblemError, ResiduumError
from residuum.problem import _conditions as conditions
from residuum.problem._equation import Observation, observe
from residuum.problem._parse import parse, parse_equation, parse_value
from residuum.problem._problem import Problem
from residuum.problem._random_field import waves_of
from residuum.problem._render import write_problem
from residuum.problem._shapes import MeshNamed, beside, read_shape
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
from residuum.problem._toml import MAX_BYTES, Table, array_of, at_place, document_of, one_of

WAVES = ("amplitudes", "low", "high", "kinds", "mean", "form", "factors")
SECTIONS = (
    *("name", "equations", "coordinates", "unknowns", "parameters", "coefficients"),
    *("closures", "domain", "conditions", "observations"),
)


def read_problem(source: str | Path) -> Problem:
    """Return the problem that a TOML file states.

    Args:
        source: path of a file of at most 20 MB. A mesh it names is looked for beside it, unless
            its path is absolute.

    Raises:
        FileError: no such file, not TOML, a missing, unknown or mistyped entry, or a mesh file that
            is missing or damaged.
        ParseError: an expression cannot be read.
        ProblemError: the statement itself is wrong.

    Warns:
        MeshWarning: a mesh was repaired.
    """
    try:
        path = Path(source)
        if not path.is_file():  # a pipe or device could go on for ever
            raise OSError("not a file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, TypeError, ValueError) as error:
        raise FileError("a readable file", f"{source!r}: {error}", "Check the path.") from error
    return _read(content, path.name, beside(path.parent))


def read_problem_text(text: str, *, folder: str | Path | None = None) -> Problem:
    """Return the problem that TOML text states; errors as `read_problem`.

    Args:
        text: as in a problem file.
        folder: where the files of meshes are looked for; without it no file is ever opened, and a
            text that names a mesh raises FileError.
    """
    place = None if folder is None else Path(folder)
    return read_statement(text, beside(place))


def read_statement(text: str, mesh_named: MeshNamed) -> Problem:
    """Return the problem that TOML text states, its meshes looked up by name."""
    return _read(text.encode("utf-8", "surrogatepass"), "the text", mesh_named)


def _read(content: bytes, name: str, mesh_named: MeshNamed) -> Problem:
    try:
        return _Reader(document_of(content), mesh_named).problem()
    except ResiduumError as error:
        raise type(error)(f"{error.wanted} in {name}", error.got, error.remedy) from error
    except Exception as error:  # arithmetic of shapes and SymPy on numbers beyond any use
        if isinstance(error, Warning):  # which the user has turned into an error
            raise
        got, remedy = f"{type(error).__name__}: {error}"[:200], "Look for extreme numbers."
        raise ProblemError(f"a statement that can be checked in {name}", got, remedy) from error


class _Reader:
    """Reads the sections in order, each with the names of those before it."""

    def __init__(self, document: dict[str, Any], mesh_named: MeshNamed) -> None:
        self.root, self.mesh_named = Table(document, "", SECTIONS), mesh_named
        self.names: dict[str, Any] = {}
        self.given: dict[str, Any] = {}

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
            with at_place(f"equations[{i}]"):
                equations.append(parse_equation(text, self.names))
        problem = Problem(
            read_shape(self.root.table("domain"), self.mesh_named),
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
        with at_place(place):
            if name in self.names:
                raise ProblemError("one meaning per name", f"{name} again", "Rename one of them.")
            self.names[name] = make()

    def coordinates(self) -> None:
        table = self.root.table("coordinates")
        for name in table.content:
            role = one_of("role", table.get(name, str), ("time", "space"), table.at(name))
            make = functools.partial(time if role == "time" else space, name)
            self.declare(name, make, table.at(name))

    def functions(self, section: str, make: Callable[[str, list[Any]], Any]) -> None:
        table = self.root.table(section, **({} if section == "unknowns" else {"otherwise": {}}))
        for name in table.content:
            with at_place(table.at(name)):
                items = [parse(text, self.names) for text in table.texts(name)]
            self.declare(name, functools.partial(make, name, items), table.at(name))

    def parameter(self, name: str) -> None:
        content, place = self.root.table("parameters").content[name], f"parameters.{name}"
        content = content if isinstance(content, dict) else {"value": content}
        make = functools.partial(self.made_parameter, name, Table(content, place, None))
        self.declare(name, make, place)
        if "given" in content:
            with at_place(f"{place}.given"):
                value = parse_value(content["given"], self.names)
                self.given[name] = float(value) if value.is_number else value

    def made_parameter(self, name: str, table: Table) -> Parameter:
        bounds: Any = tuple(table.numbers("bounds", 2)) if "bounds" in table.content else None
        kind = table.get("distribution", str, "")
        known = {"": (), "uniform": ("low", "high"), "normal": ("mean", "deviation")}
        keys = known[one_of("distribution", kind, known, table.place)]
        shared = ("value", "bounds", "distribution", "given")
        for key in table.content:
            one_of(f"entry of a {kind or 'plain'} parameter", key, (*shared, *keys), table.place)
        make = UniformDistribution if kind == "uniform" else NormalDistribution
        # As written, whole or not: parameters of equal names compare by the text of this.
        numbers = [table.get(key, (int, float)) for key in keys if table.number(key) is not None]
        drawn = make(*numbers) if kind else None
        return parameter(name, table.number("value", None), bounds=bounds, distribution=drawn)

    def coefficient(self, name: str) -> None:
        keys = ("of", "value", "axes", "values", "waves")
        table = self.root.table("coefficients").table(name, keys)
        with at_place(place := table.place):
            items = [parse(text, self.names) for text in table.texts("of")]
        self.declare(name, functools.partial(coefficient, name, *items), place)
        if "value" in table.content:
            with at_place(f"{place}.value"):
                self.given[name] = parse_value(table.content["value"], self.names)
        tabled = "values" in table.content or "axes" in table.content
        if tabled + ("value" in table.content) + ("waves" in table.content) > 1:
            wanted = f"one of value, waves, or axes and values at {place}"
            raise FileError(wanted, "several", "Remove the others.")
        if "waves" in table.content:
            self.given[name] = waves_of(table.table("waves", WAVES))
        if tabled:
            lists = enumerate(table.get("axes", list))
            axes = tuple(array_of(item, f"{place}.axes[{i}]") for i, item in lists)
            self.given[name] = (axes, table.array("values"))

    def condition(self, item: Table) -> Any:
        kind = one_of("kind", item.get("kind", str), KINDS, item.place)
        make, keys = KINDS[kind]
        table = Table(item.content, item.place, ("kind", "of", *keys))
        found: dict[str, Any] = {"value": sp.Integer(0)} if kind == "integral" else {}
        for key in keys:
            if key in table.content or key in ("axis", "at") or key == "value" not in found:
                found[key] = self.entry(table, key)
        main = [found.pop(key) for key in ("value", "axis") if key in found]
        with at_place(table.place):
            return make(self.entry(table, "of"), *main, **found)

    def entry(self, table: Table, key: str) -> Any:
        if key == "at":
            place = table.table(key)
            return {name: place.number(name) for name in place.content}
        if key in ("axis", "on", "jump"):
            return table.get(key, bool if key == "jump" else str)
        with at_place(table.at(key)):
            return parse_value(table.get(key, str if key == "of" else object), self.names)

    def observation(self, item: Table) -> Observation:
        table = Table(item.content, item.place, ("of", "at", "values", "noise"))
        with at_place(table.place):
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
