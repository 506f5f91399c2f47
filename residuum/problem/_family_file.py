"""Family files: a problem file with one more section, which says what is drawn from what.

    [family.a]
    kind = "two_phase"; positive = 12; negative = 3; alpha = 2; tau = 3     (one entry per line)
    [family.domain]
    kind = "random_holes"; count = [1, 3]; radius = [0.05, 0.1]
    [family.bounds]
    u = [0, inf]

The entries of a kind are the options of its class; those of its Gaussian field stand among them.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from residuum._core import FileError, ParseError
from residuum.problem._distribution import Distribution
from residuum.problem._family import Family
from residuum.problem._file import read_problem_text
from residuum.problem._random_domain import RandomHoles, StarShapes
from residuum.problem._random_field import GaussianField, LogNormal, TwoPhase
from residuum.problem._symbols import NormalDistribution, UniformDistribution
from residuum.problem._toml import MAX_BYTES, document_of, one_of, toml_text

SECTION = "family"
KINDS: dict[str, Any] = {
    "gaussian": GaussianField,
    "log_normal": LogNormal,
    "two_phase": TwoPhase,
    "random_holes": RandomHoles,
    "star_shapes": StarShapes,
    "uniform": UniformDistribution,
    "normal": NormalDistribution,
}


def read_family(source: str | Path) -> Family:
    """Return the family that a TOML file states; nothing in it is run.

    Raises:
        FileError: no such file, not TOML, or a missing, unknown or mistyped entry.
        ParseError: an expression cannot be read.
        ProblemError: the statement itself is wrong.
        OptionError: an option of a distribution is out of range.
    """
    path = Path(source)
    try:
        if not path.is_file():
            raise OSError("not a file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileError("a readable file", f"{source!r}: {error}", "Check the path.") from error
    document = document_of(content)
    drawn = document.pop(SECTION, {})
    if not isinstance(drawn, dict):
        raise FileError(f"a table {SECTION} in {path.name}", repr(drawn), "Write [family.a], say.")
    problem = read_problem_text(toml_text(document), folder=path.parent)
    bounds = drawn.pop("bounds", {})
    found = {name: _distribution(entry, f"{SECTION}.{name}") for name, entry in drawn.items()}
    return Family(problem, bounds=_bounds(bounds), **found)


def _distribution(entry: Any, place: str) -> Distribution:
    if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
        wanted = f"a table with a kind at {place}"
        raise FileError(wanted, repr(entry)[:80], f"Kinds: {', '.join(KINDS)}.")
    made = KINDS[one_of("kind", entry["kind"], KINDS, place)]
    options = {key: _plain(value, f"{place}.{key}") for key, value in entry.items()}
    del options["kind"]
    own = {item.name for item in dataclasses.fields(made)} - {"field"}
    inner = {item.name for item in dataclasses.fields(GaussianField)} if made in FIELDS else set()
    for key in options:
        one_of(f"entry of {entry['kind']}", key, own | inner, place)
    mine = {key: value for key, value in options.items() if key in own}
    if made in FIELDS:
        field = {key: value for key, value in options.items() if key not in own}
        mine["field"] = _made(GaussianField, field, place)
    found: Distribution = _made(made, mine, place)
    return found


FIELDS = (LogNormal, TwoPhase)


def _made(kind: Any, options: dict[str, Any], place: str) -> Any:
    try:
        return kind(**options)
    except TypeError as error:
        raise FileError(f"numbers and words that fit at {place}", str(error), "Correct.") from error


def _plain(value: Any, place: str) -> Any:
    if isinstance(value, list) and all(isinstance(item, int | float | str) for item in value):
        return tuple(value)
    if isinstance(value, int | float | str):
        return value
    raise ParseError(f"a number, a word or a list of them at {place}", repr(value)[:80], "Correct.")


def _bounds(entry: Any) -> dict[str, tuple[float, float]]:
    found = {}
    for name, pair in (entry if isinstance(entry, dict) else {"": entry}).items():
        fits = isinstance(pair, list) and len(pair) == 2
        if not fits or not all(isinstance(item, int | float) for item in pair):
            raise FileError(f"two numbers at family.bounds.{name}", repr(pair)[:80], "u = [0, inf]")
        found[name] = (float(pair[0]), float(pair[1]))
    return found
