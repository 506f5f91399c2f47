"""Problem files: a statement as TOML, read without running anything, and written back.

    name = "burgers"
    equations = ["diff(u, t) + div(u^2/2) = div(nu*grad(u))"]
    [coordinates]
    t = "time"
    x = "space"
    [unknowns]
    u = ["t", "x"]
    [parameters]
    nu = "0.01/pi"          # or {value, bounds, distribution = "uniform", low, high, given}
    [domain]
    shape = "box"           # interval, rectangle, disc, ball, polygon, union, difference, …
    t = [0, 1]
    x = [-1, 1]
    [[conditions]]
    kind = "dirichlet"
    of = "u"
    value = 0
    on = "boundary"

Further sections: ``coefficients`` {of, value} or {of, axes, values}; ``closures``;
``observations`` {of, at, values, noise}. A shape other than a box takes ``time = {t = [0, 1]}``.
"""

from __future__ import annotations

import difflib
import functools
import math
import operator
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
import tomli_w

from residuum import geometry
from residuum._core._errors import FileError, ParseError, ProblemError, ResiduumError
from residuum.problem import _conditions as conditions
from residuum.problem._equation import Eq, Observation, observe
from residuum.problem._operators import Curl, Div, Grad, Laplacian
from residuum.problem._parse import parse, parse_equation
from residuum.problem._pointwise import GridFunction
from residuum.problem._print import to_text
from residuum.problem._problem import Problem
from residuum.problem._symbols import (
    Closure,
    Coefficient,
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
MAX_TERMS, MAX_WORK, MAX_SHAPES = 5_000, 200_000, 100

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
        if not path.is_file():
            raise FileError("a file", f"{str(source)!r}, which is none", "Check the path.")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, TypeError, ValueError) as error:
        if isinstance(error, ResiduumError):
            raise
        raise FileError("a readable file", f"{source!r}: {error}", "Check the path.") from error
    if len(content) > MAX_BYTES:
        remedy = "Put large data elsewhere."
        raise FileError(f"a file of at most {MAX_BYTES} bytes in {path.name}", "more", remedy)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        remedy = "Save the file as UTF-8 text."
        raise FileError(f"UTF-8 text in {path.name}", str(error), remedy) from None
    return _read(text, path.name)


def read_problem_text(text: str) -> Problem:
    """Return the problem that TOML text states; errors as `read_problem`."""
    return _read(text, "the text")


def _read(text: str, name: str) -> Problem:
    try:
        if len(text) > MAX_BYTES:
            raise FileError(f"at most {MAX_BYTES} characters", f"{len(text)}", "Shorten it.")
        return _Reader(_document(text)).problem()
    except ResiduumError as error:
        raise type(error)(f"{error.wanted} in {name}", error.got, error.remedy) from error
    except Warning:
        raise  # a warning that the user has turned into an error
    except Exception as error:  # arithmetic of shapes and SymPy on numbers beyond any use
        got = f"{type(error).__name__}: {str(error)[:200]}"
        remedy = "Look for numbers that are far too large or small."
        raise ProblemError(f"a statement that can be checked in {name}", got, remedy) from error


def _document(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise FileError("TOML", "too deep nesting", "Correct the brackets.") from None
    except ValueError as error:
        remedy = "Correct the file: text in quotes, sections in brackets."
        raise FileError("TOML", str(error)[:200], remedy) from error


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Add the place in the file to an error."""
    try:
        yield
    except ResiduumError as error:
        raise type(error)(f"{error.wanted} at {place}", error.got, error.remedy) from error


class _Table:
    """A table of the file; every entry is fetched by key and type."""

    def __init__(self, content: Any, place: str, allowed: Collection[str] | None) -> None:
        if not isinstance(content, dict):
            wanted = f"a table at {place or 'the top'}"
            raise FileError(wanted, type(content).__name__, f"Write {place} = {{ … }}.")
        self.content, self.place = content, place
        for key in content:
            if allowed is not None and key not in allowed:
                near = difflib.get_close_matches(key[:64], allowed, n=1)
                remedy = f"Did you mean {near[0]}?" if near else f"Use {', '.join(allowed)}."
                raise FileError(f"a known key at {place or 'the top'}", repr(key[:64]), remedy)

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
            names = " or ".join(_WORDS[k] for k in (kind if isinstance(kind, tuple) else (kind,)))
            got = _WORDS.get(type(value), type(value).__name__)
            raise FileError(f"{names} at {self.at(key)}", got, "Correct the entry.")
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

    def number(self, key: str, otherwise: Any = ...) -> Any:
        value = self.get(key, (int, float, str), otherwise)
        return value if value is otherwise else _number(value, self.at(key))


_WORDS = {
    **{str: "text", int: "a whole number", float: "a number", bool: "true or false"},
    **{list: "a list", dict: "a table"},
}


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
        found = _value(value, {})
        return float(found)


def _value(value: Any, names: Mapping[str, Any]) -> sp.Expr:
    """Read a number or the text of an expression."""
    if isinstance(value, str):
        return parse(value, names)
    if isinstance(value, bool) or not isinstance(value, int | float):
        got = _WORDS.get(type(value), type(value).__name__)
        raise ParseError("a number or an expression in quotes", got, "Correct the entry.")
    if not math.isfinite(value) if isinstance(value, float) else abs(value) > 10**40:
        raise ParseError("a finite number", f"{value:.3g}", "Correct the entry.")
    return sp.Integer(value) if isinstance(value, int) else sp.Float(value)
