"""The documentation: its programs run, its links lead somewhere, and no public part is left out.

A ``python`` block that imports residuum in its first five lines starts a fresh program; blocks
after it on the same page continue it. Every ``python`` block is run.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import residuum
from residuum.problem import read_problem_text

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
GUIDES = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
START = "import residuum as rs"
WANTED = {
    *("index", "problem", "geometry", "methods", "blocks", "solution", "cli", "errors"),
    "precision",
}


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)


def programs(page: Path) -> list[str]:
    """Return the programs of a page: blocks joined to the one that starts them."""
    found: list[str] = []
    for block in blocks(page, "python"):
        if START in block.splitlines()[:5]:
            found.append(block)
        else:
            assert found, f"{page.name}: the first block must import residuum"
            found[-1] += block
    return found


PROGRAMS = [
    pytest.param(text, id=f"{page.stem}-{i}")
    for page in PAGES
    for i, text in enumerate(programs(page))
]


@pytest.mark.parametrize("text", PROGRAMS)
def test_program_runs(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "docs", "exec", dont_inherit=True), space)


def test_problem_files_are_read() -> None:
    texts = [text for page in PAGES for text in blocks(page, "toml")]
    assert texts
    for text in texts:
        assert tomllib.loads(text)["name"] == read_problem_text(text).name


def test_pages_are_there_and_linked() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    assert {page.stem for page in PAGES} >= WANTED
    for name in WANTED - {"index"}:
        assert f"({name}.md)" in index


def test_public_names_are_documented() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    missing = [n for n in residuum.__all__ if not re.search(rf"\brs\.{n}\b", text)]
    assert not missing


@pytest.mark.parametrize("folder", ["methods", "fields", "learning", "objectives"])
def test_parts_are_reachable(folder: str) -> None:
    text = (ROOT / "docs" / "methods.md").read_text("utf-8")
    files = [path.name for path in (ROOT / "residuum" / folder).glob("_[a-z]*.py")]
    assert files
    assert not [name for name in files if f"(../residuum/{folder}/{name})" not in text]


def test_blocks_are_documented() -> None:
    from residuum import blocks as parts

    text = (ROOT / "docs" / "blocks.md").read_text("utf-8")
    assert not [name for name in parts.__all__ if f"`{name}`" not in text]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.stem))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.M)
            assert anchor in [re.sub(r"[^\w -]", "", t).lower().replace(" ", "-") for t in titles]


def test_result_codes_and_exit_codes_are_documented() -> None:
    from residuum.cli._exit_codes import ExitCode

    solution = (ROOT / "docs" / "solution.md").read_text("utf-8")
    for result in residuum.Result:
        assert f"| `{result.name}` | {result.value} |" in solution
    terminal = (ROOT / "docs" / "cli.md").read_text("utf-8").replace("`", "")
    for code in ExitCode:
        assert f"| {code.value} | {code.meaning} |" in terminal


def test_errors_are_documented() -> None:
    from residuum._core import _errors

    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    kinds = [n for n, kind in vars(_errors).items() if isinstance(kind, type)]
    assert not [name for name in kinds if name not in text]
