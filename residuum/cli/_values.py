"""Options given as text: read safely, checked against the types a dataclass declares."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from residuum.cli import _objects

if TYPE_CHECKING:
    from residuum._core import OptionError

WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
LONGEST = 200


def option_types(owner: Any) -> dict[str, Any]:
    """Return the options of a dataclass with their types."""
    kind = owner if isinstance(owner, type) else type(owner)
    if not dataclasses.is_dataclass(kind):
        return {}
    hints = typing.get_type_hints(kind)
    return {item.name: hints[item.name] for item in dataclasses.fields(kind) if item.init}


def read_options(
    owner: Any, settings: Mapping[str, str], form: str = "--set {}=VALUE"
) -> dict[str, Any]:
    """Return the values of options given as text, checked against the types they declare.

    Args:
        owner: a dataclass or one of its instances.
        settings: texts by option.
        form: how an option is written on the command line, for messages.

    Raises:
        OptionError: an option is unknown, or the text is no value of its type.
    """
    hints = option_types(owner)
    what = getattr(owner, "name", type(owner).__name__)
    for key in settings:
        look_up(f"option of {what}", key, hints)
    return {key: read_value(text, hints[key], key, form) for key, text in settings.items()}


def read_value(text: str, hint: Any, name: str, form: str = "--set {}=VALUE") -> Any:
    """Return the value a text stands for: a number, yes or no, a word, or numbers with commas."""
    from residuum._core import OptionError  # imports JAX

    for value in _readings(text) if name != "field" else ():
        fitted = _fit(value, hint)
        if fitted is not _MISFIT:
            return fitted
    wanted = _in_words(hint) if name != "field" else None
    if wanted is None:
        remedy = "Use --field NAME." if name == "field" else "Set it from Python."
        raise OptionError("an option that fits on a command line", name, remedy)
    raise OptionError(f"{wanted} for {name}", repr(text), f"Write {form.format(name)}.")


_MISFIT = object()


def _readings(text: str) -> list[Any]:
    """Return what a text can mean, most literal first; nothing in it is ever run."""
    found: list[Any] = []
    if text.lower() in WORDS:
        found.append(WORDS[text.lower()])
    if text.lower() == "none":
        found.append(None)
    if len(text) <= LONGEST:
        with contextlib.suppress(ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            found.append(ast.literal_eval(text))
    return [*found, text]


def _fit(value: Any, hint: Any) -> Any:
    """Return the value in the type of the hint, or ``_MISFIT``."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        fits = (_fit(value, item) for item in inside)
        return next((item for item in fits if item is not _MISFIT), _MISFIT)
    if origin is typing.Literal:
        return value if value in inside else _MISFIT
    if origin is tuple:
        return _fit_tuple(value, inside)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < math.inf else _MISFIT
    if hint is int:
        return value if isinstance(value, int) and not isinstance(value, bool) else _MISFIT
    if hint is type(None):
        return value if value is None else _MISFIT
    if isinstance(value, str) and value in (kinds := _objects.named(hint)):
        return kinds[value]()
    if isinstance(value, str) and _objects.is_mesh(hint):
        return _objects.read(value)
    return value if hint in (bool, str) and isinstance(value, hint) else _MISFIT


def _fit_tuple(value: Any, inside: tuple[Any, ...]) -> Any:
    items = tuple(value) if isinstance(value, tuple | list) else (value,)
    kinds = (inside[0],) * len(items) if inside[-1:] == (...,) else inside
    if len(kinds) != len(items):
        return _MISFIT
    fitted = tuple(_fit(item, kind) for item, kind in zip(items, kinds, strict=True))
    return _MISFIT if any(item is _MISFIT for item in fitted) else fitted


def _in_words(hint: Any) -> str | None:
    """Return what an option takes, in words; ``None`` if text cannot give it."""
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        known = [_in_words(item) for item in inside if item is not type(None)]
        return " or ".join(item for item in known if item) or None
    if origin is typing.Literal:
        return "one of " + ", ".join(map(str, inside))
    if origin is tuple:
        return "numbers with commas between" if inside and _in_words(inside[0]) else None
    if _objects.is_mesh(hint):
        return "a mesh file"
    kinds = _objects.named(hint)
    return f"one of {', '.join(kinds)}" if kinds else names.get(hint)


def look_up(what: str, word: str, known: Mapping[str, Any]) -> Any:
    """Return the entry of a table by its name.

    Raises:
        OptionError: there is none; the message names the nearest ones.
    """
    if word in known:
        return known[word]
    raise unknown(what, word, known)


def unknown(what: str, word: str, known: Collection[str]) -> OptionError:
    """Return the error for a name that is not in a table, with the nearest ones."""
    from residuum._core import OptionError  # imports JAX

    near = difflib.get_close_matches(word, known, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Choose one of them."
    return OptionError(f"a known {what} ({', '.join(known) or 'it has none'})", repr(word), remedy)
