"""A classical solve on few nodes."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum._core import OptionError
from residuum.methods import CoarseSolve
from tests.operators._families import conductivity, exact_rod, rod

FINE = np.linspace(0, 1, 101)


def test_more_nodes_are_nearer_to_the_answer() -> None:
    values = conductivity(np.random.default_rng(5))
    exact, errors = exact_rod(values, 1.3, FINE), []
    for nodes in (8, 32):
        answer = rs.solve(rod(values, 1.3), CoarseSolve(nodes), refine=None)
        assert answer.result.ok and answer.certificate.kind == "none"
        errors.append(np.linalg.norm(answer(x=FINE) - exact) / np.linalg.norm(exact))
    assert errors[1] < errors[0] / 4 and 1e-12 < errors[0] < 0.1


def test_few_nodes_and_points_alone_are_refused() -> None:
    with pytest.raises(OptionError, match="eight nodes"):
        CoarseSolve(2)
    swing = rs.catalogue.case("damped_oscillator").problem()
    assert "no method" in str(CoarseSolve().refuse(swing))
