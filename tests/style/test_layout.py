"""The house: who may import whom, how large things may grow, what importing may do."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "residuum"
FILES = sorted(PACKAGE.rglob("*.py"))

# A file imports only from lines above its own; names on one line do not see each other.
ORDER = [
    {"_core"},
    {"geometry"},
    {"problem"},
    {"_solve"},
    {"_verify"},
    {"catalogue"},
    {"discretise", "blocks"},
    {"fields", "datasets"},
    {"operators"},
    {"objectives"},
    {"learning"},
    {"certify"},
    {"inverse"},
    {"methods"},
    {"_train"},
    {"search"},
    {"analysis"},
    {"bench"},
    {"cli"},
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
# Where a folder has to look up: file, target, and why.
UPWARD = {
    ("_solve.py", "methods"): "the default method is a choice among all methods",
    ("_solve.py", "_verify"): "an answer that a method cannot judge is verified",
    ("_verify.py", "certify"): "the verbs about errors ask every certifier",
    ("_verify.py", "methods"): "the classical rival is a choice among all methods",
}
FILE_LINES, FUNCTION_LINES, ARGUMENTS, POSITIONAL = 400, 60, 8, 2


def folder_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, ast.stmt]]:
    found: list[tuple[str, ast.stmt]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append((node.module or "", node))
            if node.module == "residuum":
                found += [(f"residuum.{alias.name}", node) for alias in node.names]
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_upward_only_where_listed(path: Path) -> None:
    if path == PACKAGE / "__init__.py":
        return
    own = folder_of(path)
    assert own in RANK, f"{own} is not in the order of the design"
    for name, _ in imports(path):
        if name != "residuum" and not name.startswith("residuum."):
            continue
        assert name != "residuum", f"{path} imports the package root"
        target = name.split(".")[1]
        if target == own or (name_of(path), target) in UPWARD:
            continue
        if own in ("discretise",) and target == "fields":
            raise AssertionError(f"{path}: discretise and fields do not see each other")
        if own in ("blocks", "fields") and target == "discretise":
            raise AssertionError(f"{path}: discretise and {own} do not see each other")
        assert RANK[target] < RANK[own], f"{path} imports {name}, which stands below it"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= FILE_LINES, f"{path}: split it by meaning"
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        assert lines <= FUNCTION_LINES, f"{path}:{node.lineno} {node.name} has {lines} lines"
        names = [
            a.arg for a in [*node.args.posonlyargs, *node.args.args] if a.arg not in ("self", "cls")
        ]
        every = len(names) + len(node.args.kwonlyargs)
        assert every <= ARGUMENTS, f"{path}:{node.lineno} {node.name} takes {every} arguments"


def test_no_place_called_utils() -> None:
    banned = {"utils", "helpers", "misc", "common", "base"}
    assert not [path for path in FILES if path.stem.strip("_") in banned]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_tests_mirror_sources(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    if path.name in ("__init__.py", "__main__.py"):
        return
    mirror = ROOT / "tests" / relative.parent / f"test_{relative.name.strip('_')}"
    assert mirror.exists(), f"{relative} has no mirror {mirror.relative_to(ROOT)}"


def test_import_is_silent() -> None:
    code = (
        "import sys, os, tempfile, pathlib\n"
        "place = tempfile.mkdtemp(); os.chdir(place)\n"
        "import residuum as rs\n"
        "for name in rs.__all__: getattr(rs, name)\n"
        "import jax, numpy\n"
        "assert not jax.config.jax_enable_x64, 'precision changed'\n"
        "assert not list(pathlib.Path(place).iterdir()), 'a file was written'\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "" and done.stderr == ""


def test_lazy_names_equal_declared_names() -> None:
    import residuum

    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {
        (str(node.module).removeprefix("residuum").lstrip("."), alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = {(home, name) for name, home in residuum._HOME.items()} | {("", "catalogue")}
    assert declared == homes
    assert len(residuum.__all__) <= 60


def test_public_names_are_documented() -> None:
    import residuum

    for name in residuum.__all__:
        assert getattr(residuum, name).__doc__, f"{name} has no docstring"


def public_definitions() -> list[tuple[Path, ast.ClassDef | ast.FunctionDef]]:
    found: list[tuple[Path, ast.ClassDef | ast.FunctionDef]] = []
    for path in FILES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                found.append((path, node))
    return found


def test_every_public_definition_has_a_docstring() -> None:
    bare = [
        f"{path.name}:{node.name}"
        for path, node in public_definitions()
        if not ast.get_docstring(node) and not is_overload(node)
    ]
    assert not bare


def is_overload(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """Whether a definition only states types; the one after it has the docstring."""
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)


def test_the_project_speaks_of_itself_alone() -> None:
    banned = ["/work/", "/root/", "/tmp/venvs", "pypi-"]
    for path in [
        *FILES,
        *ROOT.glob("docs/**/*.md"),
        ROOT / "README.md",
        *ROOT.glob("benchmarks/*"),
    ]:
        if path.is_file():
            text = path.read_text()
            assert not [word for word in banned if word in text], path
