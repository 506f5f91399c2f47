"""``residuum list``: what there is, one per line."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from residuum.cli import _console
from residuum.cli._methods import methods, named, recipes
from residuum.cli._values import look_up

if TYPE_CHECKING:
    from residuum._core import Source

CORE = "core"
"""The group, in words, of the problems that belong to none."""
RANKS = ("reproduced", "verified", "runs", "not met")


class Kind(StrEnum):
    """What can be listed."""

    PROBLEMS = "problems"
    METHODS = "methods"
    FIELDS = "fields"
    FAMILIES = "families"
    OPERATORS = "operators"
    RULES = "rules"
    CERTIFIERS = "certifiers"
    SOURCES = "sources"


def listing(
    kind: Annotated[Kind, typer.Argument(metavar="|".join(Kind))],
    *,
    group: Annotated[
        str | None,
        typer.Option(metavar="GROUP", help="Problems of one group, such as pinnacle or core."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List problems, methods and their parts, or the papers behind them."""
    if group is not None and kind is not Kind.PROBLEMS:
        raise typer.BadParameter("--group is for problems alone.")
    entries = LISTS[kind]() if group is None else _problems(group)
    if json:
        _console.say_json(entries)
    elif kind is Kind.SOURCES:
        _console.say_list([(item["id"], item["maturity"], item["text"]) for item in entries])
    elif kind is Kind.PROBLEMS:
        columns = ("name", "group", "description")
        _console.say_list([tuple(item[key] for key in columns) for item in entries])
    else:
        _console.say_list([(item["name"], item["description"]) for item in entries])


def _problems(group: str | None = None) -> list[dict[str, Any]]:
    """Return the problems, those of one group if it is given; those without a group are its core.

    Raises:
        OptionError: there is no such group.
    """
    import residuum.catalogue as catalogue  # imports SymPy and JAX

    cases = [catalogue.case(name) for name in catalogue.names()]
    if group is not None:
        look_up("group of problems", group, {item.group or CORE: group for item in cases})
        cases = [item for item in cases if (item.group or CORE) == group]
    return [
        {
            "name": item.name,
            "group": item.group or CORE,
            "description": item.title,
            "reference": item.reference is not None,
        }
        for item in cases
    ]


def _methods() -> list[dict[str, Any]]:
    known = {**methods(), **named()}
    return [{"name": name, "description": first_sentence(k)} for name, k in known.items()]


def _fields() -> list[dict[str, Any]]:
    return [{"name": name, "description": first_sentence(k)} for name, k in recipes().items()]


def _families() -> list[dict[str, Any]]:
    from residuum.catalogue.families import FAMILIES  # imports SymPy and JAX

    return [{"name": name, "description": item.title} for name, item in FAMILIES.items()]


def _operators() -> list[dict[str, Any]]:
    from residuum.cli._train import recipes as built

    return [{"name": name, "description": first_sentence(k)} for name, k in built().items()]


def _rules() -> list[dict[str, Any]]:
    import residuum.learning as learning  # imports JAX

    found = [getattr(learning, name) for name in learning.__all__]
    kinds = [k for k in found if inspect.isclass(k) and issubclass(k, learning.LearningRule)]
    return [
        {"name": k.name, "description": first_sentence(k)}
        for k in kinds
        if not inspect.isabstract(k)
    ]


def _certifiers() -> list[dict[str, Any]]:
    import residuum.certify as certify  # imports JAX

    kinds = [getattr(certify, name) for name in certify.__all__]
    found = [
        {
            "name": kind.name,
            "kind": kind.kind,
            "description": f"{kind.kind}: {first_sentence(kind)}",
        }
        for kind in kinds
        if hasattr(kind, "norms") and not inspect.isabstract(kind)
    ]
    return sorted(found, key=lambda item: (item["kind"], item["name"]))


def first_sentence(kind: type[Any]) -> str:
    """Return the first paragraph of a docstring as one line."""
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def _sources() -> list[dict[str, Any]]:
    return [{**asdict(item), "text": str(item)} for item in sources()]


def sources() -> list[Source]:
    """Return the papers behind methods, their parts and problems, each once, by id.

    Where a paper stands behind several parts, the entry with the highest maturity is shown.
    """
    import residuum.blocks as blocks  # imports JAX
    import residuum.catalogue as catalogue  # imports SymPy
    import residuum.certify as certify
    import residuum.learning as learning
    import residuum.objectives as objectives
    import residuum.operators as operators

    # What a method is built from, and what judges or speeds up an answer, is credited too.
    inner = (blocks.physical, blocks.associative, blocks.memory, blocks.reversible)
    folders = (blocks, *inner, learning, objectives, operators, certify)
    parts = [getattr(folder, name) for folder in folders for name in folder.__all__]
    kinds = [*methods().values(), *named().values(), *recipes().values(), *parts]
    found = [item for kind in kinds for item in getattr(kind, "sources", ())]
    cases = [catalogue.case(name).source for name in catalogue.names()]
    found += [item for item in cases if item is not None]
    best: dict[str, Source] = {}
    for item in found:
        held = best.setdefault(item.id, item)
        if RANKS.index(item.maturity) < RANKS.index(held.maturity):
            best[item.id] = item
    return [best[name] for name in sorted(best)]


LISTS: dict[Kind, Callable[[], list[dict[str, Any]]]] = {
    Kind.PROBLEMS: _problems,
    Kind.METHODS: _methods,
    Kind.FIELDS: _fields,
    Kind.FAMILIES: _families,
    Kind.OPERATORS: _operators,
    Kind.RULES: _rules,
    Kind.CERTIFIERS: _certifiers,
    Kind.SOURCES: _sources,
}
