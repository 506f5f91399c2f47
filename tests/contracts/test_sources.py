"""Papers: one key each, the same facts wherever a part names it."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re

import residuum
from residuum._core import Source


def every_source() -> list[Source]:
    for module in pkgutil.walk_packages(residuum.__path__, "residuum."):
        importlib.import_module(module.name)
    return [item for item in gc.get_objects() if isinstance(item, Source)]


def test_a_paper_has_one_key_and_a_key_one_paper() -> None:
    keys: dict[str, set[str]] = {}
    facts: dict[str, set[tuple[str, str]]] = {}
    for source in every_source():
        title = re.sub(r"\W+", " ", source.title.lower()).strip()
        keys.setdefault(title, set()).add(source.id)
        facts.setdefault(source.id, set()).add((title, source.authors))
    assert len(keys) > 100
    assert {title: found for title, found in keys.items() if len(found) > 1} == {}
    assert {key: found for key, found in facts.items() if len(found) > 1} == {}
