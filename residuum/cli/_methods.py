"""From the words --method, --field and --set to a method object."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from residuum.cli._options import Choice
from residuum.cli._values import look_up, option_types, read_options

if TYPE_CHECKING:
    from residuum._core import Method
    from residuum.problem import Problem


def methods() -> dict[str, type[Method]]:
    """Return every method by the name the command line calls it."""
    from residuum.methods import METHODS  # imports JAX

    return dict(METHODS)


def named() -> dict[str, type[Method]]:
    """Return the methods that can be named but are not tried by themselves."""
    import residuum.methods as module  # imports JAX

    return dict(getattr(module, "NAMED", {}))


def recipes() -> dict[str, type[Any]]:
    """Return every field recipe by name."""
    import residuum.fields as fields  # imports JAX

    found = [getattr(fields, name) for name in fields.__all__]
    kinds = [k for k in found if isinstance(k, type) and issubclass(k, fields.Architecture)]
    return {k.name: k for k in kinds if k is not fields.Architecture}


def choose(problem: Problem, choice: Choice) -> tuple[Method, str]:
    """Return the method asked for, or the one that fits best, and why it is taken."""
    if choice.method is not None and Path(choice.method).suffix == ".rss":
        from residuum.methods import load_surrogate  # imports JAX

        return configured(load_surrogate(choice.method), choice), "asked for"
    if choice.method is not None:
        kind = look_up("method", choice.method, {**methods(), **named()})
        return configured(kind(), choice), "asked for"
    from residuum.methods import choose as best  # imports JAX

    method, reason = best(problem)
    return configured(method, choice), str(reason)


def configured(method: Method, choice: Choice) -> Method:
    """Return the method with the field and the options asked for.

    ``KEY=VALUE`` sets an option of the method, ``PART.KEY=VALUE`` one of the object that is the
    option PART, such as its field.
    """
    own: dict[str, str] = {}
    parts: dict[str, dict[str, str]] = {} if choice.field is None else {"field": {}}
    for setting in choice.set or ():
        key, _, text = setting.partition("=")
        part, _, name = key.strip().replace("-", "_").rpartition(".")
        (parts.setdefault(part, {}) if part else own)[name] = text.strip()
    method = _changed(method, read_options(method, own))
    changes: dict[str, Any] = {}
    for part, settings in parts.items():
        held = _part(method, part, choice.field if part == "field" else None)
        changes[part] = _changed(held, read_options(held, settings))
    return _changed(method, changes)


def _changed(held: Any, changes: dict[str, Any]) -> Any:
    return dataclasses.replace(held, **changes) if changes else held


def _part(method: Method, part: str, name: str | None) -> Any:
    """Return the object that is an option of a method: named, held already, or by default."""
    from residuum._core import OptionError  # imports JAX

    hints = option_types(method)
    if part == "field" and part not in hints:
        having = (
            ", ".join(n for n, kind in methods().items() if part in option_types(kind)) or "none"
        )
        raise OptionError(
            "a method with a field", method.name, f"Leave the field out, or take one of: {having}."
        )
    hint = look_up(f"option of {method.name}", part, hints)
    if name is not None:
        return look_up("field", name, recipes())()
    held = getattr(method, part)
    if held is not None and dataclasses.is_dataclass(held):
        return held
    kinds = [k for k in (hint, *typing.get_args(hint)) if isinstance(k, type)]
    ready = [k for k in kinds if dataclasses.is_dataclass(k) and not inspect.isabstract(k)]
    if len(ready) == 1:
        return ready[0]()
    remedy = "Add --field NAME." if part == "field" else "Set it from Python."
    raise OptionError(f"an object in {part}", repr(held), remedy)
