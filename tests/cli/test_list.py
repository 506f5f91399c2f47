"""``residuum list``."""

from __future__ import annotations

import json

import pytest

from residuum.cli._list import first_sentence

from ._fakes import Exact
from .conftest import Run


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("problems", "burgers "),
        ("methods", "exact Knows the answer."),
        ("fields", "mlp"),
        ("families", "darcy_two_phase"),
        ("operators", "fno"),
        ("rules", "dual_propagation"),
        ("certifiers", "flux bound"),
        ("sources", "fake-paper"),
    ],
)
def test_one_line_per_entry_and_the_same_as_json(run: Run, kind: str, word: str) -> None:
    lines = run("list", kind).stdout.splitlines()
    entries = json.loads(run("list", kind, "--json").stdout)
    assert len(lines) == len(entries) > 3
    assert any(" ".join(line.split()).startswith(word.strip()) for line in lines), lines


def test_sources_are_listed_once_with_their_highest_maturity(run: Run) -> None:
    entries = json.loads(run("list", "sources", "--json").stdout)
    ids = [item["id"] for item in entries]
    assert ids == sorted(set(ids))
    paper = next(item for item in entries if item["id"] == "pinn")
    # The catalogue only cites the paper; the network of that paper has its equations tested.
    assert paper["maturity"] == "verified" and paper["year"] == 2019
    assert {"title", "authors", "identifier"} <= set(paper)


def test_problems_of_one_group(run: Run) -> None:
    every = json.loads(run("list", "problems", "--json").stdout)
    groups = {item["group"] for item in every}
    assert groups == {"core", "anchors", "pinnacle"}
    found = [json.loads(run("list", "problems", "--group", g, "--json").stdout) for g in groups]
    assert sorted(item["name"] for items in found for item in items) == [
        item["name"] for item in every
    ]
    lines = run("list", "problems", "--group", "pinnacle").stdout.splitlines()
    # The benchmark has 22 cases.
    assert len(lines) == 22 and all(" pinnacle " in line for line in lines)
    cavity = next(item for item in every if item["name"] == "cavity_100")
    assert cavity["reference"] is False


def test_wrong_groups(run: Run) -> None:
    done = run("list", "problems", "--group", "pinacle")
    assert done.exit_code == 2 and "Did you mean 'pinnacle'" in done.stderr
    assert run("list", "methods", "--group", "core").exit_code == 2


def test_a_wrong_kind(run: Run) -> None:
    done = run("list", "things")
    assert done.exit_code == 2 and "problems" in done.stderr


def test_descriptions_are_one_line() -> None:
    assert first_sentence(Exact) == "Knows the answer."


def test_the_methods_of_the_library_describe_themselves(run_real: Run) -> None:
    entries = json.loads(run_real("list", "methods", "--json").stdout)
    assert {"pinn", "random_features"} <= {item["name"] for item in entries}
    assert all(item["description"].endswith(".") for item in entries)
