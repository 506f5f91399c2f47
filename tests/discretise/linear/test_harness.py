"""The harness: every method, histories, codes, and answers that do not depend on the network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from residuum._core import OptionError, Result
from residuum.discretise.linear import (
    ApproximateInverse,
    IncompleteCholesky,
    Jacobi,
    Structure,
    classical,
    krylov,
    prepare,
)
from residuum.discretise.linear._iterative import Kind

from ._systems import chance, convection, laplacian, relative

MATRIX, WANTED = laplacian(18, 15), chance(270)
RIGHT = MATRIX @ WANTED


@pytest.mark.parametrize("method", ["CG", "flexible CG", "directions", "MINRES", "GMRES"])
@pytest.mark.parametrize("make", [Jacobi, IncompleteCholesky, classical])
def test_every_method_with_every_inverse(method: Kind, make: Any) -> None:
    found = krylov(MATRIX, RIGHT, method=method, inverse=make(MATRIX), tol=1e-9)
    assert found.result is Result.SUCCESSFUL and found.reason == ""
    assert found.path.endswith(f"+ {method}")
    true = float(np.linalg.norm(RIGHT - MATRIX @ found.values) / np.linalg.norm(RIGHT))
    assert found.residual == pytest.approx(true, rel=1e-6) and true <= 1e-9
    # Condition number of this grid 120.
    assert relative(found.values, WANTED) < 1e-6
    assert found.history[0] == pytest.approx(1.0)
    # The last value is the one that ended it: carried along in CG, measured in the others.
    assert found.history[-1] == pytest.approx(found.residual, rel=0.05)
    if method != "MINRES":
        assert len(found.history) == found.iterations + 1


PROPOSALS: dict[str, ApproximateInverse] = {
    "random": lambda r: np.random.default_rng(3).standard_normal(len(r)),
    "NaN": lambda r: np.full_like(r, np.nan),
    "zero": lambda r: 0.0 * r,
    "negative residual": lambda r: -r,
}


@pytest.mark.parametrize("name", PROPOSALS)
@pytest.mark.parametrize("method", ["directions", "flexible CG", "GMRES", "CG"])
def test_whatever_is_proposed_the_code_tells_the_truth(name: str, method: Kind) -> None:
    found = krylov(MATRIX, RIGHT, method=method, inverse=PROPOSALS[name], tol=1e-9, most=400)
    assert np.isfinite(found.values).all()
    true = float(np.linalg.norm(RIGHT - MATRIX @ found.values) / np.linalg.norm(RIGHT))
    assert found.residual == pytest.approx(true, rel=1e-6)
    assert found.result.ok == (true <= 1e-9)
    if method == "directions":
        assert found.result.ok


def test_a_fallback_finishes_for_a_useless_proposal() -> None:
    inverse = IncompleteCholesky(MATRIX)
    alone = krylov(MATRIX, RIGHT, inverse=inverse)
    found = krylov(
        MATRIX, RIGHT, method="directions", inverse=PROPOSALS["random"], fallback=inverse
    )
    assert found.result.ok and found.fallbacks == found.iterations
    assert found.iterations <= alone.iterations + 5


def test_codes() -> None:
    short = krylov(MATRIX, RIGHT, most=5)
    assert (short.result, short.iterations) == (Result.OUT_OF_BUDGET, 5)
    broken = krylov(-MATRIX, RIGHT)
    assert broken.result is Result.STAGNATED and "definite" in broken.reason
    for bad in (np.full(270, np.nan), np.full(270, np.inf)):
        assert krylov(MATRIX, bad).result is Result.NOT_FINITE
        assert krylov(MATRIX, RIGHT, start=bad).result is Result.NOT_FINITE
    assert krylov(sp.csr_array(np.nan * MATRIX), RIGHT).result is Result.NOT_FINITE
    nothing = krylov(MATRIX, 0 * RIGHT)
    assert nothing.result.ok and not nothing.values.any()


def test_a_tolerance_below_rounding_is_not_called_met() -> None:
    found = krylov(MATRIX, RIGHT, tol=1e-30, most=300)
    assert not found.result.ok
    assert found.residual < 1e-12


def test_a_start_and_an_unsymmetric_matrix() -> None:
    assert krylov(MATRIX, RIGHT, start=WANTED).iterations == 0
    matrix = convection(12, 3.0)
    right = matrix @ chance(144)
    found = krylov(matrix, right, method="GMRES", inverse=Jacobi(matrix), tol=1e-10)
    assert found.result.ok and relative(found.values, chance(144)) < 1e-7


def test_wrong_use() -> None:
    wrong: Any = "Newton"
    for call, word in (
        (lambda: krylov(MATRIX, RIGHT[:-1]), "square matrix"),
        (lambda: krylov(MATRIX, RIGHT, method=wrong), "one of"),
        (lambda: krylov(MATRIX, RIGHT, start=np.zeros(3)), "start of shape"),
        (lambda: krylov(MATRIX, RIGHT, tol=0.0), "tol"),
        (lambda: krylov(MATRIX, RIGHT, most=0), "most"),
    ):
        with pytest.raises(OptionError, match=word):
            call()


def test_prepare_takes_a_proposal_as_directions() -> None:
    known = Structure(definite=True)
    solver = prepare(MATRIX, known, preconditioner=PROPOSALS["random"], method="directions")
    found = solver.solve(RIGHT)
    assert found.path == "given preconditioner + directions" and found.result.ok
    assert found.fallbacks == found.iterations > 0
    assert found.history[-1] <= 1e-10
    # A negative definite matrix is turned round together with its right side.
    turned = prepare(-MATRIX, known, preconditioner=classical(MATRIX), method="directions")
    assert relative(turned.solve(-RIGHT).values, WANTED) < 1e-8
