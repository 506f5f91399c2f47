from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from residuum._core import DataError
from residuum.catalogue import Case
from residuum.catalogue.anchors._cavity import CAVITIES, REYNOLDS, centre_lines

from ._agreement import stated

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"
TABLES = Path(os.environ.get("RESIDUUM_DATA", BESIDE)) / "ghia_cavity.json"


@pytest.mark.parametrize("case", CAVITIES, ids=lambda case: case.name)
def test_statement(case: Case) -> None:
    problem = stated(case, "2-D", "steady", "nonlinear", "system of 3", "divergence form")
    assert [str(u.func) for u in problem.unknowns] == ["u", "v", "p"]
    (number,) = problem.parameters
    assert number.value is not None and f"cavity_{1 / number.value:.0f}" == case.name


@pytest.mark.skipif(not TABLES.exists(), reason=f"no {TABLES}: set RESIDUUM_DATA to its folder")
@pytest.mark.parametrize("reynolds", REYNOLDS)
def test_tables_are_read_without_the_misprint(reynolds: int) -> None:
    lines = centre_lines(TABLES, reynolds)
    assert lines.y.shape == lines.u.shape == (17,)
    assert lines.x.shape == lines.v.shape == (16 if reynolds == 400 else 17,)
    at_lid, at_floor = lines.u[np.argmax(lines.y)], lines.u[np.argmin(lines.y)]
    assert (at_lid, at_floor) == (1.0, 0.0)
    # One cell turns: the flow returns below, rises on the left and falls on the right.
    assert lines.u.min() < -0.2 and lines.v.max() > 0.17 and lines.v.min() < -0.24
    if reynolds == 400:
        assert 0.9063 not in lines.x


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Reynolds number 100"):
        centre_lines(tmp_path / "none.json", 100)
    path = tmp_path / "table.json"
    path.write_text('{"y_of_u": [0, 1], "u_at_x_half": {"100": [0, 1]}, "x_of_v": []}')
    with pytest.raises(DataError, match="Reynolds number 7"):
        centre_lines(path, 7)
