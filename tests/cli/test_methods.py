"""From words to a method object."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from residuum._core import OptionError
from residuum.catalogue import case
from residuum.cli._methods import choose, configured, recipes
from residuum.cli._options import Choice
from residuum.discretise.volumes import Minmod
from residuum.fields import MLP, RandomTanh
from residuum.methods._finite_volume import FiniteVolume

from ._fakes import Exact, Inner, Rough, fake_methods


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "residuum.methods", fake_methods())


def chosen(method: str | None = "exact", field: str | None = None, *settings: str) -> Any:
    problem = case("damped_oscillator").problem()
    return choose(problem, Choice(method, field, list(settings)))[0]


def test_the_method_is_chosen_or_named() -> None:
    problem = case("damped_oscillator").problem()
    method, reason = choose(problem, Choice())
    assert isinstance(method, Exact) and reason == "it knows the answer"
    assert choose(problem, Choice("rough")) == (Rough(), "asked for")


def test_options_are_set() -> None:
    words = ("steps=5", "size=2", "pair=3,4,5", "bold=yes", "mode=fancy")
    found = chosen("exact", None, *words)
    assert found == Exact(steps=5, size=2.0, pair=(3.0, 4.0, 5.0), bold=True, mode="fancy")
    assert isinstance(found.size, float)
    assert chosen("exact", None, "size=none").size is None


def test_fields_and_their_options() -> None:
    assert chosen("exact", "mlp").field == MLP()
    assert chosen("exact", "mlp", "field.width=7").field == MLP(width=7)
    # The method that was chosen holds a field already.
    assert chosen(None, None, "field.count=9").field == RandomTanh(9)
    assert chosen("exact", None, "inner.count=9").inner == Inner(9)


def test_options_of_a_part_are_set_on_the_part_that_was_asked_for() -> None:
    method, own = FiniteVolume(), ["limiter.theta=1.2", "limiter=minmod", "cells=64"]
    found = configured(method, Choice("finite_volume", None, own))
    assert found == FiniteVolume(limiter=Minmod(1.2), cells=64)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("exat",), "Did you mean 'exact'"),
        (("exact", "mpl"), "Did you mean 'mlp'"),
        (("exact", None, "stpes=3"), "Did you mean 'steps'"),
        (("exact", "mlp", "field.wdth=3"), "Did you mean 'width'"),
        (("exact", None, "field.width=3"), "Add --field NAME"),
        (("rough", "mlp"), "one of: exact"),
        (("rough", None, "steps=3"), "it has none"),
        (("exact", None, "steps=3.5"), "a whole number for steps"),
        (("exact", None, "steps=True"), "a whole number for steps"),
        (("exact", None, "size=nan"), "a number for size"),
        (("exact", None, "size=1e999"), "a number for size"),
        (("exact", None, "bold=3"), "true or false"),
        (("exact", None, "mode=grand"), "plain, fancy"),
        (("exact", None, "pair=1,x"), "commas"),
        (("exact", None, "field=mlp"), "Use --field NAME"),
        (("exact", None, "inner=3"), "Set it from Python"),
        (("exact", None, "nothing.count=3"), "a known option"),
        (("exact", "mlp", "field.width=-3"), "more than zero"),
    ],
)
def test_wrong_words(words: tuple[Any, ...], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        chosen(*words)


def test_recipes_are_the_published_ones() -> None:
    assert {"mlp", "random_tanh", "gaussians", "chebyshev"} <= set(recipes())
