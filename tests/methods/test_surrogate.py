"""A trained operator as a method: members, certificates, tolerances, what it refuses."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import Result, UnsuitableMethod
from residuum.datasets import Samples
from residuum.learning import Trainer
from residuum.methods import Surrogate
from residuum.operators import KernelRegression, apply
from tests.operators._families import (
    NODES,
    PLACES,
    Two,
    conductivity,
    exact_rod,
    rod,
    rods,
    squares,
)

FINE = np.linspace(0, 1, 201)


@functools.cache
def fitted() -> Surrogate:
    return rs.train(KernelRegression(), rods())


def error(answer: rs.Solution, values: np.ndarray, source: float) -> float:
    exact = exact_rod(values, source, FINE)
    return float(np.linalg.norm(answer(x=FINE) - exact) / np.linalg.norm(exact))


def test_a_member_has_an_answer_with_a_certificate_that_holds() -> None:
    values = conductivity(np.random.default_rng(5))
    answer = rs.solve(rod(values, 1.3), fitted(), progress=False)
    assert answer.result is Result.SUCCESSFUL
    assert answer.certificate.kind in ("bound", "estimate")
    exact = np.sqrt((exact_rod(values, 1.3, FINE) ** 2).mean())
    assert error(answer, values, 1.3) * exact <= 1.02 * answer.certificate.value
    assert abs(answer(x=0.0)) <= 1e-12 and abs(answer(x=1.0) - 0.5) <= 1e-12
    assert any("breakeven" in note for note in answer.record.notes)
    assert answer.record.method == "Surrogate(kernel_regression)"


def test_without_a_certificate_it_is_the_operator_at_the_nodes() -> None:
    samples = rods()
    given = samples.inputs[3]
    answer = rs.solve(rod(given[:, 0], given[0, 1]), fitted(), refine=None)
    assert answer.certificate.kind == "none"
    found = apply(fitted().operator, samples.inputs[3:4])[0, :, 0]
    # Splines go through the nodes; the ends are the statement's.
    np.testing.assert_allclose(answer(x=PLACES[1:-1]), found[1:-1], atol=1e-12)


PROMISES = [pytest.param(5, 0.5, id="unseen"), pytest.param(3, 1.2, id="out of distribution")]


@pytest.mark.slow
@pytest.mark.parametrize(("count", "size"), PROMISES)
def test_a_tolerance_that_is_claimed_is_kept(count: int, size: float) -> None:
    random = np.random.default_rng(29)
    kept = 0
    for _ in range(4 * count):
        values = conductivity(random, size)
        answer = rs.solve(rod(values, 1.0), fitted(), tol=1e-3, progress=False)
        if answer.result is Result.TOLERANCE_REACHED:
            kept += 1
            assert error(answer, values, 1.0) <= 1e-3
    assert kept >= 3 * count, "most are finished classically"


def test_what_is_no_member_is_refused_with_the_reason() -> None:
    x = rs.space("x")
    u = rs.unknown("u", x)
    other = rs.Problem(rs.Box(x=(0, 1)), rs.Eq(-u.diff(x, 2), 1), [rs.dirichlet(u, 0)])
    with pytest.raises(UnsuitableMethod, match="another family"):
        rs.solve(other, fitted())
    blind = rs.train(KernelRegression(), squares(5))
    assert "without a statement" in str(blind.refuse(other))


def test_a_grid_that_does_not_cover_the_domain_is_refused() -> None:
    samples = rods()
    short = rs.train(
        KernelRegression(),
        replace(samples, axes=(PLACES / 2,), family=""),
        problem=rod(np.ones(NODES)),
    )
    assert "goes from 0 to 0.5" in str(short.refuse(rod(np.ones(NODES))))


def test_numbers_that_are_not_finite_become_a_result() -> None:
    found = rs.train(Two(), rods(), Trainer(epochs=1), progress=False)
    huge = rod(np.full(NODES, 1e38), 1.0)
    answer = rs.solve(huge, found, refine=None, progress=False)
    assert answer.result in (Result.NOT_FINITE, Result.SUCCESSFUL)
    assert np.isfinite(answer(x=FINE)).all()


def test_breakeven_counts_the_certificate() -> None:
    answer = rs.solve(rod(np.ones(NODES)), fitted(), refine=None)
    spent = answer.record.seconds["total"]
    invested = fitted().invested
    assert 8 < invested < 60
    assert fitted().breakeven(answer, spent + 1.0) == math.ceil(invested)
    assert fitted().breakeven(answer, spent / 2) == math.inf


def heated() -> rs.Problem:
    t, x = rs.time("t"), rs.space("x")
    u, a = rs.unknown("u", t, x), rs.coefficient("a", x)
    return rs.Problem(
        rs.Box(t=(0, 0.2), x=(0, 1)),
        rs.Eq(u.diff(t) + rs.div(u**2 / 2), rs.div(0.05 * rs.grad(u))),
        [rs.initial(u, a), rs.periodic(u, x)],
        given={a: sp.sin(2 * sp.pi * x)},
    )


@pytest.mark.slow
def test_an_evolving_member_is_answered_and_finished() -> None:
    x = rs.space("x")
    a = "a"
    places, times = np.arange(32) / 32, np.linspace(0.02, 0.2, 10)
    random, inputs, outputs = np.random.default_rng(7), [], []
    waves = [sp.sin(2 * sp.pi * x), sp.cos(2 * sp.pi * x)]
    for _ in range(24):
        start = sum(float(c) * w for c, w in zip(random.normal(size=2), waves, strict=True))
        solved = rs.solve(heated().replace(given={a: start}), tol=1e-5, progress=False)
        grid = np.meshgrid(times, places, indexing="ij")
        outputs.append(solved(t=grid[0], x=grid[1])[..., None])
        inputs.append(np.asarray(sp.lambdify(x, start, "numpy")(places))[:, None])
    arrays = np.array(inputs), np.array(outputs)
    samples = Samples(*arrays, (places,), ("wrap",), ("a",), ("u",), times)
    found = rs.train(KernelRegression(), samples, problem=heated())
    member = heated().replace(given={a: 0.4 * waves[0] - 0.7 * waves[1]})
    exact = rs.solve(member, tol=1e-6, progress=False)
    points = np.random.default_rng(9).uniform(0, 1, (300, 2)) * [0.2, 1]
    for tol in (None, 1e-3):
        answer = rs.solve(member, found, tol=tol, progress=False)
        gap = np.linalg.norm(answer.at(points) - exact.at(points))
        gap /= np.linalg.norm(exact.at(points))
        if tol is None:
            assert gap < 0.2
        else:
            assert answer.result is Result.TOLERANCE_REACHED and gap < 1e-3
