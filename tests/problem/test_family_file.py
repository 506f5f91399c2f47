"""Family files: what they state, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import residuum as rs
from residuum._core import FileError, OptionError, ResiduumError
from residuum.problem import GaussianField, RandomHoles, TwoPhase, read_family

STATEMENT = """
name = "flow"
equations = ["-div(a*grad(u)) = s"]
coordinates = { x = "space", y = "space" }
unknowns = { u = ["x", "y"] }
parameters = { s = 1 }
coefficients = { a = { of = ["x", "y"], value = 1 } }
domain = { shape = "box", x = [0, 1], y = [0, 1] }
[[conditions]]
kind = "dirichlet"
of = "u"
value = 0
"""
DRAWN = """
[family.a]
kind = "two_phase"
positive = 12
negative = 3
alpha = 2.5
boundary = ["periodic", "neumann"]
[family.s]
kind = "uniform"
low = 1
high = 2
[family.domain]
kind = "random_holes"
count = [1, 2]
radius = 0.1
[family.bounds]
u = [0, inf]
"""


def written(folder: Path, drawn: str) -> Path:
    path = folder / "flow.toml"
    path.write_text(STATEMENT + drawn)
    return path


def test_a_file_states_what_python_states(tmp_path: Path) -> None:
    family = read_family(written(tmp_path, DRAWN))
    field = GaussianField(alpha=2.5, boundary=("periodic", "neumann"))
    same = rs.Family(
        family.problem,
        domain=RandomHoles((1, 2), 0.1),
        bounds={"u": (0, math.inf)},
        a=TwoPhase(12, 3, field),
        s=rs.UniformDistribution(1, 2),
    )
    assert family.text == same.text
    assert family.draw(3).given["s"] == same.draw(3).given["s"]


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("[family.a]\nkind = 'gauss'\n", "gauss"),
        ("[family.a]\nalpha = 2\n", "a table with a kind"),
        ("[family.a]\nkind = 'log_normal'\nwidth = 2\n", "width"),
        ("[family.a]\nkind = 'two_phase'\npositive = 2\n", "negative"),
        ("[family.a]\nkind = 'log_normal'\nalpha = 'two'\n", "fit at family.a"),
        ("[family.a]\nkind = 'log_normal'\nalpha = {x = 1}\n", "a list of them at family.a.alpha"),
        ("[family]\na = 3\n", "a table with a kind"),
        ("[family.bounds]\nu = 3\n", "two numbers at family.bounds.u"),
    ],
)
def test_wrong_entries_are_named(tmp_path: Path, drawn: str, said: str) -> None:
    with pytest.raises(ResiduumError, match=said):
        read_family(written(tmp_path, drawn))


def test_wrong_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="a readable file"):
        read_family(tmp_path / "none.toml")
    with pytest.raises(OptionError, match="one distribution or more"):
        read_family(written(tmp_path, ""))
    with pytest.raises(OptionError, match="tau"):
        read_family(written(tmp_path, "[family.a]\nkind = 'gaussian'\ntau = -1\n"))
